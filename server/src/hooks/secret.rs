//! Secrets of hooks, and what is signed with them (Standard Webhooks 1.0.0). The server has to have a secret itself to sign, so it is kept
//! sealed: under a key that is made of the server's keys, which are not in the database, and for this one hook.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use muster_proto::time::Timestamp;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};
use ring::hmac;
use ring::rand::SecureRandom;
use std::fmt;

use crate::auth::secret::NoRandomness;
use crate::keys::Keys;
use crate::store::{StoreError, Tx, values};

/// A secret.
#[derive(Clone, PartialEq, Eq)]
pub struct HookSecret([u8; LEN]);

/// Bytes of a secret; the specification has 24 to 64.
const LEN: usize = 32;
/// Before the text form.
const PREFIX: &str = "whsec_";

impl HookSecret {
    /// Draws a new one.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn draw(random: &dyn SecureRandom) -> Result<Self, NoRandomness> {
        let mut bytes = [0; LEN];
        random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(bytes))
    }

    /// The text that is handed over.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{PREFIX}{}", BASE64_STANDARD.encode(self.0))
    }

    /// One signature of the header `webhook-signature`.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.0);
        let mut context = hmac::Context::with_key(&key);
        context.update(format!("{id}.{timestamp}.").as_bytes());
        context.update(body);
        format!("v1,{}", BASE64_STANDARD.encode(context.sign()))
    }

    /// As it is stored with the hook `id`.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn seal(&self, id: &str, server: &Salt, random: &dyn SecureRandom) -> Result<Vec<u8>, NoRandomness> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce).map_err(|_| NoRandomness)?;
        let mut sealed = self.0.to_vec();
        sealing_key(id, server)
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(id.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| NoRandomness)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was stored with the hook `id`; `None` where it is another hook's or another server's.
    #[must_use]
    pub fn open(sealed: &[u8], id: &str, server: &Salt) -> Option<Self> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let opened = sealing_key(id, server).open_in_place(nonce, Aad::from(id.as_bytes()), &mut sealed);
        <[u8; LEN]>::try_from(&*opened.ok()?).ok().map(Self)
    }
}

/// The secrets with which a hook signs at `now`: the newest, and for a day the one before it. An old one that is not this server's is left out:
/// nobody can sign with it any more.
///
/// # Errors
/// The newest one is not this server's; the store's.
pub fn signing(
    tx: &mut dyn Tx,
    id: &str,
    keys: &Keys,
    now: Timestamp,
) -> Result<Vec<HookSecret>, StoreError> {
    let row = tx.query_one("SELECT secret, old_secret, old_until FROM hooks WHERE id = $1", &values![id])?;
    let mut row = row.ok_or(StoreError::Column("a secret"))?;
    let (newest, old): (Vec<u8>, Option<Vec<u8>>) = (row.take()?, row.take()?);
    let until: Option<Timestamp> = row.take()?;
    let newest = HookSecret::open(&newest, id, &keys.hooks);
    let mut secrets = vec![newest.ok_or(StoreError::Column("a hook's secret of this server"))?];
    let old = old.filter(|_| until.is_some_and(|until| now < until));
    secrets.extend(old.and_then(|old| HookSecret::open(&old, id, &keys.hooks)));
    Ok(secrets)
}

/// HKDF-SHA256 of the server's secret, for this hook.
fn sealing_key(id: &str, server: &Salt) -> LessSafeKey {
    let mut key = [0; 32];
    let purpose = [b"muster hook".as_slice(), id.as_bytes()];
    let filled = server.extract(b"").expand(&purpose, HKDF_SHA256).and_then(|out| out.fill(&mut key));
    filled.expect("HKDF-SHA256 gives 32 bytes");
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key).expect("AES-256 takes 32 bytes"))
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::random;

    /// Made with Python: `hmac.new(bytes(range(32)), b"msg_a.1790000000.{}", "sha256")`.
    const SIGNED: &str = "v1,UuJTwYpDtcxrmSZgfF2UJR0I2krMw2JkdNdb0GCC1PY=";

    #[test]
    fn a_signature_is_what_the_specification_says() {
        let bytes: [u8; LEN] = std::array::from_fn(|n| u8::try_from(n).unwrap());
        let secret = HookSecret(bytes);
        assert_eq!(secret.text(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
        assert_eq!(secret.sign("msg_a", 1_790_000_000, b"{}"), SIGNED);
    }

    #[test]
    fn what_is_stored_opens_for_its_hook_on_its_server_alone() {
        let [server, other] = [[1; 32], [2; 32]].map(|secret| Salt::new(HKDF_SHA256, &secret));
        let secret = HookSecret::draw(&random()).unwrap();
        let sealed = secret.seal("a", &server, &random()).unwrap();
        assert!(!sealed.windows(8).any(|part| secret.0.starts_with(part)));
        assert_eq!(HookSecret::open(&sealed, "a", &server), Some(secret.clone()));
        assert_eq!(HookSecret::open(&sealed, "b", &server), None);
        assert_eq!(HookSecret::open(&sealed, "a", &other), None);
        assert_eq!(HookSecret::open(&sealed[..9], "a", &server), None);
        assert!(!format!("{secret:?}").contains(&secret.text()));
    }
}
