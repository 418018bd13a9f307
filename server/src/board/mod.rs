//! The roll-out: who is ready, who is late, and what happens next; by organisation with those below it, now or as of a past day, and over time.

mod days;
mod deadlines;
mod figures;
mod lists;
mod now;
mod roll;
mod series;

pub use days::{Calendar, KEPT, take};
pub use deadlines::Deadline;
pub use figures::Figures;
pub use now::{OTHER, UNNAMED};
pub use series::{Asked, Kind, Series, Share, Step, series};

use muster_proto::time::{Day, Span, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::orgs::{self, OrgView};
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx};
use deadlines::Dates;
use roll::Ways;

/// The roll-out by organisation.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Board {
    /// When it was made.
    pub at: Timestamp,
    /// The day at whose end it is so; none for this moment.
    pub day: Option<Day>,
    /// The organisations in the order of the tree.
    pub orgs: Vec<BoardRow>,
    /// What ends within the days that were asked for, the next first; of a past day nothing.
    pub deadlines: Vec<Deadline>,
}

/// One organisation with all below it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BoardRow {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The organisation that it belongs to.
    pub parent: Option<String>,
    /// Its time zone.
    pub time_zone: String,
    /// How deep it lies below the first row.
    pub depth: u32,
    /// Whether organisations belong to it.
    pub has_below: bool,
    /// Whether there are figures: a past day may lie before the first that was counted.
    pub counted: bool,
    /// How its phones stand, those below it included.
    pub figures: Figures,
    /// The next date of its policies.
    pub next: Option<Deadline>,
    /// The last thirty days that have ended.
    pub trend: Vec<TrendPoint>,
}

/// How many were ready at the end of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TrendPoint {
    /// The day.
    pub day: Day,
    /// Phones that were ready.
    pub ready: u64,
    /// All phones.
    pub total: u64,
}

/// Which part of it.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// This organisation and those below it; all where none is named.
    pub org: Option<String>,
    /// As of the end of this day.
    pub day: Option<Day>,
    /// How many levels below the first.
    pub levels: u32,
    /// How many days ahead deadlines are wanted for.
    pub ahead: u32,
}

/// Days of a trend.
const TREND: u32 = 30;
/// Longest time ahead, in days.
pub const MOST_AHEAD: u32 = 366;
/// Most levels.
pub const MOST_LEVELS: u32 = 16;

/// The roll-out.
///
/// # Errors
/// There is no such organisation; the store's.
pub async fn show(app: &App, actor: &Actor, wanted: Wanted) -> Result<Board, ActionError> {
    let (now, snapshot, within) = (app.now(), app.rules.now(), actor.within(Right::Read));
    app.store.read(move |tx| read(tx, &wanted, &within, &snapshot, now)).await
}

fn read(
    tx: &mut dyn Tx,
    wanted: &Wanted,
    within: &Within,
    snapshot: &Arc<Snapshot>,
    now: Timestamp,
) -> Result<Board, ActionError> {
    let mut orgs = orgs::all(tx)?;
    orgs.retain(|org| within.has(&org.id));
    if let Some(org) = wanted.org.as_deref().filter(|asked| orgs.iter().all(|org| org.id != *asked)) {
        return Err(ActionError::missing("organisation", org));
    }
    let ways = Ways::of(&orgs);
    let day = wanted.day.filter(|day| *day < newest_day(&orgs, now));
    let (figures, counted) = figures(tx, &ways, day)?;
    let trend = trend(tx, &ways, day.unwrap_or_else(|| ended_day(&orgs, now)))?;
    // what was to come on a past day is not kept
    let dates = if day.is_none() { Dates::of(tx, &orgs, snapshot, now)? } else { Dates::default() };
    let mut below: HashMap<&str, Vec<&str>> = HashMap::new();
    for org in &orgs {
        ways.up(&org.id).for_each(|above| below.entry(above).or_default().push(&org.id));
    }
    let shown = roll::in_order(&orgs, wanted.org.as_deref(), wanted.levels.min(MOST_LEVELS));
    let row = |(org, depth): &(&OrgView, u32)| {
        let own = below.get(org.id.as_str()).map_or(&[][..], Vec::as_slice);
        BoardRow {
            id: org.id.clone(),
            title: org.title.clone(),
            parent: org.parent.clone(),
            time_zone: org.time_zone.clone(),
            depth: *depth,
            has_below: own.len() > 1,
            counted: counted.get(org.id.as_str()).is_some_and(|counted| *counted),
            figures: figures.get(org.id.as_str()).copied().unwrap_or_default(),
            next: dates.next(own),
            trend: trend.get(org.id.as_str()).cloned().unwrap_or_default(),
        }
    };
    let rows = shown.iter().map(row).collect();
    let whole = roll::in_order(&orgs, wanted.org.as_deref(), u32::MAX);
    let whole: Vec<&OrgView> = whole.into_iter().map(|(org, _)| org).collect();
    let span = Span::from_hours(24 * u64::from(wanted.ahead.min(MOST_AHEAD)));
    let deadlines =
        if day.is_none() && wanted.ahead > 0 { dates.within(tx, &whole, now + span)? } else { Vec::new() };
    Ok(Board { at: now, day, orgs: rows, deadlines })
}

/// The day that it is where it is latest, of all the places where organisations are.
fn newest_day(orgs: &[OrgView], now: Timestamp) -> Day {
    let utc = days::today("UTC", now).map(|(day, ..)| day);
    let here = orgs.iter().filter_map(|org| days::today(&org.time_zone, now)).map(|(day, ..)| day);
    here.chain(utc).max().unwrap_or(Day::from_days(0).expect("a day"))
}

/// The last day that has ended wherever organisations are.
fn ended_day(orgs: &[OrgView], now: Timestamp) -> Day {
    let utc = days::today("UTC", now).map(|(day, ..)| day);
    let here = orgs.iter().filter_map(|org| days::today(&org.time_zone, now)).map(|(day, ..)| day);
    let today = here.min().or(utc).map_or(0, Day::days);
    Day::from_days(today.saturating_sub(1)).unwrap_or_else(|| newest_day(orgs, now))
}

type Rolled<'a> = (HashMap<&'a str, Figures>, HashMap<&'a str, bool>);

fn figures<'a>(tx: &mut dyn Tx, ways: &Ways<'a>, day: Option<Day>) -> Result<Rolled<'a>, StoreError> {
    let add = |sum: &mut Figures, own: &Figures| *sum += *own;
    let Some(day) = day else {
        let own = now::verdicts(tx)?;
        let counted = ways.orgs().map(|org| (org, true)).collect();
        return Ok((ways.summed(own, add), counted));
    };
    let own = days::as_of(tx, day)?;
    let counted = ways.summed(own.keys().map(|org| (org.clone(), true)), |sum, _| *sum = true);
    Ok((ways.summed(own.into_iter().map(|(org, (_, figures))| (org, figures)), add), counted))
}

fn trend<'a>(
    tx: &mut dyn Tx,
    ways: &Ways<'a>,
    to: Day,
) -> Result<HashMap<&'a str, Vec<TrendPoint>>, StoreError> {
    let from = Day::from_days(to.days().saturating_sub(TREND - 1)).unwrap_or(to);
    let by_day = days::ready(tx, (from, to))?;
    let span: Vec<Day> = (from.days()..=to.days()).filter_map(Day::from_days).collect();
    let add = |sum: &mut Vec<Option<(u64, u64)>>, own: &Vec<Option<(u64, u64)>>| {
        sum.resize(own.len(), None);
        for (sum, (ready, total)) in sum.iter_mut().zip(own).filter_map(|(sum, own)| Some((sum, (*own)?))) {
            let (so_far, of) = sum.unwrap_or_default();
            *sum = Some((so_far + ready, of + total));
        }
    };
    let own = by_day.into_iter().map(|(org, days)| {
        let stands = |day: &Day| days.range(..=*day).next_back().map(|(_, figures)| *figures);
        (org, span.iter().map(stands).collect::<Vec<_>>())
    });
    let points = |points: Vec<Option<(u64, u64)>>| {
        let point = |(day, figures): (&Day, Option<(u64, u64)>)| {
            figures.map(|(ready, total)| TrendPoint { day: *day, ready, total })
        };
        span.iter().zip(points).filter_map(point).collect()
    };
    Ok(ways.summed(own, add).into_iter().map(|(org, found)| (org, points(found))).collect())
}

#[cfg(test)]
mod tests;
