//! All about one device, read at one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use muster_policy::rules::built_in::SILENCE;
use muster_policy::{Finding, Shown};
use muster_proto::cose::Envelope;
use muster_proto::facts::{AppFacts, DeviceFacts, Fact, Protection, Reason, Scope, Sighting};
use muster_proto::id::{ChainId, DeviceId, Digest};
use muster_proto::policy::Mode;
use muster_proto::report::{Report, Submods};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use super::list::{self, Search};
use super::parts::side;
use super::query::{Cursor, CursorError};
use super::silence;
use super::stopped;
use super::view::{
    Ages, BreakView, ChainView, DeviceList, DeviceRow, DeviceView, EdgeView, ExemptionView, FindingView,
    KeyView, LimitedSight, ReportView, RestoredView, SightingView,
};
use crate::app::App;
use crate::auth::Actor;
use crate::away;
use crate::error::ActionError;
use crate::hooks::edge_mode;
use crate::ingest;
use crate::inventory;
use crate::judge;
use crate::orders;
use crate::policies::Snapshot;
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, values};

/// Newest orders and reports on a page.
const FEW: u32 = 20;
/// Newest changes on a page.
const MANY: u32 = 50;

/// A page of the list of devices; with `counts`, how many devices there are under every verdict.
///
/// # Errors
/// The place is of another list; the store's.
pub async fn list(
    app: &App,
    actor: &Actor,
    search: Search,
    after: Option<Cursor>,
    limit: u32,
    counts: bool,
) -> Result<DeviceList, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    app.store
        .read(move |tx| {
            let search = search.seen_by(tx, &actor)?;
            let after = after.map(|after| after.within(&search.query, &search.sort)).transpose();
            let after = after
                .map_err(|error: CursorError| ActionError::invalid(Code::OtherList, error.to_string()))?;
            Ok(list::list(tx, &search, after.as_ref(), limit, counts, now)?)
        })
        .await
}

/// One device in a list.
///
/// # Errors
/// There is none, or the store's.
pub async fn row(app: &App, id: DeviceId) -> Result<DeviceRow, ActionError> {
    app.store.read(move |tx| list::find(tx, id)?.ok_or_else(|| ActionError::missing("device", id))).await
}

/// All about one device.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: DeviceId) -> Result<DeviceView, ActionError> {
    let (snapshot, now) = (app.rules.now(), app.now());
    app.store.read(move |tx| view(tx, id, &snapshot, now)).await
}

fn view(
    tx: &mut dyn Tx,
    id: DeviceId,
    snapshot: &Arc<Snapshot>,
    now: Timestamp,
) -> Result<DeviceView, ActionError> {
    let row = list::find(tx, id)?.ok_or_else(|| ActionError::missing("device", id))?;
    let state = state(tx, id)?;
    let report = judged_report(tx, id, state.chain)?;
    let submods = report.as_ref().map(|report| &report.submods);
    let work = submods.and_then(|submods| submods.agent.work.clone());
    let (stopped_by, also_limited) =
        stopped::why(&state.findings, submods.map(|submods| &submods.device), work.as_ref());
    let away = away::ahead(tx, id, now)?;
    Ok(DeviceView {
        silence: silence::clock(tx, id, (snapshot, away.as_ref()), now)?,
        away,
        facts: submods.map(|submods| submods.device.clone()),
        sources: submods.map(|submods| sources(&submods.device)).unwrap_or_default(),
        apps_sources: submods.map(|submods| apps_sources(&submods.apps)).unwrap_or_default(),
        limited_sight: submods.and_then(limited_sight),
        sightings: submods.map(|submods| sightings(&submods.apps)).unwrap_or_default(),
        told: inventory::of(tx, id)?,
        stopped_by,
        also_limited,
        work,
        replaced_by: state.replaced_by,
        replaces: state.replaces,
        findings: findings(state.findings, &row, snapshot),
        chain: chain(tx, id, state.chain)?,
        key: KeyView {
            kid: super::evidence::newest_key(tx, id)?.kid(),
            protection: Some(state.protection),
            chain: super::certificates::about(tx, id)?,
        },
        ages: Ages { last_contact: row.last_contact, last_fresh: row.last_fresh, last_attested: None },
        edges: edges(tx, id)?,
        orders: orders::newest(tx, id, FEW)?,
        reports: reports(tx, id)?,
        ended: super::ended::of(tx, id)?,
        row,
    })
}

/// What the row has beside what lists show.
struct Inner {
    chain: Option<(ChainId, u64, Digest, Timestamp)>,
    protection: Protection,
    findings: Vec<Finding>,
    replaces: Option<DeviceId>,
    replaced_by: Option<DeviceId>,
}

fn state(tx: &mut dyn Tx, id: DeviceId) -> Result<Inner, ActionError> {
    let sql = "SELECT chain, number, head, chain_since, protection, (SELECT body FROM findings WHERE device = devices.id), replaces, status \
               FROM devices WHERE id = $1";
    let mut row = tx.query_one(sql, &values![id])?.ok_or_else(|| ActionError::missing("device", id))?;
    let (chain, number, head, since): (Option<ChainId>, u64, Option<Digest>, Option<Timestamp>) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    let chain = match (chain, head, since) {
        (Some(chain), Some(head), Some(since)) => Some((chain, number, head, since)),
        _ => None,
    };
    let protection = row.parse("a key protection")?;
    let (findings, replaces) = (row.json("findings")?, row.take()?);
    let replaced_by = match row.take::<String>()?.as_str() {
        "replaced" => tx.query_one(
            "SELECT id FROM devices WHERE replaces = $1 AND status NOT IN ('pending', 'refused')",
            &values![id],
        )?,
        _ => None,
    };
    let replaced_by = replaced_by.map(|mut row| row.take()).transpose()?;
    Ok(Inner { chain, protection, findings, replaces, replaced_by })
}

fn judged_report(
    tx: &mut dyn Tx,
    id: DeviceId,
    head: Option<(ChainId, u64, Digest, Timestamp)>,
) -> Result<Option<Report>, StoreError> {
    let Some((chain, number, digest, _)) = head else { return Ok(None) };
    let sql = "SELECT body FROM reports WHERE device = $1 AND chain = $2 AND number = $3 AND digest = $4";
    let Some(mut row) = tx.query_one(sql, &values![id, chain, number, digest])? else { return Ok(None) };
    let body: Vec<u8> = row.take()?;
    if body.is_empty() {
        return Ok(None);
    }
    let report = Envelope::parse(&body).and_then(|envelope| envelope.read_unverified());
    report.map(Some).map_err(|_| StoreError::Column("a stored report"))
}

fn sources(facts: &DeviceFacts) -> BTreeMap<String, muster_proto::facts::Source> {
    let name = |key: i64| {
        DeviceFacts::KEYS.iter().find(|(known, _)| *known == key).map(|(_, name)| (*name).to_owned())
    };
    facts
        .sources
        .iter()
        .filter_map(|(key, source)| Some((name(i64::try_from(*key).ok()?)?, *source)))
        .collect()
}

fn apps_sources(apps: &AppFacts) -> BTreeMap<String, &'static str> {
    let how = |fact: &Fact<_>| fact.reason().map_or("read", Reason::word);
    apps.sources.iter().map(|(source, fact)| (source.word().to_owned(), how(fact))).collect()
}

fn sightings(apps: &AppFacts) -> Vec<SightingView> {
    let view = |sighting: &Sighting| SightingView {
        not_known_to: sighting.not_known_to(&apps.sources),
        sighting: sighting.clone(),
    };
    apps.sightings.iter().map(view).collect()
}

/// An agent in a sandbox is told from one that was denied a single thing.
fn limited_sight(submods: &Submods) -> Option<LimitedSight> {
    if submods.device.scope.known() != Some(&Scope::Sandbox) {
        return None;
    }
    let said = serde_json::to_value(&submods.device).unwrap_or_default();
    let denied = |name: &&'static str| {
        said.get(name).and_then(|fact| fact.get("reason")).and_then(serde_json::Value::as_str)
            == Some(Reason::Denied.word())
    };
    let sources = submods.apps.sources.iter().filter(|(_, fact)| fact.reason() == Some(Reason::Denied));
    Some(LimitedSight {
        facts: DeviceFacts::KEYS.iter().map(|(_, name)| *name).filter(denied).collect(),
        apps_sources: sources.map(|(source, _)| *source).collect(),
    })
}

/// Worst first; what does not decide the verdict stands below what does.
fn findings(findings: Vec<Finding>, row: &DeviceRow, snapshot: &Snapshot) -> Vec<FindingView> {
    let policy = snapshot.of(&row.org).and_then(|compiled| compiled.ruleset.policy());
    let mut views: Vec<FindingView> = findings
        .into_iter()
        .map(|finding| {
            let rule =
                policy.and_then(|policy| policy.rules.iter().find(|rule| rule.id.as_str() == finding.rule));
            FindingView {
                title: judge::title(&finding.rule, rule),
                remedy: rule.and_then(|rule| rule.remedy.clone()),
                evidence: evidence(&finding, row),
                exemption: finding.exemption.map(|exemption| ExemptionView {
                    id: exemption.id,
                    until: exemption.until,
                    reason: exemption.reason,
                }),
                rule: finding.rule,
                kind: finding.kind,
                state: finding.state,
                since: finding.since,
                due: finding.due,
                severity: finding.severity,
                mode: finding.mode,
                escalates: finding.escalates,
            }
        })
        .collect();
    views.sort_by_key(|view| std::cmp::Reverse((decides(view), view.state, view.severity)));
    views
}

fn decides(view: &FindingView) -> u8 {
    match (view.state, view.mode) {
        (State::Failing | State::Unknown | State::Grace, Mode::Enforce) => 2,
        (State::Failing | State::Unknown | State::Grace, _) => 1,
        _ => 0,
    }
}

/// A compliant `silence` is shown by the newest fresh report, which the row knows better than the last judgement.
fn evidence(finding: &Finding, row: &DeviceRow) -> Vec<Shown> {
    match row.last_fresh {
        Some(fresh) if finding.rule == SILENCE && finding.state == State::Compliant => finding
            .evidence
            .iter()
            .take(1)
            .map(|shown| Shown { value: format!("last fresh report: {fresh}"), ..shown.clone() })
            .collect(),
        _ => finding.evidence.clone(),
    }
}

fn chain(
    tx: &mut dyn Tx,
    id: DeviceId,
    chain: Option<(ChainId, u64, Digest, Timestamp)>,
) -> Result<Option<ChainView>, StoreError> {
    let Some((chain, number, digest, unbroken_since)) = chain else { return Ok(None) };
    let sql = "SELECT kind, at, number FROM breaks WHERE device = $1 AND acknowledged IS NULL ORDER BY id LIMIT 100";
    let read = |mut row: Row| {
        Ok(BreakView { kind: judge::kind(&row.take::<String>()?)?, at: row.take()?, number: row.take()? })
    };
    let breaks = tx.query(sql, &values![id])?.into_iter().map(read).collect::<Result<_, StoreError>>()?;
    let restored = restored(tx, id)?;
    Ok(Some(ChainView { chain, number, digest, unbroken_since, breaks, restored }))
}

fn restored(tx: &mut dyn Tx, id: DeviceId) -> Result<Vec<RestoredView>, StoreError> {
    let sql = "SELECT number, last_number, at, (SELECT COUNT(DISTINCT reports.number) FROM reports \
               WHERE reports.device = breaks.device AND reports.chain = breaks.chain \
               AND reports.number BETWEEN breaks.number AND breaks.last_number) \
               FROM breaks WHERE device = $1 AND kind = $2 ORDER BY id DESC LIMIT 20";
    let read = |mut row: Row| {
        let (first, last, at, there) =
            (row.take::<u64>()?, row.take::<u64>()?, row.take()?, row.take::<u64>()?);
        Ok(RestoredView { first, last, lost: (last - first + 1).saturating_sub(there), at })
    };
    tx.query(sql, &values![id, ingest::LOST_IN_RESTORE])?.into_iter().map(read).collect()
}

fn edges(tx: &mut dyn Tx, id: DeviceId) -> Result<Vec<EdgeView>, StoreError> {
    let sql =
        "SELECT rule, from_state, to_state, mode, at FROM edges WHERE device = $1 ORDER BY id DESC LIMIT $2";
    let read = |mut row: Row| {
        let (rule, from, to) = (row.take()?, side(&mut row)?, side(&mut row)?);
        Ok(EdgeView { rule, from, to, mode: edge_mode(&mut row)?, at: row.take()? })
    };
    tx.query(sql, &values![id, MANY])?.into_iter().map(read).collect()
}

fn reports(tx: &mut dyn Tx, id: DeviceId) -> Result<Vec<ReportView>, StoreError> {
    let sql = "SELECT number, chain, received, evidence_at, occasion, digest, LENGTH(body), standing FROM reports \
               WHERE device = $1 ORDER BY id DESC LIMIT $2";
    tx.query(sql, &values![id, FEW])?.iter_mut().map(report_view).collect()
}

/// A row of the columns that a report is listed by.
pub(super) fn report_view(row: &mut Row) -> Result<ReportView, StoreError> {
    Ok(ReportView {
        number: row.take()?,
        chain: row.take()?,
        received: row.take()?,
        evidence_at: row.take()?,
        trigger: row.parse("a trigger")?,
        digest: row.take()?,
        size: row.take()?,
        standing: row.take()?,
    })
}
