//! Finds what was done to a record: entry by entry, in the order in which they come, with little memory however many there are.

use serde::Serialize;
use std::fmt;

use super::{End, Entry, FORM_1, Head, NOTHING_BEFORE};
use crate::id::Digest;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "flaw", rename_all = "kebab-case")]
pub enum Flaw {
    /// An entry is not what its hash was made of.
    Changed {
        /// The entry.
        seq: u64,
    },
    /// Entries are not there.
    Removed {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// An entry stands under another's number.
    Renumbered {
        /// The number under which it stands.
        seq: u64,
        /// The number under which it was written.
        written: u64,
    },
    /// An entry stands behind a later one.
    Reordered {
        /// The entry.
        seq: u64,
        /// The entry behind which it stands.
        after: u64,
    },
    /// An entry with this number was there already.
    Repeated {
        /// The entry.
        seq: u64,
    },
    /// An entry holds, and so does the one before it, but it was written after another: what stands before it was put in its place later.
    Unlinked {
        /// The entry.
        seq: u64,
    },
    /// An entry of the older form stands behind one of the newer.
    OlderForm {
        /// The entry.
        seq: u64,
    },
    /// Newer entries were there when the head was taken.
    Cut {
        /// The head's number.
        head: u64,
        /// The last entry that is there.
        last: u64,
    },
    /// The head's entry is there, and is another: the record was written anew.
    Replaced {
        /// The entry.
        seq: u64,
    },
    /// A line is not an entry.
    Unreadable {
        /// The line's number.
        line: u64,
    },
    /// The last line is missing: the end was cut off, or the export broke off.
    NoEnd {
        /// The last entry that is there.
        last: u64,
    },
    /// Something stands behind the last line.
    AfterEnd {
        /// The entry.
        seq: u64,
    },
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// Whether everything is as it was written.
    pub holds: bool,
    /// Entries that were looked at.
    pub entries: u64,
    /// The newest of them.
    pub last: Head,
    /// What is not as it was written, in the order of the entries.
    pub flaws: Vec<Flaw>,
    /// Flaws beyond the thousand that are named, which are only counted.
    pub more: u64,
}

/// Checks a record.
#[derive(Debug, Default)]
pub struct Verifier {
    heads: Vec<Head>,
    entries: u64,
    last: Option<Link>,
    form: u64,
    missing: Vec<(u64, u64)>,
    ended: bool,
    flaws: Vec<Flaw>,
    more: u64,
}

/// The entry to which the next one has to be bound.
#[derive(Debug, Clone, Copy)]
struct Link {
    head: Head,
    /// It was found to be as written; otherwise its flaw says already why the next one may not follow.
    sound: bool,
}

/// Flaws that are named.
pub const MOST: usize = 1000;
/// So far away the number is looked for under which an entry was written.
const NEARBY: u64 = 256;

impl Verifier {
    /// Checks a record, and that the entries of `heads` are in it.
    #[must_use]
    pub fn new(heads: Vec<Head>) -> Self {
        Self { heads, ..Self::default() }
    }

    /// The number up to which the record was seen.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.last.map_or(0, |last| last.head.seq)
    }

    /// Takes the next entry.
    pub fn take(&mut self, entry: &Entry) {
        self.entries += 1;
        if self.ended {
            self.note(Flaw::AfterEnd { seq: entry.seq });
        }
        let sound = self.judge_alone(entry);
        let (last, expected) = (self.last, self.seen().saturating_add(1));
        if entry.seq < expected {
            let flaw = if self.found(entry.seq) {
                Flaw::Reordered { seq: entry.seq, after: expected - 1 }
            } else {
                Flaw::Repeated { seq: entry.seq }
            };
            return self.note(flaw);
        }
        if entry.seq > expected {
            self.miss(expected, entry.seq - 1);
        } else if sound && last.is_none_or(|last| last.sound) && entry.previous != hash(last) {
            self.note(Flaw::Unlinked { seq: entry.seq });
        }
        if sound && entry.form == FORM_1 && self.form > FORM_1 {
            self.note(Flaw::OlderForm { seq: entry.seq });
        }
        if self.heads.iter().any(|head| head.seq == entry.seq && head.hash != entry.hash) {
            self.note(Flaw::Replaced { seq: entry.seq });
        }
        if sound {
            self.form = self.form.max(entry.form);
        }
        self.last = Some(Link { head: entry.head(), sound });
    }

    /// Takes the last line of an exported record.
    pub fn end(&mut self, end: &End) {
        self.ended = true;
        if let Some(Link { head, .. }) = self.last.filter(|last| last.head.seq == end.head.seq)
            && head.hash != end.head.hash
        {
            self.note(Flaw::Replaced { seq: head.seq });
        }
        self.heads.push(end.head);
    }

    /// Says that a line can't be read.
    pub fn unreadable(&mut self, line: u64) {
        self.note(Flaw::Unreadable { line });
    }

    /// What was found. `whole` is an exported record, which has a last line.
    #[must_use]
    pub fn finish(mut self, whole: bool) -> Checked {
        let last = self.last.map_or(Head::none(), |last| last.head);
        for (first, last) in std::mem::take(&mut self.missing) {
            self.note(Flaw::Removed { first, last });
        }
        let known = self.heads.iter().map(|head| head.seq).max().unwrap_or_default();
        if known > last.seq {
            self.note(Flaw::Cut { head: known, last: last.seq });
        }
        if whole && !self.ended {
            self.note(Flaw::NoEnd { last: last.seq });
        }
        self.flaws.sort_by_key(Flaw::place);
        let holds = self.flaws.is_empty();
        Checked { holds, entries: self.entries, last, flaws: self.flaws, more: self.more }
    }

    fn judge_alone(&mut self, entry: &Entry) -> bool {
        if entry.holds() {
            return true;
        }
        let looked_for = self.flaws.len() < MOST;
        let written = looked_for.then(|| written_as(entry)).flatten();
        self.note(match written {
            Some(written) => Flaw::Renumbered { seq: entry.seq, written },
            None => Flaw::Changed { seq: entry.seq },
        });
        false
    }

    fn note(&mut self, flaw: Flaw) {
        if self.flaws.len() < MOST {
            self.flaws.push(flaw);
        } else {
            self.more += 1;
        }
    }

    fn miss(&mut self, first: u64, last: u64) {
        if self.missing.len() < MOST {
            self.missing.push((first, last));
        } else {
            self.note(Flaw::Removed { first, last });
        }
    }

    /// Whether this entry was missed, which it is no more.
    fn found(&mut self, seq: u64) -> bool {
        let Some(at) = self.missing.iter().position(|(first, last)| (*first..=*last).contains(&seq)) else {
            return false;
        };
        let (first, last) = self.missing.remove(at);
        let around = [(first, seq.saturating_sub(1)), (seq.saturating_add(1), last)];
        self.missing.extend(around.into_iter().filter(|(first, last)| first <= last && *first > 0));
        true
    }
}

fn hash(last: Option<Link>) -> Digest {
    last.map_or(NOTHING_BEFORE, |last| last.head.hash)
}

/// The number nearby under which an entry's hash is its own.
fn written_as(entry: &Entry) -> Option<u64> {
    let nearby = (1..=NEARBY).flat_map(|far| [entry.seq.checked_add(far), entry.seq.checked_sub(far)]);
    nearby.flatten().find(|seq| entry.holds_as(*seq))
}

impl Flaw {
    /// Where it is.
    const fn place(&self) -> u64 {
        match self {
            Self::Changed { seq }
            | Self::Renumbered { seq, .. }
            | Self::Reordered { seq, .. }
            | Self::Repeated { seq }
            | Self::Unlinked { seq }
            | Self::OlderForm { seq }
            | Self::Replaced { seq }
            | Self::AfterEnd { seq } => *seq,
            Self::Removed { first, .. } => *first,
            Self::Unreadable { line } => *line,
            Self::Cut { .. } | Self::NoEnd { .. } => u64::MAX,
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { seq } => write!(f, "entry {seq} was changed"),
            Self::Removed { first: 1, last } => {
                write!(f, "entries were removed: nothing stands before entry {}", last + 1)
            }
            Self::Removed { first, last } => {
                let what = if first == last {
                    format!("entry {first} was")
                } else {
                    format!("entries {first} to {last} were")
                };
                write!(f, "{what} removed: nothing stands between {} and {}", first - 1, last + 1)
            }
            Self::Renumbered { seq, written } => {
                write!(f, "entries were reordered: entry {written} stands as entry {seq}")
            }
            Self::Reordered { seq, after } => {
                write!(f, "entries were reordered: entry {seq} stands after entry {after}")
            }
            Self::Repeated { seq } => write!(f, "an entry was put in: number {seq} was there already"),
            Self::Unlinked { seq } => {
                write!(
                    f,
                    "entry {} was replaced: entry {seq} was written after another one",
                    seq.saturating_sub(1)
                )
            }
            Self::OlderForm { seq } => {
                write!(f, "entry {seq} goes back to the older form, which no server does")
            }
            Self::Cut { head, last } => {
                write!(
                    f,
                    "the newest entries were cut off: entry {head} is known, and the last one here is {last}"
                )
            }
            Self::Replaced { seq } => {
                write!(
                    f,
                    "the record was written anew: entry {seq} has another hash than the one that is known"
                )
            }
            Self::Unreadable { line } => write!(f, "line {line} is not an entry"),
            Self::NoEnd { last } => {
                write!(f, "the file ends with entry {last} and without its last line: it was cut off")
            }
            Self::AfterEnd { seq } => write!(f, "entry {seq} stands behind the last line"),
        }
    }
}
