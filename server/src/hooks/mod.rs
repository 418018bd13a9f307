//! Webhooks: who is told over HTTP when a finding changes. Each change is an edge, written in the transaction of the report or of the clock;
//! what is sent here is read from that, so that nothing is lost and no report waits for a receiver.
//!
//! A hook has a place in the row of edges. What a receiver took, or what it was not to be told, lies before that place; what it did not take
//! stands in `deliveries` and is tried again. The place moves in the transaction that writes those down: after a crash some edges are sent
//! again, with the id that they had.

mod deliveries;
mod edge;
mod edit;
mod meter;
mod outbound;
mod patience;
mod ping;
mod secret;
mod target;
mod turn;
mod work;

pub use deliveries::{Deliveries, Delivery, Replay, Replayed, Standing, deliveries, replay};
pub use edit::{add, edit, remove, rotate};
pub use meter::{Counted, Meter, count};
pub use outbound::{Outbound, OutboundError, Settings};
pub use ping::{Pinged, ping};
pub use turn::{Turn, forget_dead, turn};
pub use work::{Bell, keep_telling};

pub(crate) use deliveries::MOST_WAITING;
pub(crate) use edge::{Scope as EdgeScope, ToldEdge, edges_after, mode as edge_mode};
pub(crate) use patience::{Past, pause};

use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::misleads;
use crate::store::{Row, StoreError, Tx, values};

/// A hook, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Hook {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Where it is told.
    pub url: String,
    /// Told of devices of this organisation and those below it; of all where there is none.
    pub org: Option<String>,
    /// Told of this rule; of every one where there is none.
    pub rule: Option<String>,
    /// Told when a finding comes into one of these states; of every change where there is none.
    pub states: Vec<State>,
    /// Whether it is told nothing for now. What happens meanwhile it is told afterwards.
    pub paused: bool,
    /// Until when what is sent is signed with the secret before this one, too.
    pub old_secret_until: Option<Timestamp>,
    /// When it was added.
    pub created: Timestamp,
    /// By whom.
    pub actor: String,
}

/// A hook and how it fares.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct HookView {
    /// The hook.
    #[serde(flatten)]
    pub hook: Hook,
    /// Changes that it has not come to yet, of every organisation: how far it is behind.
    pub behind: u64,
    /// Edges that its receiver did not take, and that are tried again.
    pub waiting: u64,
    /// Edges that were given up.
    pub dead: u64,
}

/// A hook that is to be added.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHook {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// Where it is told: `https://…`
    #[schemars(length(min = 1, max = 2000))]
    pub url: String,
    /// Of devices of this organisation and those below it; of all where there is none.
    #[serde(default)]
    pub org: Option<String>,
    /// Of this rule; of every one where there is none.
    #[serde(default)]
    #[schemars(length(min = 1, max = 48))]
    pub rule: Option<String>,
    /// When a finding comes into one of these states; of every change where there is none.
    #[serde(default)]
    #[schemars(length(max = 6))]
    pub states: Vec<State>,
}

/// What is to be another about a hook; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HookChange {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// Where it is told.
    #[schemars(length(min = 1, max = 2000))]
    pub url: Option<String>,
    /// The organisation; all of them with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>")]
    pub org: Option<Option<String>>,
    /// The rule; every one with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>")]
    pub rule: Option<Option<String>>,
    /// The states; every change with an empty list.
    #[schemars(length(max = 6))]
    pub states: Option<Vec<State>>,
    /// Whether it is told nothing for now.
    pub paused: Option<bool>,
}

/// A hook that was added, or has a new secret.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct IssuedHook {
    /// The hook.
    #[serde(flatten)]
    pub hook: Hook,
    /// With what its receiver verifies what it is told: `whsec_…`. It is answered this once.
    pub secret: String,
}

/// Every hook, by title.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<HookView>, ActionError> {
    let within = actor.within(Right::Orgs);
    app.store
        .read(move |tx| {
            let sql = format!(
                "SELECT {COLUMNS}, (SELECT COUNT(*) FROM edges WHERE edges.id > hooks.taken), \
                 (SELECT COUNT(*) FROM deliveries WHERE deliveries.hook = hooks.id AND dead IS NULL), \
                 (SELECT COUNT(*) FROM deliveries WHERE deliveries.hook = hooks.id AND dead IS NOT NULL) \
                 FROM hooks ORDER BY title, id"
            );
            let view = |mut row: Row| {
                Ok(HookView {
                    hook: hook(&mut row)?,
                    behind: row.take()?,
                    waiting: row.take()?,
                    dead: row.take()?,
                })
            };
            let mut all =
                tx.query(&sql, &[])?.into_iter().map(view).collect::<Result<Vec<_>, StoreError>>()?;
            // one without an organisation is told of everything
            let seen = |org: Option<&str>| org.map_or_else(|| within.is_everywhere(), |org| within.has(org));
            all.retain(|one| seen(one.hook.org.as_deref()));
            Ok(all)
        })
        .await
}

/// One hook, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<Hook, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| find(tx, &id)).await
}

fn find(tx: &mut dyn Tx, id: &str) -> Result<Hook, ActionError> {
    let row = tx.query_one(&format!("SELECT {COLUMNS} FROM hooks WHERE id = $1"), &values![id])?;
    Ok(hook(&mut row.ok_or_else(|| ActionError::missing("hook", id))?)?)
}

const COLUMNS: &str = "id, title, url, org, rule, states, paused, old_until, created, actor";

fn hook(row: &mut Row) -> Result<Hook, StoreError> {
    Ok(Hook {
        id: row.take()?,
        title: row.take()?,
        url: row.take()?,
        org: row.take()?,
        rule: row.take()?,
        states: read_states(&row.take::<String>()?)?,
        paused: row.take()?,
        old_secret_until: row.take()?,
        created: row.take()?,
        actor: row.take()?,
    })
}

pub(crate) fn read_states(text: &str) -> Result<Vec<State>, StoreError> {
    let words = text.split(',').filter(|word| !word.is_empty());
    words.map(|word| word.parse().map_err(|_| StoreError::Column("states"))).collect()
}

pub(crate) fn written_states(states: &[State]) -> String {
    states.iter().map(|state| state.word()).collect::<Vec<_>>().join(",")
}

/// `null` says something, too.
fn said<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(d).map(Some)
}

fn title(text: &str) -> Result<String, ActionError> {
    let text = text.trim();
    if text.is_empty() || text.len() > 200 || text.chars().any(misleads) {
        let detail = "title: 1 to 200 bytes on one line, and it turns no text around";
        return Err(ActionError::invalid(Code::BadHook, detail));
    }
    Ok(text.to_owned())
}

/// Each state once, in their order.
pub(crate) fn states(mut states: Vec<State>) -> Vec<State> {
    states.sort_unstable();
    states.dedup();
    states
}

fn rule(rule: Option<String>) -> Result<Option<String>, ActionError> {
    let fits = |rule: &String| (1..=48).contains(&rule.len()) && !rule.chars().any(misleads);
    match rule {
        Some(rule) if !fits(&rule) => {
            Err(ActionError::invalid(Code::BadHook, "rule: 1 to 48 bytes on one line"))
        }
        rule => Ok(rule),
    }
}

#[cfg(test)]
mod outage_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
