//! Points in time as people say them: a moment, or a day, which is one of the time zone of the organisation that is meant.

use muster_policy::document::{begin_of_day, end_of_day};
use muster_proto::time::{Day, Span, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

/// A moment, or a day, which counts whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// `2026-12-31T18:00:00+03:00`.
    Moment(Timestamp),
    /// `2026-12-31`.
    Day(Day),
}

/// Text that is neither.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is neither a day (2026-12-31) nor a time (2026-12-31T18:00:00+03:00)")]
pub struct PointError(String);

impl Point {
    /// When something begins that begins then.
    #[must_use]
    pub fn begin(self, time_zone: &str) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => begin_of_day(day, time_zone),
        }
    }

    /// The first moment at which something is over that lasts until then: a day counts whole.
    #[must_use]
    pub fn end(self, time_zone: &str) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => end_of_day(day, time_zone),
        }
    }

    /// The last second of it.
    #[must_use]
    pub fn last(self, time_zone: &str) -> Timestamp {
        match self {
            Self::Moment(at) => at,
            Self::Day(day) => end_of_day(day, time_zone) - Span::from_secs(1),
        }
    }
}

impl From<Timestamp> for Point {
    fn from(at: Timestamp) -> Self {
        Self::Moment(at)
    }
}

impl FromStr for Point {
    type Err = PointError;

    fn from_str(text: &str) -> Result<Self, PointError> {
        let wrong = |_| PointError(text.chars().take(100).collect());
        text.parse().map(Self::Day).or_else(|_| text.parse().map(Self::Moment)).map_err(wrong)
    }
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Point {
    fn schema_name() -> Cow<'static, str> {
        "Point".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A moment, in RFC 3339, or a day, which counts whole, in the time zone of the organisation that is meant.",
            // each with its type: what makes clients of this takes what stands outside for no word about those inside
            "anyOf": [{ "type": "string", "format": "date-time" }, { "type": "string", "format": "date" }],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> [String; 3] {
        let point: Point = text.parse().expect(text);
        [point.begin("Europe/Moscow"), point.last("Europe/Moscow"), point.end("Europe/Moscow")]
            .map(|at| at.to_string())
    }

    #[test]
    fn a_day_is_one_of_the_zone_and_a_moment_stays_as_it_is() {
        assert_eq!(
            said("2026-12-31"),
            ["2026-12-30T21:00:00Z", "2026-12-31T20:59:59Z", "2026-12-31T21:00:00Z"]
        );
        assert_eq!(said("2026-12-31T18:00:00+03:00"), ["2026-12-31T15:00:00Z"; 3].map(str::to_owned));
        let nowhere: Point = "2026-12-31".parse().expect("a day");
        assert_eq!(nowhere.end("Nowhere/Land").to_string(), "2027-01-01T00:00:00Z");
        for wrong in ["", "tomorrow", "2026-13-01", "2026-12-31T", "2026-12-31 18:00"] {
            assert!(wrong.parse::<Point>().is_err(), "{wrong}");
        }
    }
}
