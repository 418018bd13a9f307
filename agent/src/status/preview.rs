//! What the phone itself makes of its newest report while the server hasn't seen it. It decides nothing.

use muster_policy::rules::built_in::title;
use muster_policy::{Case, Evidence, Finding, Ruleset, judge};
use muster_proto::catalogue::Inventory;
use muster_proto::cose::Envelope;
use muster_proto::facts::Platform;
use muster_proto::policy::{DevicePolicy, Local};
use muster_proto::report::Report;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_proto::verdict::{DeviceVerdict, RuleVerdict};

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
        breaks: &[],
        attested: None,
        watched: Some(&watched),
        told: &[],
        catalogue: agent.catalogue(),
        exemptions: &[],
        previous: &[],
    };
    let outcome = judge(&Ruleset::new(policy.clone()), &case);
    let known = signed.map(|signed| signed.rules.as_slice()).unwrap_or_default();
    let rules = outcome.findings.iter().map(|finding| line(finding, policy, known)).collect();
    Some(Judgement {
        preview: true,
        state: outcome.verdict.state,
        since: outcome.verdict.since,
        due: outcome.verdict.due,
        judged: moment,
        rules,
    })
}

/// A rule that the server has found in the same state keeps the server's times: the phone doesn't know its history.
fn line(finding: &Finding, policy: &DevicePolicy, known: &[RuleVerdict]) -> RuleLine {
    let rule = rule_of(policy, &finding.rule);
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

/// The two rules that no policy has to name.
fn named(id: &str) -> Local {
    let (en, ru) = title(id).unwrap_or((id, id));
    Local { en: Text::clipped(en), ru: Text::clipped(ru) }
}
