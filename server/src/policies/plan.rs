//! What a document would do before it does it: its changes, and the devices whose verdict would become another.

use muster_policy::document::Change;
use muster_policy::{Finding, Ruleset};
use muster_proto::catalogue::Catalogue;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::documents::{self, Kept, Next};
use super::observed::{Observed, ObservedRule};
use super::{compile, compiled, reach};
use crate::app::App;
use crate::auth::Actor;
use crate::catalogue::Watched;
use crate::devices::{Device, Devices as _};
use crate::error::ActionError;
use crate::judge;
use crate::orgs;
use crate::store::{StoreError, Tx, values};

/// What a document would do.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Plan {
    /// The document's id.
    pub policy: String,
    /// What it would change in the document that is in force.
    pub changes: Vec<Change>,
    /// What would stay in force although the document leaves it out, for nothing is pruned.
    pub kept: Kept,
    /// Whose verdict it would change.
    pub devices: PlannedDevices,
    /// Rules of the document that devices break and that would decide no verdict yet, where the document changes what is demanded.
    pub observed: Vec<ObservedRule>,
}

/// Devices whose verdict would change.
#[derive(Debug, Clone, Default, Serialize, schemars::JsonSchema)]
pub struct PlannedDevices {
    /// How many.
    pub total: u64,
    /// From which verdict to which, and how many.
    pub turns: Vec<Turn>,
    /// Devices that are counted and not named below: a plan names at most 10,000.
    pub left_out: u64,
    /// By organisation.
    pub by_org: Vec<OrgChanges>,
}

/// Devices of one organisation whose verdict would change.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct OrgChanges {
    /// The organisation.
    pub org: String,
    /// From which verdict to which, and how many.
    pub turns: Vec<Turn>,
    /// The devices.
    pub changes: Vec<DeviceChange>,
}

/// Devices that would go from one verdict to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, schemars::JsonSchema)]
pub struct Turn {
    /// The verdict now.
    pub from: State,
    /// The verdict then.
    pub to: State,
    /// How many.
    pub devices: u64,
}

/// A rule whose finding would be another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct RuleChange {
    /// The rule.
    pub rule: String,
    /// Its state now; none where it is new.
    pub from: Option<State>,
    /// Its state then; none where it is gone.
    pub to: Option<State>,
}

/// A device whose verdict would change.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct DeviceChange {
    /// The device.
    pub device: DeviceId,
    /// Its model.
    pub model: Option<String>,
    /// The verdict now.
    pub from: State,
    /// The verdict then.
    pub to: State,
    /// The rules whose findings would be others, at most ten.
    pub rules: Vec<RuleChange>,
}

/// Devices that a plan names.
const MOST_NAMED: usize = 10_000;
/// Rules that are named of one device.
const MOST_RULES: usize = 10;

/// Says what applying a document would do.
///
/// # Errors
/// As [`super::apply`].
pub async fn plan(app: &App, actor: &Actor, text: &str, prune: bool) -> Result<Plan, ActionError> {
    let (actor, document) = (actor.clone(), documents::parse(text, &app.catalogue.catalogue)?);
    reach::may_name(&actor, &document)?;
    planned(app, PIECE, move |tx, catalogue| {
        let next = documents::next(tx, document, prune, catalogue)?;
        reach::may_change(tx, &actor, &next, catalogue)?;
        Ok(next)
    })
    .await
}

/// Devices that are judged before others have their turn to read.
pub(super) const PIECE: u32 = 200;

/// What the next version of a document would do. One plan is made at a time, and piece by piece: judging a whole fleet shall not keep
/// those waiting who ask for one row. Each piece sees its own moment.
pub(super) async fn planned(
    app: &App,
    piece: u32,
    next: impl FnOnce(&mut dyn Tx, &Catalogue) -> Result<Next, ActionError> + Send + 'static,
) -> Result<Plan, ActionError> {
    let _turn = app.plans.acquire().await.map_err(|_| StoreError::Closed)?;
    let (now, catalogue) = (app.now(), Arc::clone(&app.catalogue));
    let draft = app.store.read(move |tx| {
        let next = next(tx, &catalogue.catalogue)?;
        Draft::of(tx, next, &catalogue, now)
    });
    let Draft { policy, changes, kept, rules, orgs } = draft.await?;
    let (mut devices, mut observed) = (PlannedDevices::default(), Observed::of(rules));
    for (org, ruleset) in orgs {
        let (changes, more) = tried_out(app, &org, ruleset, piece, now).await?;
        devices.take(org, changes);
        observed.add(&more);
    }
    Ok(Plan { policy, changes, kept, devices, observed: observed.rules() })
}

impl PlannedDevices {
    fn take(&mut self, org: String, mut changes: Vec<DeviceChange>) {
        if changes.is_empty() {
            return;
        }
        let turns = turns(changes.iter().map(|change| Turn { from: change.from, to: change.to, devices: 1 }));
        let named: usize = self.by_org.iter().map(|org| org.changes.len()).sum();
        let (all, room) = (changes.len() as u64, MOST_NAMED.saturating_sub(named));
        changes.truncate(room);
        self.total += all;
        self.left_out += all - changes.len() as u64;
        self.turns = self::turns(self.turns.iter().chain(&turns).copied());
        self.by_org.push(OrgChanges { org, turns, changes });
    }
}

/// One entry for each pair of verdicts.
fn turns(all: impl Iterator<Item = Turn>) -> Vec<Turn> {
    let mut sums = BTreeMap::new();
    for turn in all {
        *sums.entry((turn.from, turn.to)).or_default() += turn.devices;
    }
    sums.into_iter().map(|((from, to), devices)| Turn { from, to, devices }).collect()
}

/// Rules whose findings differ.
fn rules(before: &[Finding], after: &[Finding]) -> Vec<RuleChange> {
    let state = |findings: &[Finding], rule: &str| {
        findings.iter().find(|finding| finding.rule == rule).map(|finding| finding.state)
    };
    let gone = before.iter().filter(|old| state(after, &old.rule).is_none());
    let names = after.iter().chain(gone).map(|finding| finding.rule.clone());
    let changes = names.map(|rule| RuleChange { from: state(before, &rule), to: state(after, &rule), rule });
    changes.filter(|change| change.from != change.to).take(MOST_RULES).collect()
}

/// A plan before the devices are judged.
struct Draft {
    policy: String,
    changes: Vec<Change>,
    kept: Kept,
    /// The rules of the document.
    rules: Vec<String>,
    /// Organisations whose rules would be others, and which.
    orgs: Vec<(String, Ruleset)>,
}

impl Draft {
    fn of(tx: &mut dyn Tx, next: Next, catalogue: &Watched, now: Timestamp) -> Result<Self, ActionError> {
        let (policy, changes, kept) = (next.document.policy.clone(), next.changes, next.kept);
        let rules = next.document.rules.iter().map(|rule| rule.id.clone()).collect();
        let mut in_force = documents::in_force(tx, &catalogue.catalogue, Some(policy.as_str()))?;
        in_force.push(next.document);
        let all = orgs::all(tx)?;
        let mut orgs = Vec::new();
        for org in &all {
            let before = compiled(tx, &org.id)?;
            let after = compile(&in_force, &all, &org.id, before.as_ref(), now);
            if before != after {
                orgs.push((org.id.clone(), after.map_or_else(Ruleset::none, Ruleset::new)));
            }
        }
        Ok(Self { policy, changes, kept, rules, orgs })
    }
}

/// Judges each device of an organisation that counts, on trial, and says whose verdict would be another, and what is broken besides.
async fn tried_out(
    app: &App,
    org: &str,
    ruleset: Ruleset,
    piece: u32,
    now: Timestamp,
) -> Result<(Vec<DeviceChange>, Observed), ActionError> {
    let (ruleset, snapshot) = (Arc::new(ruleset), app.rules.now());
    let (mut changes, mut observed) = (Vec::new(), Observed::default());
    let mut after = Some(DeviceId([0; 16]));
    while let Some(last) = after {
        let (org, catalogue) = (org.to_owned(), Arc::clone(&app.catalogue));
        let (ruleset, snapshot) = (Arc::clone(&ruleset), Arc::clone(&snapshot));
        let tried = app.store.read(move |tx| {
            let devices = some_active(tx, &org, last, piece)?;
            let (mut changes, mut observed) = (Vec::new(), Observed::default());
            for device in &devices {
                let tried = judge::try_out(tx, device, &ruleset, &snapshot, &catalogue, now)?;
                let (from, to) = (device.verdict.state, tried.verdict.state);
                observed.look_at(&tried.findings, &ruleset);
                if from != to {
                    let (model, rules) =
                        (device.shown.model.clone(), rules(&device.findings, &tried.findings));
                    changes.push(DeviceChange { device: device.id, model, from, to, rules });
                }
            }
            Ok::<_, StoreError>((changes, observed, devices.iter().map(|device| device.id).max()))
        });
        let (more, seen, last) = tried.await?;
        changes.extend(more);
        observed.add(&seen);
        after = last;
    }
    Ok((changes, observed))
}

/// The next devices of an organisation that count.
fn some_active(tx: &mut dyn Tx, org: &str, after: DeviceId, piece: u32) -> Result<Vec<Device>, StoreError> {
    let rows = tx.query(
        "SELECT id FROM devices WHERE org = $1 AND status = 'active' AND id > $2 ORDER BY id LIMIT $3",
        &values![org, after, piece],
    )?;
    let ids: Vec<DeviceId> = rows.into_iter().map(|mut row| row.take()).collect::<Result<_, _>>()?;
    tx.look_at(&ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::{telegram, world};
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    const POLICY: &str = "policy: p
title: { en: Phones, ru: Телефоны }
rules:
  - id: messengers
    kind: messengers
    title: { en: No foreign messengers, ru: Без иностранных мессенджеров }
    deny: [telegram]
    grace: 72h
    severity: high
    remedy: { en: Remove it., ru: Удалите. }
assign:
  - org: minfin
";

    #[tokio::test]
    async fn whoever_plans_keeps_others_from_planning_and_from_nothing_else() {
        let world = world().await;
        let test = Actor::system("test");
        let turn = world.app.plans.acquire().await.unwrap();
        let mut waiting = pin!(plan(&world.app, &test, POLICY, false));
        let polled = poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await;
        assert!(polled, "one plan is made at a time");
        assert_eq!(world.get("/orgs").await.status, 200);
        drop(turn);
        assert_eq!(waiting.await.unwrap().policy, "p");
    }

    #[tokio::test]
    async fn a_plan_in_pieces_is_the_whole_plan() {
        let world = world().await;
        let test = Actor::system("test");
        for nth in 0..3 {
            let mut phone = world.phone(&format!("M{nth}"), "tag").await;
            phone.report(&world, vec![telegram("org.telegram.messenger")], None).await;
        }
        let whole = plan(&world.app, &test, POLICY, false).await.unwrap();
        assert_eq!(whole.devices.total, 3);
        let turn = Turn { from: State::Unknown, to: State::Grace, devices: 3 };
        assert_eq!((&whole.devices.turns, whole.devices.left_out), (&vec![turn], 0));
        let change = RuleChange { rule: "messengers".to_owned(), from: None, to: Some(State::Grace) };
        assert_eq!(whole.devices.by_org[0].changes[0].rules, [change]);
        let document = documents::parse(POLICY, &world.app.catalogue.catalogue).unwrap();
        let next =
            move |tx: &mut dyn Tx, catalogue: &Catalogue| documents::next(tx, document, false, catalogue);
        let pieces = planned(&world.app, 1, next).await.unwrap();
        let text = |plan: &Plan| serde_json::to_string(plan).unwrap();
        assert_eq!(text(&pieces), text(&whole));
    }
}
