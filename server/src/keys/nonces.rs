//! Nonces that need no storage: the time and a MAC over it.
//!
//! ```text
//! 8 bytes  milliseconds since 1970, big-endian
//! 16 bytes first half of HMAC-SHA256(nonce key, the 8 bytes)
//! ```
//! Two keys are accepted, so that a rotation makes no nonce of the last weeks unverifiable.

use muster_proto::id::Nonce;
use muster_proto::time::{Span, Timestamp};
use ring::hmac;

/// The keys: the newest first.
pub struct NonceKeys(Vec<hmac::Key>);

/// Bytes of a nonce.
const LEN: usize = 24;
/// A nonce from further ahead than this was not made by this clock.
const AHEAD: Span = Span::from_secs(120);

impl NonceKeys {
    /// Takes keys of 32 bytes, the newest first; the first two count.
    #[must_use]
    pub fn new(keys: &[[u8; 32]]) -> Self {
        Self(keys.iter().take(2).map(|key| hmac::Key::new(hmac::HMAC_SHA256, key)).collect())
    }

    /// A nonce of this moment.
    #[must_use]
    pub fn make(&self, now: Timestamp) -> Nonce {
        let mut bytes = [0; LEN];
        let time = now.millis().to_be_bytes();
        bytes[..8].copy_from_slice(&time);
        if let Some(key) = self.0.first() {
            bytes[8..].copy_from_slice(&hmac::sign(key, &time).as_ref()[..LEN - 8]);
        }
        Nonce::new(&bytes).expect("24 bytes are within the bounds of a nonce")
    }

    /// When the nonce was made; `None` if it can't be verified.
    #[must_use]
    pub fn time(&self, nonce: &Nonce, now: Timestamp) -> Option<Timestamp> {
        let bytes: &[u8; LEN] = nonce.as_bytes().try_into().ok()?;
        let (time, mac) = bytes.split_at(8);
        let holds = |key: &hmac::Key| constant_time_eq(&hmac::sign(key, time).as_ref()[..LEN - 8], mac);
        let made = Timestamp::from_millis(i64::from_be_bytes(time.try_into().ok()?));
        (self.0.iter().any(holds) && made <= now + AHEAD).then_some(made)
    }

    /// Whether the nonce was made within `age`.
    #[must_use]
    pub fn is_fresh(&self, nonce: &Nonce, age: Span, now: Timestamp) -> bool {
        self.time(nonce, now).is_some_and(|made| now.since(made) <= age)
    }
}

/// Compares without saying by its duration where the difference is.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && std::hint::black_box(a.iter().zip(b).fold(0, |differs, (a, b)| differs | (a ^ b))) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_790_000_000;

    #[test]
    fn a_nonce_tells_when_it_was_made() {
        let now = Timestamp::from_secs(NOW);
        let keys = NonceKeys::new(&[[1; 32]]);
        let nonce = keys.make(now);
        assert_eq!(keys.time(&nonce, now), Some(now));
        assert!(keys.is_fresh(&nonce, Span::from_secs(600), now + Span::from_secs(600)));
        assert!(!keys.is_fresh(&nonce, Span::from_secs(600), now + Span::from_secs(601)));
    }

    #[test]
    fn the_last_key_is_still_accepted_and_no_older_one() {
        let now = Timestamp::from_secs(NOW);
        let nonce = NonceKeys::new(&[[1; 32]]).make(now);
        assert_eq!(NonceKeys::new(&[[2; 32], [1; 32]]).time(&nonce, now), Some(now));
        assert_eq!(NonceKeys::new(&[[3; 32], [2; 32], [1; 32]]).time(&nonce, now), None);
    }

    #[test]
    fn what_we_did_not_make_is_not_verified() {
        let now = Timestamp::from_secs(NOW);
        let keys = NonceKeys::new(&[[1; 32]]);
        let mut bytes = keys.make(now).as_bytes().to_vec();
        bytes[7] ^= 1;
        for wrong in [&bytes[..], &bytes[..8], &[0; 64]] {
            assert_eq!(keys.time(&Nonce::new(wrong).expect("a nonce"), now), None);
        }
        assert_eq!(
            keys.time(&keys.make(now + Span::from_hours(1)), now),
            None,
            "from a clock that was set back"
        );
    }
}
