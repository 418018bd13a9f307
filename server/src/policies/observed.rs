//! What a plan says of rules that decide no verdict yet: how many break them now, and when they would come to count.

use muster_policy::{Finding, Ruleset};
use muster_proto::policy::Mode;
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
            let after = rule.and_then(|rule| rule.enforce_after);
            self.count(&finding.rule, 1, after.map(|after| finding.since + after));
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
