//! Is the server well? What must hold for it to take in reports, looked at when somebody asks and kept for a moment, so that asking
//! costs nothing however often it is done.

use muster_proto::time::{Span, Timestamp};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

use crate::app::App;
use crate::certificates::{Shown, ends};
use crate::space::Space;

/// One thing that must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "HealthCheck")]
pub struct Check {
    /// Its name: `running`, `store`, `migrations`, `disk`, `certificate`.
    pub name: &'static str,
    /// Whether it holds.
    pub ok: bool,
    /// In words, for administrators.
    pub detail: String,
}

/// What is known of the server's health.
#[derive(Debug, Default)]
pub struct Health {
    stopping: AtomicBool,
    kept: Mutex<Option<(Timestamp, Vec<Check>)>>,
}

/// What was found is kept for so long: then the next one who asks costs one write to the disk.
const KEPT: Span = Span::from_secs(5);
/// A trial that takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(5);

impl Health {
    /// The server is stopping: from now on it is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }
}

/// Everything that must hold.
pub async fn checks(app: &Arc<App>) -> Vec<Check> {
    let mut kept = app.health.kept.lock().await;
    let now = app.now();
    let fresh = kept.as_ref().filter(|(at, _)| now.since(*at) < KEPT && *at <= now);
    let mut checks = match fresh {
        Some((_, checks)) => checks.clone(),
        None => {
            let found = look(app, now).await;
            *kept = Some((now, found.clone()));
            found
        }
    };
    drop(kept);
    let stopping = app.health.is_stopping();
    let detail = if stopping { "the server is stopping" } else { "the server is running" };
    checks.insert(0, Check { name: "running", ok: !stopping, detail: detail.to_owned() });
    checks
}

/// Whether everything holds.
pub async fn is_ready(app: &Arc<App>) -> bool {
    !app.health.is_stopping() && checks(app).await.iter().all(|check| check.ok)
}

async fn look(app: &App, now: Timestamp) -> Vec<Check> {
    let (store, shape) = tokio::join!(
        tokio::time::timeout(PATIENCE, app.store.try_to_write(now)),
        tokio::time::timeout(PATIENCE, app.store.shape()),
    );
    let slow = || "no answer within 5 seconds".to_owned();
    let store = match store {
        Ok(Ok(())) => (true, format!("a trial became durable at {now}")),
        Ok(Err(error)) => (false, error.to_string()),
        Err(_) => (false, slow()),
    };
    let shape = match shape {
        Ok(Ok((found, known))) => {
            (found == known, format!("the database has {found} migrations, this program {known}"))
        }
        Ok(Err(error)) => (false, error.to_string()),
        Err(_) => (false, slow()),
    };
    let disk = match Space::of(&app.data) {
        Ok(space) => (space.is_enough(), format!("{} MiB free in the data folder", space.free_mib())),
        Err(error) => (false, format!("the data folder can't be looked at: {error}")),
    };
    let shown = &app.reached.phones_shown;
    let certificate = match shown.certificate().and_then(|certificate| ends(&certificate)) {
        Some(ends) => (ends > now, format!("the certificate that phones are shown ends at {ends}")),
        None if matches!(shown, Shown::Plain) => (true, "a proxy shows phones its own".to_owned()),
        None => (false, "there is no certificate".to_owned()),
    };
    [("store", store), ("migrations", shape), ("disk", disk), ("certificate", certificate)]
        .map(|(name, (ok, detail))| Check { name, ok, detail })
        .into()
}
