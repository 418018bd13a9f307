//! Edges that a receiver did not take: those that are tried again, and the dead.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::edge::{self, ToldEdge};
use super::edit::subject;
use super::find;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// An edge that a receiver did not take.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Delivery {
    /// The edge's number.
    pub edge: u64,
    /// The id of the message that tells of it.
    pub message: String,
    /// The device.
    pub device: DeviceId,
    /// The rule.
    pub rule: String,
    /// The state before.
    pub from: Option<State>,
    /// The state after.
    pub to: Option<State>,
    /// When it changed.
    pub at: Timestamp,
    /// How often it was tried: since it was replayed, where it was, and since the last time that nobody tried for more than an hour.
    pub attempts: u32,
    /// Since when it fails. Time in which nobody tried, because the hook was paused or the server off, is left out: it is later by that.
    pub failing: Timestamp,
    /// When it is tried again; never by itself once it is dead.
    pub next_try: Option<Timestamp>,
    /// The HTTP status that came back last.
    pub status: Option<u16>,
    /// Why it failed last.
    pub error: String,
    /// Since when it is dead.
    pub dead: Option<Timestamp>,
}

/// A page of them, the oldest edge first.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Deliveries {
    /// The edges.
    pub deliveries: Vec<Delivery>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It is tried again.
    Waiting,
    /// It was given up.
    Dead,
}

/// What is to be sent again.
#[derive(Debug, Clone, Copy, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Replay {
    /// This edge, whether it is dead or waits; the oldest that are dead where none is named, until 500 wait.
    pub edge: Option<u64>,
}

/// How many are sent again.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Replayed {
    /// So many.
    pub replayed: u64,
    /// So many are dead still.
    pub dead: u64,
}

/// The dead are sent again until so many wait: who still refuses leaves room for new ones.
pub const MOST_WAITING: u64 = 500;
/// Most on a page.
const MOST: u32 = 500;

/// A page of what a hook's receiver did not take.
///
/// # Errors
/// There is no such hook, or the store's.
pub async fn deliveries(
    app: &App,
    id: &str,
    standing: Option<Standing>,
    after: Option<u64>,
    limit: u32,
) -> Result<Deliveries, ActionError> {
    let (id, limit) = (id.to_owned(), limit.clamp(1, MOST));
    app.store
        .read(move |tx| {
            find(tx, &id)?;
            let which = match standing {
                None => "",
                Some(Standing::Waiting) => " AND deliveries.dead IS NULL",
                Some(Standing::Dead) => " AND deliveries.dead IS NOT NULL",
            };
            let sql = format!(
                "{}, attempts, failing, next_try, deliveries.status, error, dead \
                 FROM {} JOIN deliveries ON deliveries.edge = edges.id \
                 WHERE deliveries.hook = $1 AND deliveries.edge > $2{which} ORDER BY deliveries.edge LIMIT $3",
                edge::SELECT,
                edge::JOINED
            );
            let rows = tx.query(&sql, &values![&id, after.unwrap_or(0), limit + 1])?;
            let read = rows.into_iter().map(|row| delivery(&id, row));
            let mut all = read.collect::<Result<Vec<_>, StoreError>>()?;
            let more = all.len() > limit as usize;
            all.truncate(limit as usize);
            let next = all.last().filter(|_| more).map(|last| last.edge.to_string());
            Ok(Deliveries { deliveries: all, next })
        })
        .await
}

fn delivery(hook: &str, mut row: Row) -> Result<Delivery, StoreError> {
    let edge = ToldEdge::of(&mut row)?;
    Ok(Delivery {
        edge: edge.id,
        message: edge.message_id(hook),
        device: edge.device,
        rule: edge.rule,
        from: edge.from,
        to: edge.to,
        at: edge.at,
        attempts: row.take()?,
        failing: row.take()?,
        next_try: row.take()?,
        status: row.take::<Option<u32>>()?.and_then(|status| u16::try_from(status).ok()),
        error: row.take()?,
        dead: row.take()?,
    })
}

/// Has edges sent again, with the ids that they had, as if they had failed never.
///
/// # Errors
/// There is no such hook; the edge is not among those that failed; the store's.
pub async fn replay(app: &App, actor: &Actor, id: &str, which: Replay) -> Result<Replayed, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let replayed = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Hook(id.clone()))?;
            let hook = find(tx, &id)?;
            let set = "UPDATE deliveries SET attempts = 0, failing = $2, next_try = $2, dead = NULL WHERE hook = $1 AND";
            let replayed = match which.edge {
                Some(edge) => tx.execute(&format!("{set} edge = $3"), &values![&id, now, edge])?,
                None => {
                    let room = MOST_WAITING.saturating_sub(count(tx, &id, "dead IS NULL")?);
                    let oldest = "SELECT edge FROM deliveries WHERE hook = $1 AND dead IS NOT NULL ORDER BY edge LIMIT $3";
                    tx.execute(&format!("{set} edge IN ({oldest})"), &values![&id, now, room])?
                }
            };
            if let (0, Some(edge)) = (replayed, which.edge) {
                return Err(ActionError::missing("delivery", edge));
            }
            let act = Act::new("hook.replay", subject(&hook)).detail(hook.title.clone());
            let act = act.after(json!({ "edge": which.edge, "replayed": replayed }));
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(Replayed { replayed, dead: count(tx, &id, "dead IS NOT NULL")? })
        })
        .await?;
    app.telling.ring();
    Ok(replayed)
}

fn count(tx: &mut dyn Tx, hook: &str, which: &str) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM deliveries WHERE hook = $1 AND {which}");
    tx.query_one(&sql, &values![hook])?.map_or(Ok(0), |mut row| row.take())
}
