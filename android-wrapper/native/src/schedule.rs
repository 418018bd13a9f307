//! When the system is to wake the agent, and when a report is due. Jobs come more often than reports: a look whether a package changed
//! costs next to nothing, and an application that was installed shows within the hour.

use muster_agent::core::{Clocks, Standing, Stored};
use muster_agent::{built_in, core::Agent};
use muster_proto::facts::{ChannelMode, Schedule};
use serde::Serialize;

use crate::journal::Journal;

/// What `JobScheduler` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Period of the job; 0: no job.
    pub every_s: u64,
    /// It may come so much before the period's end.
    pub flex_s: u64,
    /// Phones are spread by up to this.
    pub spread_s: u64,
    /// How orders reach the phone.
    pub channel: &'static str,
    /// Whether the first report is still to be made.
    pub first: bool,
}

impl Plan {
    /// The plan for what was saved.
    pub fn of(stored: Option<&Stored>, now: Clocks) -> Self {
        match stored {
            None => Self::none(),
            // Asks again whether somebody has approved.
            Some(Stored::Pending(_)) => Self { every_s: SHORTEST, flex_s: SHORTEST_FLEX, ..Self::none() },
            Some(Stored::Enrolled(state)) if state.standing == Standing::Retired => Self::none(),
            Some(Stored::Enrolled(state)) => {
                let first = state.chain.head.is_none() && state.last.is_none();
                let schedule = in_force(stored, now);
                let every = (schedule.report_every.secs() / 4).clamp(SHORTEST, LONGEST);
                Self {
                    every_s: every,
                    flex_s: (every / 5).max(SHORTEST_FLEX),
                    spread_s: schedule.spread.secs(),
                    channel: schedule.channel.word(),
                    first,
                }
            }
        }
    }

    fn none() -> Self {
        Self { every_s: 0, flex_s: 0, spread_s: 0, channel: ChannelMode::Off.word(), first: false }
    }
}

/// The policy's schedule, or what holds without one.
pub fn in_force(stored: Option<&Stored>, now: Clocks) -> Schedule {
    match stored {
        Some(Stored::Enrolled(state)) => {
            // Only looked at: nothing is drawn from this seed that anybody sees.
            Agent::new(state.as_ref().clone(), built_in::config(false), [0; 32], now).schedule()
        }
        _ => muster_agent::core::default_schedule(),
    }
}

/// Whether the period has passed since the last report. The clock that counts since the phone's start decides; after a start the one that
/// people set, and where that makes no sense, a report is due.
pub fn is_due(journal: &Journal, schedule: &Schedule, boot: Option<u64>, now: Clocks) -> bool {
    let Some(made) = &journal.report else { return true };
    let since = if made.boot == boot && made.mono <= now.mono {
        now.mono.millis() - made.mono.millis()
    } else if made.wall <= now.wall {
        now.wall.since(made.wall).millis()
    } else {
        return true;
    };
    // The job comes within its flex before the period's end: what is nearly due is due.
    let slack = (schedule.report_every.millis() / 8)
        .max(SHORTEST_FLEX * 1000)
        .min(schedule.report_every.millis() / 2);
    since + slack >= schedule.report_every.millis()
}

/// `JobInfo` takes no shorter period.
const SHORTEST: u64 = 900;
const SHORTEST_FLEX: u64 = 300;
const LONGEST: u64 = 3600;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Made;
    use muster_agent::core::default_schedule;
    use muster_proto::time::{Span, Timestamp};

    fn at(hours: u64) -> Clocks {
        Clocks {
            wall: Timestamp::from_secs(1_800_000_000) + Span::from_hours(hours),
            mono: Span::from_hours(hours),
        }
    }

    fn journal(hours: u64) -> Journal {
        let now = at(hours);
        let made = Made {
            digest: None,
            mono: now.mono,
            wall: now.wall,
            boot: Some(3),
            sent: None,
            received: None,
            version: None,
        };
        Journal { report: Some(made), ..Journal::default() }
    }

    #[test]
    fn a_report_is_due_when_the_period_has_passed() {
        let schedule = default_schedule();
        assert!(is_due(&Journal::default(), &schedule, Some(3), at(5)));
        assert!(!is_due(&journal(5), &schedule, Some(3), at(6)));
        assert!(!is_due(&journal(5), &schedule, Some(3), at(8)));
        assert!(is_due(&journal(5), &schedule, Some(3), at(9)));
    }

    #[test]
    fn a_clock_that_was_set_back_makes_one_due() {
        let schedule = default_schedule();
        let mut back = at(6);
        back.wall = Timestamp::from_secs(0);
        assert!(!is_due(&journal(5), &schedule, Some(3), back), "the phone's own counting decides");
        back.mono = Span::from_secs(10);
        assert!(is_due(&journal(5), &schedule, Some(4), back));
    }

    #[test]
    fn nothing_is_planned_without_an_enrolment() {
        assert_eq!(Plan::of(None, at(1)).every_s, 0);
    }
}
