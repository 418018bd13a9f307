//! How long something that fails is tried, and after which pauses. Only time in which it was tried counts.

use muster_proto::time::{Span, Timestamp};
use ring::rand::SecureRandom;

/// The first pause, and the longest.
const FIRST_PAUSE: u64 = 10_000;
const LONGEST_PAUSE: u64 = 3_600_000;
/// No pause is shorter.
const LEAST_PAUSE: u64 = 1_000;
/// Who is so late did not try meanwhile: the hook was paused, or the server off. A long row of what fails makes nobody so late.
const GAP: Span = Span::from_millis(LONGEST_PAUSE);
/// Nothing is given up after fewer attempts, nor after fewer since a gap.
const LEAST_ATTEMPTS: u32 = 5;

/// How often something was tried before, and since when it fails.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Past {
    /// Attempts since it was new, was replayed, or nobody tried for long.
    pub attempts: u32,
    /// The time of the first that failed, later by what nobody tried.
    pub failing: Option<Timestamp>,
}

impl Past {
    /// Of what was to be tried again at `due`. What nobody tried since then is not held against it.
    #[must_use]
    pub fn of(attempts: u32, failing: Option<Timestamp>, due: Timestamp, now: Timestamp) -> Self {
        let late = now.since(due);
        if late <= GAP {
            return Self { attempts, failing };
        }
        Self { attempts: 0, failing: failing.map(|since| since + late) }
    }

    /// After one more attempt that failed.
    #[must_use]
    pub fn and_failed(self, now: Timestamp) -> Failing {
        Failing { attempts: self.attempts.saturating_add(1), since: self.failing.unwrap_or(now) }
    }
}

/// What fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// How often it was tried.
    pub attempts: u32,
    /// Since when it fails.
    pub since: Timestamp,
}

impl Failing {
    /// Whether it is tried no more.
    #[must_use]
    pub fn is_given_up(self, now: Timestamp, give_up: Span) -> bool {
        now.since(self.since) >= give_up && self.attempts >= LEAST_ATTEMPTS
    }
}

/// After so many attempts before this one: anything up to 10 s, 20 s, 40 s … an hour, so that what failed together doesn't come back together.
pub fn pause(random: &dyn SecureRandom, attempts: u32) -> Span {
    let most = FIRST_PAUSE.saturating_mul(1 << attempts.min(20)).min(LONGEST_PAUSE);
    let mut bytes = [0; 8];
    // without randomness all of them wait longest
    let drawn = random.fill(&mut bytes).map_or(most, |()| u64::from_le_bytes(bytes) % most);
    Span::from_millis(drawn.max(LEAST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::random;
    use proptest::prelude::*;

    const DAY: Span = Span::from_hours(24);

    #[test]
    fn pauses_grow_to_an_hour_and_are_never_none() {
        for attempts in [0, 1, 5, 9, 30, u32::MAX] {
            let most = (10_000_u64 << attempts.min(20)).min(3_600_000);
            for _ in 0..100 {
                let pause = pause(&random(), attempts).millis();
                assert!((1000..most.max(1001)).contains(&pause), "{attempts}: {pause}");
            }
        }
        let long = (0..100).map(|_| pause(&random(), 20).millis()).max();
        assert!(long > Some(1_800_000), "they are spread over the whole hour: {long:?}");
    }

    #[test]
    fn it_takes_the_time_and_the_attempts_to_give_up() {
        let since = Timestamp::from_secs(1_790_000_000);
        for (attempts, hours, given_up) in [(5, 24, true), (4, 24, false), (50, 23, false), (4, 240, false)] {
            let now = since + Span::from_hours(hours);
            assert_eq!(Failing { attempts, since }.is_given_up(now, DAY), given_up, "{attempts}, {hours} h");
        }
    }

    proptest! {
        /// However long nobody tried: what was left of the time is left, and what fails once more is not dead.
        #[test]
        fn a_gap_is_not_held_against_it(before in 0_u64..100_000_000, late in 3_600_001_u64..100_000_000_000, attempts in any::<u32>()) {
            let since = Timestamp::from_secs(1_790_000_000);
            let due = since + Span::from_millis(before);
            let now = due + Span::from_millis(late);
            let past = Past::of(attempts, Some(since), due, now);
            let failing = past.and_failed(now);
            prop_assert_eq!(now.since(failing.since), due.since(since));
            prop_assert!(!failing.is_given_up(now, DAY));
            let in_time = Past::of(attempts, Some(since), due, due + GAP);
            prop_assert_eq!(in_time, Past { attempts, failing: Some(since) });
        }
    }
}
