//! The job: once an hour it takes away what is past its period, in pieces, so that reports wait for none of them.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use super::erase::erase_ended;
use super::texts::{Text, take_away};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::away::KEPT;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// Where the looks are.
#[derive(Debug, Default)]
pub struct Turn {
    /// Up to which row of reports only newest ones of devices have a text.
    after: AtomicI64,
    looks: AtomicU32,
}

/// It is looked this often, and time goes on by at most [`STEP`] from one look to the next.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// One look in so many begins at the first row: what was a device's newest report may be old by now.
const WHOLE: u32 = 24;
/// However far a clock jumps, a look takes away what a day more has made old.
const STEP: Span = Span::from_hours(24);
/// The setting that says up to which time it was looked.
const REACHED: &str = "retention-reached";
/// Rows of reports that are looked at in one read.
const LOOKED: i64 = 5000;
/// Rows that are changed in one transaction.
const CHANGED: usize = 200;

/// What one look took away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Gone {
    reports: u64,
    edges: u64,
    orders: u64,
    disputes: u64,
    away: u64,
    devices: u64,
}

/// Runs until the server stops. The first look comes after an hour, so that a server that starts again and again looks at nothing.
pub async fn keep_watch(app: Arc<App>) {
    loop {
        tokio::time::sleep(EVERY).await;
        if let Err(error) = keep(&app).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "could not take away what is past its period"
            );
        }
    }
}

/// Takes away what is past its period.
///
/// # Errors
/// The store's.
pub async fn keep(app: &App) -> Result<(), ActionError> {
    let now = app.now();
    let reached = app.store.write(move |tx| reach(tx, now)).await?;
    let periods = app.retention;
    let gone = Gone {
        reports: reports(app, reached - periods.reports).await?,
        edges: in_pieces(app, EDGES, reached - periods.history).await?,
        orders: orders(app, reached - periods.history).await?,
        disputes: in_pieces(app, DISPUTES, reached - periods.history).await?,
        away: away(app, reached - KEPT).await?,
        devices: devices(app, reached - periods.ended).await?,
    };
    if gone != Gone::default() {
        app.store.write(move |tx| write_down(tx, gone, now)).await?;
    }
    Ok(())
}

/// The time that is believed, and notes it: the clock's, but at most a day more than at the look before.
fn reach(tx: &mut dyn Tx, now: Timestamp) -> Result<Timestamp, StoreError> {
    let row = tx.query_one("SELECT value FROM settings WHERE name = $1", &values![REACHED])?;
    let before =
        row.map(|mut row| row.take::<String>()).transpose()?.and_then(|text| text.parse::<i64>().ok());
    // the first time the newest report says what time it is
    let newest = "SELECT MAX(received) FROM reports WHERE id = (SELECT MAX(id) FROM reports)";
    let newest =
        tx.query_one(newest, &[])?.map(|mut row| row.take::<Option<Timestamp>>()).transpose()?.flatten();
    let before = before.map(Timestamp::from_millis).or(newest);
    let reached = before.map_or(now, |before| now.min(before + STEP));
    // what ended before there was a period begins it now
    let sql =
        "UPDATE devices SET ended = $1 WHERE ended IS NULL AND status IN ('replaced', 'retired', 'refused')";
    tx.execute(sql, &values![reached])?;
    tx.execute("DELETE FROM settings WHERE name = $1", &values![REACHED])?;
    let text = reached.millis().to_string();
    tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", &values![REACHED, text])?;
    Ok(reached)
}

/// Texts of reports from before `before`, but for each counting device's newest.
async fn reports(app: &App, before: Timestamp) -> Result<u64, ActionError> {
    let turn = &app.retention_turn;
    let whole = turn.looks.fetch_add(1, Ordering::Relaxed).is_multiple_of(WHOLE);
    let (mut after, mut gone) = (if whole { 0 } else { turn.after.load(Ordering::Relaxed) }, 0);
    let mut settled = true;
    loop {
        let look = app.store.read(move |tx| look(tx, after, before)).await?;
        for ids in look.old.chunks(CHANGED) {
            let ids = ids.to_vec();
            gone += app.store.write(move |tx| empty(tx, &ids)).await?;
        }
        let Some(next) = look.next else { return Ok(gone) };
        after = next;
        // behind the first block with something young in it there is more to come
        settled &= look.all_old;
        if settled {
            turn.after.store(after, Ordering::Relaxed);
        }
        tokio::task::yield_now().await;
    }
}

/// What one read has found.
struct Look {
    /// Rows of reports whose text goes.
    old: Vec<i64>,
    /// Behind which row to go on; nothing where all that follow are too young.
    next: Option<i64>,
    /// Whether no row that was looked at is too young.
    all_old: bool,
}

/// Rows lie in the order in which reports came.
fn look(tx: &mut dyn Tx, after: i64, before: Timestamp) -> Result<Look, StoreError> {
    let last = "SELECT MAX(id) FROM (SELECT id FROM reports WHERE id > $1 ORDER BY id LIMIT $2) AS looked";
    let row = tx.query_one(last, &values![after, LOOKED])?;
    let Some(last) = row.map(|mut row| row.take::<Option<i64>>()).transpose()?.flatten() else {
        return Ok(Look { old: Vec::new(), next: None, all_old: true });
    };
    let sql = "SELECT id FROM reports WHERE id > $1 AND id <= $2 AND LENGTH(body) > 0 \
               AND (received < $3 OR EXISTS (SELECT 1 FROM devices WHERE devices.id = reports.device AND devices.erased IS NOT NULL)) \
               AND NOT EXISTS (SELECT 1 FROM devices WHERE devices.id = reports.device AND devices.head = reports.digest \
               AND devices.status = 'active') ORDER BY id";
    let rows = tx.query(sql, &values![after, last, before])?;
    let old = rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<i64>, _>>()?;
    // one that came while the clock was ahead ends nothing
    let sql = "SELECT MIN(received), MAX(received) FROM reports WHERE id > $1 AND id <= $2";
    let row = tx.query_one(sql, &values![after, last])?;
    let mut row = row.ok_or(StoreError::Column("the times of reports"))?;
    let (oldest, newest): (Option<Timestamp>, Option<Timestamp>) = (row.take()?, row.take()?);
    let young = oldest.is_none_or(|at| at >= before);
    let all_old = newest.is_some_and(|at| at < before);
    Ok(Look { old, next: (!young).then_some(last), all_old })
}

fn empty(tx: &mut dyn Tx, ids: &[i64]) -> Result<u64, StoreError> {
    let mut texts = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(mut row) = tx.query_one("SELECT body FROM reports WHERE id = $1", &values![*id])? {
            texts.push(Text { id: *id, body: row.take()? });
        }
    }
    take_away(tx, &texts)?;
    Ok(texts.len() as u64)
}

// the newest row stays, for others keep their places in the row of changes
const EDGES: &str = "DELETE FROM edges WHERE id IN (SELECT id FROM (SELECT id, written FROM edges ORDER BY id LIMIT 500) AS oldest \
                     WHERE written < $1) AND id < (SELECT MAX(id) FROM edges)";
const DISPUTES: &str = "DELETE FROM disputes WHERE id IN (SELECT id FROM disputes WHERE COALESCE(answered, opened) < $1 ORDER BY id LIMIT 500)";
// what still says why a phone is not silent keeps its times, and loses whose and why
const AWAY: &str = "DELETE FROM away WHERE ends < $1 AND EXISTS (SELECT 1 FROM devices WHERE devices.id = away.device \
                    AND (devices.status <> 'active' OR devices.last_fresh >= away.ends))";
const AWAY_REASONS: &str = "UPDATE away SET reason = '', actor = '' WHERE ends < $1 AND reason <> ''";
const STATES: &str = "DELETE FROM order_states WHERE order_id IN (SELECT id FROM orders WHERE ended < $1 ORDER BY ended, id LIMIT 500)";
const ORDERS: &str =
    "DELETE FROM orders WHERE id IN (SELECT id FROM orders WHERE ended < $1 ORDER BY ended, id LIMIT 500)";
const SCANS: &str = "DELETE FROM scans WHERE id IN (SELECT id FROM scans WHERE expires < $1 \
                     AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.scan = scans.id) LIMIT 500)";

const SCHEDULES: &str = "DELETE FROM scan_schedules WHERE ended < $1";

/// Until a piece takes nothing more away.
async fn in_pieces(app: &App, sql: &'static str, before: Timestamp) -> Result<u64, ActionError> {
    let mut gone = 0;
    loop {
        let some = app.store.write(move |tx| tx.execute(sql, &values![before])).await?;
        if some == 0 {
            return Ok(gone);
        }
        gone += some;
    }
}

async fn orders(app: &App, before: Timestamp) -> Result<u64, ActionError> {
    let mut gone = 0;
    loop {
        let some = app
            .store
            .write(move |tx| {
                tx.execute(STATES, &values![before])?;
                tx.execute(ORDERS, &values![before])
            })
            .await?;
        if some == 0 {
            in_pieces(app, SCANS, before).await?;
            in_pieces(app, SCHEDULES, before).await?;
            return Ok(gone);
        }
        gone += some;
    }
}

/// Notes of who was away that ended before `before`.
async fn away(app: &App, before: Timestamp) -> Result<u64, ActionError> {
    Ok(in_pieces(app, AWAY, before).await? + in_pieces(app, AWAY_REASONS, before).await?)
}

/// Devices that ended before `before`.
async fn devices(app: &App, before: Timestamp) -> Result<u64, ActionError> {
    let mut gone = 0;
    loop {
        let due = app
            .store
            .read(move |tx| {
                let sql = "SELECT id FROM devices WHERE ended < $1 AND erased IS NULL AND ended IS NOT NULL ORDER BY ended LIMIT 100";
                let rows = tx.query(sql, &values![before])?;
                rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<DeviceId>, StoreError>>()
            })
            .await?;
        if due.is_empty() {
            return Ok(gone);
        }
        for device in due {
            erase_ended(app, &Actor::system("retention"), device).await?;
            gone += 1;
        }
    }
}

fn write_down(tx: &mut dyn Tx, gone: Gone, now: Timestamp) -> Result<(), StoreError> {
    let Gone { reports, edges, orders, disputes, away, devices } = gone;
    let act = Act::new("retention.keep", "server")
        .detail(format!("{reports} reports, {edges} changes, {orders} orders, {disputes} disputes, {away} notes of who was away, {devices} devices"))
        .after(json!({ "reports": reports, "edges": edges, "orders": orders, "disputes": disputes, "away": away, "devices": devices }));
    audit::append(tx, now, &Actor::system("retention"), act)
}
