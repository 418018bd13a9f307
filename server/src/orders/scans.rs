//! Scans: one request to many devices. Those who are asked are written down at once; each gets its order when its turn comes, so that a
//! whole fleet does not answer in one instant, and a restart in between forgets nobody.

use muster_proto::id::{DeviceId, OrderId};
use muster_proto::message::OrderKind;
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;

use super::progress::{MadeScan, ScanView, show_scan, view};
use super::scheduled::OfSchedule;
use super::whom::{Asked, Bounds, Whom};
use super::{LIFE, check_life, turns};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::{LONGEST_ON_PHONES, Reason};
use crate::schedules;
use crate::store::{Batch, Kind, StoreError, Tx, Value, values};

/// A scan's name: as random as an order's.
pub type ScanId = OrderId;

/// So many are asked at once; more are spread.
const AT_ONCE: u64 = 200;
/// And then so many in a second, where nothing else is said.
const A_SECOND: u64 = 50;
/// Longest time over which devices are spread.
const LONGEST_SPREAD: Span = Span::from_hours(24);
/// Devices that are written down in one transaction: reports wait no longer than that.
const WRITTEN_AT_ONCE: usize = if cfg!(test) { 2 } else { 2000 };

/// A scan that is to be made: of named devices, or of those that a query finds.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScan {
    /// Ids, asset tags, and serial numbers of the register.
    #[serde(default)]
    pub devices: Option<Vec<String>>,
    /// A query, as lists take it.
    #[serde(default)]
    pub query: Option<String>,
    /// What is asked: `scan`, or `refresh` of what the server has for the device.
    #[serde(default)]
    pub kind: Option<OrderKind>,
    /// Why; the person who carries the phone reads it.
    pub reason: String,
    /// Seconds until it is void, more than it is spread over; 15 minutes more where nothing is said.
    #[serde(default)]
    pub expires_in: Option<Span>,
    /// Seconds over which the devices are spread; 50 devices a second where there are more than 200.
    #[serde(default)]
    pub spread: Option<Span>,
}

/// Asks many devices. Who is asked is durable when this returns, and the first of them have their orders.
///
/// # Errors
/// Neither devices nor a query is given, or both; nobody is left to ask; the query can't be read; it would be void before the last of them
/// has its order; the store's.
pub async fn scan(app: &App, actor: &Actor, new: NewScan) -> Result<MadeScan, ActionError> {
    let kind = check_kind(new.kind)?;
    let reason = Reason::read(&new.reason, LONGEST_ON_PHONES, Code::OrderReason)?;
    let whom = Whom::of(new.devices, new.query)?;
    whom.check_names(app, actor).await?;
    let (now, query) = (app.now(), whom.query());
    let within = Bounds::of(actor.reach(), Right::Scan);
    let asked = app.store.read(move |tx| whom.devices(tx, &within, now)).await?;
    let (expires_in, spread) = (new.expires_in, new.spread);
    let how = How { kind, reason, query, again: None, expires_in, spread, schedule: None };
    ask(app, actor, asked, how).await
}

/// Asks those whom [`super::whom`] found for this actor's right to scan, and nobody else: they were confirmed.
///
/// # Errors
/// As [`scan`].
pub async fn scan_found(
    app: &App,
    actor: &Actor,
    found: Asked,
    (query, reason): (Option<String>, &str),
) -> Result<MadeScan, ActionError> {
    let reason = Reason::read(reason, LONGEST_ON_PHONES, Code::OrderReason)?;
    let kind = OrderKind::Scan;
    let how = How { kind, reason, query, again: None, expires_in: None, spread: None, schedule: None };
    ask(app, actor, found, how).await
}

/// What is asked, and how.
pub(super) struct How {
    pub kind: OrderKind,
    pub reason: Reason,
    pub query: Option<String>,
    /// The scan that is repeated for those who did not answer it.
    pub again: Option<ScanId>,
    pub expires_in: Option<Span>,
    pub spread: Option<Span>,
    /// The schedule that asks.
    pub schedule: Option<OfSchedule>,
}

/// Asks those who were found.
pub(super) async fn ask(app: &App, actor: &Actor, asked: Asked, how: How) -> Result<MadeScan, ActionError> {
    let many = asked.devices.len() as u64;
    if many == 0 {
        return Err(ActionError::conflict(Code::ScanNobody, "no device that counts is left to ask"));
    }
    let (id, now, actor) = (app.draw_order()?, app.now(), actor.clone());
    let spread = spread(how.spread, many)?;
    let expires = now + life(how.expires_in, spread)?;
    let How { kind, reason, query, again, schedule, .. } = how;
    let asking = Asking { id, now, kind, reason, query, again, schedule, expires, many, actor };
    let made = begin(app, asking, &turns_of(&asked.devices, now, spread)).await?;
    // it is durable: whoever were told of a failure now would ask everybody a second time
    let scan = first_turn(app, id).await.unwrap_or_else(|error| later(&error, made));
    app.bell.ring();
    let Asked { unknown, inactive, elsewhere, left_out, .. } = asked;
    Ok(MadeScan { scan, unknown, inactive, elsewhere, left_out })
}

async fn first_turn(app: &App, id: ScanId) -> Result<ScanView, ActionError> {
    turns::turn(app).await?;
    show_scan(app, id).await
}

/// What the scan was when it was last written, where what follows has failed.
fn later(error: &ActionError, written: ScanView) -> ScanView {
    tracing::error!(error = error as &dyn std::error::Error, "orders of a scan wait for the clock loop");
    written
}

/// A scan that is about to begin.
struct Asking {
    id: ScanId,
    now: Timestamp,
    kind: OrderKind,
    reason: Reason,
    query: Option<String>,
    again: Option<ScanId>,
    schedule: Option<OfSchedule>,
    expires: Timestamp,
    many: u64,
    actor: Actor,
}

impl Asking {
    /// Nobody is written down yet.
    fn store(&self, tx: &mut dyn Tx) -> Result<(), ActionError> {
        let Self { id, now, kind, reason, query, again, schedule, expires, many, actor } = self;
        if let Some(run) = schedule
            && !schedules::advance(tx, &run.id, (run.due, run.next), "", *now)?
        {
            return Err(ActionError::conflict(
                Code::ScheduleOver,
                "the run was made already, or is no more to be made",
            ));
        }
        let by = schedule.as_ref().map_or_else(|| actor.name(), |run| &run.author);
        tx.execute(
            "INSERT INTO scans (id, created, expires, kind, requested_by, reason, query, devices, skipped, schedule) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)",
            &values![
                *id,
                *now,
                *expires,
                kind.word(),
                by,
                reason,
                query.as_deref(),
                *many,
                schedule.as_ref().map(|run| run.id.as_str())
            ],
        )?;
        let of = query.as_ref().map_or_else(String::new, |query| format!(", `{query}`"));
        let of = again.map_or(of, |scan| format!(" that did not answer {scan}"));
        let run = schedule.as_ref().map(|run| format!(", schedule {} of {}", run.id, run.author));
        let act = Act::new("scan.request", format!("scan:{id}"))
            .detail(format!("{} of {many} devices{of}{}: {reason}", kind.word(), run.unwrap_or_default()))
            .after(json!({ "scan": id, "kind": kind.word(), "devices": many, "expires": expires, "again": again }));
        Ok(audit::append(tx, *now, actor, act)?)
    }
}

/// A device and when its turn comes.
type Turn = (DeviceId, Timestamp);

/// Each device and when its turn comes. Ids are random: their order is nobody's.
fn turns_of(devices: &BTreeSet<DeviceId>, now: Timestamp, spread: Span) -> Vec<Turn> {
    let many = devices.len() as u64;
    let after = |nth: u64| Span::from_millis(spread.millis().saturating_mul(nth) / many.max(1));
    devices.iter().zip(0_u64..).map(|(device, nth)| (*device, now + after(nth))).collect()
}

/// Writes down the scan with the first devices, then the others, some at a time. Who is not written down yet counts as never asked, so that
/// the scan says what is so wherever this breaks off.
async fn begin(app: &App, asking: Asking, turns: &[Turn]) -> Result<ScanView, ActionError> {
    let id = asking.id;
    let mut pieces = turns.chunks(WRITTEN_AT_ONCE).map(<[Turn]>::to_vec);
    let first = pieces.next().unwrap_or_default();
    let made = app.store.write(move |tx| {
        asking.store(tx)?;
        write_down(tx, id, &first)?;
        view(tx, id)
    });
    let mut made: ScanView = made.await?;
    for piece in pieces {
        let more = app.store.write(move |tx| {
            write_down(tx, id, &piece)?;
            view(tx, id)
        });
        match more.await {
            Ok(more) => made = more,
            Err(error) => return Ok(later(&error, made)),
        }
    }
    Ok(made)
}

/// Writes down some devices, unless the scan was called back meanwhile.
pub(super) fn write_down(tx: &mut dyn Tx, scan: ScanId, turns: &[Turn]) -> Result<(), StoreError> {
    const TODO: Batch = Batch {
        table: "scan_todo",
        keys: 0,
        columns: &[("scan", Kind::Blob), ("device", Kind::Blob), ("starts", Kind::Int)],
    };
    let goes_on = tx.execute(
        "UPDATE scans SET skipped = skipped - $2 WHERE id = $1 AND cancelled IS NULL",
        &values![scan, turns.len() as u64],
    )?;
    if goes_on == 0 {
        return Ok(());
    }
    let row = |(device, starts): &Turn| Vec::from([scan.into(), Value::from(*device), Value::from(*starts)]);
    tx.write_many(&TODO, &turns.iter().map(row).collect::<Vec<_>>())
}

/// Calls back what has not ended. What was not given yet is not given any more when this returns; orders that were given end one after
/// the other.
///
/// # Errors
/// There is no such scan, or it is over.
pub async fn cancel(app: &App, actor: &Actor, id: ScanId) -> Result<ScanView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let called_back = app.store.write(move |tx| {
        auth::check(tx, &actor, Right::Scan, &Thing::Scan(id))?;
        let before = view(tx, id)?;
        if before.done || before.cancelled.is_some() {
            return Err(ActionError::conflict(Code::ScanEnded, "the scan is over already"));
        }
        let left = tx.execute("DELETE FROM scan_todo WHERE scan = $1", &values![id])?;
        tx.execute(
            "UPDATE scans SET cancelled = $2, skipped = skipped + $3 WHERE id = $1",
            &values![id, now, left],
        )?;
        let open = before.progress.open();
        let act = Act::new("scan.cancel", format!("scan:{id}"))
            .detail(format!("{open} orders called back, {left} never given"))
            .after(json!({ "scan": id, "cancelled": open, "never_given": left }));
        audit::append(tx, now, &actor, act)?;
        view(tx, id)
    });
    let called_back = called_back.await?;
    let view = first_ended(app, id).await.unwrap_or_else(|error| later(&error, called_back));
    app.bell.ring();
    Ok(view)
}

async fn first_ended(app: &App, id: ScanId) -> Result<ScanView, ActionError> {
    turns::end_some(app).await?;
    show_scan(app, id).await
}

fn check_kind(kind: Option<OrderKind>) -> Result<OrderKind, ActionError> {
    let kind = kind.unwrap_or(OrderKind::Scan);
    if !matches!(kind, OrderKind::Scan | OrderKind::Refresh) {
        return Err(ActionError::invalid(Code::ScanKind, "a scan asks for `scan` or `refresh`"));
    }
    Ok(kind)
}

/// How long it lasts. Whose turn came when it is void already would never be asked.
fn life(wanted: Option<Span>, spread: Span) -> Result<Span, ActionError> {
    let life = check_life(wanted.unwrap_or(Span::from_secs(LIFE.secs() + spread.secs())))?;
    if life <= spread {
        let detail = format!("the scan is spread over {} seconds, and has to last longer", spread.secs());
        return Err(ActionError::invalid(Code::OrderExpiry, detail));
    }
    Ok(life)
}

fn spread(wanted: Option<Span>, many: u64) -> Result<Span, ActionError> {
    let usual = if many > AT_ONCE { Span::from_secs(many / A_SECOND) } else { Span::from_secs(0) };
    let spread = wanted.unwrap_or(usual);
    if spread > LONGEST_SPREAD {
        return Err(ActionError::invalid(Code::ScanSpread, "a scan is spread over at most 24 hours"));
    }
    Ok(spread)
}
