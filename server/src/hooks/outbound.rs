//! The client with which the server speaks by itself: over TLS that trusts the machine's CAs and one more that the configuration names,
//! following no redirect, through no proxy, and to no address that [`may_reach`] refuses.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect};
use rustls::pki_types::CertificateDer;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::target::{NoTarget, Target, may_reach};
use crate::certificates::{CertificateError, chain};
use muster_proto::time::{Span, Timestamp};

/// What the configuration says of it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether HTTP and the server's own machine are allowed.
    pub open: bool,
    /// One more CA, in PEM.
    pub ca: Option<PathBuf>,
    /// After how long of failing an edge is given up.
    pub give_up: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self { open: false, ca: None, give_up: Span::from_hours(24) }
    }
}

/// The client, made when it is first needed: most servers have no hook.
pub struct Outbound {
    settings: Settings,
    more: Vec<CertificateDer<'static>>,
    client: OnceLock<Result<Client, OutboundError>>,
}

/// Why nothing came back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// The address may not be told anything.
    #[error(transparent)]
    Target(#[from] NoTarget),
    /// The client can't be made.
    #[error("set up TLS: {0}")]
    Tls(String),
    /// The receiver did not answer.
    #[error("{0}")]
    Failed(String),
}

/// A message.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its id, the same each time.
    pub id: String,
    /// What it says, in JSON.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// How long to wait before the next attempt, where that is said.
    pub retry_after: Option<Span>,
}

/// For a whole request.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest pause that a receiver may ask for.
const LONGEST_PAUSE: u64 = 3600;

impl Outbound {
    /// With these settings.
    ///
    /// # Errors
    /// The CA can't be read.
    pub fn new(settings: Settings) -> Result<Self, CertificateError> {
        let mut more = Vec::new();
        if let Some(path) = &settings.ca {
            let pem = std::fs::read(path)
                .map_err(|source| CertificateError::Read { path: path.clone(), source })?;
            more = chain(&pem).map_err(|why| CertificateError::Flawed { path: path.clone(), why })?;
        }
        Ok(Self { settings, more, client: OnceLock::new() })
    }

    /// After how long of failing an edge is given up.
    #[must_use]
    pub fn give_up(&self) -> Span {
        self.settings.give_up
    }

    /// Reads an address that may be told something.
    ///
    /// # Errors
    /// It is none.
    pub fn target(&self, url: &str) -> Result<Target, NoTarget> {
        Target::read(url, self.settings.open)
    }

    /// Sends a message with its signatures.
    ///
    /// # Errors
    /// Nobody answered.
    pub async fn post(
        &self,
        url: &str,
        message: &Message,
        at: Timestamp,
        signatures: &str,
    ) -> Result<Answered, OutboundError> {
        let target = self.target(url)?;
        let client = self.client.get_or_init(|| self.make()).as_ref().map_err(Clone::clone)?;
        let request = client
            .post(target.url().clone())
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", at.secs().to_string())
            .header("webhook-signature", signatures)
            .body(message.body.clone());
        // what it says is nobody's business: only the head is read
        let answer = request.send().await.map_err(|error| OutboundError::Failed(in_words(error)))?;
        let pause = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse().ok());
        Ok(Answered {
            status: answer.status().as_u16(),
            retry_after: pause.map(|secs: u64| Span::from_secs(secs.min(LONGEST_PAUSE))),
        })
    }

    fn make(&self) -> Result<Client, OutboundError> {
        let wrong = |error: &dyn std::fmt::Display| OutboundError::Tls(error.to_string());
        let mut roots = rustls::RootCertStore::empty();
        // CAs of the machine that can't be read are as good as not there
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots.add_parsable_certificates(self.more.iter().cloned());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong(&error))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Client::builder()
            .tls_backend_preconfigured(tls)
            .dns_resolver(Arc::new(Careful { open: self.settings.open }))
            .redirect(redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .pool_max_idle_per_host(super::turn::AT_ONCE)
            .pool_idle_timeout(Duration::from_secs(30))
            .user_agent(concat!("muster-server/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong(&error))
    }
}

/// Looks names up, and keeps the addresses that may be reached: what a name means can be another thing each time.
struct Careful {
    open: bool,
}

impl Resolve for Careful {
    fn resolve(&self, name: Name) -> Resolving {
        let open = self.open;
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let first = found.first().map(SocketAddr::ip);
            let may: Vec<SocketAddr> =
                found.into_iter().filter(|address| may_reach(address.ip(), open)).collect();
            match first {
                Some(refused) if may.is_empty() => Err(NoTarget::Refused(refused).into()),
                _ => Ok(Box::new(may.into_iter()) as Addrs),
            }
        })
    }
}

/// The innermost cause: what stands around it names the address, which the reader knows.
/// Where the error has no cause it names the address itself, in whose path the receiver's secret may be.
fn in_words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    let what = match error {
        _ if error.is_timeout() => return "no answer within 10 seconds".to_owned(),
        _ if error.is_connect() => "it can't be reached",
        _ => "it did not answer",
    };
    format!("{what}: {cause}").chars().filter(|char| !char.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    fn message() -> Message {
        Message { id: "msg_a".to_owned(), body: b"{}".to_vec() }
    }

    async fn told(outbound: &Outbound, url: &str) -> Result<Answered, OutboundError> {
        outbound.post(url, &message(), Timestamp::from_secs(1), "v1,x").await
    }

    /// A receiver with a certificate for `localhost`, and the file of its CA.
    async fn receiver(folder: &std::path::Path, name: &str) -> (u16, PathBuf) {
        let mut ca = CertificateParams::default();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &ca).unwrap();
        let path = folder.join(name);
        std::fs::write(&path, ca.pem()).unwrap();
        let tls =
            rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.der().clone()], key.serialize_der().try_into().unwrap())
                .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(tls));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // who does not trust it goes
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut head = [0; 4096];
                assert!(stream.read(&mut head).await.is_ok_and(|read| read > 0));
                let answer =
                    b"HTTP/1.1 429 so\r\nretry-after: 7200\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                stream.write_all(answer).await.ok();
                stream.shutdown().await.ok();
            }
        });
        (port, path)
    }

    #[tokio::test]
    async fn it_trusts_the_ca_that_the_configuration_names_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let (port, ca) = receiver(folder.path(), "ca.pem").await;
        let (_, other) = receiver(folder.path(), "other.pem").await;
        let url = format!("https://localhost:{port}/");
        let with = |ca: &PathBuf, open| {
            Outbound::new(Settings { open, ca: Some(ca.clone()), ..Settings::default() }).unwrap()
        };
        let answered = told(&with(&ca, true), &url).await.unwrap();
        let hour = Some(Span::from_hours(1));
        assert_eq!((answered.status, answered.retry_after), (429, hour), "and it asks for no longer pause");
        let refused = told(&with(&other, true), &url).await.unwrap_err().to_string();
        assert!(refused.contains("it can't be reached") && refused.contains("certificate"), "{refused}");
        let closed = told(&with(&ca, false), &url).await.unwrap_err().to_string();
        assert!(closed.contains("does not send to"), "a name of the own machine: {closed}");
    }

    #[test]
    fn why_it_failed_names_no_address() {
        let answer = axum::http::Response::builder().status(404).body("").unwrap();
        let error = reqwest::Response::from(answer).error_for_status().unwrap_err();
        let error = error.with_url("https://hooks.example/in/s3cret".parse().unwrap());
        assert!(error.to_string().contains("s3cret"), "{error}");
        let words = in_words(error);
        assert!(
            words.contains("404") && !words.contains("s3cret") && !words.contains("hooks.example"),
            "{words}"
        );
    }

    #[test]
    fn a_ca_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let read = || Outbound::new(Settings { ca: Some(path.clone()), ..Settings::default() });
        for text in [None, Some("nonsense")] {
            if let Some(text) = text {
                std::fs::write(&path, text).unwrap();
            }
            assert!(read().err().unwrap().to_string().contains("ca.pem"));
        }
    }
}
