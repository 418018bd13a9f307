//! What the writer measures.

use prometheus::{Histogram, IntCounter};

use crate::metrics::{self, Book};

/// What the writer measures.
#[derive(Debug, Clone)]
pub struct Meter {
    pub(super) commit: Histogram,
    pub(super) jobs: Histogram,
    pub(super) failures: IntCounter,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            commit: metrics::histogram(
                "muster_store_transaction_duration_seconds",
                "Time of a writing transaction, from its begin until it is durable.",
                metrics::WAITS,
            ),
            jobs: metrics::histogram(
                "muster_store_transaction_jobs",
                "Pieces of work that shared a writing transaction; all reports that waited are one.",
                metrics::SIZES,
            ),
            failures: metrics::counter(
                "muster_store_failures_total",
                "Writing transactions that were not kept because the store failed.",
            ),
        }
    }
}

impl Meter {
    /// Enters it into a book.
    pub fn enter(&self, book: &mut Book) {
        book.adopt("histogram", self.commit.clone());
        book.adopt("histogram", self.jobs.clone());
        book.adopt("counter", self.failures.clone());
    }
}
