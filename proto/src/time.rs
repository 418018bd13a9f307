//! Moments and spans. A clock is never asked here: moments are arguments.

use crate::cbor::{DecodeError, Encoder, Wire, written, wrong};
use std::fmt;

/// A moment, in milliseconds since 1970-01-01T00:00:00Z. On the wire: whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

/// A length of time, in milliseconds, never negative. On the wire: whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(u64);

/// A day of the Gregorian calendar, as days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(u32);

/// Text that is not a moment or a day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct TimeError {
    text: String,
    expected: &'static str,
}

/// 9999-12-30T22:00:00Z, the last second that can be written in every time zone: later ones are no times.
const LAST_SECOND: i64 = 253_402_207_200;

impl Timestamp {
    /// The moment `ms` milliseconds after 1970, held within what RFC 3339 can write.
    #[must_use]
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(0, LAST_SECOND * 1000))
    }

    /// The moment `secs` seconds after 1970.
    #[must_use]
    pub fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1000))
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    #[must_use]
    pub fn secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time from `earlier` to this; nothing if this is the earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Span {
        Span(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }
}

impl Span {
    /// `secs` seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1000))
    }

    /// `ms` milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms)
    }

    /// `hours` hours.
    #[must_use]
    pub const fn from_hours(hours: u64) -> Self {
        Self::from_secs(hours.saturating_mul(3600))
    }

    /// Milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Whole seconds.
    #[must_use]
    pub const fn secs(self) -> u64 {
        self.0 / 1000
    }
}

impl From<Span> for std::time::Duration {
    fn from(span: Span) -> Self {
        Self::from_millis(span.0)
    }
}

impl std::ops::Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_add_unsigned(span.0))
    }
}

impl std::ops::Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self::from_millis(self.0.saturating_sub_unsigned(span.0))
    }
}

impl Day {
    /// The day `days` days after 1970-01-01; `None` after the year 9999.
    #[must_use]
    pub fn from_days(days: u32) -> Option<Self> {
        (i64::from(days) <= LAST_SECOND / 86400).then_some(Self(days))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> u32 {
        self.0
    }

    /// The moment at which the day begins in UTC.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_secs(i64::from(self.0) * 86400)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{} ms after 1970", self.0),
        }
    }
}

impl std::str::FromStr for Timestamp {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        text.parse::<jiff::Timestamp>()
            .map(|time| Self::from_millis(time.as_millisecond()))
            .map_err(|_| TimeError { text: text.to_owned(), expected: "a time as RFC 3339 writes it" })
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.start().to_string();
        f.pad(time.get(..10).unwrap_or(&time))
    }
}

impl std::str::FromStr for Day {
    type Err = TimeError;
    fn from_str(text: &str) -> Result<Self, TimeError> {
        let error = || TimeError { text: text.to_owned(), expected: "a day as YYYY-MM-DD" };
        let time: Timestamp = format!("{text}T00:00:00Z").parse().map_err(|_| error())?;
        u32::try_from(time.secs() / 86400)
            .ok()
            .and_then(Self::from_days)
            .filter(|_| text.len() == 10)
            .ok_or_else(error)
    }
}

macro_rules! serde_as_text {
    ($type:ty) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

serde_as_text!(Timestamp);
serde_as_text!(Day);

/// Seconds.
impl serde::Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_u64(self.secs())
    }
}

/// Seconds.
impl<'de> serde::Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        u64::deserialize(d).map(Self::from_secs)
    }
}

impl Wire for Timestamp {
    fn put(&self, e: &mut Encoder) {
        written(e.i64(self.secs()));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let secs = d.i64().map_err(wrong("time", "whole seconds since 1970"))?;
        if (0..=LAST_SECOND).contains(&secs) {
            Ok(Self::from_secs(secs))
        } else {
            Err(DecodeError::OutOfBounds { what: "time", bound: "from 1970 to 9999" })
        }
    }
}

impl Wire for Span {
    fn put(&self, e: &mut Encoder) {
        written(e.u64(self.secs()));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let secs = u64::take(d)?;
        if secs <= LAST_SECOND.unsigned_abs() {
            Ok(Self::from_secs(secs))
        } else {
            Err(DecodeError::OutOfBounds { what: "span", bound: "below 8000 years" })
        }
    }
}

impl Wire for Day {
    fn put(&self, e: &mut Encoder) {
        written(e.u32(self.0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let days = u32::take(d)?;
        Self::from_days(days).ok_or(DecodeError::OutOfBounds { what: "day", bound: "from 1970 to 9999" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339_in_utc() {
        let time: Timestamp = "2023-04-01T03:00:00+03:00".parse().expect("a time");
        assert_eq!(time.to_string(), "2023-04-01T00:00:00Z");
        assert_eq!(Timestamp::from_millis(1500).to_string(), "1970-01-01T00:00:01.5Z");
    }

    #[test]
    fn every_time_can_be_written_and_read() {
        for time in [Timestamp::default(), Timestamp::from_secs(i64::MAX), Timestamp::from_millis(i64::MIN)] {
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn days_are_iso_8601() {
        let day: Day = "2024-02-29".parse().expect("a day");
        assert_eq!(day.to_string(), "2024-02-29");
        for wrong in ["2023-02-29", "2024-2-9", "2024-02-29T", ""] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_span_backwards_is_nothing() {
        assert_eq!(Timestamp::from_secs(1).since(Timestamp::from_secs(2)), Span::default());
    }
}
