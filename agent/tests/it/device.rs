//! What the test server knows about one device.

use muster_proto::cbor::Bytes;
use muster_proto::key::PublicKey;
use muster_proto::message::{AckState, Order, OrderKind};
use muster_proto::report::Report;

use super::chain_rules::Record;

pub struct Device {
    pub keys: Vec<(u64, PublicKey)>,
    pub record: Record,
    /// Everything that was accepted, in the order in which it came.
    pub reports: Vec<Report>,
    pub orders: Vec<GivenOrder>,
    pub policy: Option<Bytes>,
    pub number: u64,
}

pub struct GivenOrder {
    pub order: Order,
    pub bytes: Bytes,
    pub acks: Vec<AckState>,
    pub answers: usize,
}

impl Device {
    pub fn new(key: PublicKey) -> Self {
        Self {
            keys: vec![(0, key)],
            record: Record::default(),
            reports: Vec::new(),
            orders: Vec::new(),
            policy: None,
            number: 0,
        }
    }

    pub fn is_retired_with(&self, key: PublicKey) -> bool {
        let retired = |given: &GivenOrder| given.order.kind == OrderKind::Retire && given.answers > 0;
        self.keys.iter().any(|(_, known)| *known == key) && self.orders.iter().any(retired)
    }

    /// The old key stays valid for lower numbers.
    pub fn key_for(&self, number: u64) -> PublicKey {
        let fitting = self.keys.iter().rev().find(|(from, _)| number >= *from);
        fitting.unwrap_or(&self.keys[0]).1
    }
}
