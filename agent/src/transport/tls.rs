//! TLS that trusts one CA, by a clock that can only lag.
//!
//! A phone's own clock may say anything. Certificates are judged by the trusted time of the core: what has expired by then has expired, and what
//! is not yet valid by then is accepted, because that clock may be behind.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use muster_proto::time::Timestamp;
use muster_trust::provider;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The CA is not a certificate.
    #[error("use the organisation's CA: {0}")]
    Ca(String),
    /// The library refuses the configuration.
    #[error("set up TLS: {0}")]
    Client(String),
}

/// The clock by which certificates are judged; whoever runs the core moves it on.
#[derive(Debug, Clone, Default)]
pub struct CertificateClock(Arc<AtomicI64>);

impl CertificateClock {
    /// Shows this from now on.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.secs(), Ordering::Relaxed);
    }

    fn now(&self) -> u64 {
        u64::try_from(self.0.load(Ordering::Relaxed)).unwrap_or(0)
    }
}

/// Trusts certificates that this CA has signed.
pub(super) fn pinned(ca: &[u8], clock: CertificateClock) -> Result<ClientConfig, TlsError> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.to_vec())).map_err(|error| TlsError::Ca(error.to_string()))?;
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|error| TlsError::Ca(error.to_string()))?;
    config(Arc::new(Pinned { webpki, clock }))
}

/// Trusts anybody: for the one request whose answer is checked against the enrolment link.
pub(super) fn believing_anybody() -> Result<ClientConfig, TlsError> {
    muster_trust::believing_anybody().map_err(|error| TlsError::Client(error.to_string()))
}

/// What is wrong with the server's certificate, if that is why a request failed.
pub(super) fn distrust(error: &reqwest::Error) -> Option<String> {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if let Some(rustls::Error::InvalidCertificate(why)) = error.downcast_ref() {
            return Some(in_words(why));
        }
        // An error of input and output shows what it wraps as itself, not as its source.
        let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

fn in_words(error: &CertificateError) -> String {
    match error {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "its certificate is not signed by the organisation's CA".to_owned()
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "its certificate has expired".to_owned()
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "its certificate is for another name".to_owned()
        }
        other => other.to_string(),
    }
}

fn config(verifier: Arc<dyn ServerCertVerifier>) -> Result<ClientConfig, TlsError> {
    Ok(ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsError::Client(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

#[derive(Debug)]
struct Pinned {
    webpki: Arc<WebPkiServerVerifier>,
    clock: CertificateClock,
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        _system: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let mut now = self.clock.now();
        // Each certificate of the chain may show once that this clock is behind.
        for _ in 0..=intermediates.len() + 1 {
            let at = UnixTime::since_unix_epoch(Duration::from_secs(now));
            match self.webpki.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, at) {
                Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
                    not_before,
                    ..
                })) if not_before.as_secs() > now => {
                    now = not_before.as_secs();
                }
                judged => return judged,
            }
        }
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYet))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}
