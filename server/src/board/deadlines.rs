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
    let late =
        "SELECT org, name, CAST(SUM(devices) AS BIGINT) FROM tallies WHERE kind = 'rule' GROUP BY org, name";
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
    // what a date of a policy ends stands there already
    let named: BTreeSet<Timestamp> = dates.values().flatten().map(|(_, at, ..)| *at).collect();
    let mut zones: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    orgs.iter().for_each(|org| zones.entry(&org.time_zone).or_default().push(&org.id));
    let mut days: BTreeMap<Day, (Timestamp, u64)> = BTreeMap::new();
    for (zone, orgs) in zones {
        let graces = Graces::new(&orgs, &named, end);
        let mut from = Timestamp::from_millis(0);
        while let Some(first) = graces.first_after(tx, from)? {
            // midnight ends the day before it
            let Some((day, _, ends)) = today(zone, first - Span::from_millis(1)) else { break };
            let devices = graces.count(tx, from, ends)?;
            let (at, sum) = days.entry(day).or_insert((first, 0));
            *at = (*at).min(first);
            *sum += devices;
            from = ends;
        }
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

/// Phones of some organisations whose grace ends before a time, and with it nothing that a policy names. Read from an index, one day after the
/// other.
struct Graces {
    condition: String,
    params: Vec<Value<'static>>,
}

impl Graces {
    fn new(orgs: &[&str], named: &BTreeSet<Timestamp>, end: Timestamp) -> Self {
        let mut params: Vec<Value<'static>> = Vec::from(values![rank(State::Grace), end]);
        let mut listed = |values: &mut dyn Iterator<Item = Value<'static>>| {
            let first = params.len() + 1;
            params.extend(values);
            (first..=params.len()).map(|nth| format!("${nth}")).collect::<Vec<_>>().join(", ")
        };
        let orgs = listed(&mut orgs.iter().map(|org| Value::from((*org).to_owned())));
        let named = listed(&mut named.iter().map(|at| Value::from(*at)));
        let others = if named.is_empty() { named } else { format!(" AND verdict_due NOT IN ({named})") };
        let condition = format!(
            "FROM devices WHERE status = 'active' AND verdict_rank = $1 AND verdict_due <= $2 AND org IN ({orgs}){others}"
        );
        Self { condition, params }
    }

    fn first_after(&self, tx: &mut dyn Tx, from: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let (sql, params) = self.sql("SELECT MIN(verdict_due)", [(">", from)]);
        tx.query_one(&sql, &params)?.map_or(Ok(None), |mut row| row.take())
    }

    fn count(&self, tx: &mut dyn Tx, from: Timestamp, to: Timestamp) -> Result<u64, StoreError> {
        let (sql, params) = self.sql("SELECT COUNT(*)", [(">", from), ("<=", to)]);
        tx.query_one(&sql, &params)?.map_or(Ok(0), |mut row| row.take())
    }

    fn sql<const N: usize>(
        &self,
        select: &str,
        bounds: [(&str, Timestamp); N],
    ) -> (String, Vec<Value<'static>>) {
        let (mut sql, mut params) = (format!("{select} {}", self.condition), self.params.clone());
        for (sign, at) in bounds {
            params.push(at.into());
            sql += &format!(" AND verdict_due {sign} ${}", params.len());
        }
        (sql, params)
    }
}
