//! The clock of silence: it runs in working time, and stands while nobody is there to carry the phone.
//!
//! Silence begins at the first moment up to which the clock has run for `silent_after` since the phone was last heard fresh, and at the latest
//! [`LATEST`] after that: no calendar and no note puts it off for ever, and no count takes more days than those.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use muster_proto::time::{Span, Timestamp};
use std::sync::Arc;

use super::Calendar;

/// Two years: silence begins then, whatever is written.
pub const LATEST: Span = Span::from_hours(731 * 24);

/// A calendar where its phones are.
#[derive(Debug, Clone)]
pub struct Working {
    /// The organisation whose calendar it is.
    pub of: String,
    calendar: Arc<Calendar>,
    zone: TimeZone,
}

/// From when until when the clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pause {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

impl Working {
    /// The calendar of an organisation in a time zone; in UTC where that is not known any more.
    #[must_use]
    pub fn new(of: String, calendar: Arc<Calendar>, zone: &str) -> Self {
        Self { of, calendar, zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC) }
    }

    /// Whether this moment is working time.
    #[must_use]
    pub fn is_on(&self, at: Timestamp) -> bool {
        let mut pieces = Pieces::new(Some(self), at, at + Span::from_millis(1));
        pieces.next().is_some()
    }

    /// The working time of a day.
    fn on(&self, date: Date) -> Option<Pause> {
        if !self.calendar.works_on(date) {
            return None;
        }
        let at = |date: Date, (hour, minute)| self.moment(date.at(hour, minute, 0, 0));
        let (from, until) = match self.calendar.hours {
            Some(hours) => (hours.from.on_the_day(), hours.until.on_the_day()),
            None => (None, None),
        };
        let from = at(date, from.unwrap_or((0, 0)))?;
        let until = match until {
            Some(time) => at(date, time)?,
            None => at(date.tomorrow().ok()?, (0, 0))?,
        };
        Some(Pause { from, until })
    }

    /// The moment; a time that clocks leave out comes so much later, and of one that there is twice it is the first.
    fn moment(&self, local: DateTime) -> Option<Timestamp> {
        let moment = self.zone.to_timestamp(local).ok()?;
        Some(Timestamp::from_millis(moment.as_millisecond()))
    }
}

/// When silence begins for a phone that was last heard then.
#[must_use]
pub fn silent_at(heard: Timestamp, after: Span, working: Option<&Working>, away: &[Pause]) -> Timestamp {
    let soonest = heard + after;
    if (working.is_none() && away.is_empty()) || after >= LATEST || after.millis() == 0 {
        return soonest;
    }
    let mut pauses = away.to_vec();
    pauses.sort_unstable();
    let (latest, mut left) = (heard + LATEST, after.millis());
    for piece in Pieces::new(working, heard, latest) {
        let mut from = piece.from;
        for pause in pauses.iter().filter(|pause| pause.until > piece.from && pause.from < piece.until) {
            if let Some(end) = ran_out(&mut left, from, pause.from) {
                return end;
            }
            from = from.max(pause.until);
        }
        if let Some(end) = ran_out(&mut left, from, piece.until) {
            return end;
        }
    }
    latest
}

/// Lets the clock run from then until then; the moment at which nothing is left.
fn ran_out(left: &mut u64, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
    let ran = until.since(from).millis();
    if ran >= *left {
        return Some(from + Span::from_millis(*left));
    }
    *left -= ran;
    None
}

/// The pieces of working time between two moments, in their order.
struct Pieces<'a> {
    working: Option<&'a Working>,
    from: Timestamp,
    until: Timestamp,
    /// The day to look at next; none once there is nothing more.
    date: Option<Date>,
}

impl<'a> Pieces<'a> {
    fn new(working: Option<&'a Working>, from: Timestamp, until: Timestamp) -> Self {
        let utc = TimeZone::UTC;
        let zone = working.map_or(&utc, |working| &working.zone);
        let local = jiff::Timestamp::from_millisecond(from.millis()).ok();
        // where clocks have left out a whole day, yesterday's hours may still be
        let date = local.and_then(|moment| zone.to_datetime(moment).date().yesterday().ok());
        Self { working, from, until, date }
    }
}

impl Iterator for Pieces<'_> {
    type Item = Pause;

    fn next(&mut self) -> Option<Pause> {
        let Some(working) = self.working else {
            self.date.take()?;
            return Some(Pause { from: self.from, until: self.until });
        };
        loop {
            let date = self.date?;
            self.date = date.tomorrow().ok();
            if working.moment(date.at(0, 0, 0, 0))? >= self.until {
                self.date = None;
                return None;
            }
            let Some(day) = working.on(date) else { continue };
            let piece = Pause { from: day.from.max(self.from), until: day.until.min(self.until) };
            if piece.from < piece.until {
                // of days of which clocks repeat a part, no moment counts twice
                self.from = piece.until;
                return Some(piece);
            }
        }
    }
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
