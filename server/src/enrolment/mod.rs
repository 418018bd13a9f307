//! How a phone becomes an organisation's device: tokens, the device's own request, and a person's approval.

mod approval;
mod links;
mod request;
mod token;

pub use approval::{Pending, approve, pending, refuse};
pub use links::{TokenView, revoke, tokens};
pub use request::{Answer, EnrolError, NONCE_AGE, enrol};
pub use token::{Approve, IssuedToken, NewToken, make_token};

use muster_proto::key::PublicKey;

/// The short code of a key: eight letters and digits that nobody mistakes for others, to be compared by eye.
#[must_use]
pub fn short_code(key: &PublicKey) -> String {
    let digest = key.digest();
    let bits = digest.0[..5].iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    let letter = |nth: u32| char::from(ALPHABET[(bits >> (5 * (7 - nth)) & 31) as usize]);
    let (left, right): (String, String) = ((0..4).map(letter).collect(), (4..8).map(letter).collect());
    format!("{left}-{right}")
}

/// Crockford's alphabet: without I, L, O and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
