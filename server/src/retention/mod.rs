//! How long what is known of phones is kept: each kind has a period, and a job of the clock takes away what is past it. What chains and
//! signatures need of a report stays (its digest, and that of the one before it); its text goes.
//!
//! Time is believed slowly here: a clock that jumps ahead must not erase what nobody can bring back.

mod end;
mod erase;
mod export;
mod pass;
mod texts;

#[cfg(test)]
mod tests;

pub use end::{End, Ended, end};
pub use erase::erase;
pub use export::export;
pub use pass::{Turn, keep, keep_watch};

use muster_proto::time::Span;

/// How long is kept what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Periods {
    /// The text of a report. That of a device's newest report stays as long as the device counts.
    pub reports: Span,
    /// Changes of findings, and orders and scans that have ended.
    pub history: Span,
    /// What is known of a device that has ended.
    pub ended: Span,
}

impl Periods {
    /// So many days each.
    #[must_use]
    pub const fn days(reports: u32, history: u32, ended: u32) -> Self {
        Self { reports: days_of(reports), history: days_of(history), ended: days_of(ended) }
    }
}

const fn days_of(days: u32) -> Span {
    Span::from_hours(days as u64 * 24)
}

impl Default for Periods {
    fn default() -> Self {
        Self::days(400, 1100, 400)
    }
}
