//! What happened to the simulated phones: counts, and how long the server took to answer.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The book that all phones write in.
#[derive(Default)]
pub struct Tally {
    /// Reports that the server accepted.
    pub accepted: AtomicU64,
    /// Reports that it refused for good.
    pub refused: AtomicU64,
    /// Requests without an answer that counts.
    pub failed: AtomicU64,
    /// Orders that arrived.
    pub orders: AtomicU64,
    /// Channels that are open.
    pub channels: AtomicI64,
    took: Mutex<Vec<Duration>>,
    last_error: Mutex<Option<String>>,
}

/// What happened in one stretch of time.
pub struct Stretch {
    /// Requests with reports that were answered.
    pub requests: usize,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 99 in a hundred took no longer.
    pub p99: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Tally {
    /// A request with reports was answered after so long.
    pub fn answered(&self, took: Duration) {
        self.took.lock().unwrap_or_else(PoisonError::into_inner).push(took);
    }

    /// A request failed.
    pub fn failed(&self, why: impl Into<String>) {
        self.failed.fetch_add(1, Relaxed);
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = Some(why.into());
    }

    /// Why the last of the failed requests failed, once.
    pub fn take_error(&self) -> Option<String> {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// What happened since this was asked last.
    pub fn take_stretch(&self) -> Stretch {
        let mut took = std::mem::take(&mut *self.took.lock().unwrap_or_else(PoisonError::into_inner));
        took.sort_unstable();
        let at = |percent: usize| {
            took.get((took.len() * percent / 100).min(took.len().saturating_sub(1))).copied()
        };
        Stretch {
            requests: took.len(),
            p50: at(50).unwrap_or_default(),
            p99: at(99).unwrap_or_default(),
            longest: took.last().copied().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_begins_where_the_last_ended() {
        let tally = Tally::default();
        (1..=100).for_each(|ms| tally.answered(Duration::from_millis(ms)));
        let stretch = tally.take_stretch();
        assert_eq!(
            (stretch.requests, stretch.p50, stretch.p99),
            (100, Duration::from_millis(51), Duration::from_millis(100))
        );
        assert_eq!(tally.take_stretch().requests, 0);
    }
}
