//! A whole server without a socket, for the tests of the edges: a temporary store, a clock that stands still, phones with real keys.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use muster_proto::cose::{Envelope, seal};
use muster_proto::facts::{
    AgentFacts, AppFacts, AppSource, BackgroundLimit, ChannelMode, DeviceFacts, Encryption, Fact, Management,
    MatchKind, Platform, Protection, Read, Reason, Schedule, Scope, Sighting, Signature, Strength, WorkFacts,
};
use muster_proto::id::{ChainId, DeviceId, Digest, OrderId};
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::message::{Confirmation, Enrol, PageLink};
use muster_proto::report::{Profile, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use ring::rand::SystemRandom;
use serde_json::Value;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

use crate::app::{App, Parts, Reached};
use crate::auth::{self, Actor};
use crate::clock::{Clock as _, StillClock};
use crate::enrolment::{self, NewToken};
use crate::hooks::{self, Outbound};
use crate::keys::Keys;
use crate::mail::{self, Mailer};
use crate::orgs::{self, NewOrg};
use crate::outside::ldap::Directory;
use crate::packages::Shelf;
use crate::store::{Place, Store};

/// The moment at which tests begin.
pub const START: &str = "2026-03-28T09:00:00Z";

/// From where phones ask.
pub const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

/// A server.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<StillClock>,
    pub token: String,
    router: Router,
    folder: TempDir,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

/// A phone.
pub struct Phone {
    pub id: DeviceId,
    /// What the next report says about the agent's work.
    pub limits: Vec<BackgroundLimit>,
    pub work: Option<WorkFacts>,
    /// What else the next report says otherwise.
    pub change: fn(&mut Submods),
    key: SoftwareKey,
    chain: ChainId,
    number: u64,
    previous: Option<Digest>,
}

pub async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(StillClock::at(START.parse().unwrap()));
    let now = START.parse().unwrap();
    let store = Store::open(&Place::File(folder.path().join("muster.db")), now).unwrap();
    let parts = parts(folder.path(), store, &clock);
    let app = App::new(parts).await.unwrap();
    auth::local_admin(&app, folder.path()).await.unwrap();
    let token = std::fs::read_to_string(folder.path().join("local-admin.token")).unwrap().trim().to_owned();
    let new = NewOrg {
        id: "minfin".to_owned(),
        title: "Ministry <of> Finance".to_owned(),
        parent: None,
        time_zone: None,
    };
    orgs::add(&app, &Actor::system("test"), new).await.unwrap();
    World { router: crate::http::router(&app), app, clock, token, folder }
}

fn parts(folder: &Path, store: Store, clock: &Arc<StillClock>) -> Parts {
    let keys = Keys::open(folder, &["localhost".to_owned()], clock.now(), &random()).unwrap();
    let reached = Reached::at("localhost:8443", &keys).unwrap();
    Parts {
        store,
        keys,
        clock: Arc::<StillClock>::clone(clock),
        random: random(),
        packages: Shelf::new(folder, None),
        reached,
        data: folder.to_owned(),
        levels: crate::log::Levels::default(),
        outbound: outbound(),
        mailer: Some(mailer()),
        retention: crate::retention::Periods::default(),
        smallest_group: 1,
        provider: None,
        directory: None,
    }
}

/// Receivers of tests are on this machine.
fn outbound() -> Outbound {
    Outbound::new(hooks::Settings { open: true, ..hooks::Settings::default() }).unwrap()
}

/// A mail server that is not there: tests that send have one of their own.
fn mailer() -> Mailer {
    let (url, from) = ("smtp://127.0.0.1:9?tls=off".parse().unwrap(), "muster@server.example".to_owned());
    Mailer::new(&mail::Settings { url, password_file: None, from, ca: None }).unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
pub fn random() -> SystemRandom {
    SystemRandom::new()
}

impl World {
    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = TowerToHyperService::new(self.router.clone()).call(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        // what goes on until somebody hangs up is not waited for
        let endless = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if endless { Body::empty() } else { response.into_body() };
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Answer { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Sends a request, and hangs up when it waits for the writer, who is at other work until then.
    pub async fn abandon(&self, request: Request<Body>) {
        let (free, held) = std::sync::mpsc::channel::<()>();
        let (tell, begun) = tokio::sync::oneshot::channel();
        let other = self.app.store.hand_over(move |_| {
            tell.send(()).unwrap();
            held.recv().ok();
            (true, Box::new(|_| {}))
        });
        other.unwrap();
        begun.await.unwrap();
        tokio::select! {
            answer = self.send(request) => panic!("it was answered: {}", answer.text),
            () = self.app.store.asked_to_write() => {}
        }
        drop(free);
    }

    /// With the local administrator's token.
    pub async fn get(&self, path: &str) -> Answer {
        let request = Request::get(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// With the local administrator's token.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::post(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    /// With the local administrator's token.
    pub async fn delete(&self, path: &str) -> Answer {
        let request = Request::delete(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    /// What a server that starts anew on the same folder and database knows.
    pub async fn restarted(&self) -> Arc<App> {
        App::new(parts(self.folder.path(), self.app.store.clone(), &self.clock)).await.unwrap()
    }

    /// The same server with a directory.
    pub async fn with_directory(&self, directory: Directory) -> Arc<App> {
        let parts = parts(self.folder.path(), self.app.store.clone(), &self.clock);
        App::new(Parts { directory: Some(directory), ..parts }).await.unwrap()
    }

    /// Hands in a package of the agent.
    pub async fn add_package(&self, query: &str, bytes: &'static [u8]) -> Answer {
        let request = Request::post(format!("/api/v1/agent-packages{query}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        self.send(request.body(Body::from(bytes)).unwrap()).await
    }

    /// A page or a form, with a session's cookie.
    pub async fn visit(&self, method: Method, path: &str, cookie: &str, form: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }

    /// Signs in through a link, and returns the cookie.
    pub async fn sign_in(&self, name: &str) -> String {
        self.sign_in_with(link_for(name)).await
    }

    /// Signs in as somebody who has a role on the whole server.
    pub async fn sign_in_as(&self, name: &str, role: auth::Role) -> String {
        self.sign_in_with(auth::NewLink { role: Some(role), ..auth::NewLink::of(name) }).await
    }

    /// Signs in by this link, and returns the cookie.
    pub async fn sign_in_with(&self, link: auth::NewLink) -> String {
        let link = auth::make_link(&self.app, &Actor::system("test"), link).await.unwrap();
        let secret = link.link.rsplit("link=").next().unwrap().to_owned();
        let answer = self.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.cookie()
    }

    /// Enrols a phone.
    pub async fn phone(&self, model: &str, asset_tag: &str) -> Phone {
        self.phone_in("minfin", model, asset_tag).await
    }

    /// Enrols a phone of an organisation.
    pub async fn phone_in(&self, org: &str, model: &str, asset_tag: &str) -> Phone {
        let (key, _) = SoftwareKey::generate(random()).unwrap();
        let new =
            NewToken { org: org.to_owned(), uses: None, expires_in: None, approve: None, replaces: None };
        let token = enrolment::make_token(&self.app, &Actor::system("test"), new).await.unwrap().token;
        let now = self.app.now();
        let message = Enrol {
            iat: now,
            cnf: Confirmation { key: key.public_key() },
            nonce: self.app.keys.nonces.make(now),
            token: Digest::of(token.as_bytes()),
            ca: self.app.reached.phone_ca.digest,
            order_key: self.app.keys.order_key.digest(),
            platform: Platform::Aurora,
            model: Some(Text::new(model).unwrap()),
            asset_tag: Some(Text::new(asset_tag).unwrap()),
            agent: Text::new("0.1.0").unwrap(),
            protection: Protection::Software,
        };
        let envelope = Envelope::parse(&seal(&message, &key).unwrap()).unwrap();
        enrolment::enrol(&self.app, Some(&token), &envelope, ADDRESS).await.unwrap();
        let kid = key.public_key().kid();
        let found = self.app.store.read(move |tx| crate::devices::keys_of_kid(tx, kid)).await.unwrap();
        Phone {
            id: found[0].device,
            limits: Vec::new(),
            work: None,
            change: |_| {},
            key,
            chain: ChainId([7; 16]),
            number: 0,
            previous: None,
        }
    }
}

impl Phone {
    /// What the phone puts into the address of its page.
    pub fn page_link(&self, world: &World) -> String {
        self.page_link_for(world, &world.app.reached.phones)
    }

    /// The same for a server of this name.
    pub fn page_link_for(&self, world: &World, host: &str) -> String {
        let now = world.app.now();
        let link = PageLink {
            iat: now,
            nonce: world.app.keys.nonces.make(now),
            device: self.id,
            host: Text::new(host).unwrap(),
        };
        let address = PageLink::address(host, &seal(&link, &self.key).unwrap());
        address.rsplit("link=").next().unwrap().to_owned()
    }

    /// Signs a report and hands it in.
    pub async fn report(
        &mut self,
        world: &World,
        sightings: Vec<Sighting>,
        order: Option<OrderId>,
    ) -> Vec<u8> {
        self.number += 1;
        let mut submods = submods(world, self, sightings);
        (self.change)(&mut submods);
        let report = Report {
            iat: world.app.now(),
            nonce: world.app.keys.nonces.make(world.app.now()),
            device: self.id,
            uptime: Some(Span::from_hours(5)),
            profile: Profile,
            submods,
            chain: self.chain,
            number: self.number,
            previous: self.previous,
            trigger: if order.is_some() { Trigger::Order } else { Trigger::Periodic },
            order,
            policy: None,
            catalogue: world.app.catalogue.digest,
            dropped: Default::default(),
            lost: None,
        };
        let bytes = seal(&report, &self.key).unwrap();
        self.previous = Some(Envelope::parse(&bytes).unwrap().digest());
        let outcomes = crate::ingest::import(&world.app, &Actor::system("test"), &bytes).await.unwrap();
        assert_eq!(outcomes[0].action, "accepted", "{outcomes:?}");
        bytes
    }
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn cookie(&self) -> String {
        let set = self.headers.get(header::SET_COOKIE).unwrap().to_str().unwrap();
        set.split(';').next().unwrap().to_owned()
    }

    /// The token in the page's forms.
    pub fn csrf(&self) -> String {
        self.text
            .split("name=\"csrf\" value=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next())
            .unwrap()
            .to_owned()
    }
}

/// A link for somebody who owns the server, known already or not.
pub fn link_for(name: &str) -> auth::NewLink {
    auth::NewLink { role: Some(auth::Role::Owner), ..auth::NewLink::of(name) }
}

/// A messenger that was found.
pub fn telegram(package: &str) -> Sighting {
    Sighting {
        messenger: Text::new("telegram").unwrap(),
        package: Text::new(package).unwrap(),
        version: Some(Text::new("0.17 <b>").unwrap()),
        signers: Default::default(),
        installer: None,
        first_installed: None,
        updated: Some(START.parse::<Timestamp>().unwrap()),
        enabled: Some(true),
        profile: None,
        signature: Signature::Unverified,
        source: AppSource::DesktopFiles,
        matched: MatchKind::Exact,
        also: Default::default(),
    }
}

fn submods(world: &World, phone: &Phone, sightings: Vec<Sighting>) -> Submods {
    let list = world.app.catalogue.catalogue.watch_list(muster_proto::catalogue::Inventory::Linux);
    let sources =
        [AppSource::DesktopFiles, AppSource::AndroidLaunchers].map(|source| (source, Fact::Known(Read)));
    let schedule = Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: Default::default(),
    };
    Submods {
        device: DeviceFacts {
            background_limits: Fact::Known(phone.limits.iter().copied().collect()),
            ..device()
        },
        apps: AppFacts {
            sources: sources.into_iter().collect(),
            watch_list: list.reference(),
            sightings: sightings.into_iter().collect(),
        },
        agent: AgentFacts {
            version: Text::new("0.1.0").unwrap(),
            protection: Protection::Software,
            queued: 0,
            last_error: None,
            schedule,
            refused: Default::default(),
            work: phone.work.clone(),
        },
    }
}

fn device() -> DeviceFacts {
    DeviceFacts {
        sources: Default::default(),
        platform: Fact::Known(Platform::Aurora),
        os_version: Fact::Known(Text::new("5.1.0").unwrap()),
        security_patch: Fact::Unknown(Reason::Unsupported),
        build_id: Fact::Known(Text::new("5.1.0.125").unwrap()),
        build_type: Fact::Known(Text::new("<script>").unwrap()),
        manufacturer: Fact::Known(Text::new("F\"plus").unwrap()),
        brand: Fact::Unknown(Reason::Denied),
        model: Fact::Known(Text::new("R570E</td>").unwrap()),
        management: Fact::Known(Management::System),
        encryption: Fact::Known(Encryption::Active),
        lock_set: Fact::Known(true),
        lock_strength: Fact::Known(Strength::Medium),
        lock_after: Fact::Known(Span::from_secs(300)),
        developer_options: Fact::Known(false),
        debug_bridge: Fact::Unknown(Reason::Unsupported),
        bootloader_locked: Fact::Unknown(Reason::Unsupported),
        verified_boot: Fact::Unknown(Reason::Unsupported),
        root_signs: Fact::Known(Default::default()),
        install_sources: Fact::Unknown(Reason::Denied),
        scope: Fact::Known(Scope::Device),
        background_limits: Fact::Known(Default::default()),
        pending_update: Fact::Unknown(Reason::Absent),
        boot_count: Fact::Known(112),
        containers: Fact::Known(Default::default()),
        os_certified: Fact::Known(true),
        package_certificates: Fact::Known(Default::default()),
        restrictions: Fact::Known(Default::default()),
    }
}
