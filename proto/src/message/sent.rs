//! What the server signs for one device beside orders. Numbers grow: last + 1, or the server's clock in microseconds if that is greater,
//! so that a restored server is still heard.

use super::Confirmation;
use crate::cbor::{Bytes, wire_map};
use crate::cose::{Message, Typ};
use crate::id::Audience;
use crate::policy::DevicePolicy;
use crate::time::Timestamp;
use crate::verdict::DeviceVerdict;

wire_map! {
    /// The policy compiled for one device.
    pub struct PolicyMessage as "policy message" {
        /// The device it is for.
        3 => audience: Audience,
        /// After this it is void, where it ends at all.
        4 => expires: Option<Timestamp>,
        /// When it was issued.
        6 => issued: Timestamp,
        /// Its number.
        -70201 => number: u64,
        /// The policy.
        -70211 => policy: DevicePolicy,
    }
}

impl Message for PolicyMessage {
    const TYP: Typ = Typ::Policy;
}

wire_map! {
    /// A catalogue that adds to what the agent was built with.
    pub struct CatalogueMessage as "catalogue message" {
        /// The device it is for.
        3 => audience: Audience,
        /// After this it is void, where it ends at all.
        4 => expires: Option<Timestamp>,
        /// When it was issued.
        6 => issued: Timestamp,
        /// Its number.
        -70201 => number: u64,
        /// The catalogue, in CBOR.
        -70212 => catalogue: Bytes,
    }
}

impl Message for CatalogueMessage {
    const TYP: Typ = Typ::Catalogue;
}

wire_map! {
    /// The verdict on one device, for the person who carries it.
    pub struct VerdictMessage as "verdict message" {
        /// The device it is for.
        3 => audience: Audience,
        /// After this it is void, where it ends at all.
        4 => expires: Option<Timestamp>,
        /// When it was issued.
        6 => issued: Timestamp,
        /// Its number.
        -70201 => number: u64,
        /// The verdict.
        -70213 => verdict: DeviceVerdict,
    }
}

impl Message for VerdictMessage {
    const TYP: Typ = Typ::Verdict;
}

wire_map! {
    /// The order key that follows the one which signs this.
    pub struct OrderKeyMessage as "order-key message" {
        /// When it was issued.
        6 => issued: Timestamp,
        /// The next key.
        8 => cnf: Confirmation,
        /// Its number.
        -70201 => number: u64,
    }
}

impl Message for OrderKeyMessage {
    const TYP: Typ = Typ::OrderKey;
}
