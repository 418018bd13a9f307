//! What ends soon: dates of policies, and graces.

use muster_proto::policy::{DeviceRule, Local, Mode};
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::State;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::days::today;
use crate::devices::rank;
use crate::judge;
use crate::orgs::OrgView;
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx, Value, values};

/// A date at which something changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deadline {
    /// The day at whose end, or within which, it is: in the calendar of the organisations.
    pub day: Day,
    /// The first moment of those that are put together here: midnight is at another time elsewhere.
    pub at: Timestamp,
    /// The rule whose date in a policy it is; none where graces of single phones end, each at its own hour of that day.
    pub rule: Option<String>,
    /// What that rule is called.
    pub title: Option<Local>,
    /// Phones that do not keep the rule yet, or whose grace ends.
    pub devices: u64,
}

/// A date of a policy: the day that it names, when that is over, the rule, what it is called, and who does not keep it.
type Date = (Day, Timestamp, String, Local, u64);

/// Dates of policies by organisation: its own phones that do not keep the rule yet.
pub(super) type Dates = HashMap<String, Vec<Date>>;

/// The dates of the policies of these organisations that lie ahead, the next first.
///
/// # Errors
/// The store's.
pub(super) fn dates(
    tx: &mut dyn Tx,
    orgs: &[OrgView],
    snapshot: &Snapshot,
    now: Timestamp,
) -> Result<Dates, StoreError> {
    let mut all = Dates::new();
    for org in orgs {
        let Some(policy) = snapshot.of(&org.id).and_then(|compiled| compiled.ruleset.policy()) else {
            continue;
        };
        let ahead = |rule: &DeviceRule| {
            let due = rule.due.filter(|due| rule.mode == Mode::Enforce && *due > now)?;
            let (day, ..) = today(&org.time_zone, due - Span::from_millis(1))?;
            Some((day, due, rule.id.as_str().to_owned(), judge::title(rule.id.as_str(), Some(rule)), 0))
        };
        let dates: Vec<_> = policy.rules.iter().filter_map(ahead).collect();
        if !dates.is_empty() {
            all.insert(org.id.clone(), dates);
        }
    }
    if all.is_empty() {
        return Ok(all);
    }
    let late = "SELECT d.org, m.name, COUNT(*) FROM device_marks AS m CROSS JOIN devices AS d WHERE m.device = d.id \
                AND d.status = 'active' AND m.kind = 'rule' AND m.broken = 1 GROUP BY d.org, m.name";
    for mut row in tx.query(late, &[])? {
        let (org, rule, devices): (String, String, u64) = (row.take()?, row.take()?, row.take()?);
        let dates = all.get_mut(&org).into_iter().flatten();
        dates.filter(|date| date.2 == rule).for_each(|date| date.4 = devices);
    }
    all.values_mut().for_each(|dates| dates.sort_by(|one, other| (one.1, &one.2).cmp(&(other.1, &other.2))));
    Ok(all)
}

/// The next date of a policy for organisations together.
pub(super) fn next<'a>(dates: &Dates, orgs: impl Iterator<Item = &'a str>) -> Option<Deadline> {
    merged(dates, orgs).into_iter().next()
}

/// The dates of organisations together: the same day in several time zones is one.
fn merged<'a>(dates: &Dates, orgs: impl Iterator<Item = &'a str>) -> Vec<Deadline> {
    let mut all: BTreeMap<(Day, &str), (Timestamp, &Local, u64)> = BTreeMap::new();
    for (day, at, rule, title, devices) in orgs.filter_map(|org| dates.get(org)).flatten() {
        let (first, _, sum) = all.entry((*day, rule)).or_insert((*at, title, 0));
        *first = (*first).min(*at);
        *sum += devices;
    }
    let deadline = |((day, rule), (at, title, devices)): ((Day, &str), (Timestamp, &Local, u64))| Deadline {
        day,
        at,
        rule: Some(rule.to_owned()),
        title: Some(title.clone()),
        devices,
    };
    all.into_iter().map(deadline).collect()
}

/// What ends within a span: dates of policies, and graces of phones by the day of their organisation.
///
/// # Errors
/// The store's.
pub(super) fn within(
    tx: &mut dyn Tx,
    orgs: &[&OrgView],
    dates: &Dates,
    (now, span): (Timestamp, Span),
) -> Result<Vec<Deadline>, StoreError> {
    let end = now + span;
    let mut all = merged(dates, orgs.iter().map(|org| org.id.as_str()));
    all.retain(|deadline| deadline.at <= end);
    let zones: HashMap<&str, &str> =
        orgs.iter().map(|org| (org.id.as_str(), org.time_zone.as_str())).collect();
    // midnight ends the day before it; by the quarter of an hour, within which no time zone begins a day
    let mut params = Vec::from(values![rank(State::Grace), end]);
    let named: BTreeSet<Timestamp> = dates.values().flatten().map(|(_, at, ..)| *at).collect();
    let places: Vec<String> = (3..3 + named.len()).map(|nth| format!("${nth}")).collect();
    // what a date of a policy ends stands there already
    let others = if named.is_empty() {
        String::new()
    } else {
        format!(" AND verdict_due NOT IN ({})", places.join(", "))
    };
    params.extend(named.into_iter().map(Value::from));
    let sql = format!(
        "SELECT org, (verdict_due - 1) / {QUARTER}, MIN(verdict_due), COUNT(*) FROM devices WHERE status = 'active' AND verdict_rank = $1 \
         AND COALESCE(verdict_due, 9223372036854775807) <= $2{others} GROUP BY org, (verdict_due - 1) / {QUARTER}"
    );
    let mut days: BTreeMap<Day, (Timestamp, u64)> = BTreeMap::new();
    for mut row in tx.query(&sql, &params)? {
        let (org, quarter): (String, i64) = (row.take()?, row.take()?);
        let (at, devices): (Timestamp, u64) = (row.take()?, row.take()?);
        let day =
            zones.get(org.as_str()).and_then(|zone| today(zone, Timestamp::from_millis(quarter * QUARTER)));
        let Some((day, ..)) = day else { continue };
        let (first, sum) = days.entry(day).or_insert((at, 0));
        *first = (*first).min(at);
        *sum += devices;
    }
    all.extend(days.into_iter().map(|(day, (at, devices))| Deadline {
        day,
        at,
        rule: None,
        title: None,
        devices,
    }));
    all.sort_by(|one, other| (one.day, &one.rule).cmp(&(other.day, &other.rule)));
    Ok(all)
}

/// A quarter of an hour, in milliseconds.
const QUARTER: i64 = 15 * 60 * 1000;
