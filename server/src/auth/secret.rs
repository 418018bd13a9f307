//! Secrets that we give out: 32 random bytes in base64url. The store has their digest alone.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::id::Digest;
use ring::rand::SecureRandom;
use std::fmt;

/// A secret in its text form, which exists only until it was handed over.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("draw a secret")]
pub struct NoRandomness;

impl From<NoRandomness> for crate::error::ActionError {
    fn from(error: NoRandomness) -> Self {
        muster_proto::key::SignError(error.to_string()).into()
    }
}

impl Secret {
    /// Draws a new one.
    ///
    /// # Errors
    /// The source of randomness failed.
    pub fn draw(random: &dyn SecureRandom) -> Result<Self, NoRandomness> {
        let mut bytes = [0; 32];
        random.fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Takes what somebody presents: 43 characters of base64url, nothing else.
    #[must_use]
    pub fn presented(text: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The text that is handed over.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What is stored and looked up. A look-up by digest tells an attacker who measures time nothing about the secret: he can't choose
    /// the digest of a guess; and 256 random bits need no slow hash.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.0.as_bytes())
    }

    /// A value that belongs to this secret and tells nothing about it: the token in the forms of a session.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, self.0.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, purpose.as_bytes()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Compares without telling by its time how much was right.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    use subtle::ConstantTimeEq as _;
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test needs some randomness")]
    fn a_secret_is_recognised_and_not_shown() {
        let random = ring::rand::SystemRandom::new();
        let secret = Secret::draw(&random).unwrap();
        assert_eq!(Secret::presented(secret.text()), Some(secret.clone()));
        assert_ne!(secret.derived("csrf"), secret.derived("other"));
        assert!(!format!("{secret:?}").contains(secret.text()));
        for wrong in ["", "a", &secret.text()[1..], &format!("{} ", secret.text())] {
            assert_eq!(Secret::presented(wrong), None);
        }
    }
}
