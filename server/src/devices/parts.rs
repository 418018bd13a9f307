//! Parts of what is known of a device, each by itself: facts, findings, and the long lists (changes, breaks, reports), which are
//! paged with the newest first.

use muster_policy::BreakKind;
use muster_proto::facts::Source;
use muster_proto::id::{ChainId, DeviceId};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::collections::BTreeMap;

use super::show;
use super::view::{self, DeviceView, EdgeView, FindingView, ReportView, SightingView, VerdictView};
use crate::app::App;
use crate::error::ActionError;
use crate::hooks::edge_mode;
use crate::inventory::ToldView;
use crate::judge;
use crate::store::{Row, StoreError, Value, values};

/// What the newest report says.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Facts {
    /// Number of the report; none before the first.
    pub report: Option<u64>,
    /// The facts, by name; `null` before the first report.
    #[schemars(schema_with = "view::facts_alone")]
    pub facts: serde_json::Value,
    /// Where they were read, by name.
    pub sources: BTreeMap<String, Source>,
}

/// What was found of applications that are watched for.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Sightings {
    /// By the newest report.
    pub sightings: Vec<SightingView>,
    /// By the management system.
    pub told: Vec<ToldView>,
    /// Sources of the inventory: read, or why not.
    pub apps_sources: BTreeMap<String, &'static str>,
}

/// The state of every rule.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Findings {
    /// The verdict.
    pub verdict: VerdictView,
    /// The findings, worst first.
    pub findings: Vec<FindingView>,
}

/// A break of the chain, and what became of it.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct BreakEntry {
    /// How it was broken.
    pub kind: BreakKind,
    /// When it was seen.
    pub at: Timestamp,
    /// In which chain.
    pub chain: ChainId,
    /// From this number
    pub number: u64,
    /// to this one.
    pub last_number: u64,
    /// When a person, or a later report, has explained it.
    pub acknowledged: Option<Timestamp>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// Why it is no reason to worry.
    pub reason: Option<String>,
}

/// A page of something, and where the next one begins.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Where the next begins; none on the last.
    pub next: Option<String>,
}

/// Most on one page.
pub(super) const MOST: u32 = 500;

/// The facts of the newest report.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn facts(app: &App, id: DeviceId) -> Result<Facts, ActionError> {
    let device = show(app, id).await?;
    let report = device.chain.as_ref().map(|chain| chain.number);
    let facts = view::facts_without_sources(device.facts.as_ref()).unwrap_or_default();
    Ok(Facts { report, facts, sources: device.sources })
}

/// Watched applications that were found.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn sightings(app: &App, id: DeviceId) -> Result<Sightings, ActionError> {
    let DeviceView { sightings, told, apps_sources, .. } = show(app, id).await?;
    Ok(Sightings { sightings, told, apps_sources })
}

/// The findings.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn findings(app: &App, id: DeviceId) -> Result<Findings, ActionError> {
    let device = show(app, id).await?;
    Ok(Findings { verdict: device.row.verdict, findings: device.findings })
}

/// Changes of findings; of one rule where it is named.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn edges(
    app: &App,
    id: DeviceId,
    rule: Option<String>,
    after: Option<i64>,
    limit: u32,
) -> Result<Page<EdgeView>, ActionError> {
    let columns = "rule, from_state, to_state, mode, at";
    let read = |row: &mut Row| {
        let (rule, from, to) = (row.take()?, side(row)?, side(row)?);
        Ok(EdgeView { rule, from, to, mode: edge_mode(row)?, at: row.take()? })
    };
    let only = rule.map(|rule| ("rule", Value::from(rule)));
    paged(app, id, ("edges", columns), only, after, limit, read).await
}

/// Breaks of the chain, also those that were acknowledged.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn breaks(
    app: &App,
    id: DeviceId,
    after: Option<i64>,
    limit: u32,
) -> Result<Page<BreakEntry>, ActionError> {
    let columns = "kind, at, chain, number, last_number, acknowledged, acknowledged_by, reason";
    let read = |row: &mut Row| {
        Ok(BreakEntry {
            kind: judge::kind(&row.take::<String>()?)?,
            at: row.take()?,
            chain: row.take()?,
            number: row.take()?,
            last_number: row.take()?,
            acknowledged: row.take()?,
            acknowledged_by: row.take()?,
            reason: row.take()?,
        })
    };
    paged(app, id, ("breaks", columns), None, after, limit, read).await
}

/// Stored reports, without what they say.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn reports(
    app: &App,
    id: DeviceId,
    after: Option<i64>,
    limit: u32,
) -> Result<Page<ReportView>, ActionError> {
    let columns = "number, chain, received, evidence_at, occasion, digest, LENGTH(body), standing";
    paged(app, id, ("reports", columns), None, after, limit, show::report_view).await
}

/// A page of a table that has a growing `id` and a `device`.
async fn paged<T: Send + 'static>(
    app: &App,
    device: DeviceId,
    (table, columns): (&'static str, &'static str),
    only: Option<(&'static str, Value<'static>)>,
    after: Option<i64>,
    limit: u32,
    read: impl Fn(&mut Row) -> Result<T, StoreError> + Send + 'static,
) -> Result<Page<T>, ActionError> {
    let limit = limit.clamp(1, MOST);
    app.store
        .read(move |tx| {
            super::list::find(tx, device)?.ok_or_else(|| ActionError::missing("device", device))?;
            let mut params = Vec::from(values![device, after.unwrap_or(i64::MAX), limit + 1]);
            let mut which = String::new();
            if let Some((column, value)) = only {
                which = format!(" AND {column} = $4");
                params.push(value);
            }
            let sql = format!(
                "SELECT id, {columns} FROM {table} WHERE device = $1 AND id < $2{which} ORDER BY id DESC LIMIT $3"
            );
            let rows = tx.query(&sql, &params)?;
            let more = rows.len() > limit as usize;
            let (mut items, mut last) = (Vec::new(), 0_i64);
            for mut row in rows.into_iter().take(limit as usize) {
                last = row.take()?;
                items.push(read(&mut row)?);
            }
            Ok(Page { items, next: more.then(|| last.to_string()) })
        })
        .await
}

pub(super) fn side(row: &mut Row) -> Result<Option<State>, StoreError> {
    row.take::<Option<String>>()?
        .map(|word| word.parse().map_err(|_| StoreError::Column("a state")))
        .transpose()
}
