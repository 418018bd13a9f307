//! Calendars of organisations: on which days, and within which hours, phones are expected to be heard. Silence is counted in that time. An
//! organisation without a calendar of its own has that of the nearest one above; each counts in its own time zone.

mod clock;
mod days;
mod edit;
mod hours;

pub use clock::{LATEST, Pause, Working, silent_at};
pub use days::{Days, Named};
pub use edit::{clear, set, show};
pub use hours::{Hours, Minute};

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

use crate::error::ActionError;
use crate::orgs::{self, OrgView};
use crate::problems::Code;
use crate::reason::misleads;
use crate::store::{StoreError, Tx, values};

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

impl Weekday {
    /// Every one, as weeks go.
    pub const ALL: [Self; 7] = [Self::Mon, Self::Tue, Self::Wed, Self::Thu, Self::Fri, Self::Sat, Self::Sun];

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mon => "mon",
            Self::Tue => "tue",
            Self::Wed => "wed",
            Self::Thu => "thu",
            Self::Fri => "fri",
            Self::Sat => "sat",
            Self::Sun => "sun",
        }
    }

    fn of(date: Date) -> Option<Self> {
        let nth = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        Self::ALL.get(nth).copied()
    }
}

/// When phones are expected to be heard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Calendar {
    /// The working days of a week, each once.
    #[schemars(length(min = 1, max = 7))]
    pub week: Vec<Weekday>,
    /// The hours of a working day; the whole of it where none are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<Hours>,
    /// Days off: holidays. At most 400 entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400))]
    pub off: Vec<Days>,
    /// Working days out of turn, though they are off or lie in a weekend. At most 400 entries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 400))]
    pub working: Vec<Days>,
    /// Where this is from: the law, the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 500))]
    pub source: Option<String>,
}

/// The calendar of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OrgCalendar {
    /// Its own; none where it has that of one above, or none.
    pub own: Option<Calendar>,
    /// The one above whose calendar counts where it has none of its own.
    pub from: Option<String>,
    /// That calendar.
    pub inherited: Option<Calendar>,
}

/// Most entries of a list of days.
const MOST: usize = 400;
const LONGEST_NAME: usize = 100;
const LONGEST_SOURCE: usize = 500;

impl Calendar {
    /// Whether phones are expected to be heard on a day.
    #[must_use]
    pub fn works_on(&self, date: Date) -> bool {
        if self.working.iter().any(|days| days.has(date)) {
            return true;
        }
        let in_week = Weekday::of(date).is_some_and(|day| self.week.contains(&day));
        in_week && !self.off.iter().any(|days| days.has(date))
    }

    /// Whether it can be counted by.
    ///
    /// # Errors
    /// It says which part is wrong, and why.
    pub fn check(&self) -> Result<(), ActionError> {
        let wrong = |detail: String| Err(ActionError::invalid(Code::BadCalendar, detail));
        let twice = (1..self.week.len()).any(|nth| self.week[..nth].contains(&self.week[nth]));
        if self.week.is_empty() || twice {
            return wrong("week: 1 to 7 days, each once".to_owned());
        }
        if self.hours.is_some_and(|hours| !hours.fits()) {
            return wrong(
                "hours: a working day ends at least an hour after it begins, on the same day".to_owned(),
            );
        }
        for (part, list) in [("off", &self.off), ("working", &self.working)] {
            if list.len() > MOST {
                return wrong(format!("{part}: at most {MOST} entries"));
            }
            for days in list {
                if let Some(why) = flaw(days) {
                    return wrong(format!("{part}: {days}: {why}"));
                }
            }
        }
        match &self.source {
            Some(source) if !is_text(source, LONGEST_SOURCE) => {
                wrong(format!("source: one line of 1 to {LONGEST_SOURCE} bytes"))
            }
            _ => Ok(()),
        }
    }
}

fn flaw(days: &Days) -> Option<String> {
    if days.name.as_deref().is_some_and(|name| !is_text(name, LONGEST_NAME)) {
        return Some(format!("a name is one line of 1 to {LONGEST_NAME} bytes"));
    }
    Some(match days.wrong()? {
        days::Wrong::Mixed => "both ends are of a year, or both of every year".to_owned(),
        days::Wrong::Backwards => {
            "the last comes before the first; days of every year end with it".to_owned()
        }
        days::Wrong::TooLong => format!("at most {} days", days::LONGEST),
    })
}

fn is_text(text: &str, longest: usize) -> bool {
    !text.trim().is_empty() && text.len() <= longest && !text.chars().any(misleads)
}

/// The calendars by which phones of each organisation are counted; those without any are not in it.
pub type InForce = HashMap<String, Arc<Working>>;

/// The calendars in force.
///
/// # Errors
/// One can't be read; the store's.
pub fn in_force(tx: &mut dyn Tx, orgs: &[OrgView]) -> Result<InForce, StoreError> {
    let own = all(tx)?;
    if own.is_empty() {
        return Ok(InForce::new());
    }
    let found = orgs.iter().filter_map(|org| {
        let (of, calendar) = nearest(&own, orgs, &org.id)?;
        Some((org.id.clone(), Arc::new(Working::new(of, calendar, &org.time_zone))))
    });
    Ok(found.collect())
}

type Own = HashMap<String, Arc<Calendar>>;

fn all(tx: &mut dyn Tx) -> Result<Own, StoreError> {
    let rows = tx.query("SELECT org, body FROM calendars", &[])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, Arc::new(row.json("a calendar")?)))).collect()
}

/// Its own, or that of the nearest one above.
fn nearest(own: &Own, orgs: &[OrgView], org: &str) -> Option<(String, Arc<Calendar>)> {
    let way = orgs::path(orgs, org);
    way.iter().rev().find_map(|org| Some((org.id.clone(), Arc::clone(own.get(&org.id)?))))
}

/// An organisation's calendar, in this transaction.
fn of(tx: &mut dyn Tx, org: &str) -> Result<OrgCalendar, ActionError> {
    orgs::find(tx, org)?;
    let (own, orgs) = (all(tx)?, orgs::all(tx)?);
    let whole = |calendar: Arc<Calendar>| Arc::unwrap_or_clone(calendar);
    let mut above = own.clone();
    let own = above.remove(org);
    let inherited = nearest(&above, &orgs, org);
    let (from, inherited) = inherited.unzip();
    Ok(OrgCalendar { own: own.map(whole), from, inherited: inherited.map(whole) })
}

/// Devices of an organisation and those below it are due for judgement: their time is counted otherwise.
///
/// # Errors
/// The store's.
pub fn judge_again(tx: &mut dyn Tx, org: &str, now: muster_proto::time::Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE org = $1 AND status = 'active'";
    for org in orgs::tree(tx)?.below(org) {
        tx.execute(sql, &values![&org, now])?;
    }
    crate::policies::new_edition(tx)
}

#[cfg(test)]
mod tests;
