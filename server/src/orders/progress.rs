//! What is said about scans: which there were, and how far each is.

use muster_proto::id::DeviceId;
use muster_proto::message::OrderKind;
use muster_proto::time::Timestamp;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

use super::scans::ScanId;
use super::turned::{Turned, turned};
use super::{LeftOut, State, places};
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::live::Event;
use crate::store::{Row, StoreError, Tx, Value, values};

/// A scan that is waited for is counted again after this.
const PAUSE: Duration = Duration::from_millis(250);

/// A scan and how far it is.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct ScanView {
    /// Its id.
    pub scan: ScanId,
    /// When it was asked for.
    pub created: Timestamp,
    /// After this it is void.
    pub expires: Timestamp,
    /// What is asked.
    pub kind: OrderKind,
    /// Who asked.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// The query, as it was asked; none where devices were named.
    pub query: Option<String>,
    /// How many devices.
    pub devices: u64,
    /// When it was called back.
    pub cancelled: Option<Timestamp>,
    /// Where the devices' orders stand.
    pub progress: Progress,
    /// Whether nothing follows.
    pub done: bool,
    /// The schedule that asked; none where a person did.
    pub schedule: Option<String>,
    /// What the answers changed: findings that turned with them. Lists don't say it.
    pub turned: Vec<Turned>,
    /// Beside the schedule's run before, once it is over. Lists don't say it.
    pub compared: Option<Compared>,
}

/// What is otherwise than in the run before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Compared {
    /// That run.
    pub scan: ScanId,
    /// Devices that were asked now and not then.
    pub joined: u64,
    /// Devices that were asked then and not now.
    pub left: u64,
    /// Devices that have answered now and not then, when they were asked too.
    pub back: u64,
    /// Devices that had answered then and have not now.
    pub silent: u64,
}

/// How many devices are where. Together they are all devices of the scan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Progress {
    /// Their turn has not come.
    pub waiting: u64,
    /// The order waits for the device.
    pub queued: u64,
    /// The device has it.
    pub delivered: u64,
    /// The device is at it.
    pub running: u64,
    /// A report has answered it.
    pub reported: u64,
    /// The device could not do it.
    pub failed: u64,
    /// Nobody answered in time.
    pub expired: u64,
    /// Called back.
    pub cancelled: u64,
    /// Never asked: the device no longer counted when its turn came, or the scan was over.
    pub skipped: u64,
    /// From order to verdict, half of those who answered were quicker, in milliseconds. Lists don't say it.
    pub p50_ms: Option<u64>,
    /// Nineteen of twenty were quicker. Lists don't say it.
    pub p95_ms: Option<u64>,
}

/// A scan that was made.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct MadeScan {
    /// It.
    #[serde(flatten)]
    pub scan: ScanView,
    /// Names that no device has, or several.
    pub unknown: Vec<String>,
    /// Devices that were named and don't count.
    pub inactive: Vec<DeviceId>,
    /// Names of devices that the caller sees, and has no right to ask.
    pub elsewhere: Vec<String>,
    /// How many others were found and are not asked.
    pub left_out: LeftOut,
}

/// A page of scans, the newest first.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Scans {
    /// The scans.
    pub scans: Vec<ScanView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

impl Progress {
    /// Orders that are given and have not ended.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.queued + self.delivered + self.running
    }
}

/// A scan, how far it is, and how quick those were who have answered.
///
/// # Errors
/// There is none, or the store's.
pub async fn show_scan(app: &App, id: ScanId) -> Result<ScanView, ActionError> {
    app.store
        .read(move |tx| {
            let mut scan = view(tx, id)?;
            quantiles(tx, id, &mut scan.progress)?;
            scan.turned = turned(tx, id)?;
            scan.compared = compared(tx, &scan)?;
            Ok(scan)
        })
        .await
}

/// Waits until a scan is over, at most for `patience`, and shows it.
///
/// # Errors
/// There is none, or the store's.
pub async fn wait_scan(app: &App, id: ScanId, patience: Duration) -> Result<ScanView, ActionError> {
    let mut events = app.events.listen();
    let end = tokio::time::sleep(patience);
    tokio::pin!(end);
    loop {
        let scan = app.store.read(move |tx| view(tx, id)).await?;
        if scan.done {
            return show_scan(app, id).await;
        }
        // many orders move at once: a scan is counted a few times in a second, not for each of them
        let pause = tokio::time::sleep(PAUSE);
        loop {
            tokio::select! {
                () = &mut end => return show_scan(app, id).await,
                event = events.recv() => match event {
                    Ok(Event::Order(..)) | Err(RecvError::Lagged(_)) => break,
                    Ok(Event::Stopping) | Err(RecvError::Closed) => return show_scan(app, id).await,
                    Ok(_) => {}
                },
            }
        }
        pause.await;
    }
}

/// A page of scans, the newest first.
///
/// # Errors
/// The store's.
pub async fn scans(
    app: &App,
    actor: &Actor,
    schedule: Option<String>,
    after: Option<places::Place>,
    limit: u32,
) -> Result<Scans, ActionError> {
    let (limit, within) = (limit.clamp(1, 200), actor.within(Right::Read));
    app.store
        .read(move |tx| {
            let (at, id) =
                after.map_or((i64::MAX, vec![0; 16]), |place| (place.at.millis(), place.id.0.to_vec()));
            let mut params = Vec::from(values![at, id, limit + 1]);
            let mut seen = inside(&within, &mut params);
            if let Some(schedule) = schedule {
                params.push(schedule.into());
                seen += &format!(" AND schedule = ${}", params.len());
            }
            let sql = format!(
                "SELECT id, created FROM scans WHERE created <= $1 AND (created < $1 OR id > $2){seen} \
                 ORDER BY created DESC, id LIMIT $3"
            );
            let rows = tx.query(&sql, &params)?;
            let (ids, next) = places::cut(rows, limit)?;
            Ok(Scans { scans: views(tx, &ids)?, next })
        })
        .await
}

/// Scans that ask somebody inside, and nobody outside: of others the figures would tell of phones that are not the reader's.
fn inside(within: &Within, params: &mut Vec<Value<'static>>) -> String {
    if within.is_everywhere() {
        return String::new();
    }
    let condition = within.condition("d.org", params);
    let asked = |table: &str| {
        format!("SELECT 1 FROM {table} AS o JOIN devices AS d ON d.id = o.device WHERE o.scan = scans.id")
    };
    let [orders, todo] = ["orders", "scan_todo"].map(asked);
    let outside = condition.replacen(" AND ", " AND NOT (", 1) + ")";
    format!(
        " AND (EXISTS ({orders}{condition}) OR EXISTS ({todo}{condition})) \
         AND NOT EXISTS ({orders}{outside}) AND NOT EXISTS ({todo}{outside})"
    )
}

/// A scan and how far it is.
pub(super) fn view(tx: &mut dyn Tx, id: ScanId) -> Result<ScanView, ActionError> {
    views(tx, &[id])?.pop().ok_or_else(|| ActionError::missing("scan", id))
}

/// Those of these scans that there are, in their order; all of them are counted at once.
fn views(tx: &mut dyn Tx, ids: &[ScanId]) -> Result<Vec<ScanView>, ActionError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let places: Vec<String> = (1..=ids.len()).map(|nth| format!("${nth}")).collect();
    let (places, params) = (places.join(", "), ids.iter().map(|id| Value::from(*id)).collect::<Vec<_>>());
    let mut found = BTreeMap::new();
    for row in tx.query(&format!("SELECT {COLUMNS} FROM scans WHERE id IN ({places})"), &params)? {
        let scan = read(row)?;
        found.insert(scan.scan, scan);
    }
    let todo = format!("SELECT scan, COUNT(*) FROM scan_todo WHERE scan IN ({places}) GROUP BY scan");
    for mut row in tx.query(&todo, &params)? {
        if let Some(scan) = found.get_mut(&row.take()?) {
            scan.progress.waiting = row.take()?;
        }
    }
    let orders =
        format!("SELECT scan, state, COUNT(*) FROM orders WHERE scan IN ({places}) GROUP BY scan, state");
    for mut row in tx.query(&orders, &params)? {
        if let Some(scan) = found.get_mut(&row.take()?) {
            let word: String = row.take()?;
            *scan.progress.slot(&word)? = row.take()?;
        }
    }
    let counted = |mut scan: ScanView| {
        scan.done = scan.progress.waiting + scan.progress.open() == 0;
        scan
    };
    Ok(ids.iter().filter_map(|id| found.remove(id)).map(counted).collect())
}

const COLUMNS: &str =
    "id, created, expires, kind, requested_by, reason, query, devices, cancelled, skipped, schedule";

/// A scan of which nothing is counted yet.
fn read(mut row: Row) -> Result<ScanView, StoreError> {
    Ok(ScanView {
        scan: row.take()?,
        created: row.take()?,
        expires: row.take()?,
        kind: row.parse("a kind of order")?,
        requested_by: row.take()?,
        reason: row.take()?,
        query: row.take()?,
        devices: row.take()?,
        cancelled: row.take()?,
        progress: Progress { skipped: row.take()?, ..Progress::default() },
        done: false,
        schedule: row.take()?,
        turned: Vec::new(),
        compared: None,
    })
}

impl Progress {
    fn slot(&mut self, word: &str) -> Result<&mut u64, StoreError> {
        Ok(match State::named(word).ok_or(StoreError::Column("an order's state"))? {
            State::Queued => &mut self.queued,
            State::Delivered => &mut self.delivered,
            State::Running => &mut self.running,
            State::Reported => &mut self.reported,
            State::Failed => &mut self.failed,
            State::Expired => &mut self.expired,
            State::Cancelled => &mut self.cancelled,
        })
    }
}

/// How quick those were who have answered: all of them are sorted for it.
fn quantiles(tx: &mut dyn Tx, id: ScanId, progress: &mut Progress) -> Result<(), StoreError> {
    let reported = progress.reported;
    let mut quantile = |share: u64| -> Result<Option<u64>, StoreError> {
        let before = (reported * share / 100).min(reported.saturating_sub(1));
        let row = tx.query_one(
            "SELECT ended - created FROM orders WHERE scan = $1 AND state = 'reported' ORDER BY ended - created LIMIT 1 OFFSET $2",
            &values![id, before],
        )?;
        row.map(|mut row| row.take()).transpose()
    };
    (progress.p50_ms, progress.p95_ms) = (quantile(50)?, quantile(95)?);
    Ok(())
}

/// Beside the run before. Whoever still waits for answers is told nothing yet.
fn compared(tx: &mut dyn Tx, scan: &ScanView) -> Result<Option<Compared>, StoreError> {
    let Some(schedule) = scan.schedule.as_ref().filter(|_| scan.done) else { return Ok(None) };
    let sql = "SELECT id FROM scans WHERE schedule = $1 AND created < $2 ORDER BY created DESC LIMIT 1";
    let Some(mut row) = tx.query_one(sql, &values![schedule, scan.created])? else { return Ok(None) };
    let before: ScanId = row.take()?;
    let mut count =
        |one: ScanId, other: ScanId, of_one: &str, not: &str, of_other: &str| -> Result<u64, StoreError> {
            let sql = format!(
                "SELECT COUNT(*) FROM orders AS o WHERE o.scan = $1{of_one} AND {not}EXISTS \
             (SELECT 1 FROM orders AS p WHERE p.scan = $2 AND p.device = o.device{of_other})"
            );
            tx.query_one(&sql, &values![one, other])?.ok_or(StoreError::Column("a count"))?.take()
        };
    let (answered, not_answered) = (" AND o.state = 'reported'", " AND p.state <> 'reported'");
    Ok(Some(Compared {
        scan: before,
        joined: count(scan.scan, before, "", "NOT ", "")?,
        left: count(before, scan.scan, "", "NOT ", "")?,
        back: count(scan.scan, before, answered, "", not_answered)?,
        silent: count(before, scan.scan, answered, "", not_answered)?,
    }))
}
