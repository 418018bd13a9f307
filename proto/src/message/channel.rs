//! A device opens its channel.

use crate::cbor::wire_map;
use crate::cose::{Message, Typ};
use crate::id::{DeviceId, Nonce};
use crate::text::Text;
use crate::time::Timestamp;

wire_map! {
    /// Proof of who opens the channel, bound to the request that carries it.
    pub struct Hello as "hello" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// A nonce of the server, at most 10 minutes old.
        10 => nonce: Nonce,
        /// The device.
        256 => device: DeviceId,
        /// Method of the request.
        -70121 => method: Text<16>,
        /// Host and port of the request.
        -70122 => host: Text<255>,
        /// Path of the request.
        -70123 => path: Text<128>,
    }
}

impl Message for Hello {
    const TYP: Typ = Typ::Hello;
}
