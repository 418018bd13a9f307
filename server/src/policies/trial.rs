//! A document, or one rule of it, tried on one device: what it would find there, and what shows that. Nothing is kept.

use muster_policy::document::{self, Document};
use muster_policy::{Finding, Ruleset, Shown};
use muster_proto::id::DeviceId;
use muster_proto::policy::{Local, Mode, Severity};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::sync::Arc;

use super::documents;
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::devices::Devices as _;
use crate::error::ActionError;
use crate::judge;
use crate::orgs;

/// What a document would find on a device.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Tried {
    /// The device.
    pub device: DeviceId,
    /// The verdict that these rules alone come to; `unknown` where none of them is enforced.
    pub state: State,
    /// A finding for each rule, in the order of the document.
    pub findings: Vec<TriedFinding>,
}

/// What one rule would find.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct TriedFinding {
    /// Id of the rule.
    pub rule: String,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub title: Local,
    /// The state.
    pub state: State,
    /// Until when it would be tolerated.
    pub due: Option<Timestamp>,
    /// How grave it is.
    pub severity: Severity,
    /// What a broken rule does.
    pub mode: Mode,
    /// What shows it.
    pub evidence: Vec<Shown>,
}

/// Tries a document, or one rule, on the newest report of a device: as if it were assigned to its organisation now, and nothing had been found
/// before.
///
/// # Errors
/// The text is neither a document nor a rule; there is no such device; the store's.
pub async fn try_on(app: &App, actor: &Actor, text: &str, device: DeviceId) -> Result<Tried, ActionError> {
    let actor = actor.clone();
    let (now, catalogue, snapshot) = (app.now(), Arc::clone(&app.catalogue), app.rules.now());
    let document = documents::read(Document::or_rule_from_yaml(text, &catalogue.catalogue))?;
    app.store
        .read(move |tx| {
            let found = tx.look_at(&[device])?.pop();
            let mut device = found.ok_or_else(|| ActionError::missing("device", device))?;
            actor.may(Right::Policies, &device.org, "device", device.id)?;
            // what was found by other rules says nothing of these
            device.findings = Vec::new();
            let path = orgs::path(&orgs::all(tx)?, &device.org);
            let document = document.assigned_to(&device.org);
            let ruleset = document::compile(&[&document], &path, None, now);
            let ruleset = ruleset.map_or_else(Ruleset::none, Ruleset::new);
            let outcome = judge::try_out(tx, &device, &ruleset, &snapshot, &catalogue, now)?;
            let rules = ruleset.policy().map(|policy| policy.rules.as_slice()).unwrap_or_default();
            let findings = outcome.findings.into_iter().zip(rules);
            let findings: Vec<TriedFinding> =
                findings.map(|(finding, rule)| tried(finding, rule.title.clone())).collect();
            let enforced = findings.iter().filter(|finding| finding.mode == Mode::Enforce);
            let state = enforced.map(|finding| finding.state).max().unwrap_or(State::Unknown);
            Ok(Tried { device: device.id, state, findings })
        })
        .await
}

fn tried(finding: Finding, title: Local) -> TriedFinding {
    TriedFinding {
        rule: finding.rule,
        kind: finding.kind,
        title,
        state: finding.state,
        due: finding.due,
        severity: finding.severity,
        mode: finding.mode,
        evidence: finding.evidence,
    }
}
