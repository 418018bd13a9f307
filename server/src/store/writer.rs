//! The one thread that writes. Whatever waits becomes one transaction, because the flush to the disk is the dear part.

use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc;

use super::StoreError;
use super::tx::{Connection, Tx};

/// Work for the writer.
pub(super) type Job = Box<dyn FnOnce(&mut dyn Tx) -> Done + Send>;

/// What is left of a job that has run.
pub(super) struct Done {
    /// Whether what it wrote stays.
    pub keep: bool,
    /// Called once it is known whether the transaction is durable.
    pub tell: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
}

/// Makes a connection anew, when one was lost.
pub(super) type Open = Box<dyn Fn() -> Result<Box<dyn Connection>, StoreError> + Send + Sync>;

/// Jobs that share one transaction at most.
const MOST: usize = 256;

/// Runs jobs until nobody can send one any more.
pub(super) fn run(mut db: Box<dyn Connection>, open: &Open, mut jobs: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(MOST);
    while jobs.blocking_recv_many(&mut waiting, MOST) > 0 {
        if !db.is_alive() {
            match open() {
                Ok(fresh) => db = fresh,
                Err(error) => tracing::error!(%error, "the writer cannot reach the store"),
            }
        }
        transaction(&mut *db, waiting.drain(..));
    }
    if let Err(error) = db.run("PRAGMA optimize") {
        tracing::debug!(%error, "no optimisation at the end");
    }
}

/// Runs `jobs` in one transaction and tells each how it ended.
fn transaction(db: &mut dyn Connection, jobs: impl Iterator<Item = Job>) {
    let mut done = Vec::new();
    let mut result = db.begin();
    for job in jobs {
        if result.is_ok() {
            match one(db, job, &mut done) {
                Ok(()) => {}
                Err(error) => result = Err(error),
            }
        }
    }
    if result.is_ok() {
        result = db.run("COMMIT");
    }
    if let Err(error) = &result {
        tracing::error!(error = error as &dyn std::error::Error, "a transaction was not kept");
        // an engine that has already rolled back by itself says so, and that is fine
        db.run("ROLLBACK").ok();
    }
    for tell in done {
        tell(result.clone());
    }
}

type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs one job so that its failure does not undo the others. The job is told at the end; one that panicked is told by the end of
/// its channel.
fn one(db: &mut dyn Connection, job: Job, done: &mut Vec<Tell>) -> Result<(), StoreError> {
    db.run("SAVEPOINT job")?;
    let ran = catch_unwind(AssertUnwindSafe(|| job(db.tx())));
    let keep = match ran {
        Ok(Done { keep, tell }) => {
            done.push(tell);
            keep
        }
        Err(_) => {
            tracing::error!("a job of the writer panicked and was undone");
            false
        }
    };
    if !keep {
        db.run("ROLLBACK TO SAVEPOINT job")?;
    }
    db.run("RELEASE SAVEPOINT job")
}
