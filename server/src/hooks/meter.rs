//! What is measured of hooks.

use muster_proto::time::{Span, Timestamp};
use prometheus::IntCounterVec;

use crate::metrics::Book;
use crate::store::{StoreError, Tx, values};

/// What is counted while hooks are told.
#[derive(Clone)]
pub struct Meter(IntCounterVec);

/// What the store says of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counted {
    /// Edges that are tried again.
    pub waiting: i64,
    /// Edges that were given up.
    pub dead: i64,
    /// The age of the oldest edge that a hook has not taken up.
    pub lag: Span,
}

impl Meter {
    /// Enters it into the book, for hooks.
    pub fn of_hooks(book: &mut Book) -> Self {
        let help = "Attempts to tell a hook of an edge: `delivered`, `failed`, and of the failed ones `dead` where it was the last.";
        Self::enter(book, "muster_hook_attempts_total", help)
    }

    /// Enters it into the book, for mails.
    pub fn of_mails(book: &mut Book) -> Self {
        let help = "Attempts to hand a mail to the mail server: `delivered`, `failed`, and of the failed ones `dead` where it was the last.";
        Self::enter(book, "muster_mail_attempts_total", help)
    }

    fn enter(book: &mut Book, name: &str, help: &str) -> Self {
        let meter = Self(book.counters(name, help, &["outcome"]));
        meter.add(0, 0, 0);
        meter
    }

    /// So many more.
    pub fn add(&self, delivered: usize, failed: usize, dead: usize) {
        for (outcome, number) in [("delivered", delivered), ("failed", failed), ("dead", dead)] {
            self.0.with_label_values(&[outcome]).inc_by(number as u64);
        }
    }
}

/// Counts what waits.
///
/// # Errors
/// The store's.
pub fn count(tx: &mut dyn Tx, now: Timestamp) -> Result<Counted, StoreError> {
    let sql = "SELECT COALESCE(SUM(CASE WHEN dead IS NULL THEN 1 ELSE 0 END), 0), \
               COALESCE(SUM(CASE WHEN dead IS NULL THEN 0 ELSE 1 END), 0) FROM deliveries";
    let mut counted = Counted::default();
    if let Some(mut row) = tx.query_one(sql, &[])? {
        (counted.waiting, counted.dead) = (row.take()?, row.take()?);
    }
    let taken = tx.query_one("SELECT MIN(taken) FROM hooks WHERE paused = 0", &[])?;
    let taken: Option<i64> = taken.map_or(Ok(None), |mut row| row.take())?;
    if let Some(taken) = taken {
        let sql = "SELECT written FROM edges WHERE id > $1 ORDER BY id LIMIT 1";
        let oldest = tx.query_one(sql, &values![taken])?;
        let oldest: Option<Timestamp> = oldest.map(|mut row| row.take()).transpose()?;
        counted.lag = oldest.map_or(Span::default(), |oldest| now.since(oldest));
    }
    Ok(counted)
}
