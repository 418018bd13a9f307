//! HTTPS to the organisation's server, and to nobody else: its CA is pinned, no redirect is followed, every wait has an end.

mod channel;
mod package;
mod tls;

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use muster_proto::answer::{
    ANSWER_TYPE, COSE_TYPE, Challenge, EnrolAnswer, REPORT_TYPE, RekeyAnswer, ReportsAnswer, SEQUENCE_TYPE,
    TOKEN_HEADER,
};
use muster_proto::cbor::{Wire, decode_within};
use muster_proto::id::{Digest, OrderId};
use muster_proto::problem::{PROBLEM_TYPE, Problem};
use muster_proto::report::PROFILE;
use muster_proto::time::Span;
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder, Response};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

pub use channel::ChannelReader;
pub use package::{Offer, PackageError};
pub use tls::{CertificateClock, TlsError};

use crate::core::SendError;
use crate::core::enrol::EnrolError;

/// The way to one server.
#[derive(Debug, Clone)]
pub struct Transport {
    base: String,
    requests: Client,
    channel: Client,
    traffic: Arc<Traffic>,
}

/// The bytes of the messages that went to the server and came from it. What carries them (TLS, HTTP) is not counted.
#[derive(Debug, Default)]
pub struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    /// Bytes sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Bytes received.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    fn add(counter: &AtomicU64, bytes: usize) {
        counter.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Why the CA could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CaError {
    /// The request failed.
    #[error(transparent)]
    Send(#[from] SendError),
    /// It is another than the link names.
    #[error(transparent)]
    Other(#[from] EnrolError),
    /// TLS can't be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Fetches the CA without trusting anybody, and believes it only if it is the one that the link names. In DER.
///
/// # Errors
/// The server can't be reached, or its CA has another digest.
pub fn fetch_ca(authority: &str, expected: Digest) -> Result<Vec<u8>, CaError> {
    let client = build(client(authority), tls::believing_anybody()?)?;
    let request = client.get(format!("https://{authority}/v1/ca")).timeout(ANSWER_TIME);
    let body = body(request.send().map_err(|error| failed(&error))?)?;
    let der = CertificateDer::from_pem_slice(&body)
        .map_err(|_| SendError::Garbled("the CA is not a certificate in PEM".to_owned()))?;
    if Digest::of(&der) == expected { Ok(der.to_vec()) } else { Err(EnrolError::OtherCa.into()) }
}

impl Transport {
    /// The way to the server at `authority` whose certificate this CA has signed.
    ///
    /// # Errors
    /// The CA is not a certificate.
    pub fn new(authority: &str, ca: &[u8], clock: CertificateClock) -> Result<Self, TlsError> {
        let tls = tls::pinned(ca, clock)?;
        Ok(Self {
            base: format!("https://{authority}"),
            requests: build(client(authority), tls.clone())?,
            // The server says something at least every four minutes; this is the longest silence, not the longest life.
            channel: build(client(authority).timeout(CHANNEL_SILENCE), tls)?,
            traffic: Arc::default(),
        })
    }

    /// What is counted of it; the count goes on.
    #[must_use]
    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }

    /// `GET /v1/challenge`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn challenge(&self) -> Result<Challenge, SendError> {
        self.decoded(self.requests.get(self.url("/v1/challenge")).timeout(ANSWER_TIME))
    }

    /// `POST /v1/enrol`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn enrol(&self, token: &str, message: Vec<u8>) -> Result<EnrolAnswer, SendError> {
        self.decoded(self.post("/v1/enrol", COSE_TYPE, message).header(TOKEN_HEADER, token))
    }

    /// `POST /v1/reports`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn reports(&self, reports: &[Vec<u8>]) -> Result<ReportsAnswer, SendError> {
        let one = format!("{REPORT_TYPE}; eat_profile=\"{PROFILE}\"");
        let kind = if reports.len() == 1 { one.as_str() } else { SEQUENCE_TYPE };
        self.decoded(self.post("/v1/reports", kind, reports.concat()))
    }

    /// `POST /v1/orders/{id}`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn acknowledge(&self, order: OrderId, message: Vec<u8>) -> Result<(), SendError> {
        let path = format!("/v1/orders/{order}");
        sent(self.post(&path, COSE_TYPE, message)).map(drop)
    }

    /// `POST /v1/key`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn rekey(&self, message: Vec<u8>) -> Result<RekeyAnswer, SendError> {
        self.decoded(self.post("/v1/key", COSE_TYPE, message))
    }

    /// `GET /v1/channel`, opened by a signed `hello`.
    ///
    /// # Errors
    /// It was not opened.
    pub fn channel(&self, hello: &[u8]) -> Result<ChannelReader, SendError> {
        let hello = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, hello);
        let request = self
            .channel
            .get(self.url(crate::core::CHANNEL_PATH))
            .header(AUTHORIZATION, format!("Muster {hello}"))
            .header(ACCEPT, "text/event-stream");
        sent(request).map(|response| ChannelReader::new(response, self.traffic()))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn decoded<T: Wire>(&self, request: RequestBuilder) -> Result<T, SendError> {
        let body = body(sent(request)?)?;
        Traffic::add(&self.traffic.received, body.len());
        decode_within(&body, MAX_ANSWER).map_err(|error| SendError::Garbled(error.to_string()))
    }

    fn post(&self, path: &str, kind: &str, body: Vec<u8>) -> RequestBuilder {
        Traffic::add(&self.traffic.sent, body.len());
        self.requests
            .post(self.url(path))
            .timeout(ANSWER_TIME)
            .header(CONTENT_TYPE, kind)
            .header(ACCEPT, ANSWER_TYPE)
            .body(body)
    }
}

fn client(authority: &str) -> ClientBuilder {
    let builder = ClientBuilder::new()
        .user_agent(concat!("muster-agent/", env!("CARGO_PKG_VERSION")))
        .https_only(true)
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_TIME)
        .tcp_keepalive(KEEPALIVE)
        .pool_idle_timeout(POOL_IDLE);
    // What runs on this machine is never behind a proxy.
    if is_loopback(authority) { builder.no_proxy() } else { builder }
}

fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn build(builder: ClientBuilder, tls: rustls::ClientConfig) -> Result<Client, TlsError> {
    builder.tls_backend_preconfigured(tls).build().map_err(|error| TlsError::Client(innermost(&error)))
}

/// Sends and gives the answer if it is a good one.
fn sent(request: RequestBuilder) -> Result<Response, SendError> {
    let response = request.send().map_err(|error| failed(&error))?;
    if response.status().is_success() { Ok(response) } else { Err(refused(response)) }
}

fn body(response: Response) -> Result<Vec<u8>, SendError> {
    if !response.status().is_success() {
        return Err(refused(response));
    }
    let mut body = Vec::new();
    let limit = u64::try_from(MAX_ANSWER + 1).unwrap_or(u64::MAX);
    let read = response.take(limit).read_to_end(&mut body);
    read.map_err(|error| SendError::Unreachable(error.to_string()))?;
    if body.len() > MAX_ANSWER {
        return Err(SendError::Garbled("an answer that is too long".to_owned()));
    }
    Ok(body)
}

fn refused(response: Response) -> SendError {
    let status = response.status().as_u16();
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let retry_after = header(RETRY_AFTER).and_then(|text| text.trim().parse().ok()).map(Span::from_secs);
    let is_problem = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with(PROBLEM_TYPE));
    let mut body = Vec::new();
    let read = response.take(MAX_PROBLEM).read_to_end(&mut body);
    let problem =
        read.ok().filter(|_| is_problem).and_then(|_| serde_json::from_slice::<Problem>(&body).ok());
    match problem {
        Some(problem) => SendError::Refused {
            status,
            code: problem.code,
            detail: problem.detail.map_or(problem.title.clone(), |detail| {
                format!("{}: {detail}", problem.title.trim_end_matches('.'))
            }),
            retry_after,
            nonce: problem.nonce,
        },
        None => SendError::Refused {
            status,
            code: format!("http-{status}"),
            detail: "no reason given".to_owned(),
            retry_after,
            nonce: None,
        },
    }
}

fn failed(error: &reqwest::Error) -> SendError {
    match tls::distrust(error) {
        Some(why) => SendError::Untrusted(why),
        None if error.is_timeout() => SendError::Unreachable("no answer in time".to_owned()),
        None => SendError::Unreachable(innermost(error)),
    }
}

/// The cause of the causes: what the system said.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

/// Longest answer: a policy, a catalogue, a verdict and the most orders that fit.
const MAX_ANSWER: usize = 1024 * 1024;
const MAX_PROBLEM: u64 = 16 * 1024;
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// For a whole answer, to its last byte.
const ANSWER_TIME: Duration = Duration::from_secs(30);
const CHANNEL_SILENCE: Duration = Duration::from_secs(300);
const KEEPALIVE: Duration = Duration::from_secs(60);
const POOL_IDLE: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_known_in_all_its_forms() {
        for authority in ["localhost:1", "127.0.0.1:8443", "[::1]:8443"] {
            assert!(is_loopback(authority), "{authority}");
        }
        for authority in ["muster.example:443", "10.0.0.1:1", "[fe80::1]:1"] {
            assert!(!is_loopback(authority), "{authority}");
        }
    }
}
