//! When it is time again: counted in civil time where the phones are, so that 08:30 stays 08:30 when clocks go forward or back.
//!
//! A time of the day that clocks leave out comes so much later; one that there is twice is the first of the two.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Rhythm {
    /// Every day.
    Day,
    /// From Monday to Friday.
    Weekday,
    /// Once a week.
    Week,
    /// Once a month.
    Month,
}

impl Rhythm {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Day, Self::Weekday, Self::Week, Self::Month];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Weekday => "weekday",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// The last day that can be named: of the week or of the month; none where no day is.
    #[must_use]
    pub const fn last_day(self) -> Option<u32> {
        match self {
            Self::Day | Self::Weekday => None,
            Self::Week => Some(7),
            Self::Month => Some(31),
        }
    }
}

impl FromStr for Rhythm {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|rhythm| rhythm.word() == text).ok_or(())
    }
}

/// A time that comes again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How often.
    pub every: Rhythm,
    /// At which minute of the day.
    pub minute: u32,
    /// On which day: of the week from 1, which is Monday, or of the month; a month that is shorter has it on its last one.
    pub day: Option<u32>,
}

/// The longest way to the next one, in days: from the first of a month past the end of the next.
const FAR: usize = 66;

impl Times {
    /// The first moment after `after`; none where time ends.
    #[must_use]
    pub fn next(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let local = jiff::Timestamp::from_millisecond(after.millis()).ok()?.to_zoned(zone.clone());
        // where clocks have left out a whole day, yesterday's time may still come
        let mut date = local.date().yesterday().ok()?;
        for _ in 0..FAR {
            if self.is_on(date)
                && let Some(moment) = self.at(date, zone).filter(|moment| *moment > after)
            {
                return Some(moment);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    fn is_on(&self, date: Date) -> bool {
        let weekday = u32::try_from(date.weekday().to_monday_one_offset()).unwrap_or(0);
        let day = u32::try_from(date.day()).unwrap_or(0);
        let last = u32::try_from(date.days_in_month()).unwrap_or(31);
        match self.every {
            Rhythm::Day => true,
            Rhythm::Weekday => weekday <= 5,
            Rhythm::Week => self.day == Some(weekday),
            Rhythm::Month => self.day.map(|wanted| wanted.min(last)) == Some(day),
        }
    }

    fn at(&self, date: Date, zone: &TimeZone) -> Option<Timestamp> {
        let (hour, minute) = (i8::try_from(self.minute / 60).ok()?, i8::try_from(self.minute % 60).ok()?);
        let moment = date.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_millis(moment.timestamp().as_millisecond()))
    }
}

/// A minute of the day as people write it: `08:30`.
#[must_use]
pub fn clock(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Reads it: two digits, a colon, two digits.
#[must_use]
pub fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.split_once(':')?;
    let two = |part: &str, most: u32| {
        let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|number| plain && *number <= most)
    };
    Some(two(hour, 23)? * 60 + two(minute, 59)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn next(every: Rhythm, clock: &str, day: Option<u32>, zone: &str, after: &str) -> String {
        let times = Times { every, minute: minute(clock).unwrap(), day };
        times.next(&TimeZone::get(zone).unwrap(), at(after)).unwrap().to_string()
    }

    #[test]
    fn civil_time_stays_what_it_is() {
        use Rhythm::{Day, Month, Week, Weekday};
        for (every, clock, day, zone, after, wanted) in [
            (Day, "08:30", None, "UTC", "2026-03-28T08:29:59Z", "2026-03-28T08:30:00Z"),
            (Day, "08:30", None, "UTC", "2026-03-28T08:30:00Z", "2026-03-29T08:30:00Z"),
            (Day, "08:30", None, "Europe/Moscow", "2026-03-28T04:00:00Z", "2026-03-28T05:30:00Z"),
            // clocks go forward on 2026-03-29 at 02:00, and back on 2026-10-25 at 03:00
            (Day, "08:30", None, "Europe/Berlin", "2026-03-28T07:30:00Z", "2026-03-29T06:30:00Z"),
            (Day, "02:30", None, "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
            (Day, "02:30", None, "Europe/Berlin", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"),
            (Day, "02:30", None, "Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            (Day, "02:30", None, "Europe/Berlin", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
            (Weekday, "08:30", None, "UTC", "2026-03-27T09:00:00Z", "2026-03-30T08:30:00Z"),
            (Week, "08:30", Some(7), "UTC", "2026-03-28T09:00:00Z", "2026-03-29T08:30:00Z"),
            (Week, "08:30", Some(6), "UTC", "2026-03-28T09:00:00Z", "2026-04-04T08:30:00Z"),
            (Month, "08:30", Some(31), "UTC", "2026-01-31T09:00:00Z", "2026-02-28T08:30:00Z"),
            (Month, "08:30", Some(29), "UTC", "2028-02-01T00:00:00Z", "2028-02-29T08:30:00Z"),
            (Month, "00:00", Some(1), "Pacific/Kiritimati", "2026-01-31T09:59:59Z", "2026-01-31T10:00:00Z"),
            // the day that Samoa left out
            (Day, "12:00", None, "Pacific/Apia", "2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"),
        ] {
            assert_eq!(next(every, clock, day, zone, after), wanted, "{clock} {zone} after {after}");
        }
        for wrong in ["", "8:30", "24:00", "08:60", "08-30", "08:30:00", "+8:30", "аб:вг"] {
            assert_eq!(minute(wrong), None, "{wrong}");
        }
    }

    fn zones() -> impl Strategy<Value = TimeZone> {
        let names = [
            "UTC",
            "Europe/Moscow",
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "Asia/Kathmandu",
            "Pacific/Apia",
            "America/St_Johns",
        ];
        proptest::sample::select(names.to_vec()).prop_map(|name| TimeZone::get(name).unwrap())
    }

    fn times() -> impl Strategy<Value = Times> {
        (proptest::sample::select(Rhythm::ALL.to_vec()), 0_u32..1440, any::<u32>()).prop_map(
            |(every, minute, any)| Times { every, minute, day: every.last_day().map(|last| any % last + 1) },
        )
    }

    proptest! {
        /// What comes next lies ahead, on a day and at a time that were asked for, and nothing that was asked for lies between.
        #[test]
        fn the_next_is_the_first_after(times in times(), zone in zones(), secs in 1_262_304_000_i64..2_208_988_800) {
            let after = Timestamp::from_secs(secs);
            let next = times.next(&zone, after).expect("time goes on");
            prop_assert!(next > after);
            prop_assert_eq!(times.next(&zone, Timestamp::from_millis(next.millis() - 1)), Some(next));
            let local = |at: Timestamp| jiff::Timestamp::from_millisecond(at.millis()).unwrap().to_zoned(zone.clone());
            let there = local(next);
            let shown = u32::try_from(there.hour()).unwrap() * 60 + u32::try_from(there.minute()).unwrap();
            let named = times.at(there.date(), &zone);
            prop_assert!(shown == times.minute || named == Some(next) || shown > times.minute, "{} for {}", there, clock(times.minute));
            prop_assert!(times.is_on(there.date()) || times.is_on(there.date().yesterday().unwrap()));
            // hour by hour there is none before it
            let mut between = after;
            while between.millis() + 3_600_000 < next.millis() {
                between = Timestamp::from_millis(between.millis() + 3_600_000);
                prop_assert_eq!(times.next(&zone, between), Some(next));
            }
        }

        #[test]
        fn a_clock_reads_as_it_is_written(wanted in 0_u32..1440) {
            prop_assert_eq!(minute(&clock(wanted)), Some(wanted));
        }

        #[test]
        fn whatever_is_written_is_read_or_refused(text in ".{0,8}|[0-9:]{0,6}") {
            if let Some(read) = minute(&text) {
                prop_assert_eq!(clock(read), text);
            }
        }
    }
}
