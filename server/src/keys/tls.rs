//! The CA, and the certificate that the server shows. A phone trusts this CA and no other.

use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_ECDSA_P256_SHA256,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use super::files::{self, KeysError};

/// The CA.
pub struct Ca {
    /// Its certificate in PEM.
    pub pem: String,
    /// SHA-256 of its certificate in DER: what enrolment links carry.
    pub digest: Digest,
    key: KeyPair,
}

const CA_LIFE: Span = Span::from_hours(20 * 366 * 24);
const SERVER_LIFE: Span = Span::from_hours(397 * 24);
/// A certificate that ends sooner is made anew.
const RENEW_BEFORE: Span = Span::from_hours(60 * 24);
/// Certificates begin this much earlier than now, for whoever's clock is a little behind.
const EARLIER: Span = Span::from_hours(48);

impl Ca {
    pub(super) fn open(folder: &Path, now: Timestamp) -> Result<Self, KeysError> {
        let (pem_path, key_path) = (folder.join("ca.pem"), folder.join("ca.key"));
        let (pem, key) = (files::read(&pem_path)?, files::read(&key_path)?);
        if pem.is_some() && key.is_none() {
            // another CA in its place would lock out every phone that was ever enrolled; the key is written first, so this is no first start
            return Err(not_a_key(&key_path, "it is missing, and ca.pem is there"));
        }
        if let (Some(pem), Some(key)) = (pem, key) {
            let key = String::from_utf8(key).ok().and_then(|key| KeyPair::from_pem(&key).ok());
            let key = key.ok_or_else(|| not_a_key(&key_path, "no private key in PEM"))?;
            let pem = String::from_utf8(pem).map_err(|_| not_a_key(&pem_path, "not text"))?;
            let der = CertificateDer::from_pem_slice(pem.as_bytes())
                .map_err(|_| not_a_key(&pem_path, "no certificate in PEM"))?;
            return Ok(Self { digest: Digest::of(&der), pem, key });
        }
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = ca_params();
        set_life(&mut params, now, CA_LIFE);
        let certificate = params.self_signed(&key)?;
        files::write_secret(&key_path, key.serialize_pem().as_bytes())?;
        files::write_public(&pem_path, certificate.pem().as_bytes())?;
        Ok(Self { digest: Digest::of(certificate.der()), pem: certificate.pem(), key })
    }
}

fn ca_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name("Muster CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// The server's certificate and key; made anew while the server runs when its end is near.
#[derive(Debug)]
pub struct ServerCertificate {
    folder: PathBuf,
    /// The names of its files, without what follows the dot.
    stem: &'static str,
    names: Vec<String>,
    current: RwLock<Held>,
}

#[derive(Debug, Clone)]
struct Held {
    key: Arc<CertifiedKey>,
    ends: Timestamp,
}

impl ServerCertificate {
    pub(super) fn open(
        folder: &Path,
        stem: &'static str,
        ca: &Ca,
        names: &[String],
        now: Timestamp,
    ) -> Result<Self, KeysError> {
        let held = match load(folder, stem, names, now)? {
            Some(held) => held,
            None => make(folder, stem, ca, names, now)?,
        };
        Ok(Self { folder: folder.to_owned(), stem, names: names.to_vec(), current: RwLock::new(held) })
    }

    /// The certificate that is shown.
    #[must_use]
    pub fn certificate(&self) -> Option<CertificateDer<'static>> {
        self.held().and_then(|held| held.key.cert.first().cloned())
    }

    /// Makes a new certificate if the present one ends soon.
    ///
    /// # Errors
    /// It can't be made or written.
    pub fn renew(&self, ca: &Ca, now: Timestamp) -> Result<(), KeysError> {
        if self.held().is_some_and(|held| now + RENEW_BEFORE < held.ends) {
            return Ok(());
        }
        let held = make(&self.folder, self.stem, ca, &self.names, now)?;
        if let Ok(mut current) = self.current.write() {
            *current = held;
        }
        Ok(())
    }

    fn held(&self) -> Option<Held> {
        self.current.read().ok().map(|held| held.clone())
    }
}

impl ResolvesServerCert for ServerCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.held().map(|held| held.key)
    }
}

/// What the certificate is for stands in front of it, so that nothing has to be read out of DER.
fn heading(names: &[String], ends: Timestamp) -> String {
    format!("names: {}\nends: {ends}\n", names.join(" "))
}

fn load(folder: &Path, stem: &str, names: &[String], now: Timestamp) -> Result<Option<Held>, KeysError> {
    let file = |end: &str| folder.join(format!("{stem}.{end}"));
    let (Some(pem), Some(key)) = (files::read(&file("pem"))?, files::read(&file("key"))?) else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&pem);
    let ends = text
        .lines()
        .find_map(|line| line.strip_prefix("ends: "))
        .and_then(|ends| ends.parse::<Timestamp>().ok());
    match ends {
        Some(ends) if text.starts_with(&heading(names, ends)) && now + RENEW_BEFORE < ends => {
            Ok(certified(&pem, &key).map(|key| Held { key: Arc::new(key), ends }))
        }
        _ => Ok(None),
    }
}

fn make(folder: &Path, stem: &str, ca: &Ca, names: &[String], now: Timestamp) -> Result<Held, KeysError> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::new(names.to_vec())?;
    params.distinguished_name = name("Muster server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let ends = set_life(&mut params, now, SERVER_LIFE);
    let certificate = params.signed_by(&key, &Issuer::new(ca_params(), &ca.key))?;
    let pem = format!("{}{}{}", heading(names, ends), certificate.pem(), ca.pem);
    let path = folder.join(format!("{stem}.pem"));
    files::write_secret(&folder.join(format!("{stem}.key")), key.serialize_pem().as_bytes())?;
    files::write_public(&path, pem.as_bytes())?;
    let key = certified(pem.as_bytes(), key.serialize_pem().as_bytes());
    Ok(Held { key: Arc::new(key.ok_or_else(|| not_a_key(&path, "it does not belong to its key"))?), ends })
}

fn certified(pem: &[u8], key: &[u8]) -> Option<CertifiedKey> {
    let chain = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(key).ok()?;
    let key = rustls::crypto::ring::sign::any_ecdsa_type(&key).ok()?;
    let certified = CertifiedKey::new(chain, key);
    certified.keys_match().ok().map(|()| certified)
}

fn set_life(params: &mut CertificateParams, now: Timestamp, life: Span) -> Timestamp {
    let ends = now + life;
    let since_1970 = |time: Timestamp| Duration::from_millis(time.millis().unsigned_abs());
    let start = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = start + since_1970(now - EARLIER);
    params.not_after = start + since_1970(ends);
    ends
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn not_a_key(path: &Path, why: &str) -> KeysError {
    KeysError::NotAKey { path: path.to_owned(), why: why.to_owned() }
}
