//! An edge as it is told, and whom it concerns.

use muster_proto::id::{DeviceId, Digest, hex};
use muster_proto::policy::Mode;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde_json::json;
use std::collections::HashSet;

use super::outbound::Message;
use crate::orgs;
use crate::store::{Row, StoreError, Tx, values};

/// An edge, with what is known of its device now.
#[derive(Debug, Clone)]
pub struct ToldEdge {
    /// Its number; later ones have greater ones.
    pub id: u64,
    pub device: DeviceId,
    pub rule: String,
    pub from: Option<State>,
    pub to: Option<State>,
    /// What the rule did then; unknown of changes that older versions wrote.
    pub mode: Option<Mode>,
    pub at: Timestamp,
    pub written: Timestamp,
    pub org: String,
    pub asset_tag: Option<String>,
}

/// Which edges somebody is told of.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Of devices of these organisations; of all where there is none.
    pub orgs: Option<HashSet<String>>,
    pub rule: Option<String>,
    /// To these states; to any where there is none.
    pub states: Vec<State>,
}

/// What an edge is read from: `FROM` and all before it.
pub const SELECT: &str = "SELECT edges.id, edges.device, edges.rule, edges.from_state, edges.to_state, edges.mode, edges.at, edges.written, \
                          devices.org, devices.asset_tag";
/// Edges that are read at a time.
pub const LOOKED_AT: u32 = 500;
/// Edges with their devices.
pub const JOINED: &str = "edges JOIN devices ON devices.id = edges.device";

impl ToldEdge {
    /// From the columns of [`SELECT`].
    pub fn of(row: &mut Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.take()?,
            device: row.take()?,
            rule: row.take()?,
            from: state(row)?,
            to: state(row)?,
            mode: mode(row)?,
            at: row.take()?,
            written: row.take()?,
            org: row.take()?,
            asset_tag: row.take()?,
        })
    }

    /// The id by which a receiver knows a message that comes again. It has in it what the edge says, because numbers are given anew after a
    /// restore from a backup.
    pub fn message_id(&self, hook: &str) -> String {
        let word = |state: Option<State>| state.map_or("", State::word);
        let said = format!(
            "{hook}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.id,
            self.device,
            self.rule,
            word(self.from),
            word(self.to),
            self.at.millis(),
            self.written.millis()
        );
        format!("msg_{}", hex(&Digest::of(said.as_bytes()).0[..16]))
    }

    /// What `hook` is told. `people` is where people reach the server.
    pub fn message(&self, hook: &str, people: &str) -> Message {
        let body = json!({
            "type": "finding.changed",
            "timestamp": self.written,
            "data": {
                "edge": self.id,
                "device": self.device,
                "asset_tag": self.asset_tag,
                "org": self.org,
                "rule": self.rule,
                "from": self.from,
                "to": self.to,
                "mode": self.mode,
                "at": self.at,
                "url": format!("{people}/devices/{}", self.device),
            },
        });
        Message { id: self.message_id(hook), body: body.to_string().into_bytes() }
    }
}

impl Scope {
    /// Of an organisation and those below it.
    pub fn read(
        tx: &mut dyn Tx,
        org: Option<&str>,
        rule: Option<String>,
        states: Vec<State>,
    ) -> Result<Self, StoreError> {
        let orgs = match org {
            Some(org) => Some(orgs::tree(tx)?.below(org).into_iter().collect()),
            None => None,
        };
        Ok(Self { orgs, rule, states })
    }

    /// What a hook is told of; `None` where there is none.
    pub fn of_hook(tx: &mut dyn Tx, hook: &str) -> Result<Option<Self>, StoreError> {
        let row = tx.query_one("SELECT org, rule, states FROM hooks WHERE id = $1", &values![hook])?;
        let Some(mut row) = row else { return Ok(None) };
        let (org, rule) = (row.take::<Option<String>>()?, row.take()?);
        let states = super::read_states(&row.take::<String>()?)?;
        Self::read(tx, org.as_deref(), rule, states).map(Some)
    }

    /// Whether the edge is told.
    pub fn has(&self, edge: &ToldEdge) -> bool {
        self.orgs.as_ref().is_none_or(|orgs| orgs.contains(&edge.org))
            && self.rule.as_ref().is_none_or(|rule| *rule == edge.rule)
            && (self.states.is_empty() || edge.to.is_some_and(|to| self.states.contains(&to)))
    }
}

/// The next edges after the one with this number.
pub fn edges_after(tx: &mut dyn Tx, after: u64) -> Result<Vec<ToldEdge>, StoreError> {
    let sql = format!("{SELECT} FROM {JOINED} WHERE edges.id > $1 ORDER BY edges.id LIMIT $2");
    tx.query(&sql, &values![after, LOOKED_AT])?.iter_mut().map(ToldEdge::of).collect()
}

/// The mode of a change, from its column.
pub fn mode(row: &mut Row) -> Result<Option<Mode>, StoreError> {
    let word = row.take::<Option<String>>()?;
    word.map(|word| word.parse().map_err(|_| StoreError::Column("a mode"))).transpose()
}

fn state(row: &mut Row) -> Result<Option<State>, StoreError> {
    let word = row.take::<Option<String>>()?;
    word.map(|word| word.parse().map_err(|_| StoreError::Column("a state"))).transpose()
}
