//! Orders that this device has had: remembered until they expire, so that none is carried out twice, and the newest ones for longer, so that
//! the person who carries the phone can see who asked and why.

use muster_proto::id::OrderId;
use muster_proto::message::{Order, OrderKind};
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

/// An order that arrived and was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownOrder {
    /// Its id.
    pub id: OrderId,
    /// What was asked.
    pub kind: OrderKind,
    /// Who asked.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// When it was issued, by the server's clock.
    pub issued: Timestamp,
    /// When it becomes void.
    pub expires: Timestamp,
    /// When it arrived, by the phone's clock.
    pub received: Timestamp,
    /// Number of the report that answers it.
    pub report: Option<u64>,
    /// Why it could not be done.
    pub failed: Option<String>,
}

impl KnownOrder {
    pub(super) fn new(order: &Order, received: Timestamp) -> Self {
        Self {
            id: order.id,
            kind: order.kind,
            requested_by: order.requested_by.to_string(),
            reason: order.reason.to_string(),
            issued: order.issued,
            expires: order.expires,
            received,
            report: None,
            failed: None,
        }
    }
}

/// Forgets what has expired, but for the newest; and whatever the server sends, it stays bounded.
pub(super) fn prune(orders: &mut Vec<KnownOrder>, now: Timestamp) {
    let newest = orders.len().saturating_sub(SHOWN);
    let mut at = 0;
    orders.retain(|order| {
        at += 1;
        at > newest || order.expires > now
    });
    while orders.len() > REMEMBERED {
        let first_to_expire =
            orders.iter().enumerate().min_by_key(|(_, order)| order.expires).map(|(at, _)| at);
        orders.remove(first_to_expire.unwrap_or(0));
    }
}

/// Orders that are shown to the person.
const SHOWN: usize = 20;
/// Orders that are remembered at most.
const REMEMBERED: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    fn order(number: u64, expires: i64) -> KnownOrder {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        KnownOrder {
            id: OrderId(id),
            kind: OrderKind::Scan,
            requested_by: "anna".to_owned(),
            reason: "check".to_owned(),
            issued: Timestamp::default(),
            expires: Timestamp::from_secs(expires),
            received: Timestamp::default(),
            report: None,
            failed: None,
        }
    }

    #[test]
    fn expired_orders_are_forgotten_but_the_newest_stay_visible() {
        let mut orders: Vec<_> = (0..30).map(|number| order(number, 100)).collect();
        orders[0].expires = Timestamp::from_secs(1000);
        prune(&mut orders, Timestamp::from_secs(500));
        assert_eq!(orders.len(), SHOWN + 1);
        assert_eq!(orders[0], order(0, 1000));
    }

    #[test]
    fn memory_is_bounded() {
        let mut orders: Vec<_> =
            (0..2000).map(|number| order(number, 1000 + i64::try_from(number).unwrap())).collect();
        prune(&mut orders, Timestamp::default());
        assert_eq!(orders.len(), REMEMBERED);
        assert_eq!(orders[0].expires, Timestamp::from_secs(1000 + 2000 - 512));
    }
}
