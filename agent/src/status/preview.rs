//! What the phone itself makes of its newest report while the server hasn't seen it. It decides nothing.

use muster_policy::rules::Kind;
use muster_policy::rules::built_in::title;
use muster_policy::{Case, Evidence, Finding, Register, Ruleset, judge};
use muster_proto::catalogue::Inventory;
use muster_proto::cose::Envelope;
use muster_proto::facts::Platform;
use muster_proto::policy::{DevicePolicy, Local, Mode};
use muster_proto::report::Report;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_proto::verdict::{DeviceVerdict, RuleVerdict, State};

use super::{InWords, Judgement, RuleLine, rule_of};
use crate::core::{Agent, Clocks};

/// The preview; none without a policy.
pub(super) fn preview(agent: &Agent, signed: Option<&DeviceVerdict>, now: Clocks) -> Option<Judgement> {
    let policy = agent.policy()?;
    let state = agent.state();
    let moment = agent.trusted_now(now.mono).max(now.wall);
    let report = state.last.as_ref().and_then(|last| {
        let report: Report = Envelope::parse(&last.bytes).ok()?.read_unverified().ok()?;
        Some((report, last.digest))
    });
    let platform = report.as_ref().and_then(|(report, _)| report.submods.device.platform.known().copied());
    let watched = agent.catalogue().watch_list(Inventory::Linux).ids;
    let case = Case {
        now: moment,
        enrolled: state.enrolled,
        platform: platform.unwrap_or(Platform::Linux),
        evidence: report.as_ref().map(|(report, digest)| Evidence {
            report,
            digest: *digest,
            at: report.iat.min(moment),
        }),
        last_fresh: Some(state.nonce_at.0),
        // it knows no calendar: all time counts
        silent_at: None,
        breaks: &[],
        attested: None,
        watched: Some(&watched),
        told: &[],
        register: Register::Unasked,
        catalogue: agent.catalogue(),
        exemptions: &[],
        previous: &[],
    };
    let outcome = judge(&Ruleset::new(policy.clone()), &case);
    let known = signed.map(|signed| signed.rules.as_slice()).unwrap_or_default();
    let rules: Vec<RuleLine> = outcome.findings.iter().map(|finding| line(finding, policy, known)).collect();
    let (state, since, due) =
        worst(&rules).unwrap_or((outcome.verdict.state, outcome.verdict.since, outcome.verdict.due));
    Some(Judgement { preview: true, state, since, due, judged: moment, rules })
}

/// What the lines come to: the worst of those that decide.
fn worst(rules: &[RuleLine]) -> Option<(State, Timestamp, Option<Timestamp>)> {
    let enforced = || rules.iter().filter(|rule| rule.mode == Mode::Enforce);
    let state = enforced().map(|rule| rule.state).max()?;
    let deciding = || enforced().filter(|rule| rule.state == state);
    let since = deciding().map(|rule| rule.since).min()?;
    Some((state, since, deciding().filter_map(|rule| rule.due).min()))
}

/// A rule that the server has found in the same state keeps the server's times: the phone doesn't know its history.
fn line(finding: &Finding, policy: &DevicePolicy, known: &[RuleVerdict]) -> RuleLine {
    let rule = rule_of(policy, &finding.rule);
    if let Some(told) = told(finding, known) {
        return RuleLine::from(told.clone());
    }
    let signed =
        known.iter().find(|known| known.rule.as_str() == finding.rule && known.state == finding.state);
    let times: (Timestamp, Option<Timestamp>) =
        signed.map_or((finding.since, finding.due), |signed| (signed.since, signed.due));
    let shown_by: Vec<String> =
        finding.evidence.iter().map(|shown| format!("{}: {}", shown.what, shown.value)).collect();
    RuleLine {
        rule: finding.rule.clone(),
        title: rule.map_or_else(|| named(&finding.rule), |rule| rule.title.clone()),
        state: finding.state,
        since: times.0,
        due: times.1,
        mode: finding.mode,
        severity: finding.severity,
        shown: InWords::of(&shown_by),
        shown_by,
        remedy: rule.and_then(|rule| rule.remedy.clone()),
        exempt_until: signed.and_then(|signed| signed.exempt_until),
    }
}

/// What the server said of a rule that it alone can judge.
fn told<'a>(finding: &Finding, known: &'a [RuleVerdict]) -> Option<&'a RuleVerdict> {
    Kind::named(&finding.kind).filter(|kind| kind.server_only)?;
    known.iter().find(|known| known.rule.as_str() == finding.rule)
}

/// The two rules that no policy has to name.
fn named(id: &str) -> Local {
    let (en, ru) = title(id).unwrap_or((id, id));
    Local { en: Text::clipped(en), ru: Text::clipped(ru) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::cbor::List;
    use muster_proto::policy::Severity;

    fn finding(kind: &str) -> Finding {
        Finding {
            rule: "r".to_owned(),
            kind: kind.to_owned(),
            state: State::Unknown,
            since: Timestamp::from_secs(9),
            due: None,
            evidence: Vec::new(),
            severity: Severity::Medium,
            mode: Mode::Enforce,
            escalates: None,
            policy: 1,
            beneath: None,
            exemption: None,
            causes: Vec::new(),
            unreadable_since: None,
        }
    }

    fn policy() -> DevicePolicy {
        let title = named("p");
        let channel = muster_proto::facts::ChannelMode::Awake;
        let span = muster_proto::time::Span::from_hours(4);
        let schedule = muster_proto::facts::Schedule {
            report_every: span,
            spread: span,
            channel,
            silent_after: span,
            remind: List::default(),
        };
        DevicePolicy { title, schedule, rules: List::default(), version: 1, contact: None }
    }

    #[test]
    fn what_the_server_alone_judges_is_as_the_server_said_or_unknown() {
        let told = RuleVerdict {
            rule: Text::clipped("r"),
            title: named("r"),
            state: State::Failing,
            since: Timestamp::from_secs(5),
            due: None,
            mode: Mode::Enforce,
            severity: Severity::Medium,
            shown_by: List(vec![Text::clipped("register: left over, lost: 2026-01-02T03:04:05Z")]),
            remedy: None,
            exempt_until: None,
        };
        let known = std::slice::from_ref(&told);
        let said = line(&finding("replacement"), &policy(), known);
        assert_eq!((said.state, said.since), (State::Failing, Timestamp::from_secs(5)));
        assert_eq!(worst(&[said]), Some((State::Failing, Timestamp::from_secs(5), None)));
        assert_eq!(line(&finding("replacement"), &policy(), &[]).state, State::Unknown);
        assert_eq!(line(&finding("root"), &policy(), known).state, State::Unknown, "the phone can judge it");
    }
}
