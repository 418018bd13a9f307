//! How shares change over time: verdicts, makers, applications that were found. Each point is the end of a day, or of a week; the last one is
//! this moment.

use muster_proto::time::{Day, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::days::{self, Sums};
use super::now;
use super::roll::Ways;
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::catalogue::Watched;
use crate::error::ActionError;
use crate::orgs;
use crate::store::{StoreError, Tx};

/// What is shown over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// How many phones stood where.
    Verdict,
    /// How many were of which maker.
    Maker,
    /// On how many a watched application was found.
    App,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Maker => "maker",
            Self::App => "app",
        }
    }
}

/// How far apart the points are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A point for each day.
    #[default]
    Day,
    /// A point for each week: its Sunday.
    Week,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What.
    pub kind: Kind,
    /// Of this organisation and those below it; of all where none is named.
    pub org: Option<String>,
    /// Days back from today.
    pub back: u32,
    /// How far apart.
    pub step: Step,
}

/// Shares over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Series {
    /// What is shown.
    pub kind: Kind,
    /// The days at whose end it was so; the last one is today, and has not ended.
    pub days: Vec<Day>,
    /// Each share: as many numbers as there are days. Verdicts stand in their order, of the others the largest first.
    pub shares: Vec<Share>,
    /// Whether days are left out because fewer phones stood there than a chart may show (`smallest-group`).
    pub suppressed: bool,
}

/// One share over time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Share {
    /// The verdict's word, the maker's id (`other` for those that the catalogue does not list, `unknown` where none was said), or the application's id.
    pub name: String,
    /// Phones on each day; none where nothing was counted until then.
    pub devices: Vec<Option<u64>>,
}

/// Shares over time.
///
/// # Errors
/// There is no such organisation; the store's.
pub async fn series(app: &App, actor: &Actor, asked: Asked) -> Result<Series, ActionError> {
    let (at, watched, smallest) = (app.now(), Arc::clone(&app.catalogue), app.smallest_group);
    let within = actor.within(Right::Read);
    app.store
        .read(move |tx| {
            let series = read(tx, &asked, &within, &watched, at)?;
            if asked.kind == Kind::Verdict {
                return Ok(series);
            }
            let all = read(tx, &Asked { kind: Kind::Verdict, ..asked }, &within, &watched, at)?;
            Ok(suppressed(series, &all, smallest.into()))
        })
        .await
}

/// Without the days on which there were fewer phones than `smallest`, of which `all` has the verdicts. None at all says nothing of anybody.
fn suppressed(mut series: Series, all: &Series, smallest: u64) -> Series {
    for nth in 0..series.days.len() {
        let on = |share: &Share| share.devices.get(nth).copied().flatten().unwrap_or(0);
        // applications are of phones with an agent alone, and no chart has those that are not enrolled
        let shown = |share: &&Share| match series.kind {
            Kind::App => share.name != "not-enrolled" && !share.name.starts_with("declared"),
            _ => share.name != "not-enrolled",
        };
        let phones: u64 = all.shares.iter().filter(shown).map(on).sum();
        if phones == 0 || phones >= smallest {
            continue;
        }
        series.suppressed = true;
        for slot in series.shares.iter_mut().filter_map(|share| share.devices.get_mut(nth)) {
            *slot = None;
        }
    }
    series.shares.retain(|share| share.devices.iter().any(Option::is_some));
    series
}

fn read(
    tx: &mut dyn Tx,
    asked: &Asked,
    within: &Within,
    watched: &Watched,
    at: Timestamp,
) -> Result<Series, ActionError> {
    let mut orgs = orgs::all(tx)?;
    orgs.retain(|org| within.has(&org.id));
    if let Some(org) = asked.org.as_deref().filter(|asked| orgs.iter().all(|org| org.id != *asked)) {
        return Err(ActionError::missing("organisation", org));
    }
    let ways = Ways::of(&orgs);
    let top = asked.org.as_deref();
    let is_below = |org: &&str| top.is_none_or(|top| ways.up(org).any(|above| above == top));
    // whoever reads everything has no condition
    let some = top.is_some() || !within.is_everywhere();
    let below: Option<Vec<&str>> = some.then(|| ways.orgs().filter(is_below).collect());
    let counts = |org: &str| below.as_ref().is_none_or(|below| below.contains(&org));
    let (today, ended) = (super::newest_day(&orgs, at), super::ended_day(&orgs, at));
    let from = Day::from_days(today.days().saturating_sub(asked.back.min(days::KEPT))).unwrap_or(today);
    let sums = days::sums(tx, asked.kind.word(), below.as_deref(), (from, ended))?;
    let mut live: BTreeMap<String, u64> = BTreeMap::new();
    for (org, name, devices) in self::live(tx, asked.kind, watched)? {
        if counts(&org) {
            *live.entry(name).or_default() += devices;
        }
    }
    let days = points(from, ended, today, asked.step);
    let shares = shares(&sums, &live, &days, asked.kind);
    Ok(Series { kind: asked.kind, shares, days, suppressed: false })
}

fn live(tx: &mut dyn Tx, kind: Kind, watched: &Watched) -> Result<Vec<(String, String, u64)>, StoreError> {
    let shares = match kind {
        Kind::Verdict => {
            let parts = |(org, figures): (String, super::Figures)| {
                figures.parts().map(move |(word, n)| (org.clone(), word.to_owned(), n)).collect::<Vec<_>>()
            };
            return Ok(now::verdicts(tx)?.into_iter().flat_map(parts).collect());
        }
        Kind::Maker => now::makers(tx, &watched.catalogue)?,
        Kind::App => now::apps(tx)?,
    };
    Ok(shares.into_iter().map(|((org, name), devices)| (org, name, devices)).collect())
}

/// The days of the points, today last. Where days have ended in some time zones alone, none of them is a point.
fn points(from: Day, ended: Day, today: Day, step: Step) -> Vec<Day> {
    // 1970-01-01 was a Thursday
    let is_point = |day: &u32| step == Step::Day || (day + 4).is_multiple_of(7);
    let past = (from.days()..=ended.days()).filter(is_point).filter_map(Day::from_days);
    past.chain([today]).collect()
}

fn shares(sums: &Sums, live: &BTreeMap<String, u64>, days: &[Day], kind: Kind) -> Vec<Share> {
    let names: BTreeSet<&str> =
        sums.values().flat_map(BTreeMap::keys).chain(live.keys()).map(String::as_str).collect();
    let past = days.len().saturating_sub(1);
    let numbers = |name: &&str| {
        let on = |day: &Day| sums.get(day).map(|sum| sum.get(*name).copied().unwrap_or(0));
        let today = (past < days.len()).then(|| Some(live.get(*name).copied().unwrap_or(0)));
        days.iter().take(past).map(on).chain(today).collect::<Vec<_>>()
    };
    let mut shares: Vec<Share> =
        names.iter().map(|name| Share { name: (*name).to_owned(), devices: numbers(name) }).collect();
    match kind {
        Kind::Verdict => {
            let place = |name: &str| super::Figures::default().parts().position(|(word, _)| word == name);
            shares.sort_by_key(|share| place(&share.name));
        }
        Kind::Maker | Kind::App => shares.sort_by(|one, other| {
            let most = |share: &Share| share.devices.iter().copied().max().flatten();
            most(other).cmp(&most(one)).then_with(|| one.name.cmp(&other.name))
        }),
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_end_on_sundays_and_today_is_the_last() {
        let days = points(day("2026-03-20"), day("2026-03-31"), day("2026-04-01"), Step::Week);
        let days: Vec<String> = days.iter().map(ToString::to_string).collect();
        assert_eq!(days, ["2026-03-22", "2026-03-29", "2026-04-01"]);
        assert_eq!(points(day("2026-03-20"), day("2026-03-31"), day("2026-04-01"), Step::Day).len(), 13);
        let split = points(day("2026-03-30"), day("2026-03-30"), day("2026-04-01"), Step::Day);
        assert_eq!(
            split,
            [day("2026-03-30"), day("2026-04-01")],
            "a day that has ended in some places alone"
        );
    }

    #[test]
    fn those_who_are_in_no_chart_hide_nobody_in_it() {
        let share = |name: &str, n: u64| Share { name: name.to_owned(), devices: vec![Some(n)] };
        let days = vec![day("2026-03-01")];
        let apps = Series {
            kind: Kind::App,
            days: days.clone(),
            shares: vec![share("telegram", 1)],
            suppressed: false,
        };
        let phones = [share("ready", 1), share("not-enrolled", 10), share("declared-failing", 10)];
        let all = Series { kind: Kind::Verdict, days, shares: phones.into(), suppressed: false };
        assert!(suppressed(apps, &all, 5).suppressed);
    }

    #[test]
    fn what_few_phones_show_is_in_no_chart() {
        let share = |name: &str, devices: &[u64]| Share {
            name: name.to_owned(),
            devices: devices.iter().copied().map(Some).collect(),
        };
        let days = (1..=3).map(|nth| day(&format!("2026-03-0{nth}"))).collect();
        let shares = vec![share("apple", &[4, 3, 0]), share("samsung", &[1, 1, 0]), share("few", &[0, 1, 0])];
        let all = Series { kind: Kind::Maker, days, shares, suppressed: false };
        let phones = Series { kind: Kind::Verdict, shares: vec![share("ready", &[9, 4, 0])], ..all.clone() };
        let left = suppressed(all.clone(), &phones, 5);
        assert!(left.suppressed);
        assert_eq!(left.shares[0].devices, [Some(4), None, Some(0)]);
        assert_eq!(suppressed(all.clone(), &phones, 4), all);
    }

    #[test]
    fn a_day_without_a_count_is_no_day_without_phones() {
        let counts = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect();
        let sums = Sums::from([
            (day("2026-03-02"), counts(&[("apple", 3)])),
            (day("2026-03-03"), counts(&[])),
            (day("2026-03-04"), counts(&[("samsung", 1), ("apple", 10)])),
        ]);
        let days: Vec<Day> = (1..=5).map(|nth| day(&format!("2026-03-0{nth}"))).collect();
        let shares = shares(&sums, &counts(&[("samsung", 2)]), &days, Kind::Maker);
        let of = |name: &str| &shares.iter().find(|share| share.name == name).unwrap().devices;
        assert_eq!(*of("apple"), [None, Some(3), Some(0), Some(10), Some(0)]);
        assert_eq!(*of("samsung"), [None, Some(0), Some(0), Some(1), Some(2)]);
        assert_eq!(shares[0].name, "apple", "the one that was largest stands first");
    }
}
