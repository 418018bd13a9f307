//! From documents to the policy of one device: everything that is assigned to its organisation and those above it.
//!
//! **Which entry of a document counts.** A document may be assigned to several organisations on the way from the root to the
//! device's own. Its level is the uppermost of them. Going down, each entry replaces what the one above said: the mode
//! where it names one, and the `due` of the rules that it names. An entry whose `from` has not come is passed over.
//!
//! How documents that name the same rule come together is told in `merge`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use muster_proto::cbor::{Bytes, List};
use muster_proto::facts::{ChannelMode, Schedule};
use muster_proto::policy::{DevicePolicy, DeviceRule, Mode};
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};

use super::form::{Due, MOST_REMINDERS, ScheduleForm};
use super::merge::Merged;
use super::rule::{Escalate, Rule};
use super::{Assign, Document};
use crate::rules::Kind;
use crate::ruleset::{DEFAULT_SILENT_AFTER, WITHHELD};
use crate::units::Length;

/// An organisation, as far as policies care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Org {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// Its time zone by the name of the tz database; where it is not one, days end in UTC.
    pub time_zone: String,
}

pub(super) const REPORT_EVERY: Span = Span::from_hours(4);
pub(super) const SPREAD: Span = Span::from_secs(600);
pub(super) const REMIND: [Span; 2] = [Span::from_hours(72), Span::from_hours(24)];
pub(super) const CHANNEL: ChannelMode = ChannelMode::Awake;

/// The policy of the devices of the last organisation of `path`, which leads to it from the root; `None` where nothing is assigned.
///
/// `previous` is what the same devices had before: it says since when a rule is enforced, and it comes back unchanged where
/// nothing else would.
#[must_use]
pub fn compile(
    docs: &[&Document],
    path: &[Org],
    previous: Option<&DevicePolicy>,
    now: Timestamp,
) -> Option<DevicePolicy> {
    let zone = path.last().map_or(TimeZone::UTC, zone);
    let mut assigned: Vec<Assigned<'_>> =
        docs.iter().filter_map(|document| Assigned::of(document, path, &zone, now)).collect();
    assigned.sort_by(|a, b| (a.level, &a.document.policy).cmp(&(b.level, &b.document.policy)));
    let first = assigned.first()?;

    let mut merged = Merged::default();
    for document in &assigned {
        for rule in &document.document.rules {
            merged.add(&document.document.policy, document.rule(rule, &zone));
        }
    }
    let mut rules = merged.rules;
    for rule in &mut rules {
        rule.enforced_since = enforced_since(rule, previous, now);
    }
    let mut policy = DevicePolicy {
        title: first.document.title.clone(),
        schedule: schedule(&assigned),
        rules: List(rules),
        version: previous.map_or(1, |previous| previous.version),
        contact: assigned.iter().rev().find_map(|assigned| assigned.document.contact.clone()),
    };
    if let Some(previous) = previous
        && *previous != policy
    {
        policy.version = previous.version + 1;
    }
    Some(policy)
}

/// The policy as a phone gets it: of what only the server can judge the phone has the rule, and not what it demands.
#[must_use]
pub fn for_phone(policy: &DevicePolicy) -> DevicePolicy {
    let told = |rule: &DeviceRule| {
        let server_only = Kind::named(&rule.kind).is_some_and(|kind| kind.server_only);
        let demand = if server_only { Bytes(WITHHELD.to_vec()) } else { rule.demand.clone() };
        // a phone has no history to count by: it is told the mode
        DeviceRule { demand, warn_after: None, enforce_after: None, ..rule.clone() }
    };
    DevicePolicy { rules: policy.rules.iter().map(told).collect(), ..policy.clone() }
}

/// When `day` is over in the time zone of this name; where there is none of that name, in UTC.
#[must_use]
pub fn end_of_day(day: Day, time_zone: &str) -> Timestamp {
    end(Due::Day(day), &ZONES.get(time_zone).unwrap_or(TimeZone::UTC))
}

/// When `day` begins in the time zone of this name; where there is none of that name, in UTC.
#[must_use]
pub fn begin_of_day(day: Day, time_zone: &str) -> Timestamp {
    begin(Due::Day(day), &ZONES.get(time_zone).unwrap_or(TimeZone::UTC))
}

/// The next moment at which an assignment begins to count, so that [`compile`] says something else.
#[must_use]
pub fn next_assignment(docs: &[&Document], path: &[Org], now: Timestamp) -> Option<Timestamp> {
    let zone = path.last().map_or(TimeZone::UTC, zone);
    let entries = docs.iter().flat_map(|document| &document.assign);
    let ours = entries.filter(|assign| path.iter().any(|org| org.id == assign.org));
    ours.filter_map(|assign| assign.from.map(|from| begin(from, &zone))).filter(|at| *at > now).min()
}

/// A document, and what its entries along the path say.
struct Assigned<'a> {
    document: &'a Document,
    level: usize,
    entries: Vec<&'a Assign>,
}

impl<'a> Assigned<'a> {
    fn of(document: &'a Document, path: &[Org], zone: &TimeZone, now: Timestamp) -> Option<Self> {
        let in_force = |assign: &&Assign| assign.from.is_none_or(|from| begin(from, zone) <= now);
        let mut entries = Vec::new();
        let mut level = None;
        for (depth, org) in path.iter().enumerate() {
            for assign in document.assign.iter().filter(|assign| assign.org == org.id).filter(in_force) {
                level.get_or_insert(depth);
                entries.push(assign);
            }
        }
        level.map(|level| Self { document, level, entries })
    }

    /// The rule with the dates and the mode that the entries set.
    fn rule(&self, rule: &Rule, zone: &TimeZone) -> DeviceRule {
        let due = self.entries.iter().rev().find_map(|assign| assign.due.get(&rule.id)).copied().or(rule.due);
        let set = self.entries.iter().rev().find_map(|assign| assign.mode);
        let mode = set.unwrap_or(rule.mode);
        // whoever names the mode for a branch means it
        let escalate = if set.is_some() { Escalate::default() } else { rule.escalate };
        DeviceRule {
            id: Text::clipped(&rule.id),
            kind: Text::clipped(rule.kind),
            demand: Bytes(rule.demand.wire.clone()),
            mode,
            severity: rule.severity,
            title: rule.title.clone(),
            remedy: rule.remedy.clone(),
            grace: rule.grace,
            due: due.map(|due| end(due, zone)),
            memory: rule.memory,
            unknown_after: rule.unknown_after,
            needs: rule.needs,
            platforms: List(rule.platforms.clone()),
            enforced_since: Timestamp::default(),
            warn_after: escalate.warn.map(|length| length.0),
            enforce_after: escalate.enforce.map(|length| length.0),
        }
    }
}

/// Kept while the rule stays enforced; an edit of what it demands doesn't begin it anew. The first steps of `escalate` do: what was observed
/// for a year would count at once.
fn enforced_since(rule: &DeviceRule, previous: Option<&DevicePolicy>, now: Timestamp) -> Timestamp {
    let before = previous
        .and_then(|policy| policy.rules.iter().find(|old| old.id == rule.id && old.kind == rule.kind));
    let enforced = |rule: &DeviceRule| rule.mode == Mode::Enforce;
    let escalates = |rule: &DeviceRule| rule.warn_after.or(rule.enforce_after).is_some();
    let same = |old: &&DeviceRule| enforced(old) == enforced(rule) && (escalates(old) || !escalates(rule));
    before.filter(same).map_or(now, |old| old.enforced_since)
}

/// Of several documents the strictest of each: the most reports, the soonest silence, the best reachability.
fn schedule(assigned: &[Assigned<'_>]) -> Schedule {
    let forms = || assigned.iter().map(|assigned| &assigned.document.schedule);
    let shortest = |of: fn(&ScheduleForm) -> Option<Length>, or: Span| {
        forms().filter_map(of).map(|length| length.0).min().unwrap_or(or)
    };
    let report_every = shortest(|form| form.report_every, REPORT_EVERY);
    Schedule {
        report_every,
        spread: shortest(|form| form.spread, SPREAD).min(report_every),
        channel: forms().filter_map(|form| form.channel).max().unwrap_or(CHANNEL),
        silent_after: shortest(|form| form.silent_after, DEFAULT_SILENT_AFTER),
        remind: reminders(assigned),
    }
}

/// All that any of the documents asks for, the earliest first.
fn reminders(assigned: &[Assigned<'_>]) -> List<Span> {
    let asked: Vec<&Vec<Length>> =
        assigned.iter().filter_map(|assigned| assigned.document.schedule.remind.as_ref()).collect();
    if asked.is_empty() {
        return List(REMIND.to_vec());
    }
    let ahead: BTreeSet<Span> = asked.into_iter().flatten().map(|ahead| ahead.0).collect();
    ahead.into_iter().rev().take(MOST_REMINDERS).collect()
}

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

fn zone(org: &Org) -> TimeZone {
    ZONES.get(&org.time_zone).unwrap_or(TimeZone::UTC)
}

/// When `due` is over: a day ends at midnight.
fn end(due: Due, zone: &TimeZone) -> Timestamp {
    match due {
        Due::At(at) => at,
        Due::Day(day) => midnight(day, zone, 1).unwrap_or_else(|| day.start() + Span::from_hours(24)),
    }
}

/// When something begins that begins on a day or at a moment.
fn begin(due: Due, zone: &TimeZone) -> Timestamp {
    match due {
        Due::At(at) => at,
        Due::Day(day) => midnight(day, zone, 0).unwrap_or_else(|| day.start()),
    }
}

fn midnight(day: Day, zone: &TimeZone, days_later: i64) -> Option<Timestamp> {
    let epoch = Date::constant(1970, 1, 1);
    let days = jiff::Span::new().try_days(i64::from(day.days()) + days_later).ok()?;
    let start = zone.to_ambiguous_zoned(epoch.checked_add(days).ok()?.at(0, 0, 0, 0)).compatible().ok()?;
    Some(Timestamp::from_millis(start.timestamp().as_millisecond()))
}
