//! Phones of the register that can have no agent: judged by the maker that is written down, when that or the policy changes and when a due
//! passes. No edges are written for them: those are a device's, and this is none.

use muster_policy::{Declared, Finding, Outcome, judge_declared};
use muster_proto::time::Timestamp;
use std::sync::Arc;

use super::BREATH;
use crate::app::App;
use crate::catalogue::Watched;
use crate::error::ActionError;
use crate::policies::{self, Snapshot};
use crate::register::{AssetId, AssetPlatform};
use crate::store::{Row, StoreError, Tx, values};

/// Phones that are judged in one transaction.
const CHUNK: u32 = 200;

/// Which phones those are, in the words of the store: somebody has them, and no agent is possible.
const DECLARED: &str = "life IN ('handed-out', 'in-use') AND platform IN ('ios', 'other')";

/// When one of them will be due next.
pub const NEXT: &str = "SELECT MIN(next_judgement) FROM assets";

/// Those of an organisation are due: what they are judged by has changed.
///
/// # Errors
/// The store's.
pub fn mark(tx: &mut dyn Tx, org: &str, now: Timestamp) -> Result<(), StoreError> {
    let sql = format!("UPDATE assets SET next_judgement = $2 WHERE org = $1 AND {DECLARED}");
    tx.execute(&sql, &values![org, now]).map(drop)
}

/// Judges every one that is due, a chunk at a time.
///
/// # Errors
/// The store's.
pub async fn due(app: &App) -> Result<(), ActionError> {
    loop {
        let (now, snapshot, watched) = (app.now(), app.rules.now(), Arc::clone(&app.catalogue));
        let any = "SELECT 1 FROM assets WHERE next_judgement <= $1 LIMIT 1";
        // almost always there is none, and the writer is left alone
        if app.store.read(move |tx| tx.query_one(any, &values![now])).await?.is_none() {
            return Ok(());
        }
        match app.store.write(move |tx| chunk(tx, &snapshot, &watched, now)).await? {
            Some(judged) if judged < CHUNK as usize => return Ok(()),
            Some(_) => {}
            None => policies::load(app).await?,
        }
    }
}

struct Due {
    id: AssetId,
    org: String,
    maker: Option<String>,
    platform: AssetPlatform,
    since: Timestamp,
    findings: Vec<Finding>,
}

/// Judges some that are due; says how many. `None` if the rules in memory are not those in the store.
fn chunk(
    tx: &mut dyn Tx,
    snapshot: &Snapshot,
    watched: &Watched,
    now: Timestamp,
) -> Result<Option<usize>, StoreError> {
    if policies::edition(tx)? != snapshot.edition {
        return Ok(None);
    }
    let sql = format!(
        "SELECT id, org, maker, platform, life_since, findings FROM assets WHERE next_judgement <= $1 AND {DECLARED} \
         ORDER BY next_judgement LIMIT $2"
    );
    let rows = tx.query(&sql, &values![now, CHUNK])?;
    let due = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
    for one in &due {
        save(tx, one.id, &judge(one, snapshot, watched, now), now)?;
    }
    Ok(Some(due.len()))
}

fn read(mut row: Row) -> Result<Due, StoreError> {
    let (id, org, maker) = (row.take()?, row.take()?, row.take()?);
    let (platform, since) = (row.parse("a platform of the register")?, row.take()?);
    let findings: Option<String> = row.take()?;
    // what can't be read any more is judged anew
    let findings = findings.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(Due { id, org, maker, platform, since, findings })
}

fn judge(one: &Due, snapshot: &Snapshot, watched: &Watched, now: Timestamp) -> Outcome {
    let exemptions = snapshot.exemptions_of_org(&one.org);
    let case = Declared {
        now,
        since: one.since,
        maker: one.maker.as_deref(),
        platform: one.platform.word(),
        catalogue: &watched.catalogue,
        exemptions,
        previous: &one.findings,
    };
    judge_declared(snapshot.ruleset(&one.org), &case)
}

fn save(tx: &mut dyn Tx, id: AssetId, outcome: &Outcome, now: Timestamp) -> Result<(), StoreError> {
    let findings = serde_json::to_string(&outcome.findings).map_err(|_| StoreError::Column("findings"))?;
    let next = outcome.next.map(|next| next.max(now + BREATH));
    let sql = "UPDATE assets SET verdict = $2, verdict_since = $3, verdict_due = $4, findings = $5, next_judgement = $6 WHERE id = $1";
    let verdict = &outcome.verdict;
    let row = values![id, verdict.state.word(), verdict.since, verdict.due, findings, next];
    tx.execute(sql, &row).map(drop)
}
