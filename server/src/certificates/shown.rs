//! What one listener shows: a certificate of the server's own CA, or one that was given.

use muster_proto::id::Digest;
use rustls::ServerConfig;
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::sync::Arc;

use super::GivenCertificate;
use crate::keys::ServerCertificate;

/// What a listener shows.
#[derive(Debug, Clone)]
pub enum Shown {
    /// A certificate of the server's own CA.
    Own(Arc<ServerCertificate>),
    /// One that was given.
    Given(Arc<GivenCertificate>),
    /// None: a proxy speaks TLS.
    Plain,
}

impl Shown {
    /// The certificate's SHA-256, where it is of the server's own CA: browsers don't know it and show this instead.
    #[must_use]
    pub fn unknown_to_browsers(&self) -> Option<Digest> {
        match self {
            Self::Own(own) => own.certificate().map(|certificate| Digest::of(&certificate)),
            Self::Given(_) | Self::Plain => None,
        }
    }

    /// The certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        match self {
            Self::Own(own) => own.certificate(),
            Self::Given(given) => given.certificate(),
            Self::Plain => None,
        }
    }
}

/// On this machine, programs find the server by its address and trust its own CA, whatever others are shown.
#[derive(Debug)]
struct Near {
    own: Arc<ServerCertificate>,
    given: Arc<GivenCertificate>,
}

impl ResolvesServerCert for Near {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        match hello.server_name() {
            None | Some("localhost") => self.own.resolve(hello),
            Some(_) => self.given.resolve(hello),
        }
    }
}

/// TLS at one listener.
#[derive(Clone)]
pub struct Spoken {
    /// With others.
    pub far: Arc<ServerConfig>,
    /// With programs on this machine.
    pub near: Arc<ServerConfig>,
}

/// TLS as others see it, and as programs on this machine do.
///
/// # Errors
/// The provider has no TLS versions in common with us.
pub fn config(shown: &Shown, own: &Arc<ServerCertificate>) -> Result<Option<Spoken>, rustls::Error> {
    match shown {
        Shown::Plain => Ok(None),
        Shown::Own(certificate) => {
            let config = with(Arc::<ServerCertificate>::clone(certificate))?;
            Ok(Some(Spoken { far: Arc::clone(&config), near: config }))
        }
        Shown::Given(given) => {
            let near = Near { own: Arc::clone(own), given: Arc::clone(given) };
            Ok(Some(Spoken {
                far: with(Arc::<GivenCertificate>::clone(given))?,
                near: with(Arc::new(near))?,
            }))
        }
    }
}

fn with(resolver: Arc<dyn ResolvesServerCert>) -> Result<Arc<ServerConfig>, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
