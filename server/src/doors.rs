//! The listeners: for phones, for people, for the package; what each shows and serves.

use anyhow::Context as _;
use axum::Router;
use muster_proto::time::Timestamp;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::{App, Reached};
use crate::certificates::{self, GivenCertificate, PhoneCa, Purpose, Shown, ends};
use crate::config::{Config, Listener, Shows, people_authority, reached};
use crate::http::{self, listen};
use crate::keys::{Keys, ServerCertificate};
use crate::store::Store;

/// A listener, and where it is.
type Bound = (TcpListener, SocketAddr);

/// The listeners.
pub struct Doors {
    /// For phones, and for people who have none of their own.
    pub phones: Bound,
    /// For people.
    pub people: Option<Bound>,
    /// For the package alone.
    pub package: Option<Bound>,
    /// For those who watch: metrics and health.
    pub watchers: Option<Bound>,
}

/// What is shown at the doors.
pub struct ShownThere {
    phones: Shown,
    people: Option<Shown>,
    phone_ca: PhoneCa,
    people_ca: Option<String>,
}

/// How TLS is spoken at the doors.
pub struct Spoken {
    phones: listen::Tls,
    people: Option<listen::Tls>,
}

impl Doors {
    /// Binds them all.
    ///
    /// # Errors
    /// An address can't be had.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let phones = bind(config.phones.at, "phones").await?;
        let people = bind_any(config.people.as_ref().map(|people| people.at), "people").await?;
        let package = bind_any(config.package_listen, "the agent's package").await?;
        let watchers = bind_any(config.metrics_listen, "metrics").await?;
        Ok(Self { phones, people, package, watchers })
    }

    /// Opens what is shown at them.
    ///
    /// # Errors
    /// A certificate can't be read or doesn't fit; phones would be locked out.
    pub async fn shown(
        &self,
        config: &Config,
        keys: &mut Keys,
        store: &Store,
        now: Timestamp,
    ) -> anyhow::Result<ShownThere> {
        let own = PhoneCa::own(&keys.ca)?;
        let phone_ca = match &config.phone_ca {
            Some(path) => PhoneCa::open(path).context("open the CA for phones")?,
            None => own.clone(),
        };
        certificates::settle(store, &config.data, &phone_ca, &own, config.accepted).await?;
        let ca = config.phone_ca.is_some().then(|| phone_ca.der.clone());
        let phones = show(&config.phones, ca, now, || Ok(Arc::clone(&keys.certificate)))
            .context("open the certificate for phones")?;
        let people = match &config.people {
            Some(people) => {
                let own = || Ok(keys.for_people(&config.data, &people.names(), now)?);
                Some(show(people, None, now, own).context("open the certificate for people")?)
            }
            None => None,
        };
        let people_ca = match &people {
            // shown what phones are
            None => Some(phone_ca.pem.clone()),
            Some(Shown::Own(_)) => Some(own.pem),
            Some(Shown::Given(_) | Shown::Plain) => None,
        };
        Ok(ShownThere { phones, people, phone_ca, people_ca })
    }

    /// Where the server is reached through them.
    #[must_use]
    pub fn reached(&self, config: &Config, shown: &ShownThere) -> Reached {
        let public = config.phones.public.as_ref();
        let phones =
            public.map_or_else(|| reached(self.phones.1).to_string(), |public| public.authority().to_owned());
        let people = match (&config.people, &self.people) {
            (Some(people), Some((_, bound))) => people_authority(people, *bound, public),
            _ => phones.clone(),
        };
        let seen = shown.people.as_ref().unwrap_or(&shown.phones).clone();
        Reached {
            phones,
            people,
            phones_shown: shown.phones.clone(),
            shown: seen,
            phone_ca: shown.phone_ca.clone(),
            people_ca: shown.people_ca.clone(),
        }
    }

    /// Where programs on this machine administer the server.
    #[must_use]
    pub fn near(&self, config: &Config) -> String {
        match (&config.people, &self.people) {
            (Some(people), Some((_, bound))) => url(people, *bound),
            _ => self.ready(config),
        }
    }

    /// Where phones are served.
    #[must_use]
    pub fn ready(&self, config: &Config) -> String {
        url(&config.phones, self.phones.1)
    }

    /// Serves at all of them until `stop` becomes true.
    pub async fn serve(self, app: &Arc<App>, spoken: Spoken, config: Config, stop: &watch::Receiver<bool>) {
        let proxies = Arc::new(config.proxies);
        let door = |name, (listener, _): Bound, tls, router, limits| {
            let metrics = Arc::clone(&app.metrics);
            let proxies = Arc::clone(&proxies);
            listen::serve(
                listen::Door { name, metrics, listener, tls, router, limits, proxies },
                stop.clone(),
            )
        };
        let many = || listen::Limits { connections: config.connections, ..listen::Limits::default() };
        let (router, people): (Router, _) = match (self.people, spoken.people) {
            (Some(bound), Some(tls)) => (
                http::for_phones(app),
                Some(door("people", bound, tls, http::for_people(app), listen::Limits::default())),
            ),
            _ => (http::router(app), None),
        };
        let package = self
            .package
            .map(|bound| door("package", bound, listen::Tls::Off, http::package_alone(app), few()));
        let watchers = self
            .watchers
            .map(|bound| door("metrics", bound, listen::Tls::Off, http::health::for_watchers(app), few()));
        tokio::join!(
            door("main", self.phones, spoken.phones, router, many()),
            if_any(people),
            if_any(package),
            if_any(watchers)
        );
    }
}

impl ShownThere {
    /// Certificates that were given.
    #[must_use]
    pub fn given(&self) -> Vec<Arc<GivenCertificate>> {
        let shown = std::iter::once(&self.phones).chain(&self.people);
        shown
            .filter_map(|shown| match shown {
                Shown::Given(given) => Some(Arc::clone(given)),
                Shown::Own(_) | Shown::Plain => None,
            })
            .collect()
    }

    /// How TLS is spoken with them.
    ///
    /// # Errors
    /// TLS can't be set up.
    pub fn tls(&self, keys: &Keys) -> anyhow::Result<Spoken> {
        let spoken = |shown: &Shown| {
            let config = certificates::config(shown, &keys.certificate).context("choose TLS versions")?;
            Ok::<_, anyhow::Error>(config.map_or(listen::Tls::Ended, listen::Tls::On))
        };
        let people = self.people.as_ref().map(spoken).transpose()?;
        Ok(Spoken { phones: spoken(&self.phones)?, people })
    }
}

async fn if_any(served: Option<impl Future<Output = ()>>) {
    if let Some(served) = served {
        served.await;
    }
}

async fn bind_any(at: Option<SocketAddr>, whom: &str) -> anyhow::Result<Option<Bound>> {
    Ok(match at {
        Some(at) => Some(bind(at, whom).await?),
        None => None,
    })
}

async fn bind(at: SocketAddr, whom: &str) -> anyhow::Result<Bound> {
    let listener = TcpListener::bind(at).await.with_context(|| format!("listen on {at} for {whom}"))?;
    let bound = listener.local_addr().context("ask for a listener's address")?;
    Ok((listener, bound))
}

fn show(
    listener: &Listener,
    ca: Option<rustls::pki_types::CertificateDer<'static>>,
    now: Timestamp,
    own: impl FnOnce() -> anyhow::Result<Arc<ServerCertificate>>,
) -> anyhow::Result<Shown> {
    Ok(match &listener.shows {
        Shows::Own => Shown::Own(own()?),
        Shows::Plain => Shown::Plain,
        Shows::Files(files) => {
            let host = listener.public.as_ref().map_or_else(String::new, |public| public.host().to_owned());
            let given = GivenCertificate::open(files.clone(), Purpose { host, ca }, now)?;
            let ends = given.certificate().and_then(|certificate| ends(&certificate));
            let ends = ends.map(|ends| ends.to_string()).unwrap_or_default();
            tracing::info!(file = %files.certificate.display(), ends, "a given certificate is shown");
            Shown::Given(Arc::new(given))
        }
    })
}

fn url(listener: &Listener, bound: SocketAddr) -> String {
    let scheme = if listener.shows == Shows::Plain { "http" } else { "https" };
    format!("{scheme}://{}", reached(bound))
}

/// Whoever fetches a package has no reason to stay.
fn few() -> listen::Limits {
    listen::Limits {
        connections: 256,
        each: 16,
        life: Some(Duration::from_secs(40 * 60)),
        ..listen::Limits::default()
    }
}
