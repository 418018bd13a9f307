//! The server's own keys: the CA and its certificate for this server, the order key, the keys of nonces. Made at the first start,
//! kept in the data folder, readable by the server alone.

mod files;
mod nonces;
mod tls;

pub use files::{KeysError, write_public};
pub use nonces::{NonceKeys, constant_time_eq};
pub use tls::{Ca, ServerCertificate};

use muster_proto::key::{PublicKey, Signer, SoftwareKey};
use muster_proto::time::{Span, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use ring::{hkdf, hmac};
use std::path::Path;
use std::sync::Arc;

/// The files of keys in the data folder: what a backup has to have.
pub const FILES: [&str; 6] = ["ca.key", "ca.pem", "server.key", "server.pem", "order.key", "nonce.key"];
/// Those that are there for some servers alone, and are in a backup where they are: the certificate for people's own listener, and the CA that
/// links have carried.
pub const OPTIONAL: [&str; 3] = ["admin.key", "admin.pem", PHONE_CA];
/// The CA that links have carried.
pub const PHONE_CA: &str = "phone-ca.pem";

/// All keys.
pub struct Keys {
    /// The CA.
    pub ca: Ca,
    /// What the server shows to whoever connects.
    pub certificate: Arc<ServerCertificate>,
    /// The same for people, where they have a listener of their own.
    pub people: Option<Arc<ServerCertificate>>,
    /// Signs orders, policies, catalogues and verdicts.
    pub orders: SoftwareKey,
    /// The order key's public half.
    pub order_key: PublicKey,
    /// Makes and verifies nonces.
    pub nonces: NonceKeys,
    /// Without it nobody who has the store finds out by which key a request was repeated, nor what was answered. It is made of the order
    /// key: it comes back with a backup, and goes with it.
    pub repeats: hkdf::Salt,
    /// With it the secrets of hooks are sealed: who has the store alone can sign for nobody. It is made of the order key likewise.
    pub hooks: hkdf::Salt,
    /// With it what makes people's one-time codes is sealed, and their recovery codes are kept. It is made of the order key likewise.
    pub accounts: hkdf::Salt,
}

/// A nonce key is followed by a new one after this long; its nonces stay verifiable for as long again.
const NONCE_KEY_LIFE: Span = Span::from_hours(30 * 24);

impl Keys {
    /// Loads the keys from `folder`, and makes those that aren't there. `names` are what the server is called.
    ///
    /// # Errors
    /// A file can't be read or written, or is not a key.
    pub fn open(
        folder: &Path,
        names: &[String],
        now: Timestamp,
        random: &SystemRandom,
    ) -> Result<Self, KeysError> {
        let ca = Ca::open(folder, now)?;
        let certificate = Arc::new(ServerCertificate::open(folder, "server", &ca, names, now)?);
        let (orders, pkcs8) = order_key(folder, random)?;
        let secret = |purpose: &[u8]| secret_of(&pkcs8, purpose);
        let (repeats, hooks) = (secret(b"muster repeats"), secret(b"muster hooks"));
        let accounts = secret(b"muster accounts");
        let nonces = NonceKeys::new(&nonce_keys(folder, now, random)?);
        Ok(Self {
            ca,
            certificate,
            people: None,
            order_key: orders.public_key(),
            orders,
            nonces,
            repeats,
            hooks,
            accounts,
        })
    }

    /// Makes or loads the certificate for people's own listener.
    ///
    /// # Errors
    /// A file can't be read or written, or is not a key.
    pub fn for_people(
        &mut self,
        folder: &Path,
        names: &[String],
        now: Timestamp,
    ) -> Result<Arc<ServerCertificate>, KeysError> {
        let certificate = Arc::new(ServerCertificate::open(folder, "admin", &self.ca, names, now)?);
        self.people = Some(Arc::clone(&certificate));
        Ok(certificate)
    }

    /// Makes new certificates for those that end soon.
    ///
    /// # Errors
    /// One can't be made or written.
    pub fn renew(&self, now: Timestamp) -> Result<(), KeysError> {
        for certificate in std::iter::once(&self.certificate).chain(&self.people) {
            certificate.renew(&self.ca, now)?;
        }
        Ok(())
    }
}

fn order_key(folder: &Path, random: &SystemRandom) -> Result<(SoftwareKey, Vec<u8>), KeysError> {
    let path = folder.join("order.key");
    let wrong = |source: muster_proto::key::SignError| KeysError::NotAKey {
        path: path.clone(),
        why: source.to_string(),
    };
    if let Some(pkcs8) = files::read(&path)? {
        let key = SoftwareKey::from_pkcs8(&pkcs8, random.clone()).map_err(wrong)?;
        return Ok((key, pkcs8));
    }
    let (key, pkcs8) = SoftwareKey::generate(random.clone()).map_err(wrong)?;
    files::write_secret(&path, &pkcs8)?;
    Ok((key, pkcs8))
}

/// A secret of its own for a purpose, which tells nothing about the key that it is made of.
fn secret_of(pkcs8: &[u8], purpose: &[u8]) -> hkdf::Salt {
    let apart = hmac::Key::new(hmac::HMAC_SHA256, purpose);
    hkdf::Salt::new(hkdf::HKDF_SHA256, hmac::sign(&apart, pkcs8).as_ref())
}

/// One key on each line, the newest first: when it was made, and its bytes.
fn nonce_keys(folder: &Path, now: Timestamp, random: &SystemRandom) -> Result<Vec<[u8; 32]>, KeysError> {
    let path = folder.join("nonce.key");
    let wrong =
        || KeysError::NotAKey { path: path.clone(), why: "it has a line that is not a nonce key".to_owned() };
    let text = files::read(&path)?.unwrap_or_default();
    let text = String::from_utf8(text).map_err(|_| wrong())?;
    let mut keys = Vec::new();
    for line in text.lines() {
        let (made, key) = line.split_once(' ').ok_or_else(wrong)?;
        let made: Timestamp = made.parse().map_err(|_| wrong())?;
        let key =
            muster_proto::id::unhex(key).and_then(|key| <[u8; 32]>::try_from(key).ok()).ok_or_else(wrong)?;
        keys.push((made, key));
    }
    if keys.first().is_none_or(|(made, _)| now.since(*made) > NONCE_KEY_LIFE) {
        let mut key = [0; 32];
        random.fill(&mut key).map_err(|_| KeysError::NoRandomness)?;
        keys.insert(0, (now, key));
        keys.truncate(2);
        let lines: String =
            keys.iter().map(|(made, key)| format!("{made} {}\n", muster_proto::id::hex(key))).collect();
        files::write_secret(&path, lines.as_bytes())?;
    }
    Ok(keys.into_iter().map(|(_, key)| key).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
    fn open(folder: &Path, now: Timestamp) -> Keys {
        Keys::open(folder, &["localhost".to_owned()], now, &SystemRandom::new()).expect("keys")
    }

    #[test]
    fn keys_are_made_once_and_nonce_keys_follow_each_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = Timestamp::from_secs(1_790_000_000);
        let first = open(folder.path(), start);
        let nonce = first.nonces.make(start);
        let later = start + Span::from_hours(31 * 24);
        let again = open(folder.path(), later);
        assert_eq!(first.order_key, again.order_key);
        assert_eq!(first.ca.digest, again.ca.digest);
        assert_eq!(again.nonces.time(&nonce, later), Some(start));
        let last = open(folder.path(), later + Span::from_hours(62 * 24));
        assert_eq!(last.nonces.time(&nonce, later), None);
    }

    #[test]
    fn a_ca_whose_key_is_lost_is_not_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let start = Timestamp::from_secs(1_790_000_000);
        let before = open(folder.path(), start).ca.pem;
        std::fs::remove_file(folder.path().join("ca.key")).expect("the key is lost");
        let error = Ca::open(folder.path(), start).err().expect("refused");
        assert!(error.to_string().contains("ca.key"), "{error}");
        assert_eq!(std::fs::read_to_string(folder.path().join("ca.pem")).expect("ca.pem"), before);
    }

    #[test]
    fn secrets_are_for_the_server_alone_and_a_foreign_file_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        open(folder.path(), Timestamp::from_secs(1));
        for name in ["ca.key", "server.key", "order.key", "nonce.key"] {
            let mode = std::fs::metadata(folder.path().join(name)).expect(name).permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
        std::fs::write(folder.path().join("nonce.key"), "nonsense").expect("write");
        #[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
        let error = Keys::open(folder.path(), &[], Timestamp::from_secs(1), &SystemRandom::new())
            .err()
            .expect("refused");
        assert!(error.to_string().contains("nonce.key"), "{error}");
    }
}
