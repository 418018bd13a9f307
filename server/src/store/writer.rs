//! The one thread that writes. Whatever waits becomes one transaction, because the flush to the disk is the dear part.

use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::sync::mpsc;

use super::tx::{Connection, Tx};
use super::{Meter, StoreError};

/// Work for the writer. Where the transaction it should share has failed, it is given the reason instead: every job is called once.
pub(super) type Job = Box<dyn FnOnce(Result<&mut dyn Tx, StoreError>) -> Done + Send>;

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
pub(super) fn run(mut db: Box<dyn Connection>, open: &Open, mut jobs: mpsc::Receiver<Job>, meter: &Meter) {
    let mut waiting = Vec::with_capacity(MOST);
    while jobs.blocking_recv_many(&mut waiting, MOST) > 0 {
        if !db.is_alive() {
            match open() {
                Ok(fresh) => db = fresh,
                Err(error) => tracing::error!(%error, "the writer cannot reach the store"),
            }
        }
        meter.jobs.observe(f64::from(u32::try_from(waiting.len()).unwrap_or(u32::MAX)));
        let timer = meter.commit.start_timer();
        if !transaction(&mut *db, waiting.drain(..)) {
            meter.failures.inc();
        }
        timer.observe_duration();
    }
    if let Err(error) = db.run("PRAGMA optimize") {
        tracing::debug!(%error, "no optimisation at the end");
    }
}

/// Runs `jobs` in one transaction and tells each how it ended. Says whether the store has kept it.
fn transaction(db: &mut dyn Connection, jobs: impl ExactSizeIterator<Item = Job>) -> bool {
    let mut done = Vec::new();
    let mut result = db.begin();
    let alone = jobs.len() == 1;
    let mut end = "COMMIT";
    for job in jobs {
        match &result {
            // the whole transaction is its own: a savepoint would keep each page that it changes a second time
            Ok(()) if alone => end = if run_one(db, job, &mut done) { "COMMIT" } else { "ROLLBACK" },
            Ok(()) => result = among_others(db, job, &mut done),
            Err(error) => done.push(job(Err(error.clone())).tell),
        }
    }
    if result.is_ok() {
        result = db.run(end);
    }
    if let Err(error) = &result {
        tracing::error!(error = error as &dyn std::error::Error, "a transaction was not kept");
        // an engine that has already rolled back by itself says so, and that is fine
        db.run("ROLLBACK").ok();
    }
    for tell in done {
        tell(result.clone());
    }
    result.is_ok()
}

type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs one job so that its failure does not undo the others.
fn among_others(db: &mut dyn Connection, job: Job, done: &mut Vec<Tell>) -> Result<(), StoreError> {
    db.run("SAVEPOINT job")?;
    if !run_one(db, job, done) {
        db.run("ROLLBACK TO SAVEPOINT job")?;
    }
    db.run("RELEASE SAVEPOINT job")
}

/// Runs one job, and says whether what it wrote stays. The job is told at the end; one that panicked is told by the end of its channel.
fn run_one(db: &mut dyn Connection, job: Job, done: &mut Vec<Tell>) -> bool {
    match catch_unwind(AssertUnwindSafe(|| job(Ok(db.tx())))) {
        Ok(Done { keep, tell }) => {
            done.push(tell);
            keep
        }
        Err(_) => {
            tracing::error!("a job of the writer panicked and was undone");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::SqliteConnection;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A job that breaks its transaction when `breaks`, and counts how it was told to have ended.
    fn job(breaks: bool, told: &Arc<[AtomicUsize; 2]>) -> Job {
        let told = Arc::clone(told);
        Box::new(move |tx| {
            let ran = tx.and_then(|tx| tx.execute(if breaks { "ROLLBACK" } else { "SELECT 1 WHERE 0" }, &[]));
            let keep = ran.is_ok();
            let tell = move |committed: Result<(), StoreError>| {
                told[usize::from(keep && committed.is_ok())].fetch_add(1, Ordering::SeqCst);
            };
            Done { keep, tell: Box::new(tell) }
        })
    }

    #[test]
    fn every_job_is_called_though_the_transaction_has_failed_or_never_begun() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut db = SqliteConnection::open(&folder.path().join("db")).expect("open");
        let told: Arc<[AtomicUsize; 2]> = Arc::default();
        transaction(&mut db, [false, true, false].map(|breaks| job(breaks, &told)).into_iter());
        assert_eq!(told[0].swap(0, Ordering::SeqCst), 3, "none is durable, and each is told so");
        db.run("BEGIN").expect("another transaction is open");
        transaction(&mut db, [false, false].map(|breaks| job(breaks, &told)).into_iter());
        assert_eq!(told[0].load(Ordering::SeqCst), 2);
        transaction(&mut db, [false].map(|breaks| job(breaks, &told)).into_iter());
        assert_eq!(told[1].load(Ordering::SeqCst), 1, "the next one works again");
    }
}
