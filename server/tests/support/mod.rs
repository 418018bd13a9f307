//! What the suites share: a server without a socket on either engine, and phones with real keys.

#![allow(dead_code, reason = "no suite uses all of it")]

pub mod phone;
pub mod postgres;

use muster_proto::time::{Span, Timestamp};
use muster_server::app::{App, Parts, Reached};
use muster_server::auth::Actor;
use muster_server::clock::StillClock;
use muster_server::hooks;
use muster_server::keys::Keys;
use muster_server::mail;
use muster_server::orgs::{self, NewOrg};
use muster_server::store::{Place, Store};
use ring::rand::SystemRandom;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tempfile::TempDir;

/// The moment at which tests begin.
pub const START: &str = "2026-03-02T09:00:00Z";

/// From where phones ask.
pub const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));

/// A server without a socket.
pub struct World {
    pub app: Arc<App>,
    pub clock: Arc<StillClock>,
    pub folder: TempDir,
    pub place: Place,
}

#[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
pub fn random() -> SystemRandom {
    SystemRandom::new()
}

pub fn me() -> Actor {
    Actor::system("test")
}

pub fn start() -> Timestamp {
    START.parse().expect("a time")
}

impl World {
    /// On a file, or on the database at `url`.
    pub async fn new(url: Option<&str>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = match url {
            Some(url) => Place::Postgres(url.to_owned()),
            None => Place::File(folder.path().join("muster.db")),
        };
        let clock = Arc::new(StillClock::at(start()));
        let app = open(&place, &folder, &clock).await;
        for (id, parent) in
            [("state", None), ("minfin", Some("state")), ("minpromtorg", Some("state")), ("minenergo", None)]
        {
            let (title, parent) = (format!("Org {id}"), parent.map(str::to_owned));
            let new =
                NewOrg { id: id.to_owned(), title, parent, time_zone: Some("Europe/Moscow".to_owned()) };
            orgs::add(&app, &me(), new).await.expect("an organisation");
        }
        Self { app, clock, folder, place }
    }

    /// A server on what is in a folder, and in a database, already.
    pub async fn at(folder: TempDir, place: Place, clock: &Arc<StillClock>) -> Self {
        let clock = Arc::clone(clock);
        let app = open(&place, &folder, &clock).await;
        Self { app, clock, folder, place }
    }

    /// The same server after a restart.
    pub async fn restarted(self) -> Self {
        let Self { app, clock, folder, place } = self;
        let store = app.store.clone();
        tokio::task::spawn_blocking(move || store.close()).await.expect("a thread");
        drop(app);
        let app = open(&place, &folder, &clock).await;
        Self { app, clock, folder, place }
    }

    /// Lets time pass, and does what the clock loop does.
    pub async fn pass(&self, span: Span) {
        self.clock.pass(span);
        muster_server::orders::expire(&self.app).await.expect("orders expire");
        muster_server::judge::due(&self.app).await.expect("devices are judged");
    }

    /// Applies a policy for `minfin`.
    pub async fn apply(&self, text: &str) {
        muster_server::policies::apply(&self.app, &me(), text.to_owned(), false).await.expect("a policy");
    }
}

async fn open(place: &Place, folder: &TempDir, clock: &Arc<StillClock>) -> Arc<App> {
    let names = ["localhost".to_owned()];
    let keys = Keys::open(folder.path(), &names, start(), &random()).expect("keys");
    let opening = place.clone();
    let store = tokio::task::spawn_blocking(move || Store::open(&opening, start()))
        .await
        .expect("a thread")
        .expect("a store");
    let clock = Arc::clone(clock) as Arc<dyn muster_server::clock::Clock>;
    let packages = muster_server::packages::Shelf::new(folder.path(), None);
    let reached = Reached::at("localhost:1", &keys).expect("a CA");
    let parts = Parts {
        store,
        keys,
        clock,
        random: random(),
        packages,
        reached,
        data: folder.path().to_owned(),
        levels: muster_server::log::Levels::default(),
        outbound: hooks::Outbound::new(hooks::Settings { open: true, ..hooks::Settings::default() })
            .expect("no CA is named"),
        mailer: Some(mailer_at("smtp://127.0.0.1:9?tls=off")),
        retention: muster_server::retention::Periods::default(),
        smallest_group: 1,
        provider: None,
        directory: None,
    };
    App::new(parts).await.expect("an app")
}

/// The way to a mail server; no one is at port 9.
pub fn mailer_at(url: &str) -> mail::Mailer {
    let (url, from) = (url.parse().expect("an address"), "muster@server.example".to_owned());
    mail::Mailer::new(&mail::Settings { url, password_file: None, from, ca: None }).expect("a way")
}

/// Messengers with a grace of three days, an encrypted phone at once.
pub const POLICY: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
schedule: { report_every: 4h, spread: 10m, silent_after: 26h, channel: awake }
rules:
  - { id: no-telegram, kind: messengers, deny: [telegram], grace: 72h }
  - { id: encrypted, kind: encryption }
assign:
  - org: minfin
";
