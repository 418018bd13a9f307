//! The clock loop: judges devices whose verdict time alone can have changed, lets orders expire, and notices the day on which an
//! assignment begins.

use muster_policy::Edge;
use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

use super::{beside, judge, latest, write_edges};
use crate::app::App;
use crate::catalogue::Watched;
use crate::devices::{Devices as _, Extent};
use crate::error::ActionError;
use crate::live::{Event, Hint};
use crate::policies::{self, Snapshot};
use crate::store::{StoreError, Tx, values};

/// Wakes the clock loop before its time.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Wakes it.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Devices that are judged in one transaction: reports wait no longer than that.
const CHUNK: u32 = 100;
/// A device whose row can't be read is tried again after this.
const UNREADABLE_AGAIN: Span = Span::from_hours(1);
/// The loop looks at least this often: wall clocks jump.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// It looks at most this often.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);

/// Runs until the server stops.
pub async fn keep_time(app: Arc<App>) {
    loop {
        tick(&app).await;
        let wait =
            next_moment(&app).await.map_or(LONGEST_SLEEP, |next| Duration::from(next.since(app.now())));
        tokio::select! {
            () = tokio::time::sleep(wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)) => {}
            () = app.bell.0.notified() => {}
        }
    }
}

/// Each part is done whatever becomes of the others: a policy that can't be compiled keeps no order from expiring.
async fn tick(app: &App) {
    let now = app.now();
    if app.rules.now().next_assignment.is_some_and(|next| next <= now) {
        logged("compile policies", policies::recompile(app).await);
    }
    logged("let orders expire", crate::orders::expire(app).await);
    logged("end orders of scans", crate::orders::end_called_back(app).await);
    logged("repeat scans", crate::schedules::run_due(app).await);
    logged("give orders of scans", crate::orders::fill(app).await);
    logged("judge devices that are due", due(app).await);
    logged("count the days that have ended", crate::board::take(app).await);
    logged("forget old answers", crate::repeats::forget_old(app).await);
    logged("write down failed sign-ins", crate::audit::note_refusals(app, false).await);
    logged("renew the server's certificate", app.keys.renew(now));
}

fn logged<E: std::error::Error + 'static>(what: &str, result: Result<(), E>) {
    if let Err(error) = result {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            what,
            "the clock loop could not do one of its parts"
        );
    }
}

/// When something will be due next.
async fn next_moment(app: &App) -> Option<Timestamp> {
    let stored = app
        .store
        .read(|tx| {
            let device = "SELECT MIN(next_judgement) FROM devices WHERE status = 'active'";
            let order = "SELECT MIN(expires) FROM orders WHERE ended IS NULL";
            let mut moments = Vec::new();
            for sql in
                [device, order, crate::orders::turns::NEXT, super::declared::NEXT, crate::schedules::NEXT]
            {
                if let Some(mut row) = tx.query_one(sql, &[])? {
                    moments.push(row.take::<Option<Timestamp>>()?);
                }
            }
            Ok::<_, StoreError>(moments)
        })
        .await
        .unwrap_or_default();
    stored.into_iter().flatten().chain(app.rules.now().next_assignment).min()
}

/// Judges every device that is due, a chunk at a time, and then the phones of the register that can be none.
///
/// # Errors
/// The store's.
pub async fn due(app: &App) -> Result<(), ActionError> {
    loop {
        let (now, snapshot, watched) = (app.now(), app.rules.now(), Arc::clone(&app.catalogue));
        let Some(judged) = app.store.write(move |tx| chunk(tx, &snapshot, &watched, now)).await? else {
            policies::load(app).await?;
            continue;
        };
        let full = judged.len() == CHUNK as usize;
        for (device, changed) in judged {
            if changed {
                app.events.tell(Event::Device(device));
                app.hub.hint(device, Hint::Verdict);
            }
        }
        if !full {
            return super::declared::due(app).await;
        }
    }
}

/// Judges those whom an action has marked. The action is durable: where this fails, the clock loop does it.
pub async fn at_once(app: &App) {
    if let Err(error) = due(app).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "devices that are due wait for the clock loop"
        );
        app.bell.ring();
    }
}

/// Which devices were judged, and whether something changed.
type Judged = Vec<(DeviceId, bool)>;

/// Whose row can't be read is tried again later, or nobody behind it would ever be judged.
fn put_off(tx: &mut dyn Tx, unreadable: &[DeviceId], now: Timestamp) -> Result<(), StoreError> {
    for device in unreadable {
        let later = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE id = $1";
        tx.execute(later, &values![device, now + UNREADABLE_AGAIN])?;
    }
    Ok(())
}

/// Judges some devices that are due. `None` if the rules in memory are not those in the store: nobody is judged by old ones.
fn chunk(
    tx: &mut dyn Tx,
    snapshot: &Snapshot,
    watched: &Watched,
    now: Timestamp,
) -> Result<Option<Judged>, StoreError> {
    if policies::edition(tx)? != snapshot.edition {
        return Ok(None);
    }
    let rows = tx.query(
        "SELECT id FROM devices WHERE next_judgement <= $1 AND status = 'active' ORDER BY next_judgement LIMIT $2",
        &values![now, CHUNK],
    )?;
    let ids: Vec<DeviceId> = rows.into_iter().map(|mut row| row.take()).collect::<Result<_, _>>()?;
    let (mut devices, unreadable) = tx.load_readable(&ids)?;
    put_off(tx, &unreadable, now)?;
    let (mut edges, mut judged): (Vec<(DeviceId, Edge)>, Judged) = (Vec::new(), Vec::new());
    for device in &mut devices {
        let (latest, beside) = (latest(tx, device)?, beside(tx, device, snapshot.ruleset(&device.org))?);
        let changed = judge(device, latest.as_ref(), &beside, snapshot, watched, now);
        edges.extend(changed.edges.into_iter().map(|edge| (device.id, edge)));
        device.revision += 1;
        device.untold |= changed.findings;
        judged.push((device.id, changed.findings));
    }
    let rows: Vec<_> = devices.iter().map(|device| (device, Extent::All)).collect();
    tx.save(&rows)?;
    write_edges(tx, &edges, now)?;
    Ok(Some(judged))
}
