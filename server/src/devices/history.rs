//! What happened to a device, from all that is kept of it: changes of findings, breaks of the chain, orders. The newest first.

use muster_policy::BreakKind;
use muster_proto::id::{DeviceId, OrderId, hex, unhex};
use muster_proto::policy::Mode;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::cmp::Ordering;

use super::list;
use super::parts::{MOST, Page, side};
use crate::app::App;
use crate::error::ActionError;
use crate::hooks::edge_mode;
use crate::judge;
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, Value, values};

/// One thing that happened to a device.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Event {
    /// A finding changed.
    Edge {
        /// The rule.
        rule: String,
        /// The state before.
        from: Option<State>,
        /// The state after.
        to: Option<State>,
        /// What the rule did then; unknown of changes that older versions wrote.
        mode: Option<Mode>,
    },
    /// The chain of reports was broken.
    Break {
        /// How.
        kind: BreakKind,
        /// At which number.
        number: u64,
    },
    /// An order was given.
    Order {
        /// Its id.
        order: OrderId,
        /// What was asked.
        kind: String,
        /// Where it stands.
        state: String,
        /// Who asked.
        requested_by: String,
        /// Why.
        reason: String,
    },
}

/// One thing that happened, and when.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened: changes of findings, breaks of the chain, orders.
///
/// # Errors
/// There is no such device, the place is none, or the store's.
pub async fn history(
    app: &App,
    id: DeviceId,
    after: Option<String>,
    limit: u32,
) -> Result<Page<Happened>, ActionError> {
    let limit = limit.clamp(1, MOST) as usize;
    let after = after.map(|text| text.parse::<Place>()).transpose()?;
    app.store
        .read(move |tx| {
            list::find(tx, id)?.ok_or_else(|| ActionError::missing("device", id))?;
            let mut all = Vec::new();
            for source in SOURCES {
                all.extend(source.read(tx, id, after.as_ref(), limit as u64 + 1)?);
            }
            all.sort_by(|(one, _), (other, _)| other.cmp(one));
            let more = all.len() > limit;
            all.truncate(limit);
            let next = all.last().filter(|_| more).map(|(place, _)| place.to_string());
            Ok(Page { items: all.into_iter().map(|(_, happened)| happened).collect(), next })
        })
        .await
}

/// A place in a history: what came later stands before it; at the same moment, the kinds in their order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    at: Timestamp,
    source: u8,
    key: Vec<u8>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.at.millis(), self.source, hex(&self.key))
    }
}

impl std::str::FromStr for Place {
    type Err = ActionError;
    fn from_str(text: &str) -> Result<Self, ActionError> {
        let read = || {
            let mut parts = text.split('.');
            let at = Timestamp::from_millis(parts.next()?.parse().ok()?);
            let (source, key) = (parts.next()?.parse().ok()?, unhex(parts.next()?)?);
            (parts.next().is_none() && key.len() <= 16).then_some(Self { at, source, key })
        };
        read().ok_or_else(|| {
            ActionError::invalid(Code::Malformed, format!("{text:?} is no place in a history"))
        })
    }
}

/// A table of things that happened.
struct Told {
    source: u8,
    table: &'static str,
    at: &'static str,
    columns: &'static str,
    event: fn(&mut Row) -> Result<Event, StoreError>,
}

const SOURCES: [Told; 3] = [
    Told {
        source: 2,
        table: "edges",
        at: "at",
        columns: "rule, from_state, to_state, mode",
        event: |row| {
            let (rule, from, to) = (row.take()?, side(row)?, side(row)?);
            Ok(Event::Edge { rule, from, to, mode: edge_mode(row)? })
        },
    },
    Told {
        source: 1,
        table: "breaks",
        at: "at",
        columns: "kind, number",
        event: |row| Ok(Event::Break { kind: judge::kind(&row.take::<String>()?)?, number: row.take()? }),
    },
    Told {
        source: 0,
        table: "orders",
        at: "created",
        columns: "id, kind, state, requested_by, reason",
        event: |row| {
            Ok(Event::Order {
                order: row.take()?,
                kind: row.take()?,
                state: row.take()?,
                requested_by: row.take()?,
                reason: row.take()?,
            })
        },
    },
];

impl Told {
    fn read(
        &self,
        tx: &mut dyn Tx,
        device: DeviceId,
        after: Option<&Place>,
        limit: u64,
    ) -> Result<Vec<(Place, Happened)>, StoreError> {
        let Self { table, at, columns, .. } = self;
        let mut params = Vec::from(values![device, limit]);
        let mut place = String::new();
        if let Some(after) = after {
            params.push(after.at.into());
            // at the place's own moment come the kinds behind its own, and of its own what has a smaller id
            place = match self.source.cmp(&after.source) {
                Ordering::Less => format!(" AND {at} <= $3"),
                Ordering::Greater => format!(" AND {at} < $3"),
                Ordering::Equal => {
                    params.push(self.key(&after.key));
                    format!(" AND ({at} < $3 OR ({at} = $3 AND id < $4))")
                }
            };
        }
        let sql = format!(
            "SELECT {at}, id, {columns} FROM {table} WHERE device = $1{place} ORDER BY {at} DESC, id DESC LIMIT $2"
        );
        let read = |mut row: Row| {
            let (at, key) = (
                row.take()?,
                match row.take()? {
                    Value::Int(id) => id.to_be_bytes().to_vec(),
                    Value::Blob(id) => id.into_owned(),
                    _ => return Err(StoreError::Column("an id")),
                },
            );
            let event = (self.event)(&mut row)?;
            Ok((Place { at, source: self.source, key }, Happened { at, event }))
        };
        tx.query(&sql, &params)?.into_iter().map(read).collect()
    }

    fn key(&self, key: &[u8]) -> Value<'static> {
        match <[u8; 8]>::try_from(key) {
            Ok(id) if self.source > 0 => i64::from_be_bytes(id).into(),
            _ if self.source > 0 => i64::MIN.into(),
            _ => key.to_vec().into(),
        }
    }
}
