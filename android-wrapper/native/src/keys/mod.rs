//! The device key in the phone's key store (Android Keystore, P-256): made there with the server's challenge, in a security chip where there
//! is one, and never out of it. Two aliases in turn, so that the old key lives until the new one counts. A phone without that key store
//! has keys in files.

mod made;
mod places;

use std::path::Path;
use std::sync::Arc;

use jni::Env;
use jni::objects::{JObject, JObjectArray};
use muster_agent::runtime::Clock;
use muster_agent::sign::{KeyRing, KeyRingError, Keys};
use muster_proto::cose::{Typ, seal_payload};
use muster_proto::facts::Protection;
use muster_proto::id::Kid;
use muster_proto::key::{PublicKey, SignError, Signature, Signer, signature_from_der};

use crate::error::{Error, Result};
use crate::java::{Android, bytes, call, call_static};
use crate::platform;
use places::{Look, Moment, Places};

/// The keys of this phone.
pub struct AndroidKeys {
    android: Arc<Android>,
    files: KeyRing,
    places: Places,
    clock: Clock,
}

/// The two names in the key store.
const ALIASES: [&str; 2] = ["muster-key-a", "muster-key-b"];
const PROVIDER: &str = "AndroidKeyStore";
/// What says that a key is gone for good. Anything else that it throws may be a bad moment: it says of every error of the system that the
/// key can't be recovered.
const VOID: [&str; 1] = ["android.security.keystore.KeyPermanentlyInvalidatedException"];
/// Certificates that a message may carry.
const MAX_CHAIN: usize = 10;

impl AndroidKeys {
    /// The keys of the key store, and those in `folder`.
    pub fn new(android: Arc<Android>, folder: &Path, clock: Clock) -> Self {
        let files = KeyRing::new(folder, clock.random());
        Self { android, files, places: Places::new(folder), clock }
    }

    /// Whether this key could be found now, however the looks before went.
    pub fn is_seen(&self, kid: Kid) -> bool {
        self.files.has(kid) || self.look(kid) == Look::Here
    }

    fn moment(&self) -> Moment {
        Moment { mono: self.clock.now().mono, boot: platform::boot_count(&self.android) }
    }

    fn look(&self, kid: Kid) -> Look {
        match self.find(kid) {
            Ok(Some(_)) => Look::Here,
            Ok(None) => Look::Missing,
            Err(error) => {
                log::warn!("look for the key {kid}: {error}");
                Look::Unsure
            }
        }
    }

    /// The alias under which this key lies, and the key. An error says that the key store could not tell.
    fn find(&self, kid: Kid) -> Result<Option<(&'static str, PublicKey)>> {
        let noted = self.places.of(kid);
        let mut why = None;
        for alias in ALIASES.into_iter().filter(|alias| noted.as_deref().is_none_or(|noted| noted == *alias))
        {
            match self.public_key(alias) {
                Ok(Some(key)) if key.kid() == kid => {
                    if noted.is_none() {
                        self.places.found(alias, kid);
                    }
                    return Ok(Some((alias, key)));
                }
                Ok(_) => {}
                Err(error) => why = Some(error),
            }
        }
        why.map_or(Ok(None), Err)
    }

    /// The key under this alias; none where the key store is sure that there is none. Its list of entries says so in a bad moment, too:
    /// then the entry itself is asked for.
    fn public_key(&self, alias: &str) -> Result<Option<PublicKey>> {
        self.android.with(|env| {
            let store = key_store(&self.android, env)?;
            let name = env.new_string(alias)?;
            let certificate =
                call!(env, &store, "getCertificate", [(java.lang.String) -> java.security.cert.Certificate], &name)?.l()?;
            if certificate.is_null() {
                if entry(env, &store, alias)?.is_null() {
                    return Ok(None);
                }
                return Err(Error::new("key", format!("the key store shows no certificate of {alias}")));
            }
            let key = call!(env, &certificate, "getPublicKey", [() -> java.security.PublicKey])?.l()?;
            let encoded = call!(env, &key, "getEncoded", [() -> [jbyte]])?.l()?;
            let spki = bytes(env, encoded)?.unwrap_or_default();
            Ok(PublicKey::from_spki(&spki).ok())
        })
    }

    /// Whether this phone has the key store at all.
    fn has_key_store(&self) -> bool {
        match self.android.with(|env| key_store(&self.android, env).map(drop)) {
            Ok(()) => true,
            Err(error) => {
                log::warn!("no key store: {error}");
                // Only a phone that does not know it has none; anything else is a bad moment.
                !error.is_java(&["java.security.KeyStoreException"])
            }
        }
    }

    /// A free alias, or else one whose key nobody needs. Where it is not sure which key lies where, there is none: it may be one of `keep`.
    fn place(&self, keep: &[Kid]) -> Result<&'static str> {
        for kid in keep.iter().filter(|kid| !self.files.has(**kid)) {
            if self.places.of(*kid).is_none() && self.find(*kid)?.is_none() {
                return Err(Error::new("key", format!("it is not known where the key {kid} lies")));
            }
        }
        let mut spare = None;
        for alias in ALIASES {
            let noted = self.places.at(alias);
            if noted.is_some_and(|kid| keep.contains(&kid)) {
                continue;
            }
            match self.public_key(alias) {
                Ok(None) if noted.is_none() => return Ok(alias),
                Ok(found) if found.is_none_or(|key| !keep.contains(&key.kid())) => spare = Some(alias),
                Err(_) if noted.is_some() => spare = spare.or(Some(alias)),
                Ok(_) | Err(_) => {}
            }
        }
        spare.ok_or_else(|| Error::new("key", "both places for a key are taken"))
    }

    fn sign(&self, alias: &str, message: &[u8]) -> Result<Vec<u8>> {
        self.android.with(|env| {
            let store = key_store(&self.android, env)?;
            let key = private_key(env, &store, alias)?;
            let class = self.android.class(env, "java.security.Signature")?;
            let name = env.new_string("SHA256withECDSA")?;
            let signature =
                call_static!(env, &class, "getInstance", [(java.lang.String) -> java.security.Signature], &name)?.l()?;
            call!(env, &signature, "initSign", [(java.security.PrivateKey)], &key)?;
            let message = env.byte_array_from_slice(message)?;
            call!(env, &signature, "update", [([jbyte])], &message)?;
            let der = call!(env, &signature, "sign", [() -> [jbyte]])?.l()?;
            bytes(env, der)?.ok_or_else(|| Error::new("key", "the key store gave no signature"))
        })
    }

    fn chain(&self, alias: &str) -> Result<Vec<Vec<u8>>> {
        self.android.with(|env| {
            let store = key_store(&self.android, env)?;
            let name = env.new_string(alias)?;
            let chain = call!(env, &store, "getCertificateChain",
                [(java.lang.String) -> [java.security.cert.Certificate]], &name)?
            .l()?;
            if chain.is_null() {
                return Ok(Vec::new());
            }
            let chain = env.cast_local::<JObjectArray<JObject>>(chain)?;
            let mut certificates = Vec::new();
            for at in 0..chain.len(env)?.min(MAX_CHAIN) {
                let der = env.with_local_frame(8, |env| -> Result<_> {
                    let certificate = chain.get_element(env, at)?;
                    let der = call!(env, &certificate, "getEncoded", [() -> [jbyte]])?.l()?;
                    bytes(env, der)
                })?;
                certificates.extend(der);
            }
            Ok(certificates)
        })
    }

    fn delete(&self, alias: &str) -> Result<()> {
        self.android.with(|env| {
            let store = key_store(&self.android, env)?;
            let name = env.new_string(alias)?;
            call!(env, &store, "deleteEntry", [(java.lang.String)], &name)?;
            Ok(())
        })
    }

    fn protection_of(&self, alias: &str) -> Result<Protection> {
        self.android.with(|env| {
            let store = key_store(&self.android, env)?;
            let key = private_key(env, &store, alias)?;
            let info = key_info(&self.android, env, &key)?;
            let inside = |env: &mut Env<'_>| -> Result<Protection> {
                let hardware = call!(env, &info, "isInsideSecureHardware", [() -> jboolean])?.z()?;
                Ok(if hardware { Protection::Tee } else { Protection::Software })
            };
            if self.android.sdk < 31 {
                return inside(env);
            }
            let level = call!(env, &info, "getSecurityLevel", [() -> jint])?.i()?;
            Ok(protection_of_level(level))
        })
    }
}

impl Keys for AndroidKeys {
    fn make(&mut self, challenge: &[u8], keep: &[Kid]) -> std::result::Result<PublicKey, KeyRingError> {
        if !self.has_key_store() {
            return self.files.make(challenge, keep);
        }
        let failed = |error: Error| KeyRingError::KeyStore(error.to_string());
        let unsaved =
            |error: std::io::Error| KeyRingError::KeyStore(format!("note the key's place: {error}"));
        let alias = self.place(keep).map_err(failed)?;
        self.places.begin(alias).map_err(unsaved)?;
        made::make_key(&self.android, alias, challenge).map_err(failed)?;
        let key = self.public_key(alias).map_err(failed)?.ok_or_else(|| {
            KeyRingError::KeyStore("the key that was made is not there, or not on P-256".to_owned())
        })?;
        // Nobody has heard of it yet: one that is not noted is not used.
        self.places.made(alias, key.kid()).map_err(unsaved)?;
        Ok(key)
    }

    fn has(&self, kid: Kid) -> bool {
        self.files.has(kid) || !self.places.looked(kid, self.look(kid), self.moment())
    }

    fn seal(&mut self, typ: Typ, payload: &[u8], kid: Kid) -> std::result::Result<Vec<u8>, KeyRingError> {
        if self.files.has(kid) {
            return self.files.seal(typ, payload, kid);
        }
        let failed = |error: Error| KeyRingError::KeyStore(error.to_string());
        let Some((alias, key)) = self.find(kid).map_err(failed)? else {
            let unseen = || KeyRingError::KeyStore(format!("it does not show the key {kid} now"));
            return Err(if self.places.is_lost(kid) { KeyRingError::Lost(kid) } else { unseen() });
        };
        let chain = match typ.may_have_chain() {
            true => self.chain(alias).map_err(failed)?,
            false => Vec::new(),
        };
        let signer = StoredKey { keys: self, alias, key };
        match seal_payload(typ, payload, &signer, &chain) {
            Ok(sealed) => Ok(sealed),
            Err(error) if error.0.starts_with(GONE) => {
                self.places.void(kid);
                Err(KeyRingError::Lost(kid))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn forget(&mut self, kid: Kid) {
        match self.find(kid).and_then(|found| found.map_or(Ok(()), |(alias, _)| self.delete(alias))) {
            Ok(()) => self.places.forget(kid),
            // Its place is known and taken over when the next key is made.
            Err(error) => log::warn!("remove the key {kid}: {error}"),
        }
        self.files.forget(kid);
    }

    fn keep_only(&mut self, kids: &[Kid]) {
        for alias in ALIASES {
            if self.places.at(alias).is_some_and(|kid| kids.contains(&kid)) {
                continue;
            }
            let found = self.public_key(alias).ok().flatten().map(|key| key.kid());
            if let Some(kid) = found.filter(|kid| !kids.contains(kid)) {
                match self.delete(alias) {
                    Ok(()) => self.places.forget(kid),
                    Err(error) => log::warn!("remove the key {alias}: {error}"),
                }
            }
        }
        self.files.keep_only(kids);
    }

    fn protection(&self, kid: Kid) -> Protection {
        let Ok(Some((alias, _))) = self.find(kid) else { return Protection::Software };
        self.protection_of(alias).unwrap_or_else(|error| {
            log::warn!("ask where the key lives: {error}");
            Protection::Software
        })
    }
}

/// A key of the key store, as the envelope wants it.
struct StoredKey<'a> {
    keys: &'a AndroidKeys,
    alias: &'static str,
    key: PublicKey,
}

impl Signer for StoredKey<'_> {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    fn sign(&self, message: &[u8]) -> std::result::Result<Signature, SignError> {
        let der = self.keys.sign(self.alias, message).map_err(|error| match error.is_java(&VOID) {
            true => SignError(format!("{GONE}: {error}")),
            false => SignError(error.to_string()),
        })?;
        signature_from_der(&der).map_err(|_| SignError("the key store's signature is not DER".to_owned()))
    }
}

/// Stands before what the key store said of a key that is gone.
const GONE: &str = "the key is gone";

fn key_store<'l>(android: &Android, env: &mut Env<'l>) -> Result<JObject<'l>> {
    let class = android.class(env, "java.security.KeyStore")?;
    let name = env.new_string(PROVIDER)?;
    let store =
        call_static!(env, &class, "getInstance", [(java.lang.String) -> java.security.KeyStore], &name)?
            .l()?;
    let nothing = JObject::null();
    call!(env, &store, "load", [(java.security.KeyStore::LoadStoreParameter)], &nothing)?;
    Ok(store)
}

fn private_key<'l>(env: &mut Env<'l>, store: &JObject<'_>, alias: &str) -> Result<JObject<'l>> {
    let key = entry(env, store, alias)?;
    if key.is_null() {
        return Err(Error::new("key", "the key store does not show the key now"));
    }
    Ok(key)
}

/// The private key under this alias, or null.
fn entry<'l>(env: &mut Env<'l>, store: &JObject<'_>, alias: &str) -> Result<JObject<'l>> {
    let (name, nothing) = (env.new_string(alias)?, JObject::null());
    Ok(call!(env, store, "getKey", [(java.lang.String, [jchar]) -> java.security.Key], &name, &nothing)?
        .l()?)
}

fn key_info<'l>(android: &Android, env: &mut Env<'l>, key: &JObject<'_>) -> Result<JObject<'l>> {
    let factory = android.class(env, "java.security.KeyFactory")?;
    let (algorithm, provider) = (env.new_string("EC")?, env.new_string(PROVIDER)?);
    let factory = call_static!(env, &factory, "getInstance",
        [(java.lang.String, java.lang.String) -> java.security.KeyFactory], &algorithm, &provider)?
    .l()?;
    let class = android.class(env, "android.security.keystore.KeyInfo")?;
    Ok(call!(env, &factory, "getKeySpec",
        [(java.security.Key, java.lang.Class) -> java.security.spec.KeySpec], key, &class)?
    .l()?)
}

/// `KeyProperties.SECURITY_LEVEL_…`. What only says that it is secure somehow counts as the weaker of the two.
fn protection_of_level(level: i32) -> Protection {
    match level {
        2 => Protection::StrongBox,
        1 | -1 => Protection::Tee,
        _ => Protection::Software,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_the_key_store() {
        assert_eq!(protection_of_level(2), Protection::StrongBox);
        assert_eq!(protection_of_level(1), Protection::Tee);
        assert_eq!(protection_of_level(-1), Protection::Tee);
        assert_eq!(protection_of_level(0), Protection::Software);
        assert_eq!(protection_of_level(-2), Protection::Software);
    }

    /// The conversion itself stands in the language's crate; here that a key store's usual forms go through it.
    #[test]
    fn signatures_of_the_key_store_become_r_and_s() {
        let der = |r: &[u8], s: &[u8]| {
            let mut body = vec![2, u8::try_from(r.len()).unwrap()];
            body.extend(r);
            body.extend([2, u8::try_from(s.len()).unwrap()]);
            body.extend(s);
            [&[0x30, u8::try_from(body.len()).unwrap()][..], &body].concat()
        };
        let high = [&[0][..], &[0x80; 32]].concat();
        let short = signature_from_der(&der(&high, &[7])).unwrap();
        assert_eq!(short[..32], [0x80; 32]);
        assert_eq!((short[62], short[63]), (0, 7));
        for wrong in [&[][..], &[0x30, 0], &der(&[0x80; 32], &[1]), &der(&[1; 34], &[1])] {
            assert!(signature_from_der(wrong).is_err(), "{wrong:?}");
        }
    }
}
