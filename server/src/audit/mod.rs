//! Who did what, and when: append-only, each entry chained to the one before it by its hash. The entry is written in the transaction of
//! the action, so neither exists without the other.
//!
//! ```text
//! hash = SHA-256( previous hash (32 bytes; zeros for the first)
//!                 then seq and at as 8 bytes each, big-endian
//!                 then actor, action, subject, detail, each as its length in 8 bytes and its UTF-8 )
//! ```

use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use ring::digest::{Context, SHA256};
use serde::Serialize;

use crate::app::App;
use crate::auth::Actor;
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct AuditEntry {
    /// Its number; the first is 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// What was done: `order.request`, `policy.apply` ….
    pub action: String,
    /// To what: `device:ID`, `org:ID` ….
    pub subject: String,
    /// More about it.
    pub detail: String,
    /// Binds it to all before it.
    pub hash: Digest,
    #[serde(skip)]
    previous: Digest,
}

/// Appends an entry, in the transaction of the action that it tells of.
///
/// # Errors
/// The store's.
pub fn append(
    tx: &mut dyn Tx,
    now: Timestamp,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: &str,
) -> Result<(), StoreError> {
    let last = tx.query_one("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let (seq, previous) = match last {
        Some(mut row) => (row.take::<u64>()? + 1, row.take()?),
        None => (1, Digest([0; 32])),
    };
    let mut entry = AuditEntry {
        seq,
        at: now,
        actor: actor.name().to_owned(),
        action: action.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        hash: previous,
        previous,
    };
    entry.hash = entry.hashed();
    tx.execute(
        "INSERT INTO audit (seq, at, actor, action, subject, detail, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![seq, now, actor.name(), action, subject, detail, previous, entry.hash],
    )?;
    Ok(())
}

/// Entries after `after`, oldest first.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, after: u64, limit: u32) -> Result<Vec<AuditEntry>, ActionError> {
    let limit = limit.clamp(1, 1000);
    app.store
        .read(move |tx| {
            let rows =
                tx.query(&format!("{SELECT} WHERE seq > $1 ORDER BY seq LIMIT $2"), &values![after, limit])?;
            Ok(rows.into_iter().map(entry).collect::<Result<_, StoreError>>()?)
        })
        .await
}

/// The newest entries, newest first, or those before `before`.
///
/// # Errors
/// The store's.
pub async fn newest(app: &App, before: Option<u64>, limit: u32) -> Result<Vec<AuditEntry>, ActionError> {
    let before = before.unwrap_or(u64::MAX);
    let limit = limit.clamp(1, 1000);
    app.store
        .read(move |tx| {
            let rows = tx.query(
                &format!("{SELECT} WHERE seq < $1 ORDER BY seq DESC LIMIT $2"),
                &values![before, limit],
            )?;
            Ok(rows.into_iter().map(entry).collect::<Result<_, StoreError>>()?)
        })
        .await
}

/// The first entry that does not follow from the one before it; `None` if all do.
///
/// # Errors
/// The store's.
pub fn first_broken(tx: &mut dyn Tx) -> Result<Option<u64>, StoreError> {
    let (mut after, mut previous) = (0, Digest([0; 32]));
    loop {
        let rows = tx.query(&format!("{SELECT} WHERE seq > $1 ORDER BY seq LIMIT 1000"), &values![after])?;
        if rows.is_empty() {
            return Ok(None);
        }
        for row in rows {
            let entry = entry(row)?;
            if entry.seq != after + 1 || entry.previous != previous || entry.hashed() != entry.hash {
                return Ok(Some(entry.seq));
            }
            (after, previous) = (entry.seq, entry.hash);
        }
    }
}

const SELECT: &str = "SELECT seq, at, actor, action, subject, detail, previous, hash FROM audit";

fn entry(mut row: Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: row.take()?,
        at: row.take()?,
        actor: row.take()?,
        action: row.take()?,
        subject: row.take()?,
        detail: row.take()?,
        previous: row.take()?,
        hash: row.take()?,
    })
}

impl AuditEntry {
    fn hashed(&self) -> Digest {
        let mut context = Context::new(&SHA256);
        context.update(&self.previous.0);
        context.update(&self.seq.to_be_bytes());
        context.update(&self.at.millis().to_be_bytes());
        for text in [&self.actor, &self.action, &self.subject, &self.detail] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        Digest(context.finish().as_ref().try_into().expect("SHA-256 has 32 bytes"))
    }
}
