//! The chain: numbers that grow by one, each report naming the digest of the one before it.
//!
//! A state that turns out to be behind what the server has (a restored backup, a copy) ends its chain; the next report begins a new one that
//! names the lost one. So a break is always visible, and an honest phone never has two reports under one number.

use muster_proto::answer::Head;
use muster_proto::id::{ChainId, Digest};
use muster_proto::report::Range;
use serde::{Deserialize, Serialize};

use super::form::ranges;

/// One run of numbered reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chain {
    /// Its id.
    pub id: ChainId,
    /// The newest report; none before the first.
    pub head: Option<ChainHead>,
    /// The chain that was lost before this one.
    pub lost: Option<ChainId>,
    /// Numbers that will never come and that no saved report has named yet.
    #[serde(with = "ranges")]
    pub dropped: Vec<Range>,
}

/// A report's place in a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainHead {
    /// Its number.
    pub number: u64,
    /// Its digest.
    pub digest: Digest,
}

/// Where the next report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub chain: ChainId,
    pub number: u64,
    pub previous: Option<Digest>,
    pub lost: Option<ChainId>,
    pub dropped: Vec<Range>,
}

/// Ranges that one report may carry.
const MAX_RANGES: usize = 64;

impl Chain {
    /// A chain without reports.
    #[must_use]
    pub fn new(id: ChainId) -> Self {
        Self { id, head: None, lost: None, dropped: Vec::new() }
    }

    /// A new chain in the place of this one, which its first report will name as lost.
    pub(super) fn renewed(&self, id: ChainId) -> Self {
        Self { lost: Some(self.id), ..Self::new(id) }
    }

    /// Where the next report goes.
    pub(super) fn next(&self) -> Place {
        let number = self.head.map_or(1, |head| head.number + 1);
        Place {
            chain: self.id,
            number,
            previous: self.head.map(|head| head.digest),
            lost: self.lost.filter(|_| number == 1),
            dropped: self.dropped.iter().take(MAX_RANGES).copied().collect(),
        }
    }

    /// The report at `place` was signed.
    pub(super) fn extend(&mut self, place: &Place, digest: Digest) {
        self.head = Some(ChainHead { number: place.number, digest });
        self.dropped.retain(|range| !place.dropped.contains(range));
    }

    /// Numbers that will never come.
    pub(super) fn lose(&mut self, chain: ChainId, range: Range) {
        if chain != self.id {
            return;
        }
        self.dropped.push(range);
        self.dropped.sort_by_key(|range| range.first);
        let mut merged: Vec<Range> = Vec::new();
        for range in self.dropped.drain(..) {
            match merged.last_mut() {
                Some(last) if range.first <= last.last.saturating_add(1) => {
                    last.last = last.last.max(range.last)
                }
                _ => merged.push(range),
            }
        }
        self.dropped = merged;
    }

    /// Whether the server's head shows that this state is not the newest of the device.
    ///
    /// `settled`: the server has just accepted this chain's newest report, so its head can only be that one.
    pub(super) fn is_behind(&self, head: &Head, settled: bool) -> bool {
        let Some(own) = self.head else { return false };
        if head.chain != self.id {
            return settled;
        }
        head.number > own.number || (head.number == own.number && head.digest != own.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        let mut chain = Chain::new(ChainId([1; 16]));
        for number in 1..=5 {
            let place = chain.next();
            assert_eq!(place.number, number);
            chain.extend(&place, Digest([u8::try_from(number).unwrap(); 32]));
        }
        chain
    }

    fn head(chain: u8, number: u64, digest: u8) -> Head {
        Head { chain: ChainId([chain; 16]), number, digest: Digest([digest; 32]) }
    }

    #[test]
    fn numbers_grow_and_name_their_predecessor() {
        let place = chain().next();
        assert_eq!((place.number, place.previous), (6, Some(Digest([5; 32]))));
        assert_eq!(place.lost, None);
    }

    #[test]
    fn a_state_knows_when_it_is_behind() {
        let chain = chain();
        assert!(!chain.is_behind(&head(1, 5, 5), true), "the same head");
        assert!(!chain.is_behind(&head(1, 3, 3), false), "reports still wait");
        assert!(!chain.is_behind(&head(2, 9, 9), false), "an older chain's reports went first");
        assert!(chain.is_behind(&head(1, 6, 6), false), "the server knows a later one");
        assert!(chain.is_behind(&head(1, 5, 6), false), "the server knows another one");
        assert!(chain.is_behind(&head(2, 9, 9), true), "another chain took over");
    }

    #[test]
    fn a_lost_chain_is_named_by_the_next() {
        let mut chain = chain().renewed(ChainId([9; 16]));
        assert!(!chain.is_behind(&head(1, 9, 9), false), "nothing was said in it yet");
        let place = chain.next();
        assert_eq!((place.chain, place.number, place.lost), (ChainId([9; 16]), 1, Some(ChainId([1; 16]))));
        chain.extend(&place, Digest([1; 32]));
        assert_eq!(chain.next().lost, None);
    }

    #[test]
    fn lost_numbers_are_merged_and_said_once() {
        let mut chain = chain();
        for number in [2, 4, 3] {
            chain.lose(chain.id, Range { first: number, last: number });
        }
        chain.lose(ChainId([7; 16]), Range { first: 1, last: 1 });
        assert_eq!(chain.dropped, [Range { first: 2, last: 4 }]);
        let place = chain.next();
        assert_eq!(place.dropped, [Range { first: 2, last: 4 }]);
        chain.extend(&place, Digest([6; 32]));
        assert!(chain.dropped.is_empty());
    }
}
