//! A device asks to be enrolled.

use crate::cbor::wire_map;
use crate::cose::{Message, Typ};
use crate::facts::{Platform, Protection};
use crate::id::{Digest, Nonce};
use crate::key::PublicKey;
use crate::text::Text;
use crate::time::Timestamp;

wire_map! {
    /// The key that the sender proves to hold (RFC 8747 §3.1).
    pub struct Confirmation as "cnf" {
        /// As a COSE_Key.
        1 => key: PublicKey,
    }
}

wire_map! {
    /// Signed by the key that is to be enrolled; the token itself travels in a header and is stored nowhere.
    pub struct Enrol as "enrol" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// The key to be enrolled.
        8 => cnf: Confirmation,
        /// A nonce of `GET /v1/challenge`, at most 10 minutes old.
        10 => nonce: Nonce,
        /// SHA-256 of the token.
        -70101 => token: Digest,
        /// SHA-256 of the CA certificate that the phone saw, in DER.
        -70102 => ca: Digest,
        /// SHA-256 of the order key that the phone saw, as SubjectPublicKeyInfo.
        -70103 => order_key: Digest,
        /// Operating system.
        -70104 => platform: Platform,
        /// Model, where it could be read.
        -70105 => model: Option<Text<48>>,
        /// What the person typed as asset tag.
        -70106 => asset_tag: Option<Text<64>>,
        /// Version of the agent.
        -70107 => agent: Text<24>,
        /// Where the key lives.
        -70108 => protection: Protection,
    }
}

impl Message for Enrol {
    const TYP: Typ = Typ::Enrol;
}
