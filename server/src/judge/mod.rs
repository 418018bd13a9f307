//! The only place that makes verdicts: from reports (called by `ingest`), from the clock, from changed policies and exemptions. The
//! verdict that is stored is the only one; lists, pages and phones read it.

mod clock;
pub mod declared;
mod told;

pub use clock::{Bell, at_once, due, keep_time};
pub use told::{title, told};

use muster_policy::{Case, ChainBreak, Edge, Entry, Evidence, Finding, Outcome, Register, Ruleset, Told};
use muster_proto::cose::Envelope;
use muster_proto::id::{DeviceId, Digest};
use muster_proto::report::Report;
use muster_proto::time::{Span, Timestamp};

use crate::away;
use crate::calendar::{self, Pause};
use crate::catalogue::Watched;
use crate::devices::Device;
use crate::inventory;
use crate::policies::Snapshot;
use crate::register;
use crate::store::{Batch, Kind, StoreError, Tx, Value, values};

/// The report that a device is judged by.
#[derive(Debug)]
pub struct Latest {
    /// What it says.
    pub report: Box<Report>,
    /// Digest of its message.
    pub digest: Digest,
    /// When it was true.
    pub at: Timestamp,
}

/// What is known of a device beside its report.
#[derive(Debug, Default)]
pub struct Beside {
    /// Breaks of its chain that nobody has acknowledged.
    pub breaks: Vec<ChainBreak>,
    /// What the management system says is installed.
    pub told: Vec<Told>,
    /// What the register plans for it, as far as its rules ask.
    pub registered: Option<Entry>,
    /// When the clock of silence stands, because nobody is there to carry it.
    pub away: Vec<Pause>,
}

/// What a judgement changed in a device's row.
#[derive(Debug, Default)]
pub struct Changed {
    /// Changes of findings' states.
    pub edges: Vec<Edge>,
    /// A finding says something else than before.
    pub findings: bool,
    /// The verdict's state is another.
    pub verdict: bool,
    /// The moment of the next judgement had to be moved.
    pub next: bool,
}

/// Judges a device by what is in force, and writes the outcome into its row.
pub fn judge(
    device: &mut Device,
    latest: Option<&Latest>,
    beside: &Beside,
    snapshot: &Snapshot,
    watched: &Watched,
    now: Timestamp,
) -> Changed {
    let outcome = outcome(device, latest, beside, snapshot.ruleset(&device.org), snapshot, watched, now);
    settle(device, outcome, now)
}

/// What would be found on a device under another policy.
///
/// # Errors
/// The store's.
pub fn try_out(
    tx: &mut dyn Tx,
    device: &Device,
    ruleset: &Ruleset,
    snapshot: &Snapshot,
    watched: &Watched,
    now: Timestamp,
) -> Result<Outcome, StoreError> {
    let (latest, beside) = (latest(tx, device)?, beside(tx, device, ruleset)?);
    Ok(outcome(device, latest.as_ref(), &beside, ruleset, snapshot, watched, now))
}

/// The stored report that a device is judged by.
///
/// # Errors
/// The store's.
pub fn latest(tx: &mut dyn Tx, device: &Device) -> Result<Option<Latest>, StoreError> {
    let Some(chain) = &device.chain else { return Ok(None) };
    let sql = "SELECT body, digest, evidence_at FROM reports WHERE device = $1 AND chain = $2 AND number = $3 AND digest = $4";
    let row = tx.query_one(sql, &values![device.id, chain.id, chain.number, chain.head])?;
    let Some(mut row) = row else { return Ok(None) };
    let body: Vec<u8> = row.take()?;
    // past its period: nothing can be judged by it
    if body.is_empty() {
        return Ok(None);
    }
    let report = Envelope::parse(&body).and_then(|envelope| envelope.read_unverified());
    let report = report.map(Box::new).map_err(|_| StoreError::Column("a stored report"))?;
    Ok(Some(Latest { report, digest: row.take()?, at: row.take()? }))
}

/// What is known of a device beside its report, as far as these rules ask.
///
/// # Errors
/// The store's.
pub fn beside(tx: &mut dyn Tx, device: &Device, ruleset: &Ruleset) -> Result<Beside, StoreError> {
    let registered = if ruleset.asks_register() { register::planned(tx, device.id)? } else { None };
    let (breaks, told, away) = (breaks(tx, device)?, inventory::told(tx, device)?, away::pauses(tx, device)?);
    Ok(Beside { breaks, told, registered, away })
}

fn breaks(tx: &mut dyn Tx, device: &Device) -> Result<Vec<ChainBreak>, StoreError> {
    if device.breaks == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT kind, at, number FROM breaks WHERE device = $1 AND acknowledged IS NULL ORDER BY id LIMIT 100";
    let rows = tx.query(sql, &values![device.id])?;
    rows.into_iter()
        .map(|mut row| {
            Ok(ChainBreak { kind: kind(&row.take::<String>()?)?, at: row.take()?, number: row.take()? })
        })
        .collect()
}

/// The break that a word of the store names.
///
/// # Errors
/// It names none.
pub fn kind(word: &str) -> Result<muster_policy::BreakKind, StoreError> {
    use muster_policy::BreakKind;
    match word {
        "fork" => Ok(BreakKind::Fork),
        "reset" => Ok(BreakKind::Reset),
        "gap" => Ok(BreakKind::Gap),
        _ => Err(StoreError::Column("a kind of break")),
    }
}

/// Writes edges down.
///
/// # Errors
/// The store's.
pub fn write_edges(tx: &mut dyn Tx, edges: &[(DeviceId, Edge)], now: Timestamp) -> Result<(), StoreError> {
    let rows: Vec<Vec<Value<'_>>> = edges
        .iter()
        .map(|(device, edge)| {
            let word = |state: Option<muster_proto::verdict::State>| state.map(|state| state.word());
            Vec::from(values![
                device,
                &edge.rule,
                word(edge.from),
                word(edge.to),
                edge.mode.word(),
                edge.at,
                now
            ])
        })
        .collect();
    tx.write_many(&EDGES, &rows)
}

const EDGES: Batch = Batch {
    table: "edges",
    keys: 0,
    columns: &[
        ("device", Kind::Blob),
        ("rule", Kind::Text),
        ("from_state", Kind::Text),
        ("to_state", Kind::Text),
        ("mode", Kind::Text),
        ("at", Kind::Int),
        ("written", Kind::Int),
    ],
};

fn outcome(
    device: &Device,
    latest: Option<&Latest>,
    beside: &Beside,
    ruleset: &Ruleset,
    snapshot: &Snapshot,
    watched: &Watched,
    now: Timestamp,
) -> Outcome {
    let exemptions = snapshot.exemptions(device.id, &device.org);
    let case = Case {
        now,
        enrolled: device.enrolled,
        platform: device.platform,
        evidence: latest.map(|latest| Evidence {
            report: &latest.report,
            digest: latest.digest,
            at: latest.at,
        }),
        last_fresh: device.last_fresh,
        silent_at: Some(silent_at(device, &beside.away, ruleset, snapshot)),
        breaks: &beside.breaks,
        told: &beside.told,
        register: beside.registered.as_ref().map_or(Register::NoEntry, Register::Entry),
        attested: None,
        watched: latest.and_then(|latest| watched.list(&latest.report.submods.apps.watch_list.digest)),
        catalogue: &watched.catalogue,
        exemptions: &exemptions,
        previous: &device.findings,
    };
    muster_policy::judge(ruleset, &case)
}

/// When silence begins for a device of which nothing fresh comes: the one place that counts it.
#[must_use]
pub fn silent_at(device: &Device, away: &[Pause], ruleset: &Ruleset, snapshot: &Snapshot) -> Timestamp {
    let heard = device.last_fresh.map_or(device.enrolled, |fresh| fresh.max(device.enrolled));
    calendar::silent_at(heard, ruleset.silent_after(), snapshot.calendar(&device.org), away)
}

/// A judgement that wants to be repeated at once waits at least this long: a loop must end.
const BREATH: Span = Span::from_secs(30);

fn settle(device: &mut Device, outcome: Outcome, now: Timestamp) -> Changed {
    let mut changed = Changed { edges: outcome.edges, ..Changed::default() };
    let same = |(new, old): (&Finding, &Finding)| says_the_same(new, old);
    let all_same = outcome.findings.len() == device.findings.len()
        && outcome.findings.iter().zip(&device.findings).all(same);
    if !all_same {
        changed.findings = true;
        let mut before = std::mem::take(&mut device.findings);
        device.findings = outcome.findings.into_iter().map(|new| first_shown(new, &mut before)).collect();
    }
    changed.verdict = outcome.verdict.state != device.verdict.state;
    changed.findings |= outcome.verdict != device.verdict;
    device.verdict = outcome.verdict;
    device.judged = Some(now);
    let next = outcome.next.map(|next| next.max(now + BREATH));
    // to be judged too early is harmless: a moment that is only put off is left where it is, and its index with it
    let early_enough = match (device.next_judgement, next) {
        (Some(stored), Some(next)) => stored > now && stored <= next,
        (None, None) => true,
        _ => false,
    };
    if !early_enough {
        device.next_judgement = next;
        changed.next = true;
    }
    changed
}

/// A finding that still says the same keeps naming the report that first showed it.
fn first_shown(new: Finding, before: &mut Vec<Finding>) -> Finding {
    let old = before.iter().position(|old| old.rule == new.rule);
    match old.map(|nth| before.swap_remove(nth)) {
        Some(old) if says_the_same(&new, &old) => old,
        _ => new,
    }
}

/// Whether two findings differ in nothing but the reports that they name. What shows a compliant `silence` is the time of the last
/// report, which has a column of its own.
fn says_the_same(new: &Finding, old: &Finding) -> bool {
    let shown = || {
        new.evidence.len() == old.evidence.len()
            && new
                .evidence
                .iter()
                .zip(&old.evidence)
                .all(|(new, old)| new.what == old.what && new.value == old.value)
    };
    new.rule == old.rule
        && new.state == old.state
        && new.since == old.since
        && new.due == old.due
        && new.mode == old.mode
        && new.escalates == old.escalates
        && new.policy == old.policy
        && new.severity == old.severity
        && new.kind == old.kind
        && new.beneath == old.beneath
        && new.exemption == old.exemption
        && new.causes == old.causes
        && new.unreadable_since == old.unreadable_since
        && (new.rule == muster_policy::rules::built_in::SILENCE || shown())
}
