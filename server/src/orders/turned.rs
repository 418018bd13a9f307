//! What the answers to a scan changed, and who stands where in it.

use muster_proto::verdict::State as Verdict;
use serde::Serialize;

use super::page::{Orders, Which, page};
use super::places::Place;
use super::scans::ScanId;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::list;
use crate::devices::view::{DeviceRow, OrderView};
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// Findings of one rule that went the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Turned {
    /// The rule.
    pub rule: String,
    /// The state before the answer.
    pub from: Option<Verdict>,
    /// The state after it.
    pub to: Option<Verdict>,
    /// On so many devices.
    pub devices: u64,
}

/// An order of a scan and its device, where that is enrolled or has been.
pub type Answer = (OrderView, Option<DeviceRow>);

/// What the reports that answered a scan changed: the edges that were written with them.
pub(super) fn turned(tx: &mut dyn Tx, id: ScanId) -> Result<Vec<Turned>, StoreError> {
    let rows = tx.query(
        "SELECT e.rule, e.from_state, e.to_state, COUNT(DISTINCT o.device) FROM orders AS o \
         JOIN edges AS e ON e.device = o.device AND e.written = o.ended \
         WHERE o.scan = $1 AND o.state = 'reported' AND (e.from_state IS NULL OR e.to_state IS NULL OR e.from_state <> e.to_state) GROUP BY e.rule, e.from_state, e.to_state \
         ORDER BY e.rule, e.to_state, e.from_state",
        &values![id],
    )?;
    rows.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<Turned, StoreError> {
    Ok(Turned { rule: row.take()?, from: state(&mut row)?, to: state(&mut row)?, devices: row.take()? })
}

fn state(row: &mut Row) -> Result<Option<Verdict>, StoreError> {
    let word = row.take::<Option<String>>()?;
    word.map(|word| word.parse().map_err(|_| StoreError::Column("a state"))).transpose()
}

/// A page of orders with their devices, the newest first; and where the next begins.
///
/// # Errors
/// The store's.
pub async fn answers(
    app: &App,
    actor: &Actor,
    which: Which,
    after: Option<Place>,
    limit: u32,
) -> Result<(Vec<Answer>, Option<String>), ActionError> {
    let Orders { orders, next } = page(app, actor, which, after, limit).await?;
    let with_device = move |tx: &mut dyn Tx| {
        orders
            .into_iter()
            .map(|order| {
                let device = list::find(tx, order.device)?;
                Ok((order, device))
            })
            .collect::<Result<_, StoreError>>()
    };
    Ok((app.store.read(with_device).await?, next))
}
