//! What ends soon: dates of policies, and graces.

use muster_proto::policy::{DeviceRule, Local, Mode};
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::State;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Bound;

use super::days::today;
use super::lists::{self, Parents};
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
    /// A query that finds these phones and no others, in the organisation with those below it; none where no single one does: graces that end on
    /// one day of several time zones, or a rule of organisations that are too many to name.
    pub query: Option<String>,
}

/// A date of a policy: the day that it names, when that is over, the rule, and what it is called.
struct Date {
    day: Day,
    at: Timestamp,
    rule: String,
    title: Local,
}

/// Dates of policies that lie ahead.
#[derive(Default)]
pub(super) struct Dates {
    /// Those of each organisation, the next first.
    of: HashMap<String, Vec<Date>>,
    /// Phones that do not keep the rule yet, by rule and organisation.
    late: HashMap<String, HashMap<String, u64>>,
    parents: Parents,
}

/// The same day of the same rule in some organisations.
struct Together<'a> {
    at: Timestamp,
    title: &'a Local,
    orgs: BTreeSet<&'a str>,
}

impl Dates {
    /// The dates of the policies of these organisations.
    ///
    /// # Errors
    /// The store's.
    pub fn of(
        tx: &mut dyn Tx,
        orgs: &[OrgView],
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut all = Self { parents: lists::parents(orgs), ..Self::default() };
        for org in orgs {
            let Some(policy) = snapshot.of(&org.id).and_then(|compiled| compiled.ruleset.policy()) else {
                continue;
            };
            let ahead = |rule: &DeviceRule| {
                let at = rule.due.filter(|due| rule.mode == Mode::Enforce && *due > now)?;
                let (day, ..) = today(&org.time_zone, at - Span::from_millis(1))?;
                let (id, title) = (rule.id.as_str().to_owned(), judge::title(rule.id.as_str(), Some(rule)));
                Some(Date { day, at, rule: id, title })
            };
            let mut dates: Vec<_> = policy.rules.iter().filter_map(ahead).collect();
            if !dates.is_empty() {
                dates.sort_by(|one, other| (one.at, &one.rule).cmp(&(other.at, &other.rule)));
                all.late.extend(dates.iter().map(|date| (date.rule.clone(), HashMap::new())));
                all.of.insert(org.id.clone(), dates);
            }
        }
        if !all.of.is_empty() {
            all.count(tx)?;
        }
        Ok(all)
    }

    fn count(&mut self, tx: &mut dyn Tx) -> Result<(), StoreError> {
        let sql = "SELECT org, name, CAST(SUM(devices) AS BIGINT) FROM tallies WHERE kind = 'rule' GROUP BY org, name";
        for mut row in tx.query(sql, &[])? {
            let (org, rule, devices): (String, String, u64) = (row.take()?, row.take()?, row.take()?);
            if let Some(late) = self.late.get_mut(&rule).filter(|_| devices > 0) {
                late.insert(org, devices);
            }
        }
        Ok(())
    }

    /// The next date for organisations together.
    pub fn next(&self, orgs: &[&str]) -> Option<Deadline> {
        let (key, together) = self.merged(orgs).into_iter().next()?;
        Some(self.deadline(key, together, &orgs.iter().copied().collect()))
    }

    /// The dates of organisations together: the same day in several time zones is one.
    fn merged<'a>(&'a self, orgs: &[&'a str]) -> BTreeMap<(Day, &'a str), Together<'a>> {
        let mut all: BTreeMap<(Day, &str), Together<'_>> = BTreeMap::new();
        for org in orgs {
            for Date { day, at, rule, title } in self.of.get(*org).into_iter().flatten() {
                let new = || Together { at: *at, title, orgs: BTreeSet::new() };
                let together = all.entry((*day, rule)).or_insert_with(new);
                together.at = together.at.min(*at);
                together.orgs.insert(org);
            }
        }
        all
    }

    fn deadline(&self, (day, rule): (Day, &str), together: Together<'_>, scope: &HashSet<&str>) -> Deadline {
        let Together { at, title, orgs } = together;
        let late = self.late.get(rule).into_iter().flatten().filter(|(org, _)| scope.contains(org.as_str()));
        let (mut devices, mut counted, mut others) = (0, BTreeSet::new(), BTreeSet::new());
        for (org, phones) in late {
            if orgs.contains(org.as_str()) {
                devices += phones;
                counted.insert(org.as_str());
            } else {
                others.insert(org.as_str());
            }
        }
        let query = lists::of(format!("rule:{rule}"), &counted, &others, (&self.parents, scope));
        Deadline { day, at, rule: Some(rule.to_owned()), title: Some(title.clone()), devices, query }
    }

    /// What ends until then: dates of policies, and graces of phones by the day of their organisation.
    ///
    /// # Errors
    /// The store's.
    pub fn within(
        &self,
        tx: &mut dyn Tx,
        orgs: &[&OrgView],
        end: Timestamp,
    ) -> Result<Vec<Deadline>, StoreError> {
        let ids: Vec<&str> = orgs.iter().map(|org| org.id.as_str()).collect();
        let scope: HashSet<&str> = ids.iter().copied().collect();
        let merged = self.merged(&ids).into_iter().filter(|(_, together)| together.at <= end);
        let mut all: Vec<_> = merged.map(|(key, together)| self.deadline(key, together, &scope)).collect();
        let mut zones: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for org in orgs {
            zones.entry(&org.time_zone).or_default().insert(&org.id);
        }
        let mut days: BTreeMap<Day, Deadline> = BTreeMap::new();
        for (zone, orgs) in &zones {
            let others = scope.iter().copied().filter(|org| !orgs.contains(org)).collect();
            for mut found in self.graces(tx, (zone, orgs), end)? {
                found.query =
                    found.query.and_then(|query| lists::of(query, orgs, &others, (&self.parents, &scope)));
                days.entry(found.day).and_modify(|day| day.add(&found)).or_insert(found);
            }
        }
        all.extend(days.into_values());
        all.sort_by(|one, other| (one.day, &one.rule).cmp(&(other.day, &other.rule)));
        Ok(all)
    }

    /// The graces of the organisations of one time zone, by day. The last day counts whole.
    fn graces(
        &self,
        tx: &mut dyn Tx,
        (zone, orgs): (&str, &BTreeSet<&str>),
        end: Timestamp,
    ) -> Result<Vec<Deadline>, StoreError> {
        // what a date of a policy ends stands there already
        let named: BTreeSet<Timestamp> =
            orgs.iter().filter_map(|org| self.of.get(*org)).flatten().map(|date| date.at).collect();
        let (graces, mut from, mut found) =
            (Graces::new(orgs, &named), Timestamp::from_millis(0), Vec::new());
        while let Some(first) = graces.first(tx, from, end)? {
            // midnight ends the day before it
            let Some((day, begins, ends)) = today(zone, first - Span::from_millis(1)) else { break };
            let devices = graces.count(tx, begins, ends)?;
            let query = Some(listed(begins, ends, &named));
            found.push(Deadline { day, at: first, rule: None, title: None, devices, query });
            from = ends;
        }
        Ok(found)
    }
}

impl Deadline {
    /// The same day in another time zone.
    fn add(&mut self, other: &Self) {
        self.at = self.at.min(other.at);
        self.devices += other.devices;
        // it has other hours there
        self.query = None;
    }
}

/// The query for graces that end after the one moment and until the other, but for those that end when a policy says.
fn listed(begins: Timestamp, ends: Timestamp, named: &BTreeSet<Timestamp>) -> String {
    let until = if named.contains(&ends) { "<" } else { "<=" };
    let mut query = format!("verdict:grace due>\"{begins}\" due{until}\"{ends}\"");
    let inside = named.range((Bound::Excluded(begins), Bound::Excluded(ends)));
    let but: Vec<String> = inside.map(|at| format!("\"{at}\"")).collect();
    if !but.is_empty() {
        query += &format!(" -due:{}", but.join(","));
    }
    query
}

/// Phones of some organisations whose grace ends, and with it nothing that a policy names. Read from an index, one day after the other.
struct Graces {
    condition: String,
    params: Vec<Value<'static>>,
}

impl Graces {
    fn new(orgs: &BTreeSet<&str>, named: &BTreeSet<Timestamp>) -> Self {
        let mut params: Vec<Value<'static>> = Vec::from(values![rank(State::Grace)]);
        let mut listed = |values: &mut dyn Iterator<Item = Value<'static>>| {
            let first = params.len() + 1;
            params.extend(values);
            (first..=params.len()).map(|nth| format!("${nth}")).collect::<Vec<_>>().join(", ")
        };
        let orgs = listed(&mut orgs.iter().map(|org| Value::from((*org).to_owned())));
        let named = listed(&mut named.iter().map(|at| Value::from(*at)));
        let others = if named.is_empty() { named } else { format!(" AND verdict_due NOT IN ({named})") };
        let condition =
            format!("FROM devices WHERE status = 'active' AND verdict_rank = $1 AND org IN ({orgs}){others}");
        Self { condition, params }
    }

    fn first(
        &self,
        tx: &mut dyn Tx,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let (sql, params) = self.sql("SELECT MIN(verdict_due)", [(">", from), ("<=", to)]);
        tx.query_one(&sql, &params)?.map_or(Ok(None), |mut row| row.take())
    }

    fn count(&self, tx: &mut dyn Tx, from: Timestamp, to: Timestamp) -> Result<u64, StoreError> {
        let (sql, params) = self.sql("SELECT COUNT(*)", [(">", from), ("<=", to)]);
        tx.query_one(&sql, &params)?.map_or(Ok(0), |mut row| row.take())
    }

    fn sql(&self, select: &str, bounds: [(&str, Timestamp); 2]) -> (String, Vec<Value<'static>>) {
        let (mut sql, mut params) = (format!("{select} {}", self.condition), self.params.clone());
        for (sign, at) in bounds {
            params.push(at.into());
            sql += &format!(" AND verdict_due {sign} ${}", params.len());
        }
        (sql, params)
    }
}
