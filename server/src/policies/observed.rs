//! What a plan says of rules that decide no verdict yet: how many break them now, and when they would come to count.

use muster_policy::{Finding, Ruleset};
use muster_proto::policy::{DeviceRule, Mode};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use std::collections::BTreeMap;

/// A rule that is broken and decides no verdict yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ObservedRule {
    /// The rule.
    pub rule: String,
    /// Devices that break it now.
    pub devices: u64,
    /// When it would decide the verdict of the first of them, if it stays broken; none where it never does.
    pub enforced: Option<Timestamp>,
}

/// Broken rules by id.
#[derive(Debug, Default)]
pub struct Observed {
    /// Which are counted; all where none is named.
    only: Vec<String>,
    broken: BTreeMap<String, (u64, Option<Timestamp>)>,
}

/// When the finding would decide the verdict if it stays as it is: the step that comes next says from when steps are counted.
fn decides(finding: &Finding, rule: &DeviceRule) -> Option<Timestamp> {
    let (next, last) = (finding.escalates?, rule.enforce_after?);
    match next.mode {
        Mode::Enforce => Some(next.at),
        _ => Some(next.at - rule.warn_after? + last),
    }
}

impl Observed {
    /// Counts these rules alone.
    pub fn of(only: Vec<String>) -> Self {
        Self { only, broken: BTreeMap::new() }
    }

    /// Counts what one device breaks.
    pub fn look_at(&mut self, findings: &[Finding], ruleset: &Ruleset) {
        let broken =
            |one: &&Finding| matches!(one.state, State::Failing | State::Grace) && one.mode != Mode::Enforce;
        let rules = ruleset.policy().map(|policy| policy.rules.as_slice()).unwrap_or_default();
        for finding in findings.iter().filter(broken) {
            let rule = rules.iter().find(|rule| rule.id.as_str() == finding.rule);
            self.count(&finding.rule, 1, rule.and_then(|rule| decides(finding, rule)));
        }
    }

    /// Adds what was counted elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (rule, (devices, enforced)) in &other.broken {
            if self.only.is_empty() || self.only.contains(rule) {
                self.count(rule, *devices, *enforced);
            }
        }
    }

    /// What was counted, by rule.
    pub fn rules(self) -> Vec<ObservedRule> {
        let one = |(rule, (devices, enforced))| ObservedRule { rule, devices, enforced };
        self.broken.into_iter().map(one).collect()
    }

    fn count(&mut self, rule: &str, devices: u64, enforced: Option<Timestamp>) {
        let slot = self.broken.entry(rule.to_owned()).or_default();
        slot.0 += devices;
        slot.1 = [slot.1, enforced].into_iter().flatten().min();
    }
}
