//! A device changes its key: the new key signs around a message that the old key signed.

use super::Confirmation;
use crate::cbor::{Bytes, wire_map};
use crate::cose::{Message, Typ};
use crate::facts::Protection;
use crate::id::{ChainId, DeviceId, Nonce};
use crate::time::Timestamp;

wire_map! {
    /// Signed by the old key: this device will go on with that key.
    pub struct RekeyConsent as "rekey-consent" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// The new key.
        8 => cnf: Confirmation,
        /// The newest nonce that the server gave.
        10 => nonce: Nonce,
        /// The device.
        256 => device: DeviceId,
        /// The chain of its reports.
        -70151 => chain: ChainId,
        /// The number from which the new key is to count.
        -70152 => from: u64,
    }
}

impl Message for RekeyConsent {
    const TYP: Typ = Typ::RekeyConsent;
}

wire_map! {
    /// Signed by the new key.
    pub struct Rekey as "rekey" {
        /// The device.
        256 => device: DeviceId,
        /// The envelope of the [`RekeyConsent`].
        -70153 => consent: Bytes,
        /// Where the new key lives.
        -70154 => protection: Protection,
    }
}

impl Message for Rekey {
    const TYP: Typ = Typ::Rekey;
}
