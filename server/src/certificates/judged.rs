//! What is to be known about a certificate: when it ends, for which names it is, whether it leads to a CA. Judged by the same code that
//! clients judge with, so that what is accepted here is accepted there.

use muster_proto::time::Timestamp;
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError as Wrong, Error, RootCertStore};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a certificate can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file can't be read.
    #[error("read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has something else than it should.
    #[error("{}: {why}", path.display())]
    Flawed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Phones would be locked out.
    #[error("{0}")]
    OtherCa(String),
    /// The store's.
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
}

/// The certificates in PEM text, in their order.
///
/// # Errors
/// There is none, or one is malformed.
pub fn chain(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err("it has no certificate in PEM".to_owned()),
        Ok(chain) => Ok(chain),
        Err(error) => Err(format!("it is no certificate in PEM: {error}")),
    }
}

/// When a certificate ends. `None` where it can't be read, or never does.
#[must_use]
pub fn ends(certificate: &CertificateDer<'_>) -> Option<Timestamp> {
    let certificate = ParsedCertificate::try_from(certificate).ok()?;
    // a verifier looks at the time first, and says which one it found
    match signed_by(&certificate, &RootCertStore::empty(), &[], UnixTime::since_unix_epoch(LATE)) {
        Err(Error::InvalidCertificate(Wrong::ExpiredContext { not_after, .. })) => {
            Some(Timestamp::from_secs(i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX)))
        }
        _ => None,
    }
}

/// Whether a certificate holds at this moment.
///
/// # Errors
/// It doesn't: why.
pub fn in_time(certificate: &CertificateDer<'_>, now: Timestamp) -> Result<(), String> {
    match parsed(certificate).map(|parsed| signed_by(&parsed, &RootCertStore::empty(), &[], at(now)))? {
        Err(Error::InvalidCertificate(Wrong::UnknownIssuer)) | Ok(()) => Ok(()),
        Err(error) => Err(in_words(&error)),
    }
}

/// Whether a certificate is for this host.
///
/// # Errors
/// It isn't: for what it is.
pub fn names(certificate: &CertificateDer<'_>, host: &str) -> Result<(), String> {
    let name = ServerName::try_from(host.to_owned()).map_err(|_| format!("{host:?} is no name of a host"))?;
    verify_server_name(&parsed(certificate)?, &name).map_err(|error| match error {
        Error::InvalidCertificate(Wrong::NotValidForNameContext { presented, .. })
            if !presented.is_empty() =>
        {
            format!("it is not for {host}, but for {}", presented.join(", "))
        }
        _ => format!("it is not for {host}"),
    })
}

/// Whether a chain leads to a CA at this moment.
///
/// # Errors
/// It doesn't: why.
pub fn leads_to(chain: &[CertificateDer<'_>], ca: &CertificateDer<'_>, now: Timestamp) -> Result<(), String> {
    let (own, between) = chain.split_first().ok_or_else(|| "there is no certificate".to_owned())?;
    let mut roots = RootCertStore::empty();
    roots.add(ca.clone().into_owned()).map_err(|error| format!("the CA is no certificate: {error}"))?;
    signed_by(&parsed(own)?, &roots, between, at(now)).map_err(|error| in_words(&error))
}

/// Later than any certificate.
const LATE: Duration = Duration::from_secs(1 << 40);

fn parsed<'a>(certificate: &'a CertificateDer<'_>) -> Result<ParsedCertificate<'a>, String> {
    ParsedCertificate::try_from(certificate).map_err(|error| format!("it can't be read: {error}"))
}

fn signed_by(
    certificate: &ParsedCertificate<'_>,
    roots: &RootCertStore,
    between: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<(), Error> {
    let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
    verify_server_cert_signed_by_trust_anchor(certificate, roots, between, now, algorithms)
}

fn at(now: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_millis(now.millis().unsigned_abs()))
}

fn in_words(error: &Error) -> String {
    let time = |time: &UnixTime| Timestamp::from_secs(i64::try_from(time.as_secs()).unwrap_or(i64::MAX));
    match error {
        Error::InvalidCertificate(Wrong::ExpiredContext { not_after, .. }) => {
            format!("it has expired on {}", time(not_after))
        }
        Error::InvalidCertificate(Wrong::NotValidYetContext { not_before, .. }) => {
            format!("it is valid from {} on", time(not_before))
        }
        Error::InvalidCertificate(Wrong::UnknownIssuer) => "it does not lead to that CA".to_owned(),
        other => other.to_string(),
    }
}
