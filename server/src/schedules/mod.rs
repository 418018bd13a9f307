//! Schedules: scans that are repeated, on a rhythm, in the time zone of an organisation. Each run is a scan like any other; what the author may
//! is looked at anew each time. A run that was missed is made up for once, and none is made twice.

mod author;
mod edit;
mod naming;
mod next;
mod run;

pub use edit::{add, edit, end};
pub(crate) use naming::check_nobody_names;
pub use next::{Rhythm, Times, clock, minute};
pub use run::run_due;
pub(crate) use run::{NEXT, advance};

use jiff::tz::TimeZone;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::orgs;
use crate::point::Point;
use crate::store::{Row, StoreError, Tx, values};

/// A scan that is repeated, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Schedule {
    /// Its id.
    pub id: String,
    /// Whom it asks: a query, or a group as `group:vip`.
    pub query: String,
    /// Why; the people who carry the phones read it.
    pub reason: String,
    /// Of phones of this organisation and those below it, in its time zone; of all, in UTC, where there is none.
    pub org: Option<String>,
    /// How often.
    pub every: Rhythm,
    /// At which time of the day: `08:30`.
    pub at: String,
    /// On which day: of the week from 1, which is Monday, or of the month.
    pub day: Option<u32>,
    /// No run after this.
    pub until: Option<Timestamp>,
    /// Whether it stands still.
    pub paused: bool,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub actor: String,
}

/// A scan that is repeated, and how it fares.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ScheduleView {
    /// The schedule.
    #[serde(flatten)]
    pub schedule: Schedule,
    /// The time zone in which it counts.
    pub time_zone: String,
    /// When it runs next; never while it is paused and once it is over.
    pub next_run: Option<Timestamp>,
    /// When it ran last.
    pub last_run: Option<Timestamp>,
    /// Why the last run asked nobody: the code of a problem; none where it asked somebody.
    pub trouble: Option<String>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// Why it is over.
    pub why: Option<Why>,
}

/// Why a schedule is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "ScheduleEnd")]
pub enum Why {
    /// Somebody has ended it.
    Ended,
    /// Its end came.
    Until,
    /// Its author is not there any more, is shut out, or has the right no more.
    Author,
}

impl Why {
    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Until => "until",
            Self::Author => "author",
        }
    }
}

/// A scan that is to be repeated.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSchedule {
    /// Whom it asks: a query, or a group as `group:vip`.
    #[schemars(length(max = 500))]
    pub query: String,
    /// Why; the people who carry the phones read it.
    #[schemars(length(min = 1, max = 256))]
    pub reason: String,
    /// Of phones of this organisation and those below it, in its time zone; of all, in UTC, where there is none.
    #[serde(default)]
    pub org: Option<String>,
    /// How often.
    pub every: Rhythm,
    /// At which time of the day: `08:30`.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub at: String,
    /// On which day: of the week (1 is Monday, 7 Sunday) or of the month (a month that is shorter has it on its last one).
    #[serde(default)]
    #[schemars(range(min = 1, max = 31))]
    pub day: Option<u32>,
    /// No run after this. A day is the last one, and counts whole in the time zone of the schedule.
    #[serde(default)]
    pub until: Option<Point>,
}

/// What is to be another about a schedule; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleChange {
    /// Whom it asks.
    #[schemars(length(max = 500))]
    pub query: Option<String>,
    /// Why.
    #[schemars(length(min = 1, max = 256))]
    pub reason: Option<String>,
    /// How often. The day is then said anew.
    pub every: Option<Rhythm>,
    /// At which time of the day.
    #[schemars(regex(pattern = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"))]
    pub at: Option<String>,
    /// On which day.
    #[schemars(range(min = 1, max = 31))]
    pub day: Option<u32>,
    /// No run after this; never with `null`. A day is the last one, and counts whole in the time zone of the schedule.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<Point>")]
    pub until: Option<Option<Point>>,
    /// Whether it stands still. What is missed meanwhile is not made up for.
    pub paused: Option<bool>,
}

/// The schedules that the actor may read: those that go on first, by their next run.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ScheduleView>, ActionError> {
    let within = actor.within(Right::Read);
    app.store
        .read(move |tx| {
            let sql = format!(
                "SELECT {COLUMNS} FROM scan_schedules AS s ORDER BY CASE WHEN s.ended IS NULL THEN 0 ELSE 1 END, \
                 COALESCE(s.next_run, 9223372036854775807), s.id"
            );
            let rows = tx.query(&sql, &[])?;
            let mut all = rows.into_iter().map(view).collect::<Result<Vec<_>, StoreError>>()?;
            all.retain(|one| is_seen(&one.schedule, &within));
            Ok(all)
        })
        .await
}

/// One of them, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<Schedule, ActionError> {
    Ok(show_all(app, id).await?.schedule)
}

/// One of them, and how it fares.
///
/// # Errors
/// There is none, or the store's.
pub async fn show_all(app: &App, id: &str) -> Result<ScheduleView, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| find(tx, &id)).await
}

/// An organisation has another time zone: its schedules count in that from now on. A run that is owed stays.
///
/// # Errors
/// The store's.
pub(crate) fn rezone(tx: &mut dyn Tx, org: &str, before: &str, now: Timestamp) -> Result<(), ActionError> {
    let sql =
        format!("SELECT {COLUMNS} FROM scan_schedules AS s WHERE s.org = $1 AND s.next_run IS NOT NULL");
    for row in tx.query(&sql, &values![org])? {
        let one = view(row)?;
        if one.owed(before, now)?.is_some() {
            continue;
        }
        let Some(next) = one.next_after(now)? else {
            edit::over(tx, &one.schedule.id, Why::Until, now)?;
            continue;
        };
        tx.execute(
            "UPDATE scan_schedules SET next_run = $2 WHERE id = $1",
            &values![&one.schedule.id, next],
        )?;
    }
    Ok(())
}

/// One of the whole server is for whoever reads that.
fn is_seen(schedule: &Schedule, within: &Within) -> bool {
    schedule.org.as_deref().map_or_else(|| within.is_everywhere(), |org| within.has(org))
}

fn find(tx: &mut dyn Tx, id: &str) -> Result<ScheduleView, ActionError> {
    let sql = format!("SELECT {COLUMNS} FROM scan_schedules AS s WHERE s.id = $1");
    let row = tx.query_one(&sql, &values![id])?;
    Ok(view(row.ok_or_else(|| ActionError::missing("schedule", id))?)?)
}

/// The time zone of an organisation; UTC where there is none.
fn zone_of(tx: &mut dyn Tx, org: Option<&str>) -> Result<String, ActionError> {
    Ok(match org {
        Some(org) => orgs::find(tx, org)?.time_zone,
        None => UTC.to_owned(),
    })
}

const UTC: &str = "UTC";

const COLUMNS: &str = "s.id, s.query, s.reason, s.org, s.rhythm, s.at_minute, s.on_day, s.until, s.paused, s.created, s.actor, \
                       COALESCE((SELECT orgs.time_zone FROM orgs WHERE orgs.id = s.org), 'UTC'), \
                       s.next_run, s.last_run, s.trouble, s.ended, s.ended_why";

fn view(mut row: Row) -> Result<ScheduleView, StoreError> {
    Ok(ScheduleView {
        schedule: Schedule {
            id: row.take()?,
            query: row.take()?,
            reason: row.take()?,
            org: row.take()?,
            every: row.parse("a rhythm")?,
            at: clock(row.take()?),
            day: row.take()?,
            until: row.take()?,
            paused: row.take()?,
            created: row.take()?,
            actor: row.take()?,
        },
        time_zone: row.take()?,
        next_run: row.take()?,
        last_run: row.take()?,
        trouble: Some(row.take::<String>()?).filter(|code| !code.is_empty()),
        ended: row.take()?,
        why: why(row.take::<Option<String>>()?.as_deref()),
    })
}

fn why(word: Option<&str>) -> Option<Why> {
    [Why::Ended, Why::Until, Why::Author].into_iter().find(|why| word == Some(why.word()))
}

impl ScheduleView {
    /// The first run after a moment that is not behind its end.
    fn next_after(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        self.schedule.next_after(&self.time_zone, after)
    }

    /// The run that is to be made up for: its time has come, or it was put off to a time that is none of the schedule's own, in the time zone in
    /// which it was counted.
    fn owed(&self, zone: &str, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let own = self.schedule.next_after(zone, now)?;
        Ok(self.next_run.filter(|next| *next <= now || own != Some(*next)))
    }
}

impl Schedule {
    fn times(&self) -> Result<Times, StoreError> {
        let minute = minute(&self.at).ok_or(StoreError::Column("a time of the day"))?;
        Ok(Times { every: self.every, minute, day: self.day })
    }

    fn next_after(&self, zone: &str, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let next = self.times()?.next(&zone, after);
        Ok(next.filter(|next| self.until.is_none_or(|until| *next <= until)))
    }
}

/// `null` says something, too.
fn said<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(d).map(Some)
}

#[cfg(test)]
mod end_tests;
#[cfg(test)]
mod tests;
