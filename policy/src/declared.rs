//! Phones on which no agent is possible: nobody reports, and so the maker that the organisation has written down is all that is judged.

use muster_proto::catalogue::Catalogue;
use muster_proto::policy::{DeviceRule, Mode};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use crate::Ruleset;
use crate::case::Exemption;
use crate::demand::from_cbor;
use crate::finding::{Finding, Outcome};
use crate::judge::{Gathered, before, verdict};
use crate::reading::{Reading, Seen};
use crate::rules::Demand as _;
use crate::rules::vendor::Makers;
use crate::settle::{Taken, settle};
use crate::terms::Terms;

/// What an organisation says of a phone without an agent, at one moment.
#[derive(Debug, Clone)]
pub struct Declared<'a> {
    /// The moment of judging, by the judge's clock.
    pub now: Timestamp,
    /// Since when somebody has the phone: what nothing is known of is unknown since then.
    pub since: Timestamp,
    /// The maker, where it is written down.
    pub maker: Option<&'a str>,
    /// What runs on it, in a word. No rule that is for some platforms alone is for one without an agent.
    pub platform: &'a str,
    /// The catalogue that gives makers their meaning.
    pub catalogue: &'a Catalogue,
    /// Exemptions that cover it, past ones included.
    pub exemptions: &'a [Exemption],
    /// The findings of the last judgement; empty before the first.
    pub previous: &'a [Finding],
}

/// Judges the rules of kind `vendor`, in the same terms as on any phone: grace, due and memory are the rule's, and times go on. Where no rule
/// of the kind is enforced that is for it, the verdict is unknown.
#[must_use]
pub fn judge_declared(rules: &Ruleset, case: &Declared<'_>) -> Outcome {
    let version = rules.version();
    let taken = Taken { at: case.now, after_silence: false, report: None };
    let mut outcome = Gathered::default();
    let asked = rules.policy().into_iter().flat_map(|policy| policy.rules.iter());
    for (nth, rule) in asked.filter(|rule| rule.kind.as_str() == Makers::KIND).enumerate() {
        let terms = Terms::of(rule, version, case.exemptions, case.now);
        let previous = before(case.previous, nth, terms.id);
        outcome.take(settle(&terms, read(rule, case), taken, previous));
    }
    let applies = |finding: &Finding| finding.mode == Mode::Enforce && finding.state != State::NotApplicable;
    let judged = outcome.findings.iter().any(applies);
    let verdict = verdict(&outcome.findings, (!judged).then_some(case.since));
    Outcome { findings: outcome.findings, verdict, edges: outcome.edges, next: outcome.next }
}

fn read(rule: &DeviceRule, case: &Declared<'_>) -> Reading {
    if !rule.platforms.is_empty() {
        return Reading::not_applicable(Seen::new("device.platform", case.platform.to_owned()));
    }
    match from_cbor::<Makers>(&rule.demand) {
        Ok(makers) => {
            let maker = case.maker.ok_or_else(|| Seen::new("device.manufacturer", "not written down"));
            makers.of_maker(maker, None, case.catalogue)
        }
        Err(error) => Reading::unknown(Seen::new("policy", error.to_string())),
    }
}

#[cfg(all(test, feature = "document"))]
mod tests;
