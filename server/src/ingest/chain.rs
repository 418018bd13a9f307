//! The chain: where a report belongs among those that came before it.
//!
//! | what comes | it is |
//! |---|---|
//! | the next number, naming the head | `current` |
//! | a digest that is stored | known: no second row |
//! | another digest under a used number, or a wrong predecessor | `fork` |
//! | a lower number that was missing, and it fits its neighbours | `late`, never current |
//! | a higher number | `gap`, current; a break unless the device explains every missing number |
//! | a chain that was never seen, after another | `reset`, current |
//! | a higher number, and what is missing was lost when the server was restored from a backup | `server-restored`, current, no break |
//! | more of a chain that was left | `late` if it was made before the new chain began, else `fork` |

use muster_proto::id::{ChainId, Digest};
use muster_proto::report::{Range, Report};
use muster_proto::time::Timestamp;

use crate::devices::Chain;
use crate::store::StoreError;

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The next one.
    Current,
    /// It is stored already.
    Known,
    /// It was missing.
    Late,
    /// Numbers before it are missing.
    Gap,
    /// It contradicts what is stored.
    Fork,
    /// The first that is seen of a new chain.
    Reset,
    /// Numbers before it were lost when the server was restored from a backup (see `restored.rs`).
    Restored,
}

impl Standing {
    /// The word in the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Known => "known",
            Self::Late => "late",
            Self::Gap => "gap",
            Self::Fork => "fork",
            Self::Reset => "reset",
            Self::Restored => "server-restored",
        }
    }

    /// The code of the answer: none for the next one.
    #[must_use]
    pub const fn code(self) -> Option<&'static str> {
        match self {
            Self::Current => None,
            other => Some(other.word()),
        }
    }

    /// Whether it becomes the report that is judged.
    #[must_use]
    pub const fn is_current(self) -> bool {
        matches!(self, Self::Current | Self::Gap | Self::Reset | Self::Restored)
    }
}

/// A report's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Where it stands.
    pub standing: Standing,
    /// Numbers before it that are missing and that nobody explains.
    pub unexplained: Option<Range>,
}

/// What is stored of a chain.
pub trait History {
    /// The reports under a number.
    ///
    /// # Errors
    /// The store's.
    fn at(&mut self, chain: ChainId, number: u64) -> Result<Vec<Link>, StoreError>;

    /// The highest number of a chain.
    ///
    /// # Errors
    /// The store's.
    fn highest(&mut self, chain: ChainId) -> Result<Option<u64>, StoreError>;
}

/// A stored report, as a link of its chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// Its digest.
    pub digest: Digest,
    /// The digest that it names as its predecessor's.
    pub previous: Option<Digest>,
}

/// Finds the place of a report. `dropped` are the numbers that the device says will never come, `made` is when it was made, as far as that
/// can be said.
///
/// # Errors
/// The store's.
pub fn place(
    head: Option<&Chain>,
    report: &Report,
    digest: Digest,
    dropped: &[Range],
    made: Timestamp,
    history: &mut dyn History,
) -> Result<Place, StoreError> {
    match head {
        None => Ok(begins(report, dropped, Standing::Current)),
        Some(head) if head.id == report.chain => continues(head, report, digest, dropped, history),
        Some(head) => match history.highest(report.chain)? {
            None => Ok(begins(report, dropped, Standing::Reset)),
            Some(highest) => left_behind(head, highest, report, digest, made, history),
        },
    }
}

/// The first that is seen of a chain.
fn begins(report: &Report, dropped: &[Range], standing: Standing) -> Place {
    let unexplained = missing(1, report.number, dropped);
    let standing = if standing == Standing::Current && report.number > 1 { Standing::Gap } else { standing };
    Place { standing, unexplained }
}

/// More of the chain that is in force.
fn continues(
    head: &Chain,
    report: &Report,
    digest: Digest,
    dropped: &[Range],
    history: &mut dyn History,
) -> Result<Place, StoreError> {
    if report.number <= head.number {
        return among(report, digest, history);
    }
    if report.number > head.number + 1 {
        return Ok(Place {
            standing: Standing::Gap,
            unexplained: missing(head.number + 1, report.number, dropped),
        });
    }
    let standing = if report.previous == Some(head.head) { Standing::Current } else { Standing::Fork };
    Ok(Place { standing, unexplained: None })
}

/// More of a chain that another one has followed: honest only if it was made before that.
fn left_behind(
    head: &Chain,
    highest: u64,
    report: &Report,
    digest: Digest,
    made: Timestamp,
    history: &mut dyn History,
) -> Result<Place, StoreError> {
    let place = among(report, digest, history)?;
    let too_late = report.number > highest && made > head.since;
    if place.standing == Standing::Late && too_late {
        Ok(Place { standing: Standing::Fork, ..place })
    } else {
        Ok(place)
    }
}

/// A number that may be used, or have been missing.
fn among(report: &Report, digest: Digest, history: &mut dyn History) -> Result<Place, StoreError> {
    let there = history.at(report.chain, report.number)?;
    let standing = if there.iter().any(|link| link.digest == digest) {
        Standing::Known
    } else if there.is_empty() && fits(report, digest, history)? {
        Standing::Late
    } else {
        Standing::Fork
    };
    Ok(Place { standing, unexplained: None })
}

/// Whether the neighbours that are stored agree.
fn fits(report: &Report, digest: Digest, history: &mut dyn History) -> Result<bool, StoreError> {
    let before = history.at(report.chain, report.number - 1)?;
    let after = history.at(report.chain, report.number + 1)?;
    let named = before.is_empty() || before.iter().any(|link| report.previous == Some(link.digest));
    let names = after.is_empty() || after.iter().any(|link| link.previous == Some(digest));
    Ok(named && names)
}

/// What of `first..end` nobody explains, as one range around it.
fn missing(first: u64, end: u64, dropped: &[Range]) -> Option<Range> {
    let mut next = first;
    let mut last = end.checked_sub(1)?;
    // each round takes one explained stretch off either end; at most one for each range
    for _ in 0..=dropped.len() {
        let low = dropped.iter().find(|range| range.first <= next && next <= range.last);
        let high = dropped.iter().find(|range| range.first <= last && last <= range.last);
        if next > last {
            return None;
        }
        match (low, high) {
            (Some(range), _) => next = range.last.saturating_add(1),
            (None, Some(range)) => last = range.first.checked_sub(1)?,
            (None, None) => break,
        }
    }
    (next <= last).then_some(Range { first: next, last })
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
