//! A phone that says what a test wants, signed by a key of its own.

use muster_proto::cbor::List;
use muster_proto::cose::{Envelope, seal, seal_with_chain};
use muster_proto::facts::{
    AgentFacts, AppFacts, AppSource, ChannelMode, DeviceFacts, Encryption, Fact, MatchKind, Platform,
    Protection, Read, Reason, Schedule, Sighting, Signature,
};
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce, OrderId};
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::message::{Confirmation, Enrol};
use muster_proto::report::{Profile, Range, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_server::devices::keys_of_kid;
use muster_server::enrolment::{self, Approve, EnrolError, NewToken};
use muster_server::ingest::{Imported, import};

use super::{ADDRESS, World, me, random};

/// A phone.
pub struct Phone {
    pub id: DeviceId,
    pub key: SoftwareKey,
    pub chain: ChainId,
    pub number: u64,
    pub previous: Option<Digest>,
}

/// What a report says that a test cares about.
#[derive(Clone)]
pub struct Says {
    pub iat: Option<Timestamp>,
    pub nonce: Option<Nonce>,
    pub telegram: bool,
    pub encryption: Fact<Encryption>,
    pub order: Option<OrderId>,
    pub policy: Option<Digest>,
    pub dropped: Vec<Range>,
}

impl Default for Says {
    fn default() -> Self {
        let encryption = Fact::Known(Encryption::Active);
        Self {
            iat: None,
            nonce: None,
            telegram: false,
            encryption,
            order: None,
            policy: None,
            dropped: Vec::new(),
        }
    }
}

pub fn telegram() -> Says {
    Says { telegram: true, ..Says::default() }
}

pub async fn token(world: &World, new: NewToken) -> String {
    enrolment::make_token(&world.app, &me(), new).await.expect("a token").token
}

pub fn for_org(org: &str) -> NewToken {
    NewToken {
        org: org.to_owned(),
        uses: None,
        expires_in: None,
        approve: Some(Approve::Auto),
        replaces: None,
    }
}

/// The request that a phone with this key would send.
pub fn request(world: &World, key: &SoftwareKey, token: &str) -> Enrol {
    Enrol {
        iat: world.app.now(),
        cnf: Confirmation { key: key.public_key() },
        nonce: world.app.keys.nonces.make(world.app.now()),
        token: Digest::of(token.as_bytes()),
        ca: world.app.keys.ca.digest,
        order_key: world.app.keys.order_key.digest(),
        platform: Platform::Aurora,
        model: Some(Text::clipped("R570E")),
        asset_tag: Some(Text::clipped("MF-17")),
        agent: Text::clipped("0.1.0"),
        protection: Protection::Software,
    }
}

pub async fn enrol(world: &World, key: &SoftwareKey, token: &str) -> Result<enrolment::Answer, EnrolError> {
    let message = request(world, key, token);
    let bytes = seal_with_chain(&message, key, &[vec![0x30, 0]]).expect("signed");
    enrolment::enrol(&world.app, Some(token), &Envelope::parse(&bytes).expect("an envelope"), ADDRESS).await
}

pub fn new_key() -> SoftwareKey {
    SoftwareKey::generate(random()).expect("a key").0
}

impl Phone {
    /// Enrols a phone into `org`.
    pub async fn new(world: &World, org: &str) -> Self {
        let (key, token) = (new_key(), token(world, for_org(org)).await);
        enrol(world, &key, &token).await.expect("enrolled");
        Self::of(world, key).await
    }

    /// The phone whose key is enrolled.
    pub async fn of(world: &World, key: SoftwareKey) -> Self {
        let kid = key.public_key().kid();
        let found = world.app.store.read(move |tx| keys_of_kid(tx, kid)).await.expect("the store answers");
        Self { id: found[0].device, key, chain: ChainId([7; 16]), number: 0, previous: None }
    }

    /// The next report, signed; the phone goes on.
    pub fn next(&mut self, world: &World, says: &Says) -> Vec<u8> {
        self.number += 1;
        let bytes = self.sign(world, says);
        self.previous = Some(Envelope::parse(&bytes).expect("an envelope").digest());
        bytes
    }

    /// A report at the phone's present place.
    pub fn sign(&self, world: &World, says: &Says) -> Vec<u8> {
        seal(&self.report(world, says), &self.key).expect("signed")
    }

    pub fn report(&self, world: &World, says: &Says) -> Report {
        let now = world.app.now();
        Report {
            iat: says.iat.unwrap_or(now),
            nonce: says.nonce.clone().unwrap_or_else(|| world.app.keys.nonces.make(now)),
            device: self.id,
            uptime: None,
            profile: Profile,
            submods: submods(world, says),
            chain: self.chain,
            number: self.number,
            previous: self.previous,
            trigger: if says.order.is_some() { Trigger::Order } else { Trigger::Periodic },
            order: says.order,
            policy: says.policy,
            catalogue: world.app.catalogue.digest,
            dropped: List(says.dropped.clone()),
            lost: None,
        }
    }

    /// Makes the next report and hands it in.
    pub async fn say(&mut self, world: &World, says: &Says) -> Imported {
        let bytes = self.next(world, says);
        hand_in(world, &bytes).await
    }

    /// Where the next report will not follow on what was sent.
    pub fn at(&self, chain: u8, number: u64, previous: Option<Digest>) -> Self {
        let key = SoftwareKey::from_pkcs8(&self.pkcs8(), random()).expect("the same key");
        Self { id: self.id, key, chain: ChainId([chain; 16]), number, previous }
    }

    fn pkcs8(&self) -> Vec<u8> {
        KEYS.with_borrow(|keys| {
            let kid = self.key.public_key().kid();
            keys.iter()
                .find(|(known, _)| *known == kid)
                .map(|(_, bytes)| bytes.clone())
                .expect("a key of `copied_key`")
        })
    }
}

thread_local! {
    /// Keys that a test copies, as a thief would.
    static KEYS: std::cell::RefCell<Vec<(muster_proto::id::Kid, Vec<u8>)>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// A key that can be copied.
pub fn copied_key() -> SoftwareKey {
    let (key, bytes) = SoftwareKey::generate(random()).expect("a key");
    KEYS.with_borrow_mut(|keys| keys.push((key.public_key().kid(), bytes)));
    key
}

/// Hands one report in, as `muster import` does.
pub async fn hand_in(world: &World, bytes: &[u8]) -> Imported {
    import(&world.app, &me(), bytes).await.expect("the store answers").remove(0)
}

fn submods(world: &World, says: &Says) -> Submods {
    let list = world.app.catalogue.catalogue.watch_list(muster_proto::catalogue::Inventory::Linux);
    let sources =
        [AppSource::DesktopFiles, AppSource::AndroidLaunchers].map(|source| (source, Fact::Known(Read)));
    let sightings = if says.telegram { vec![sighting()] } else { Vec::new() };
    let apps = AppFacts {
        sources: sources.into_iter().collect(),
        watch_list: list.reference(),
        sightings: List(sightings),
    };
    let schedule = Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List::default(),
    };
    let agent = AgentFacts {
        version: Text::clipped("0.1.0"),
        protection: Protection::Software,
        queued: 0,
        last_error: None,
        schedule,
        refused: List::default(),
        work: None,
    };
    Submods { device: facts(says), apps, agent }
}

fn sighting() -> Sighting {
    Sighting {
        messenger: Text::clipped("telegram"),
        package: Text::clipped("org.telegram.messenger"),
        version: Some(Text::clipped("11.2")),
        signers: List::default(),
        installer: None,
        first_installed: None,
        updated: None,
        enabled: Some(true),
        profile: None,
        signature: Signature::Unverified,
        source: AppSource::AndroidLaunchers,
        matched: MatchKind::Exact,
        also: List::default(),
    }
}

fn facts(says: &Says) -> DeviceFacts {
    let text = |text: &str| Fact::Known(Text::clipped(text));
    DeviceFacts {
        sources: Default::default(),
        platform: Fact::Known(Platform::Aurora),
        os_version: Fact::Known(Text::clipped("5.1.3.137")),
        security_patch: unknown(),
        build_id: unknown(),
        build_type: unknown(),
        manufacturer: text("F+"),
        brand: unknown(),
        model: text("R570E"),
        management: unknown(),
        encryption: says.encryption.clone(),
        lock_set: Fact::Known(true),
        lock_strength: unknown(),
        lock_after: unknown(),
        developer_options: Fact::Known(false),
        debug_bridge: unknown(),
        bootloader_locked: unknown(),
        verified_boot: unknown(),
        root_signs: Fact::Known(List::default()),
        install_sources: unknown(),
        scope: unknown(),
        background_limits: unknown(),
        pending_update: unknown(),
        boot_count: unknown(),
        containers: unknown(),
        os_certified: unknown(),
        package_certificates: unknown(),
        restrictions: unknown(),
    }
}

fn unknown<T>() -> Fact<T> {
    Fact::Unknown(Reason::Unsupported)
}
