//! What is said about scans: which there were, and how far each is.

use muster_proto::id::DeviceId;
use muster_proto::message::OrderKind;
use muster_proto::time::Timestamp;
use serde::Serialize;
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;

use super::scans::ScanId;
use super::{State, places};
use crate::app::App;
use crate::error::ActionError;
use crate::live::Event;
use crate::store::{StoreError, Tx, values};

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
    /// From order to verdict, half of those who answered were quicker, in milliseconds.
    pub p50_ms: Option<u64>,
    /// Nineteen of twenty were quicker.
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
}

/// A page of scans, the newest first.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Scans {
    /// The scans.
    pub scans: Vec<ScanView>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// A scan and how far it is.
///
/// # Errors
/// There is none, or the store's.
pub async fn show_scan(app: &App, id: ScanId) -> Result<ScanView, ActionError> {
    app.store.read(move |tx| view(tx, id)).await
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
        let scan = show_scan(app, id).await?;
        if scan.done {
            return Ok(scan);
        }
        // many orders move at once: a scan is counted a few times in a second, not for each of them
        let pause = tokio::time::sleep(PAUSE);
        loop {
            tokio::select! {
                () = &mut end => return show_scan(app, id).await,
                event = events.recv() => match event {
                    Ok(Event::Order(..)) | Err(RecvError::Lagged(_)) => break,
                    Ok(Event::Stopping) | Err(RecvError::Closed) => return Ok(scan),
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
pub async fn scans(app: &App, after: Option<places::Place>, limit: u32) -> Result<Scans, ActionError> {
    let limit = limit.clamp(1, 200);
    app.store
        .read(move |tx| {
            let (at, id) =
                after.map_or((i64::MAX, vec![0; 16]), |place| (place.at.millis(), place.id.0.to_vec()));
            let rows = tx.query(
                "SELECT id, created FROM scans WHERE created <= $1 AND (created < $1 OR id > $2) \
                 ORDER BY created DESC, id LIMIT $3",
                &values![at, id, limit + 1],
            )?;
            let (ids, next) = places::cut(rows, limit)?;
            let scans = ids.into_iter().map(|id| view(tx, id)).collect::<Result<_, _>>()?;
            Ok(Scans { scans, next })
        })
        .await
}

pub(super) fn view(tx: &mut dyn Tx, id: ScanId) -> Result<ScanView, ActionError> {
    let sql = "SELECT created, expires, kind, requested_by, reason, query, devices, cancelled, skipped FROM scans WHERE id = $1";
    let mut row = tx.query_one(sql, &values![id])?.ok_or_else(|| ActionError::missing("scan", id))?;
    let (created, expires, kind) = (row.take()?, row.take()?, row.parse("a kind of order")?);
    let (requested_by, reason, query) = (row.take()?, row.take()?, row.take()?);
    let (devices, cancelled, skipped) = (row.take()?, row.take()?, row.take()?);
    let progress = progress(tx, id, skipped)?;
    let open = progress.waiting + progress.queued + progress.delivered + progress.running;
    let done = open == 0;
    Ok(ScanView {
        scan: id,
        created,
        expires,
        kind,
        requested_by,
        reason,
        query,
        devices,
        cancelled,
        progress,
        done,
    })
}

fn progress(tx: &mut dyn Tx, id: ScanId, skipped: u64) -> Result<Progress, StoreError> {
    let mut progress = Progress { skipped, ..Progress::default() };
    if let Some(mut row) = tx.query_one("SELECT COUNT(*) FROM scan_todo WHERE scan = $1", &values![id])? {
        progress.waiting = row.take()?;
    }
    for mut row in
        tx.query("SELECT state, COUNT(*) FROM orders WHERE scan = $1 GROUP BY state", &values![id])?
    {
        let word: String = row.take()?;
        let slot = match State::named(&word).ok_or(StoreError::Column("an order's state"))? {
            State::Queued => &mut progress.queued,
            State::Delivered => &mut progress.delivered,
            State::Running => &mut progress.running,
            State::Reported => &mut progress.reported,
            State::Failed => &mut progress.failed,
            State::Expired => &mut progress.expired,
            State::Cancelled => &mut progress.cancelled,
        };
        *slot = row.take()?;
    }
    let mut quantile = |share: u64| -> Result<Option<u64>, StoreError> {
        let before = (progress.reported * share / 100).min(progress.reported.saturating_sub(1));
        let row = tx.query_one(
            "SELECT ended - created FROM orders WHERE scan = $1 AND state = 'reported' ORDER BY ended - created LIMIT 1 OFFSET $2",
            &values![id, before],
        )?;
        row.map(|mut row| row.take()).transpose()
    };
    (progress.p50_ms, progress.p95_ms) = (quantile(50)?, quantile(95)?);
    Ok(progress)
}
