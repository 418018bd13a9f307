//! The judgement.

use muster_proto::facts::Fact;
use muster_proto::policy::{DeviceRule, Mode};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use crate::finding::{Edge, Finding, Outcome, Verdict};
use crate::reading::{Facts, Reading, Seen, missing};
use crate::rules::Judge;
use crate::rules::built_in::{CHAIN, SILENCE, chain, silence};
use crate::settle::{Settled, Taken, settle};
use crate::terms::Terms;
use crate::{Case, Ruleset};

/// Judges one device.
#[must_use]
pub fn judge(rules: &Ruleset, case: &Case<'_>) -> Outcome {
    let version = rules.version();
    let mut outcome = Gathered::default();
    let was_silent = |finding: &Finding| {
        finding.rule == SILENCE && finding.beneath.unwrap_or(finding.state) == State::Failing
    };
    let reported = Taken {
        after_silence: case.previous.iter().any(was_silent),
        at: case.evidence.map_or(case.enrolled, |evidence| evidence.at),
        report: case.evidence.map(|evidence| (evidence.report.number, evidence.digest)),
    };
    let written = Taken { at: case.now, after_silence: false, report: None };
    for (nth, (rule, demand)) in rules.rules().enumerate() {
        let terms = Terms::of(rule, version, case.exemptions, case.now);
        let previous = before(case.previous, nth, terms.id);
        // a person writes in the register, and that waits for no report
        let by_register = demand.is_ok_and(Judge::asks_register);
        let taken = if by_register { written } else { reported };
        outcome.take(settle(&terms, read(rule, demand, case), taken, previous));
    }
    for (id, reading) in [(SILENCE, silence(case, rules.silent_after())), (CHAIN, chain(case))] {
        let terms = Terms::built_in(id, version, case.exemptions, case.now);
        let previous = before(case.previous, outcome.findings.len(), id);
        // A person acknowledges a break, and time alone makes silence: neither waits for a report.
        let at = match (id, previous) {
            (_, None) => reported.at,
            (SILENCE, Some(finding)) => reported.at.max(finding.since),
            (_, Some(_)) => case.now,
        };
        outcome.take(settle(&terms, reading, Taken { at, after_silence: false, report: None }, previous));
    }
    outcome.edges.extend(gone(case.previous, &outcome.findings, case.now));
    let verdict = verdict(&outcome.findings, rules.policy().is_none().then_some(case.enrolled));
    Outcome { findings: outcome.findings, verdict, edges: outcome.edges, next: outcome.next }
}

#[derive(Default)]
pub(crate) struct Gathered {
    pub findings: Vec<Finding>,
    pub edges: Vec<Edge>,
    pub next: Option<Timestamp>,
}

impl Gathered {
    pub fn take(&mut self, settled: Settled) {
        self.findings.push(settled.finding);
        self.edges.extend(settled.edge);
        self.next = [self.next, settled.next].into_iter().flatten().min();
    }
}

/// The finding of the last judgement, most often at the same place.
pub(crate) fn before<'a>(previous: &'a [Finding], nth: usize, id: &str) -> Option<&'a Finding> {
    let is_it = |finding: &&Finding| finding.rule == id;
    previous.get(nth).filter(is_it).or_else(|| previous.iter().find(is_it))
}

/// An edge for every finding whose rule is no more.
fn gone(previous: &[Finding], findings: &[Finding], now: Timestamp) -> Vec<Edge> {
    let same = |(old, new): (&Finding, &Finding)| old.rule == new.rule;
    if previous.len() == findings.len() && previous.iter().zip(findings).all(same) {
        return Vec::new();
    }
    let gone = previous.iter().filter(|old| findings.iter().all(|new| new.rule != old.rule));
    gone.map(|old| Edge { rule: old.rule.clone(), from: Some(old.state), to: None, mode: old.mode, at: now })
        .collect()
}

fn read(rule: &DeviceRule, demand: Result<&dyn Judge, &str>, case: &Case<'_>) -> Reading {
    let by_register = |demand: &dyn Judge| {
        let reported = case.evidence.map(|evidence| evidence.at);
        demand.of_register(case.register, reported, case.now)
    };
    let Some(evidence) = case.evidence else {
        if !rule.platforms.is_empty() && !rule.platforms.contains(&case.platform) {
            return Reading::not_applicable(Seen::new("device.platform", case.platform.word()));
        }
        let registered = demand.ok().and_then(by_register);
        return registered.unwrap_or_else(|| Reading::unknown(Seen::new("report", "none yet")));
    };
    if !rule.platforms.is_empty() {
        match &evidence.report.submods.device.platform {
            Fact::Unknown(reason) => return Reading::unknown(missing("device.platform", *reason)),
            Fact::Known(platform) if !rule.platforms.contains(platform) => {
                return Reading::not_applicable(Seen::new("device.platform", platform.word()));
            }
            Fact::Known(_) => {}
        }
    }
    let facts = Facts {
        report: evidence.report,
        at: evidence.at.min(case.now),
        now: case.now,
        attested: case.attested,
        needs: rule.needs,
        watched: case.watched,
        told: case.told,
        register: case.register,
        enrolled: case.enrolled,
        catalogue: case.catalogue,
    };
    match demand {
        Ok(demand) => by_register(demand).unwrap_or_else(|| demand.read(&facts)),
        Err(reason) => Reading::unknown(Seen::new("policy", reason.to_owned())),
    }
}

/// The worst of the enforced findings; a device without a policy is at best unknown.
pub(crate) fn verdict(findings: &[Finding], without_policy: Option<Timestamp>) -> Verdict {
    let enforced = || findings.iter().filter(|finding| finding.mode == Mode::Enforce);
    let unasked = without_policy.map(|_| State::Unknown);
    let state = enforced().map(|finding| finding.state).chain(unasked).max().unwrap_or(State::Unknown);
    let deciding = || enforced().filter(|finding| finding.state == state);
    let from = without_policy.filter(|_| state == State::Unknown);
    let since = deciding().map(|finding| finding.since).chain(from).min();
    Verdict {
        state,
        since: since.unwrap_or_default(),
        due: deciding().filter_map(|finding| finding.due).min(),
    }
}
