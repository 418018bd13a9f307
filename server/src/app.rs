//! What the rooms share.

use muster_proto::id::OrderId;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::Semaphore;

use crate::catalogue::Watched;
use crate::certificates::{self, CertificateError, PhoneCa, Shown};
use crate::clock::Clock;
use crate::devices::KeyRing;
use crate::error::ActionError;
use crate::health::Health;
use crate::hooks::{self, Outbound};
use crate::ingest::Gate;
use crate::judge::Bell;
use crate::keys::Keys;
use crate::live::{Events, Hub};
use crate::log::Levels;
use crate::mail::{self, Mailer};
use crate::metrics::Metrics;
use crate::packages::Shelf;
use crate::policies::Rules;
use crate::store::Store;
use muster_proto::time::Timestamp;

/// What the rooms share.
pub struct App {
    /// Where everything is kept.
    pub store: Store,
    /// The server's keys.
    pub keys: Arc<Keys>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: SystemRandom,
    /// Open channels of devices.
    pub hub: Hub,
    /// Events for open pages.
    pub events: Arc<Events>,
    /// What is watched for.
    pub catalogue: Arc<Watched>,
    /// The policies in force.
    pub rules: Arc<Rules>,
    /// Whose turn it is to plan: a whole fleet is judged on trial by one at a time.
    pub plans: Semaphore,
    /// Keys of devices that were heard lately.
    pub device_keys: KeyRing,
    /// Reports on their way to the writer.
    pub gate: Gate,
    /// Wakes the clock loop.
    pub bell: Bell,
    /// When the next day ends somewhere.
    pub calendar: crate::board::Calendar,
    /// Fewer phones than this are drawn in no chart.
    pub smallest_group: u32,
    /// How long is kept what.
    pub retention: crate::retention::Periods,
    /// When it is looked next for what is past that.
    pub retention_turn: crate::retention::Turn,
    /// With what the server speaks by itself.
    pub outbound: Outbound,
    /// Wakes those who tell hooks.
    pub telling: hooks::Bell,
    /// The way to the mail server, where there is one.
    pub mailer: Option<Mailer>,
    /// The provider through which people sign in, where there is one.
    pub provider: Option<crate::outside::oidc::Provider>,
    /// The directory whose passwords people type, where there is one.
    pub directory: Option<crate::outside::ldap::Directory>,
    /// Whose turn it is to hold the register against the directory.
    pub carriers: crate::register::carriers::Turn,
    /// Wakes the one who writes mails.
    pub writing: mail::Bell,
    /// Failed attempts to sign in, by address.
    pub sign_ins: crate::auth::FailureLimit,
    /// Hashes passwords.
    pub hasher: crate::people::Hasher,
    /// Failed attempts to sign in that the audit has still to tell of.
    pub refusals: crate::audit::Refusals,
    /// Whom pages that ask once more have shown.
    pub meant: crate::http::console::scans::Meant,
    /// Who looked at which phone lately.
    pub reads: crate::audit::Reads,
    /// How much devices and addresses have sent.
    pub limits: crate::http::device::Limits,
    /// Packages of the agent.
    pub packages: Arc<Shelf>,
    /// Where the server is reached, and what is trusted there.
    pub reached: Reached,
    /// The data folder.
    pub data: PathBuf,
    /// How much is logged.
    pub levels: Levels,
    /// What can be watched from outside.
    pub metrics: Arc<Metrics>,
    /// Whether the server is well.
    pub health: Health,
}

/// Where the server is reached, and what is trusted there.
#[derive(Debug, Clone)]
pub struct Reached {
    /// By phones: `HOST:PORT`.
    pub phones: String,
    /// By people: `HOST:PORT`.
    pub people: String,
    /// What phones are shown.
    pub phones_shown: Shown,
    /// What people's browsers are shown.
    pub shown: Shown,
    /// What phones trust.
    pub phone_ca: PhoneCa,
    /// The CA behind what people are shown, in PEM; `None` where that was given without its CA.
    pub people_ca: Option<String>,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// The server's keys.
    pub keys: Keys,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The source of randomness.
    pub random: SystemRandom,
    /// Packages of the agent.
    pub packages: Shelf,
    /// Where the server is reached.
    pub reached: Reached,
    /// The data folder.
    pub data: PathBuf,
    /// How much is logged.
    pub levels: Levels,
    /// With what the server speaks by itself.
    pub outbound: Outbound,
    /// The way to the mail server, where there is one.
    pub mailer: Option<Mailer>,
    /// How long is kept what.
    pub retention: crate::retention::Periods,
    /// Fewer phones than this are drawn in no chart.
    pub smallest_group: u32,
    /// The provider through which people sign in, where there is one.
    pub provider: Option<crate::outside::oidc::Provider>,
    /// The directory whose passwords people type, where there is one.
    pub directory: Option<crate::outside::ldap::Directory>,
}

impl Reached {
    /// At one address, with the server's own CA.
    ///
    /// # Errors
    /// The CA is no certificate.
    pub fn at(authority: &str, keys: &Keys) -> Result<Self, CertificateError> {
        let ca = PhoneCa::own(&keys.ca)?;
        Ok(Self {
            phones: authority.to_owned(),
            people: authority.to_owned(),
            phones_shown: Shown::Own(Arc::clone(&keys.certificate)),
            shown: Shown::Own(Arc::clone(&keys.certificate)),
            people_ca: Some(ca.pem.clone()),
            phone_ca: ca,
        })
    }

    /// When what is shown and trusted ends, by whom it concerns. People who are shown the same as phones are not named.
    #[must_use]
    pub fn ends(&self) -> Vec<(&'static str, Timestamp)> {
        let (phones, people) = (self.phones_shown.certificate(), self.shown.certificate());
        let people = people.filter(|people| Some(people) != phones.as_ref());
        [("phones", phones), ("people", people), ("phone-ca", Some(self.phone_ca.der.clone()))]
            .into_iter()
            .filter_map(|(whom, certificate)| Some((whom, certificates::ends(&certificate?)?)))
            .collect()
    }
}

impl App {
    /// Puts the rooms together.
    ///
    /// # Errors
    /// The policies in force or the list of packages can't be read.
    pub async fn new(parts: Parts) -> Result<Arc<Self>, ActionError> {
        let catalogue = Arc::new(Watched::built_in());
        let (rules, events) = (Arc::new(Rules::default()), Arc::new(Events::default()));
        let gate = Gate::new(
            Arc::clone(&rules),
            Arc::clone(&catalogue),
            Arc::clone(&events),
            Arc::clone(&parts.clock),
            parts.store.others(),
        );
        let metrics = Metrics::new(parts.clock.now(), parts.store.meter(), gate.meter());
        let app = Arc::new(Self {
            gate,
            store: parts.store,
            keys: Arc::new(parts.keys),
            clock: parts.clock,
            random: parts.random,
            hub: Hub::default(),
            events,
            catalogue,
            rules,
            plans: Semaphore::new(1),
            device_keys: KeyRing::default(),
            bell: Bell::default(),
            calendar: crate::board::Calendar::default(),
            outbound: parts.outbound,
            telling: hooks::Bell::default(),
            mailer: parts.mailer,
            retention: parts.retention,
            smallest_group: parts.smallest_group,
            retention_turn: crate::retention::Turn::default(),
            provider: parts.provider,
            directory: parts.directory,
            carriers: crate::register::carriers::Turn::default(),
            writing: mail::Bell::default(),
            limits: crate::http::device::Limits::default(),
            sign_ins: crate::auth::FailureLimit::default(),
            hasher: crate::people::Hasher::default(),
            refusals: crate::audit::Refusals::default(),
            meant: crate::http::console::scans::Meant::default(),
            reads: crate::audit::Reads::default(),
            packages: Arc::new(parts.packages),
            reached: parts.reached,
            data: parts.data,
            levels: parts.levels,
            metrics: Arc::new(metrics),
            health: Health::default(),
        });
        crate::devices::refresh(&app).await?;
        crate::policies::load(&app).await?;
        crate::packages::reload(&app).await?;
        Ok(app)
    }

    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// `https://HOST:PORT`, as phones reach it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.reached.phones)
    }

    /// `https://HOST:PORT`, as people reach it.
    #[must_use]
    pub fn people_url(&self) -> String {
        format!("https://{}", self.reached.people)
    }

    /// 16 random bytes.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn draw(&self) -> Result<[u8; 16], ActionError> {
        let mut bytes = [0; 16];
        self.random
            .fill(&mut bytes)
            .map_err(|_| muster_proto::key::SignError("draw random bytes".to_owned()))?;
        Ok(bytes)
    }

    /// A new order's id.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn draw_order(&self) -> Result<OrderId, ActionError> {
        self.draw().map(OrderId)
    }
}
