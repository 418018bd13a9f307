//! Orders, and what a device says became of them.

use crate::cbor::{wire_enum, wire_map};
use crate::cose::{Message, Typ};
use crate::id::{Audience, DeviceId, OrderId};
use crate::text::Text;
use crate::time::Timestamp;

wire_enum! {
    /// What the server asks for.
    pub enum OrderKind as "order" {
        /// A report, at once.
        Scan = 1 "scan",
        /// Ask for policy and catalogue.
        Refresh = 2 "refresh",
        /// Make a new key.
        RotateKey = 3 "rotate-key",
        /// Stop reporting: the device is no longer the organisation's.
        Retire = 4 "retire",
    }
}

wire_map! {
    /// Something the server asks one device to do.
    pub struct Order as "order" {
        /// The device it is for.
        3 => audience: Audience,
        /// After this it is void.
        4 => expires: Timestamp,
        /// When it was issued.
        6 => issued: Timestamp,
        /// Its number among the server's messages to this device.
        -70201 => number: u64,
        /// Its id.
        -70202 => id: OrderId,
        /// What is asked.
        -70203 => kind: OrderKind,
        /// Who asked, for the person who carries the phone.
        -70204 => requested_by: Text<128>,
        /// Why, for the person who carries the phone.
        -70205 => reason: Text<256>,
    }
}

impl Message for Order {
    const TYP: Typ = Typ::Order;
}

wire_enum! {
    /// What became of an order. That it was reported is said by the report itself.
    pub enum AckState as "order state" {
        /// It has arrived and its signature holds.
        Delivered = 1 "delivered",
        /// It takes more than two seconds.
        Running = 2 "running",
        /// It could not be done.
        Failed = 3 "failed",
    }
}

wire_map! {
    /// A device says what became of an order.
    pub struct OrderAck as "order-ack" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// The device.
        256 => device: DeviceId,
        /// The order.
        -70131 => order: OrderId,
        /// What became of it.
        -70132 => state: AckState,
        /// Why it failed.
        -70133 => code: Option<Text<32>>,
    }
}

impl Message for OrderAck {
    const TYP: Typ = Typ::OrderAck;
}
