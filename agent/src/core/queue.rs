//! Signed reports that wait for the server: bounded, oldest first.

use std::collections::VecDeque;

use muster_proto::id::{ChainId, Digest, OrderId};
use muster_proto::report::{Range, Trigger};
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::form::{Blob, ranges};

/// Reports that wait at most.
pub const MAX_QUEUE_REPORTS: usize = 64;
/// Their bytes at most.
pub const MAX_QUEUE_BYTES: usize = 256 * 1024;

/// A signed report that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queued {
    /// Its chain.
    pub chain: ChainId,
    /// Its number there.
    pub number: u64,
    /// Its digest.
    pub digest: Digest,
    /// Why it was made.
    pub trigger: Trigger,
    /// The order that it names.
    pub order: Option<OrderId>,
    /// Lost numbers that it names.
    #[serde(with = "ranges")]
    pub dropped: Vec<Range>,
    /// When it was made, by the phone's clock.
    pub made: Timestamp,
    /// The whole envelope.
    pub bytes: Blob,
}

/// The queue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Queue(VecDeque<Queued>);

impl Queue {
    /// Adds the newest report and returns what had to give way: the oldest periodic ones, or where there is none the oldest of all.
    pub(super) fn push(&mut self, report: Queued) -> Vec<Queued> {
        self.0.push_back(report);
        let mut gone = Vec::new();
        while self.0.len() > 1 && (self.0.len() > MAX_QUEUE_REPORTS || self.bytes() > MAX_QUEUE_BYTES) {
            let older = self.0.len() - 1;
            let periodic = self.0.iter().take(older).position(|report| report.trigger == Trigger::Periodic);
            gone.extend(self.0.remove(periodic.unwrap_or(0)));
        }
        gone
    }

    /// Takes out the report with this digest.
    pub(super) fn take(&mut self, digest: Digest) -> Option<Queued> {
        let at = self.0.iter().position(|report| report.digest == digest)?;
        self.0.remove(at)
    }

    /// Takes out everything from `number` on in this chain.
    pub(super) fn take_from(&mut self, chain: ChainId, number: u64) -> Vec<Queued> {
        let (gone, kept): (Vec<_>, Vec<_>) =
            self.0.drain(..).partition(|report| report.chain == chain && report.number >= number);
        self.0 = kept.into();
        gone
    }

    /// The oldest reports that fit together into one request.
    pub(super) fn batch(&self, max_reports: usize, max_bytes: usize) -> Vec<&Queued> {
        let mut bytes = 0;
        let fits = |report: &&Queued| {
            bytes += report.bytes.len();
            bytes <= max_bytes
        };
        self.0.iter().take(max_reports).take_while(fits).collect()
    }

    /// The reports, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Queued> {
        self.0.iter()
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of all that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|report| report.bytes.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(number: u64, trigger: Trigger, len: usize) -> Queued {
        Queued {
            chain: ChainId([1; 16]),
            number,
            digest: Digest::of(&number.to_be_bytes()),
            trigger,
            order: None,
            dropped: Vec::new(),
            made: Timestamp::default(),
            bytes: Blob(vec![0; len]),
        }
    }

    #[test]
    fn the_oldest_periodic_report_gives_way() {
        let mut queue = Queue::default();
        let mut gone = Vec::new();
        for number in 1..=70 {
            let trigger = if number <= 2 { Trigger::Order } else { Trigger::Periodic };
            gone.extend(queue.push(report(number, trigger, 100)).into_iter().map(|report| report.number));
        }
        assert_eq!(queue.len(), MAX_QUEUE_REPORTS);
        assert_eq!(gone, [3, 4, 5, 6, 7, 8]);
    }

    #[test]
    fn bytes_are_bounded_and_the_newest_stays() {
        let mut queue = Queue::default();
        for number in 1..=40 {
            queue.push(report(number, Trigger::Boot, 16 * 1024));
        }
        assert!(queue.bytes() <= MAX_QUEUE_BYTES);
        assert_eq!(queue.iter().last().map(|report| report.number), Some(40));
    }

    #[test]
    fn a_batch_fits_a_request() {
        let mut queue = Queue::default();
        (1..=10).for_each(|number| drop(queue.push(report(number, Trigger::Periodic, 1000))));
        assert_eq!(queue.batch(64, 3500).len(), 3);
        assert_eq!(queue.batch(2, 64 * 1024).len(), 2);
    }
}
