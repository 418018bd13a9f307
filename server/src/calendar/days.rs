//! Days as a calendar names them: one day of one year, or the same day of every year.

use jiff::civil::Date;
use muster_proto::time::Day;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// `2027-01-08`, or `01-08` of every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Of one year.
    Once(Day),
    /// Of every year that has it: month and day.
    Yearly(i8, i8),
}

/// One day, or several that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The first: `2027-01-08`, or `01-08` for every year.
    pub first: Named,
    /// The last, named as the first is; the first where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Named>,
    /// What they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
}

/// Longest row of days.
pub const LONGEST: u32 = 366;

/// What is wrong with days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// One end is of a year, and the other of every year.
    Mixed,
    /// The last comes before the first.
    Backwards,
    /// They are too many.
    TooLong,
}

impl Days {
    /// What is wrong with them.
    pub(super) fn wrong(&self) -> Option<Wrong> {
        match (self.first, self.last.unwrap_or(self.first)) {
            (Named::Once(first), Named::Once(last)) if last < first => Some(Wrong::Backwards),
            (Named::Once(first), Named::Once(last)) if last.days() - first.days() >= LONGEST => {
                Some(Wrong::TooLong)
            }
            (Named::Once(_), Named::Once(_)) => None,
            (Named::Yearly(month, day), Named::Yearly(to_month, to_day)) => {
                ((to_month, to_day) < (month, day)).then_some(Wrong::Backwards)
            }
            _ => Some(Wrong::Mixed),
        }
    }

    /// Whether a day is one of them.
    pub(super) fn has(&self, date: Date) -> bool {
        match (self.first, self.last.unwrap_or(self.first)) {
            (Named::Once(first), Named::Once(last)) => {
                day(date).is_some_and(|day| (first..=last).contains(&day))
            }
            (Named::Yearly(month, first), Named::Yearly(to_month, last)) => {
                ((month, first)..=(to_month, last)).contains(&(date.month(), date.day()))
            }
            _ => false,
        }
    }
}

/// A day as the rest of the program has it.
fn day(date: Date) -> Option<Day> {
    let since = date.since(Date::constant(1970, 1, 1)).ok()?;
    Day::from_days(u32::try_from(since.get_days()).ok()?)
}

impl FromStr for Named {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(day) = text.parse::<Day>() {
            return Ok(Self::Once(day));
        }
        let (month, day) = text.split_once('-').ok_or(())?;
        let two = |part: &str| {
            let plain = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse::<i8>().ok().filter(|_| plain).ok_or(())
        };
        // a leap year has every day that any year has
        let date = Date::new(2000, two(month)?, two(day)?).map_err(|_| ())?;
        Ok(Self::Yearly(date.month(), date.day()))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Once(day) => day.fmt(f),
            Self::Yearly(month, day) => write!(f, "{month:02}-{day:02}"),
        }
    }
}

/// As people write them on a line: `01-01..01-08 New Year`.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if let Some(last) = self.last.filter(|last| *last != self.first) {
            write!(f, "..{last}")?;
        }
        self.name.as_deref().map_or(Ok(()), |name| write!(f, " {name}"))
    }
}

impl FromStr for Days {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (days, name) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        let (first, last) = days.split_once("..").map_or((days, None), |(first, last)| (first, Some(last)));
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        Ok(Self { first: first.parse()?, last: last.map(str::parse).transpose()?, name })
    }
}

impl Serialize for Named {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let expected = "a day: 2027-01-08, or 01-08 for every year";
        text.parse().map_err(|()| serde::de::Error::custom(format_args!("{text:?} is not {expected}")))
    }
}

impl JsonSchema for Named {
    fn schema_name() -> Cow<'static, str> {
        "CalendarDay".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": r"^([0-9]{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        for line in ["2027-01-08", "01-01..01-08 New Year", "2026-12-31..2027-01-08", "02-29 Leap day"] {
            assert_eq!(line.parse::<Days>().unwrap().to_string(), line);
        }
        for wrong in ["", "02-30", "1-1", "13-01", "2027-02-29", "01-01..x", "01-01..", "tomorrow"] {
            assert!(wrong.parse::<Days>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn ends_fit_each_other() {
        let wrong = |line: &str| line.parse::<Days>().unwrap().wrong();
        assert_eq!(wrong("2027-01-01..01-08"), Some(Wrong::Mixed));
        assert_eq!(wrong("12-31..01-08"), Some(Wrong::Backwards));
        assert_eq!(wrong("2027-01-08..2027-01-01"), Some(Wrong::Backwards));
        assert_eq!(wrong("2027-01-01..2028-01-02"), Some(Wrong::TooLong));
        assert_eq!(wrong("2028-01-01..2028-12-31"), None);
        assert_eq!(wrong("01-01..12-31"), None);
    }

    #[test]
    fn a_day_of_every_year_is_in_every_year() {
        let has = |line: &str, date: &str| line.parse::<Days>().unwrap().has(date.parse().unwrap());
        assert!(has("01-01..01-08", "2031-01-08") && !has("01-01..01-08", "2031-01-09"));
        assert!(has("2026-12-31..2027-01-02", "2027-01-01") && !has("2026-12-31..2027-01-02", "2028-01-01"));
        assert!(has("02-29", "2028-02-29") && !has("02-29", "2027-03-01"));
    }
}
