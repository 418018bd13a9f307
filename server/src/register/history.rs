//! What became of a phone: where it was in its life, who carried it, whose it was, which device it was.

use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::AssetId;
use super::row::find;
use crate::app::App;
use crate::error::ActionError;
use crate::store::{Row, StoreError, values};

/// A page of a phone's history, the newest first.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "AssetHistory")]
pub struct History {
    /// What happened.
    pub events: Vec<Happened>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Something that happened to a phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AssetEvent")]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// Who did it: a person, a program, or a device that enrolled.
    pub actor: String,
    /// What is another: `life`, `carrier`, `org` or `device`.
    pub part: String,
    /// What it was.
    pub was: Option<String>,
    /// What it is from then on.
    pub becomes: Option<String>,
}

/// A page of it.
///
/// # Errors
/// There is no such asset, or the store's.
pub async fn history(app: &App, id: AssetId, after: Option<u64>, limit: u32) -> Result<History, ActionError> {
    let limit = limit.clamp(1, super::list::MOST);
    let sql = "SELECT id, at, actor, part, was, becomes FROM asset_events WHERE asset = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    app.store
        .read(move |tx| {
            find(tx, id)?;
            let rows = tx.query(sql, &values![id, after.unwrap_or(u64::MAX), limit + 1])?;
            let mut all = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
            let more = all.len() > limit as usize;
            all.truncate(limit as usize);
            let next = all.last().filter(|_| more).map(|(number, _)| number.to_string());
            Ok(History { events: all.into_iter().map(|(_, event)| event).collect(), next })
        })
        .await
}

fn read(mut row: Row) -> Result<(u64, Happened), StoreError> {
    let number = row.take()?;
    let (at, actor, part) = (row.take()?, row.take()?, row.take()?);
    Ok((number, Happened { at, actor, part, was: row.take()?, becomes: row.take()? }))
}
