//! What is measured on a report's way.

use muster_proto::message::OrderKind;
use muster_proto::time::{Span, Timestamp};
use prometheus::{Histogram, HistogramVec};

use crate::metrics::{self, Book};

/// What is measured on a report's way.
#[derive(Debug, Clone)]
pub struct Meter {
    /// From a verified report to a durable one.
    pub(super) durable: Histogram,
    /// Phones whose reports were written in one transaction.
    pub(super) batch: Histogram,
    /// One judgement.
    pub(super) judgement: Histogram,
    orders: HistogramVec,
}

impl Default for Meter {
    fn default() -> Self {
        Self {
            durable: metrics::histogram(
                "muster_ingest_duration_seconds",
                "Time from the receipt of a phone's verified reports until they are judged and durable.",
                metrics::WAITS,
            ),
            batch: metrics::histogram(
                "muster_ingest_batch_submissions",
                "Phones whose reports were written in one transaction.",
                metrics::SIZES,
            ),
            judgement: metrics::histogram(
                "muster_judgement_duration_seconds",
                "Time of one judgement of one device by a report; their number is the number of judgements.",
                metrics::WORK,
            ),
            orders: metrics::histograms(
                "muster_order_answer_seconds",
                "Time from a person's request until the report that answers the order, by kind of order.",
                &["kind"],
                metrics::ORDERS,
            ),
        }
    }
}

impl Meter {
    /// Enters it into a book.
    pub fn enter(&self, book: &mut Book) {
        self.orders.with_label_values(&[OrderKind::Scan.word()]);
        book.adopt("histogram", self.durable.clone());
        book.adopt("histogram", self.batch.clone());
        book.adopt("histogram", self.judgement.clone());
        book.adopt("histogram", self.orders.clone());
    }

    /// An order was answered.
    pub(super) fn answered(&self, kind: OrderKind, created: Timestamp, now: Timestamp) {
        let took: Span = now.since(created);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a double holds any span of milliseconds that matters"
        )]
        self.orders.with_label_values(&[kind.word()]).observe(took.millis() as f64 / 1000.0);
    }
}
