//! The device key as a file that the agent alone may read. On a phone with a key store the wrapper brings another [`Signer`](muster_proto::key::Signer).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use muster_proto::cose::{Typ, seal_payload};
use muster_proto::id::Kid;
use muster_proto::key::{PublicKey, SignError, Signer as _, SoftwareKey};
use ring::rand::SystemRandom;

use crate::store::write_durably;

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
}

impl KeyRing {
    /// The keys in `dir`.
    #[must_use]
    pub fn new(dir: &Path, random: SystemRandom) -> Self {
        Self { dir: dir.to_owned(), random, loaded: None }
    }

    /// Draws a key and makes it durable before anybody hears of it.
    ///
    /// # Errors
    /// No randomness, or the file can't be written.
    pub fn make(&mut self) -> Result<PublicKey, KeyRingError> {
        let (key, pkcs8) = SoftwareKey::generate(self.random.clone())?;
        let public = key.public_key();
        let name = file_name(public.kid());
        write_durably(&self.dir, &name, &pkcs8)
            .map_err(|source| KeyRingError::Write { path: self.dir.join(name), source })?;
        self.loaded = Some((public.kid(), key));
        Ok(public)
    }

    /// Whether the key of this `kid` is here.
    #[must_use]
    pub fn has(&self, kid: Kid) -> bool {
        self.dir.join(file_name(kid)).exists()
    }

    /// Signs a payload and returns the whole envelope.
    ///
    /// # Errors
    /// The key isn't there, or can't sign.
    pub fn seal(&mut self, typ: Typ, payload: &[u8], kid: Kid) -> Result<Vec<u8>, KeyRingError> {
        Ok(seal_payload(typ, payload, self.load(kid)?, &[])?)
    }

    /// Removes a key that is no longer needed. That it can't be removed changes nothing.
    pub fn forget(&mut self, kid: Kid) {
        self.loaded = self.loaded.take().filter(|(loaded, _)| *loaded != kid);
        let _ = fs::remove_file(self.dir.join(file_name(kid)));
    }

    /// Removes every key but these: what an interrupted change may have left.
    pub fn keep_only(&mut self, kids: &[Kid]) {
        let names: Vec<String> = kids.iter().map(|kid| file_name(*kid)).collect();
        for entry in fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("key-") && !names.contains(&name) {
                let _ = fs::remove_file(entry.path());
            }
        }
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
        let public = ring(folder.path()).make().unwrap();
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
        let (old, new) = (ring.make().unwrap(), ring.make().unwrap());
        ring.keep_only(&[new.kid()]);
        assert!(ring.seal(Typ::Hello, &[0xa0], new.kid()).is_ok());
        assert!(matches!(ring.seal(Typ::Hello, &[0xa0], old.kid()), Err(KeyRingError::Read { .. })));
    }
}
