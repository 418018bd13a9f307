//! The verdict as the person who carries the phone gets it.

use muster_policy::rules::built_in;
use muster_policy::{Finding, Shown};
use muster_proto::policy::{DeviceRule, Local, Mode};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_proto::verdict::{DeviceVerdict, RuleVerdict};

use crate::devices::Device;
use crate::policies::Snapshot;

/// What the phone is told. Rules that are only observed are for administrators alone.
#[must_use]
pub fn told(device: &Device, snapshot: &Snapshot, judged: Timestamp) -> DeviceVerdict {
    let compiled = snapshot.of(&device.org);
    let rule = |id: &str| compiled?.ruleset.policy()?.rules.iter().find(|rule| rule.id.as_str() == id);
    let shown = device.findings.iter().filter(|finding| finding.mode != Mode::Observe);
    DeviceVerdict {
        state: device.verdict.state,
        since: device.verdict.since,
        due: device.verdict.due,
        rules: shown.map(|finding| rule_verdict(finding, rule(&finding.rule))).collect(),
        judged,
    }
}

/// What a rule is called: by the policy, or as one of the two that every device has.
#[must_use]
pub fn title(id: &str, rule: Option<&DeviceRule>) -> Local {
    rule.map_or_else(
        || {
            let (en, ru) = built_in::title(id).unwrap_or((id, id));
            Local { en: Text::clipped(en), ru: Text::clipped(ru) }
        },
        |rule| rule.title.clone(),
    )
}

fn rule_verdict(finding: &Finding, rule: Option<&DeviceRule>) -> RuleVerdict {
    let words = |shown: &Shown| Text::clipped(&format!("{}: {}", shown.what, shown.value));
    RuleVerdict {
        rule: Text::clipped(&finding.rule),
        title: title(&finding.rule, rule),
        state: finding.state,
        since: finding.since,
        due: finding.due,
        mode: finding.mode,
        severity: finding.severity,
        shown_by: finding.evidence.iter().take(16).map(words).collect(),
        remedy: rule.and_then(|rule| rule.remedy.clone()),
        exempt_until: finding.exemption.as_ref().map(|exemption| exemption.until),
    }
}
