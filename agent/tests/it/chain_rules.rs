//! What a server makes of numbers and digests, to the letter of the contract.

use muster_proto::answer::Head;
use muster_proto::id::{ChainId, Digest};
use muster_proto::report::Report;
use std::collections::{BTreeMap, BTreeSet};

/// How a chain was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    Fork,
    Reset { named: bool },
}

/// Everything that one device has reported.
#[derive(Debug, Clone, Default)]
pub struct Record {
    chains: BTreeMap<ChainId, BTreeMap<u64, Vec<Stored>>>,
    explained: BTreeMap<ChainId, BTreeSet<u64>>,
    pub head: Option<Head>,
    pub breaks: Vec<Break>,
}

#[derive(Debug, Clone)]
struct Stored {
    digest: Digest,
    content: String,
}

impl Record {
    /// Takes a verified report and says what it is: `None` for simply the next one.
    pub fn take(&mut self, report: &Report, digest: Digest) -> Option<&'static str> {
        let stored = Stored { digest, content: content(report) };
        let explained = self.explained.entry(report.chain).or_default();
        explained.extend(report.dropped.iter().flat_map(|range| range.first..=range.last));
        let Some(chain) = self.chains.get_mut(&report.chain) else { return self.begin(report, stored) };

        if chain.values().flatten().any(|known| known.digest == digest) {
            return Some("known");
        }
        let (&last, newest) = chain.last_key_value().expect("a chain is stored with its first report");
        let follows = newest.iter().any(|known| report.previous == Some(known.digest));
        let is_head_chain = self.head.as_ref().is_some_and(|head| head.chain == report.chain);
        let code = if chain.contains_key(&report.number) {
            Some("fork")
        } else if report.number < last {
            Some(if fits(chain, report) { "late" } else { "fork" })
        } else if !is_head_chain || (report.number == last + 1 && !follows) {
            Some("fork")
        } else if (last + 1..report.number).all(|number| explained.contains(&number)) {
            None
        } else {
            Some("gap")
        };
        chain.entry(report.number).or_default().push(stored);
        if code == Some("fork") {
            self.breaks.push(Break::Fork);
        }
        if matches!(code, None | Some("gap")) {
            self.head = Some(Head { chain: report.chain, number: report.number, digest });
        }
        code
    }

    /// Gaps: numbers that neither came nor were said to be lost. A report that gave way in a full queue is named by the one that was made next,
    /// which is sent after those that were made before it: so a gap counts only once the whole chain has been looked at.
    pub fn missing(&self) -> Vec<(ChainId, u64)> {
        let missing = |(id, chain): (&ChainId, &BTreeMap<u64, Vec<Stored>>)| {
            let last = chain.keys().next_back().copied().unwrap_or(0);
            let explained = self.explained.get(id).cloned().unwrap_or_default();
            let gone = (1..last).filter(|number| !chain.contains_key(number) && !explained.contains(number));
            gone.map(|number| (*id, number)).collect::<Vec<_>>()
        };
        self.chains.iter().flat_map(missing).collect()
    }

    /// Things collected once that stand under two numbers.
    pub fn doubled(&self) -> Vec<String> {
        let mut seen = BTreeSet::new();
        let all = self.chains.values().flat_map(BTreeMap::values).flatten();
        all.filter(|stored| !seen.insert(&stored.content)).map(|stored| stored.content.clone()).collect()
    }

    pub fn len(&self) -> usize {
        self.chains.values().flat_map(BTreeMap::values).flatten().count()
    }

    pub fn forks(&self) -> usize {
        self.breaks.iter().filter(|kind| **kind == Break::Fork).count()
    }

    fn begin(&mut self, report: &Report, stored: Stored) -> Option<&'static str> {
        let reset = self.head.is_some();
        let gap = report.number > 1;
        if reset {
            let named = report.lost.is_some_and(|lost| self.chains.contains_key(&lost));
            self.breaks.push(Break::Reset { named });
        }
        self.head = Some(Head { chain: report.chain, number: report.number, digest: stored.digest });
        self.chains.entry(report.chain).or_default().entry(report.number).or_default().push(stored);
        match (reset, gap) {
            (true, _) => Some("reset"),
            (false, true) => Some("gap"),
            (false, false) => None,
        }
    }
}

/// A late report fits if its neighbours, where they are there, name it and are named by it.
fn fits(chain: &BTreeMap<u64, Vec<Stored>>, report: &Report) -> bool {
    let before = chain.get(&(report.number - 1));
    before.is_none_or(|before| before.iter().any(|known| report.previous == Some(known.digest)))
}

/// What was collected: the simulated phones write a number that they use once into the build id.
pub fn content(report: &Report) -> String {
    report.submods.device.build_id.known().map(ToString::to_string).unwrap_or_default()
}
