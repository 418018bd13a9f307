//! Who works through the row of edges: one task for each hook, so that a receiver that hangs holds up no other, and one that looks whether there
//! is something new. It asks the store instead of being told by those who write edges: they have no part in this.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::{AbortHandle, JoinSet};

use super::turn::{forget_dead, turn};
use crate::app::App;
use crate::error::ActionError;
use crate::store::{StoreError, Tx};

/// Wakes the one that looks before its time: a hook was added or changed.
#[derive(Debug, Default)]
pub struct Bell(Notify);

impl Bell {
    /// Wakes it.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// Between two looks, where there are hooks.
const A_LOOK: Duration = Duration::from_secs(1);
/// Where there are none, and for each hook where nothing is due: wall clocks jump.
const LONGEST_SLEEP: Duration = Duration::from_secs(30);
/// Nothing is done again sooner.
const SHORTEST_SLEEP: Duration = Duration::from_millis(200);
/// After the store has failed.
const BREATH: Duration = Duration::from_secs(5);
/// What is old is forgotten after so many looks.
const LOOKS_TO_FORGET: u32 = 600;

/// A hook's task, and what wakes it.
struct Task {
    handle: AbortHandle,
    wake: Arc<Notify>,
}

/// Tells all hooks of what happens, until the server stops.
pub async fn keep_telling(app: Arc<App>) {
    let (mut tasks, mut running): (HashMap<String, Task>, _) = (HashMap::new(), JoinSet::new());
    let (mut known, mut looks) = (0, 0);
    loop {
        match app.store.read(look).await {
            Ok((ids, newest)) => {
                tasks.retain(|id, task| {
                    let stays = ids.contains(id);
                    if !stays {
                        task.handle.abort();
                    }
                    stays && !task.handle.is_finished()
                });
                for id in ids {
                    tasks.entry(id).or_insert_with_key(|id| {
                        let wake = Arc::new(Notify::new());
                        let drive = drive(Arc::clone(&app), id.clone(), Arc::clone(&wake));
                        Task { handle: running.spawn(drive), wake }
                    });
                }
                if newest != known {
                    known = newest;
                    tasks.values().for_each(|task| task.wake.notify_one());
                }
            }
            Err(error) => told(&error.into()),
        }
        while running.try_join_next().is_some() {}
        if looks % LOOKS_TO_FORGET == 0 {
            forget_dead(&app).await.unwrap_or_else(|error| told(&error));
        }
        looks = looks.wrapping_add(1);
        let pause = if tasks.is_empty() { LONGEST_SLEEP } else { A_LOOK };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = app.telling.0.notified() => tasks.values().for_each(|task| task.wake.notify_one()),
        }
    }
}

/// The hooks that are not paused, and the newest edge.
fn look(tx: &mut dyn Tx) -> Result<(Vec<String>, u64), StoreError> {
    let rows = tx.query("SELECT id FROM hooks WHERE paused = 0", &[])?;
    let ids = rows.into_iter().map(|mut row| row.take()).collect::<Result<Vec<String>, _>>()?;
    if ids.is_empty() {
        return Ok((ids, 0));
    }
    let newest = tx.query_one("SELECT COALESCE(MAX(id), 0) FROM edges", &[])?;
    Ok((ids, newest.map_or(Ok(0), |mut row| row.take())?))
}

async fn drive(app: Arc<App>, id: String, wake: Arc<Notify>) {
    loop {
        let pause = match turn(&app, &id).await {
            Ok(None) => return,
            Ok(Some(turn)) if turn.more => continue,
            Ok(Some(turn)) => {
                let next = turn.next.map_or(LONGEST_SLEEP, |next| Duration::from(next.since(app.now())));
                next.clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
            }
            Err(error) => {
                told(&error);
                BREATH
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = wake.notified() => {}
        }
    }
}

fn told(error: &ActionError) {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "hooks wait: what they are told could not be read or written"
    );
}
