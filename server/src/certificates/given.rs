//! A certificate that was given, with its key: read, checked, and read again when its files change. A new one that doesn't fit leaves the old
//! one in its place.

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::judged::{CertificateError, chain, in_time, leads_to, names};

/// Where a certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The chain in PEM, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key in PEM.
    pub key: PathBuf,
}

/// What a certificate must be good for.
#[derive(Debug, Clone)]
pub struct Purpose {
    /// The host that it is for.
    pub host: String,
    /// The CA that it must lead to.
    pub ca: Option<CertificateDer<'static>>,
}

/// A certificate that was given.
#[derive(Debug)]
pub struct GivenCertificate {
    files: Files,
    purpose: Purpose,
    held: RwLock<Held>,
}

#[derive(Debug, Clone)]
struct Held {
    key: Arc<CertifiedKey>,
    /// Of both files, as they are shown.
    shown: Digest,
}

impl GivenCertificate {
    /// Reads it.
    ///
    /// # Errors
    /// A file can't be read, or doesn't fit.
    pub fn open(files: Files, purpose: Purpose, now: Timestamp) -> Result<Self, CertificateError> {
        let (pem, key) = contents(&files)?;
        let held =
            Held { shown: digest(&pem, &key), key: Arc::new(certified(&files, &pem, &key, &purpose, now)?) };
        Ok(Self { files, purpose, held: RwLock::new(held) })
    }

    /// Reads its files again, and shows what they hold if that is another certificate that fits: whether it is so. One that doesn't fit is
    /// judged at each call: what is not valid yet becomes so without a change of the files.
    ///
    /// # Errors
    /// The files can't be read or don't fit, and the old certificate stays.
    pub fn renew(&self, now: Timestamp) -> Result<bool, CertificateError> {
        let (pem, key) = contents(&self.files)?;
        let shown = digest(&pem, &key);
        if self.lock().shown == shown {
            return Ok(false);
        }
        let key = Arc::new(certified(&self.files, &pem, &key, &self.purpose, now)?);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Held { key, shown };
        Ok(true)
    }

    /// The certificate that is shown.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.lock().key.cert.first().cloned()
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.files.certificate
    }

    fn lock(&self) -> std::sync::RwLockReadGuard<'_, Held> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ResolvesServerCert for GivenCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.lock().key))
    }
}

/// Reads a file of keys or certificates.
///
/// # Errors
/// It can't be read.
pub fn read(path: &Path) -> Result<Vec<u8>, CertificateError> {
    std::fs::read(path).map_err(|source| CertificateError::Read { path: path.to_owned(), source })
}

fn contents(files: &Files) -> Result<(Vec<u8>, Vec<u8>), CertificateError> {
    Ok((read(&files.certificate)?, read(&files.key)?))
}

fn digest(pem: &[u8], key: &[u8]) -> Digest {
    let (pem, key) = (Digest::of(pem), Digest::of(key));
    Digest::of(&[pem.0, key.0].concat())
}

fn certified(
    files: &Files,
    pem: &[u8],
    key: &[u8],
    purpose: &Purpose,
    now: Timestamp,
) -> Result<CertifiedKey, CertificateError> {
    let flawed = |path: &Path| {
        let path = path.to_owned();
        move |why: String| CertificateError::Flawed { path, why }
    };
    let chain = chain(pem).map_err(flawed(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| no_key(key)).map_err(flawed(&files.key))?;
    let key = rustls::crypto::ring::sign::any_supported_type(&key)
        .map_err(|error| format!("it is no key that can be used: {error}"))
        .map_err(flawed(&files.key))?;
    let certified = CertifiedKey::new(chain, key);
    certified
        .keys_match()
        .map_err(|_| format!("it is not the key of the certificate in {}", files.certificate.display()))
        .map_err(flawed(&files.key))?;
    fits(&certified.cert, purpose, now).map_err(flawed(&files.certificate))?;
    Ok(certified)
}

fn fits(chain: &[CertificateDer<'_>], purpose: &Purpose, now: Timestamp) -> Result<(), String> {
    let own = chain.first().ok_or_else(|| "there is no certificate".to_owned())?;
    in_time(own, now)?;
    names(own, &purpose.host)?;
    match &purpose.ca {
        Some(ca) => leads_to(chain, ca, now).map_err(|why| format!("phones would refuse it: {why}")),
        None => Ok(()),
    }
}

fn no_key(pem: &[u8]) -> String {
    let text = String::from_utf8_lossy(pem);
    if text.contains("ENCRYPTED") {
        "the key is encrypted: give one without a passphrase, readable by the server's user alone".to_owned()
    } else {
        "it has no private key in PEM".to_owned()
    }
}

#[cfg(test)]
mod tests;
