//! One rule: what it says, where it is broken, and whether that gets better.

use muster_policy::document::Document;
use muster_proto::catalogue::Catalogue;
use muster_proto::policy::{DeviceRule, Local};
use muster_proto::time::{Day, Timestamp};
use muster_proto::verdict::State;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents;
use super::reach::Sight;
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::devices::Names;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};
use muster_policy::rules::built_in;

/// A rule, and how it stands.
#[derive(Debug, Clone)]
pub struct RuleView {
    /// Its id.
    pub rule: String,
    /// What it is called in English and Russian, where every phone has it without being asked.
    pub built_in: Option<(&'static str, &'static str)>,
    /// What it says, and in which organisations it says so.
    pub texts: Vec<(DeviceRule, Vec<String>)>,
    /// The policies that have it, as they are written.
    pub written: Vec<WrittenRule>,
    /// On how many active devices it stands where, by organisation; those that keep it are not counted.
    pub counts: BTreeMap<String, BTreeMap<State, u64>>,
    /// The days of the trend, in UTC.
    pub days: Vec<Day>,
    /// How many findings came into a state on each of the days.
    pub turned: BTreeMap<State, Vec<u64>>,
}

/// A rule as a policy has it.
#[derive(Debug, Clone)]
pub struct WrittenRule {
    /// The policy's id.
    pub policy: String,
    /// What it is called.
    pub title: Local,
    /// Whether whoever asks may read its whole text.
    pub readable: bool,
    /// What the rule says, key by key.
    pub keys: BTreeMap<String, String>,
}

/// Days of the trend.
const DAYS: i64 = 90;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// A rule, and how it stands.
///
/// # Errors
/// No policy has such a rule and no device is known by it; the store's.
pub async fn rule(app: &App, actor: &Actor, id: &str) -> Result<RuleView, ActionError> {
    let (snapshot, now, name) = (app.rules.now(), app.now(), id.to_owned());
    let within = actor.within(Right::Read);
    let (of, asking, catalogue) = (within.clone(), actor.clone(), Arc::clone(&app.catalogue));
    let read = move |tx: &mut dyn Tx| {
        let written = written(tx, &name, &asking, &catalogue.catalogue)?;
        Ok::<_, ActionError>(RuleView { written, ..stored(tx, name, &of, now)? })
    };
    let mut view = app.store.read(read).await?;
    view.texts = texts(snapshot.rules_named(id).filter(|(org, _)| within.has(org)));
    view.built_in = built_in::title(id);
    let unheard = view.counts.is_empty() && view.turned.is_empty();
    if view.texts.is_empty() && view.built_in.is_none() && unheard {
        return Err(ActionError::missing("rule", id));
    }
    Ok(view)
}

/// The policies that somebody sees, read when the first name asks for them.
pub(crate) type Written = Option<Vec<SeenPolicy>>;

/// Whether whoever asks can mean a rule by this id: each phone has it, a policy has it that they read or that judges devices of theirs, or a device
/// of theirs has had it within the days of the trend.
///
/// # Errors
/// The store's.
pub(crate) fn is_known(
    tx: &mut dyn Tx,
    id: &str,
    names: &Names,
    seen: &mut Written,
) -> Result<bool, ActionError> {
    let within = names.actor.within(Right::Read);
    if built_in::title(id).is_some() || names.rules.rules_named(id).any(|(org, _)| within.has(org)) {
        return Ok(true);
    }
    let mut params = Vec::from(values![id.to_owned()]);
    let mine = within.condition("org", &mut params);
    let sql = format!("SELECT 1 FROM device_marks WHERE kind = 'rule' AND name = $1{mine} LIMIT 1");
    if tx.query_one(&sql, &params)?.is_some() {
        return Ok(true);
    }
    let policies = match seen {
        Some(policies) => policies,
        None => seen.insert(self::seen(tx, &names.actor, &names.catalogue.catalogue)?),
    };
    if policies.iter().any(|policy| policy.document.said_by(id).is_some()) {
        return Ok(true);
    }
    let mut params = Vec::from(values![id.to_owned(), first_day(names.now) * DAY]);
    let mine = within.condition(OF_ITS_DEVICE, &mut params);
    let sql = format!("SELECT 1 FROM edges WHERE rule = $1 AND written >= $2{mine} LIMIT 1");
    Ok(tx.query_one(&sql, &params)?.is_some())
}

/// The first day of the trend, since 1970.
fn first_day(now: Timestamp) -> i64 {
    now.millis().div_euclid(DAY) - (DAYS - 1)
}

/// The organisation of a turn's device.
const OF_ITS_DEVICE: &str = "(SELECT org FROM devices WHERE id = edges.device)";

/// A policy that somebody sees.
pub(crate) struct SeenPolicy {
    id: String,
    document: Document,
    /// Whether they may read its whole text.
    readable: bool,
}

/// The policies that the actor reads, or that judge devices of theirs.
fn seen(tx: &mut dyn Tx, actor: &Actor, catalogue: &Catalogue) -> Result<Vec<SeenPolicy>, ActionError> {
    let (sight, mut found) = (Sight::of(tx, actor)?, Vec::new());
    for view in documents::list(tx)? {
        let stored = documents::of_version(tx, &view.policy, None)?;
        let document = match documents::effective(tx, &stored, catalogue) {
            Ok(document) => document,
            // what this program can't read is said on the page of policies
            Err(ActionError::Invalid { .. }) => continue,
            Err(error) => return Err(error),
        };
        let readable = sight.reads(&document);
        if readable || sight.is_judged_by(&document) {
            found.push(SeenPolicy { id: view.policy, document, readable });
        }
    }
    Ok(found)
}

/// Where it is written, of what the actor sees.
fn written(
    tx: &mut dyn Tx,
    rule: &str,
    actor: &Actor,
    catalogue: &Catalogue,
) -> Result<Vec<WrittenRule>, ActionError> {
    let said = |SeenPolicy { id, document, readable }: SeenPolicy| {
        let keys = document.said_by(rule)?;
        Some(WrittenRule { policy: id, title: document.title, readable, keys })
    };
    Ok(seen(tx, actor, catalogue)?.into_iter().filter_map(said).collect())
}

/// The same text once, with all organisations that have it.
fn texts<'a>(rules: impl Iterator<Item = (&'a str, &'a DeviceRule)>) -> Vec<(DeviceRule, Vec<String>)> {
    let mut texts: Vec<(DeviceRule, Vec<String>)> = Vec::new();
    let mut rules: Vec<_> = rules.collect();
    rules.sort_by_key(|(org, _)| *org);
    for (org, rule) in rules {
        // since when it is enforced differs from one organisation to the next, and is no part of what it says
        let rule = DeviceRule { enforced_since: Timestamp::from_secs(0), ..rule.clone() };
        match texts.iter_mut().find(|(known, _)| *known == rule) {
            Some((_, orgs)) => orgs.push(org.to_owned()),
            None => texts.push((rule, vec![org.to_owned()])),
        }
    }
    texts
}

fn stored(tx: &mut dyn Tx, rule: String, within: &Within, now: Timestamp) -> Result<RuleView, StoreError> {
    let mut counts: BTreeMap<String, BTreeMap<State, u64>> = BTreeMap::new();
    let marked = "SELECT d.org, m.state, COUNT(*) FROM device_marks AS m JOIN devices AS d ON d.id = m.device \
                  WHERE m.kind = 'rule' AND m.name = $1 AND d.status = 'active' GROUP BY d.org, m.state";
    for mut row in tx.query(marked, &values![&rule])? {
        let (org, state): (String, State) = (row.take()?, row.parse("a state")?);
        if within.has(&org) {
            counts.entry(org).or_default().insert(state, row.take()?);
        }
    }
    let (first, last) = (first_day(now), now.millis().div_euclid(DAY));
    let mut params = Vec::from(values![rule.clone(), first * DAY]);
    let mine = within.condition(OF_ITS_DEVICE, &mut params);
    let sql = format!(
        "SELECT written / 86400000, to_state, COUNT(*) FROM edges \
         WHERE rule = $1 AND written >= $2 AND to_state IS NOT NULL AND (from_state IS NULL OR from_state <> to_state){mine} GROUP BY written / 86400000, to_state"
    );
    let mut turned: BTreeMap<State, Vec<u64>> = BTreeMap::new();
    for mut row in tx.query(&sql, &params)? {
        let (day, state): (i64, State) = (row.take()?, row.parse("a state")?);
        let count = row.take()?;
        let days = turned.entry(state).or_insert_with(|| vec![0; usize::try_from(DAYS).unwrap_or(0)]);
        if let Some(slot) = usize::try_from(day - first).ok().and_then(|nth| days.get_mut(nth)) {
            *slot = count;
        }
    }
    let days = (first..=last).filter_map(|day| Day::from_days(u32::try_from(day).ok()?)).collect();
    Ok(RuleView { rule, built_in: None, texts: Vec::new(), written: Vec::new(), counts, days, turned })
}
