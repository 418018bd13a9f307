//! The clock, which is injected from the first line on.

use muster_proto::time::{Span, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};

/// Says what time it is.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// A clock that stands until it is moved: for tests and trials.
#[derive(Debug)]
pub struct StillClock(AtomicI64);

impl StillClock {
    /// A clock that shows `time`.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(AtomicI64::new(time.millis()))
    }

    /// Moves it on.
    pub fn pass(&self, span: Span) {
        self.0.fetch_add(i64::try_from(span.millis()).unwrap_or(0), Ordering::SeqCst);
    }

    /// Sets it, forwards or back.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.millis(), Ordering::SeqCst);
    }
}

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::SeqCst))
    }
}
