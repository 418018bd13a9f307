//! Lists of orders.

use muster_proto::id::DeviceId;
use muster_proto::message::OrderKind;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State as Verdict;
use serde::Serialize;

use super::places::{self, Place};
use super::scans::ScanId;
use super::{State, view};
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::devices::view::OrderView;
use crate::error::ActionError;
use crate::store::Value;

/// Which orders.
#[derive(Debug, Clone, Default)]
pub struct Which {
    /// Of this device.
    pub device: Option<DeviceId>,
    /// Of this scan.
    pub scan: Option<ScanId>,
    /// In one of these states.
    pub states: Vec<State>,
    /// Of this kind.
    pub kind: Option<OrderKind>,
    /// Given at this moment or later.
    pub since: Option<Timestamp>,
    /// Answered by a report that turned a finding of this rule so.
    pub turned: Option<Turn>,
}

/// A rule, and from which state to which its finding turned.
pub type Turn = (String, Option<Verdict>, Option<Verdict>);

/// A page of orders, the newest first.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Orders {
    /// The orders.
    pub orders: Vec<OrderView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// A page of orders.
///
/// # Errors
/// The store's.
pub async fn page(
    app: &App,
    actor: &Actor,
    which: Which,
    after: Option<Place>,
    limit: u32,
) -> Result<Orders, ActionError> {
    let limit = limit.clamp(1, 500);
    let within = within(actor, which.device);
    let (text, params) = which.conditions(&within, after, limit + 1);
    app.store
        .read(move |tx| {
            let (ids, next) = places::cut(tx.query(&text, &params)?, limit)?;
            let orders = ids.into_iter().map(|id| view(tx, id)).collect::<Result<_, _>>()?;
            Ok(Orders { orders, next })
        })
        .await
}

/// Of one device that was named it is enough to be allowed to look at that.
fn within(actor: &Actor, device: Option<DeviceId>) -> Within {
    actor.within(if device.is_some() { Right::OneDevice } else { Right::Read })
}

impl Which {
    fn conditions(self, within: &Within, after: Option<Place>, limit: u32) -> (String, Vec<Value<'static>>) {
        let (mut text, mut params): (String, Vec<Value<'static>>) =
            ("SELECT id, created FROM orders WHERE 1 = 1".to_owned(), Vec::new());
        // each `?` is the next of the values
        let mut add = |condition: &str, values: Vec<Value<'static>>| {
            let mut parts = condition.split('?');
            text += parts.next().unwrap_or_default();
            for (value, part) in values.into_iter().zip(parts) {
                params.push(value);
                text += &format!("${}{part}", params.len());
            }
        };
        if let Some(device) = self.device {
            add(" AND device = ?", vec![device.into()]);
        }
        if let Some(scan) = self.scan {
            add(" AND scan = ?", vec![scan.into()]);
        }
        if let Some(kind) = self.kind {
            add(" AND kind = ?", vec![kind.word().into()]);
        }
        if let Some(since) = self.since {
            add(" AND created >= ?", vec![since.into()]);
        }
        if !self.states.is_empty() {
            let words: Vec<_> = self.states.iter().map(|state| Value::from(state.word())).collect();
            add(&format!(" AND state IN ({})", vec!["?"; words.len()].join(", ")), words);
        }
        if let Some((rule, from, to)) = self.turned {
            let is = |column: &str, state: Option<Verdict>| match state {
                Some(state) => format!(" AND e.{column} = '{}'", state.word()),
                None => format!(" AND e.{column} IS NULL"),
            };
            let states = is("from_state", from) + &is("to_state", to);
            let edge = "SELECT 1 FROM edges AS e WHERE e.device = orders.device AND e.written = orders.ended AND e.rule = ?";
            add(&format!(" AND state = 'reported' AND EXISTS ({edge}{states})"), vec![rule.into()]);
        }
        if let Some(after) = after {
            let place = vec![after.at.into(), after.at.into(), after.id.into()];
            add(" AND created <= ? AND (created < ? OR id > ?)", place);
        }
        if let Within::Branch(branch) = within {
            let orgs: Vec<_> = branch.orgs.iter().map(|org| Value::from(org.clone())).collect();
            let places = vec!["?"; orgs.len()].join(", ");
            let inside =
                " AND EXISTS (SELECT 1 FROM devices WHERE devices.id = orders.device AND devices.org IN";
            add(&format!("{inside} ({}))", if orgs.is_empty() { "''" } else { &places }), orgs);
        }
        add(" ORDER BY created DESC, id LIMIT ?", vec![i64::from(limit).into()]);
        (text, params)
    }
}
