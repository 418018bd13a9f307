//! The hours of a working day, by the clock on the wall.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::schedules;

/// A minute of the day, from `00:00` to `24:00`, which is the end of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u32);

/// The last minute of a day is before this.
const END: u32 = 24 * 60;
/// Fewest minutes of a working day.
const FEWEST: u32 = 60;

/// From when until when, on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// When a working day begins: `09:00`.
    pub from: Minute,
    /// When it ends, at least an hour later: `18:00`; `24:00` is midnight.
    pub until: Minute,
}

impl Hours {
    /// Whether the day has hours enough.
    pub(super) fn fits(self) -> bool {
        self.until.0 >= self.from.0 + FEWEST
    }
}

impl Minute {
    /// The hour and the minute; none at the end of the day.
    pub(super) fn on_the_day(self) -> Option<(i8, i8)> {
        let (hour, minute) = (i8::try_from(self.0 / 60).ok()?, i8::try_from(self.0 % 60).ok()?);
        (self.0 < END).then_some((hour, minute))
    }
}

impl FromStr for Minute {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if text == "24:00" {
            return Ok(Self(END));
        }
        schedules::minute(text).map(Self).ok_or(())
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&schedules::clock(self.0))
    }
}

impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|()| {
            serde::de::Error::custom(format_args!("{text:?} is not a time of the day such as 09:00"))
        })
    }
}

impl JsonSchema for Minute {
    fn schema_name() -> Cow<'static, str> {
        "CalendarTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_at_midnight() {
        let minute = |text: &str| text.parse::<Minute>();
        assert_eq!(minute("24:00").unwrap().to_string(), "24:00");
        assert_eq!(minute("24:00").unwrap().on_the_day(), None);
        assert_eq!(minute("09:30").unwrap().on_the_day(), Some((9, 30)));
        for wrong in ["24:01", "9:00", "", "25:00"] {
            assert!(minute(wrong).is_err(), "{wrong}");
        }
        let fits = |from: &str, until: &str| {
            Hours { from: minute(from).unwrap(), until: minute(until).unwrap() }.fits()
        };
        assert!(fits("09:00", "10:00") && fits("00:00", "24:00"));
        assert!(!fits("09:00", "09:59") && !fits("22:00", "06:00"));
    }
}
