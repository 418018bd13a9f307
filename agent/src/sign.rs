//! Where the device key is: a file that the agent alone may read, or what a phone's wrapper brings (its key store), behind one trait.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use muster_proto::cose::{Typ, seal_payload};
use muster_proto::facts::Protection;
use muster_proto::id::Kid;
use muster_proto::key::{PublicKey, SignError, Signer as _, SoftwareKey};
use ring::rand::SystemRandom;

use crate::store::write_durably;

/// The device key and, while it changes, the next one.
pub trait Keys: Send {
    /// Makes a key that is durable before anybody hears of it. Where the phone can attest its keys, the attestation carries `challenge`.
    /// The keys of `keep` stay.
    ///
    /// # Errors
    /// There is no key to be had.
    fn make(&mut self, challenge: &[u8], keep: &[Kid]) -> Result<PublicKey, KeyRingError>;

    /// Whether the key of this `kid` is here and can be used.
    fn has(&self, kid: Kid) -> bool;

    /// Signs a payload and returns the whole envelope, with the key's certificates where this kind of message may carry them.
    ///
    /// # Errors
    /// The key isn't there, or can't sign.
    fn seal(&mut self, typ: Typ, payload: &[u8], kid: Kid) -> Result<Vec<u8>, KeyRingError>;

    /// Removes a key that is no longer needed. That it can't be removed changes nothing.
    fn forget(&mut self, kid: Kid);

    /// Removes every key but these: what an interrupted change may have left.
    fn keep_only(&mut self, kids: &[Kid]);

    /// Where the key of this `kid` lives.
    fn protection(&self, kid: Kid) -> Protection;
}

/// The keys in the agent's folder: the one in use and, while it changes, the next.
pub struct KeyRing {
    dir: PathBuf,
    random: SystemRandom,
    loaded: Option<(Kid, SoftwareKey)>,
}

/// Why a key can't be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyRingError {
    /// The file can't be read.
    #[error("read the device key {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file can't be written.
    #[error("save the device key {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The key is none, or could not sign.
    #[error("use the device key")]
    Key(#[from] SignError),
    /// The phone has lost the key, or made it void.
    #[error("the device key {0} is lost: this device must be enrolled again")]
    Lost(Kid),
    /// The phone's key store failed.
    #[error("use the phone's key store: {0}")]
    KeyStore(String),
}

impl KeyRing {
    /// The keys in `dir`.
    #[must_use]
    pub fn new(dir: &Path, random: SystemRandom) -> Self {
        Self { dir: dir.to_owned(), random, loaded: None }
    }

    fn load(&mut self, kid: Kid) -> Result<&SoftwareKey, KeyRingError> {
        if self.loaded.as_ref().is_none_or(|(loaded, _)| *loaded != kid) {
            let path = self.dir.join(file_name(kid));
            let pkcs8 = fs::read(&path).map_err(|source| KeyRingError::Read { path, source })?;
            self.loaded = Some((kid, SoftwareKey::from_pkcs8(&pkcs8, self.random.clone())?));
        }
        self.loaded.as_ref().map(|(_, key)| key).ok_or_else(|| SignError("no key".to_owned()).into())
    }
}

impl Keys for KeyRing {
    /// Draws a key; a file attests nothing, so that the challenge goes unused.
    fn make(&mut self, _challenge: &[u8], _keep: &[Kid]) -> Result<PublicKey, KeyRingError> {
        let (key, pkcs8) = SoftwareKey::generate(self.random.clone())?;
        let public = key.public_key();
        let name = file_name(public.kid());
        write_durably(&self.dir, &name, &pkcs8)
            .map_err(|source| KeyRingError::Write { path: self.dir.join(name), source })?;
        self.loaded = Some((public.kid(), key));
        Ok(public)
    }

    fn has(&self, kid: Kid) -> bool {
        self.dir.join(file_name(kid)).exists()
    }

    fn seal(&mut self, typ: Typ, payload: &[u8], kid: Kid) -> Result<Vec<u8>, KeyRingError> {
        Ok(seal_payload(typ, payload, self.load(kid)?, &[])?)
    }

    fn forget(&mut self, kid: Kid) {
        self.loaded = self.loaded.take().filter(|(loaded, _)| *loaded != kid);
        let _ = fs::remove_file(self.dir.join(file_name(kid)));
    }

    fn keep_only(&mut self, kids: &[Kid]) {
        let names: Vec<String> = kids.iter().map(|kid| file_name(*kid)).collect();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("key-") && !names.contains(&name) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn protection(&self, _kid: Kid) -> Protection {
        Protection::Software
    }
}

fn file_name(kid: Kid) -> String {
    format!("key-{kid}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[expect(clippy::disallowed_methods, reason = "a test needs real keys")]
    fn ring(dir: &Path) -> KeyRing {
        KeyRing::new(dir, SystemRandom::new())
    }

    #[test]
    fn a_key_is_found_again_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let public = ring(folder.path()).make(&[], &[]).unwrap();
        let sealed = ring(folder.path()).seal(Typ::Hello, &[0xa0], public.kid()).unwrap();
        let envelope = muster_proto::cose::Envelope::parse(&sealed).unwrap();
        public.verify(&envelope.to_be_signed(), &envelope.signature).unwrap();
        let file = folder.path().join(file_name(public.kid()));
        assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn only_what_is_needed_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut ring = ring(folder.path());
        let (old, new) = (ring.make(&[], &[]).unwrap(), ring.make(&[], &[]).unwrap());
        ring.keep_only(&[new.kid()]);
        assert!(ring.seal(Typ::Hello, &[0xa0], new.kid()).is_ok());
        assert!(matches!(ring.seal(Typ::Hello, &[0xa0], old.kid()), Err(KeyRingError::Read { .. })));
    }
}
