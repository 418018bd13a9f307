//! What ends soon: dates of policies, and graces.

use muster_proto::policy::{Local, Mode};
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::State;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::days::today;
use crate::devices::rank;
use crate::judge;
use crate::orgs::OrgView;
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx, values};

/// A date at which something changes by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Deadline {
    /// When.
    pub at: Timestamp,
    /// The rule whose date in a policy it is; none where graces of single phones end, each at its own hour of that day.
    pub rule: Option<String>,
    /// What that rule is called.
    pub title: Option<Local>,
    /// Phones that do not keep the rule yet, or whose grace ends.
    pub devices: u64,
}

/// Dates of policies by organisation: its own phones that do not keep the rule yet.
pub(super) type Dates = HashMap<String, Vec<(Timestamp, String, Local, u64)>>;

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
        let ahead = |rule: &&muster_proto::policy::DeviceRule| {
            rule.mode == Mode::Enforce && rule.due.is_some_and(|due| due > now)
        };
        let rules: Vec<_> = policy.rules.iter().filter(ahead).collect();
        if rules.is_empty() {
            continue;
        }
        let late = late(tx, &org.id)?;
        let mut dates: Vec<_> = rules
            .into_iter()
            .filter_map(|rule| {
                let id = rule.id.as_str().to_owned();
                let devices = late.get(&id).copied().unwrap_or(0);
                Some((rule.due?, id, judge::title(rule.id.as_str(), Some(rule)), devices))
            })
            .collect();
        dates.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
        all.insert(org.id.clone(), dates);
    }
    Ok(all)
}

/// How many phones of an organisation itself break which rule.
fn late(tx: &mut dyn Tx, org: &str) -> Result<HashMap<String, u64>, StoreError> {
    let sql = "SELECT m.name, COUNT(*) FROM device_marks AS m CROSS JOIN devices AS d WHERE m.device = d.id AND d.status = 'active' \
               AND m.org = $1 AND m.kind = 'rule' AND m.broken = 1 GROUP BY m.name";
    tx.query(sql, &values![org])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// The next date of a policy for organisations together.
pub(super) fn next<'a>(dates: &Dates, orgs: impl Iterator<Item = &'a str>) -> Option<Deadline> {
    merged(dates, orgs).into_iter().next()
}

fn merged<'a>(dates: &Dates, orgs: impl Iterator<Item = &'a str>) -> Vec<Deadline> {
    let mut all: BTreeMap<(Timestamp, &str), (&Local, u64)> = BTreeMap::new();
    for (at, rule, title, devices) in orgs.filter_map(|org| dates.get(org)).flatten() {
        all.entry((*at, rule)).or_insert((title, 0)).1 += devices;
    }
    let deadline = |((at, rule), (title, devices)): ((Timestamp, &str), (&Local, u64))| Deadline {
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
    let of_policies: HashSet<Timestamp> = all.iter().map(|deadline| deadline.at).collect();
    let zones: HashMap<&str, &str> =
        orgs.iter().map(|org| (org.id.as_str(), org.time_zone.as_str())).collect();
    let sql = "SELECT org, verdict_due, COUNT(*) FROM devices WHERE status = 'active' AND verdict_rank = $1 \
               AND COALESCE(verdict_due, 9223372036854775807) <= $2 GROUP BY org, verdict_due";
    let mut days: BTreeMap<Day, (Timestamp, u64)> = BTreeMap::new();
    for mut row in tx.query(sql, &values![rank(State::Grace), end])? {
        let (org, at, devices): (String, Timestamp, u64) = (row.take()?, row.take()?, row.take()?);
        // what a date of a policy ends stands there already
        let Some(zone) = zones.get(org.as_str()).filter(|_| !of_policies.contains(&at)) else { continue };
        // midnight ends the day before it
        let Some((day, ..)) = today(zone, at - Span::from_millis(1)) else { continue };
        let (first, sum) = days.entry(day).or_insert((at, 0));
        *first = (*first).min(at);
        *sum += devices;
    }
    all.extend(days.into_values().map(|(at, devices)| Deadline { at, rule: None, title: None, devices }));
    all.sort_by(|one, other| (one.at, &one.rule).cmp(&(other.at, &other.rule)));
    Ok(all)
}
