//! What a judgement says: a finding for every rule, the verdict, and what changed.

use muster_proto::policy::{Mode, Severity};
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

/// The state of one rule on one device. It carries what the next judgement must remember.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Finding {
    /// Id of the rule; `silence` and `chain` are the two that every device has.
    pub rule: String,
    /// Its kind.
    pub kind: String,
    /// The state.
    pub state: State,
    /// When the present condition began: failing and grace share one, unknown has its own, compliant its own.
    pub since: Timestamp,
    /// Until when it is tolerated.
    pub due: Option<Timestamp>,
    /// What shows it.
    pub evidence: Vec<Shown>,
    /// How grave a broken rule is.
    pub severity: Severity,
    /// What the rule does, broken for as long as it is.
    pub mode: Mode,
    /// What it will do next if it stays broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalates: Option<Escalation>,
    /// Version of the policy that judged.
    pub policy: u64,
    /// The state beneath an exemption.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beneath: Option<State>,
    /// The exemption in force: its id, reason and end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exemption: Option<crate::case::Exemption>,
    /// Every cause that was seen and is still remembered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub causes: Vec<CauseState>,
    /// Since when the facts that the rule needs are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreadable_since: Option<Timestamp>,
}

/// A broken rule comes to count for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
pub struct Escalation {
    /// What it does then.
    pub mode: Mode,
    /// When.
    pub at: Timestamp,
}

/// One cause of a failing rule (one messenger, one maker, one setting) and its own times.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct CauseState {
    /// Its name: stable over edits of the policy that don't touch it.
    pub cause: String,
    /// When it began.
    pub since: Timestamp,
    /// Until when it is tolerated.
    pub due: Option<Timestamp>,
    /// When it went away; it is remembered for a while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Only the management system says so: beside what the rule can't read it breaks the rule, and doesn't make it less unknown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub told: bool,
}

/// One thing that shows a state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
pub struct Shown {
    /// Which fact, sighting or source: `device.encryption`, `apps.telegram`, `clock`.
    pub what: String,
    /// The value, or the reason why there is none, in words.
    pub value: String,
    /// The cause that it shows, where it shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Number of the report that shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<u64>,
    /// Digest of that report's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<muster_proto::id::Digest>,
}

/// The state of a device: the worst of its enforced findings.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// The state.
    pub state: State,
    /// Since when the device is in this state: the earliest `since` of the findings that decide it.
    pub since: Timestamp,
    /// The nearest moment until which one of them is tolerated.
    pub due: Option<Timestamp>,
}

/// A change of a finding's state.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edge {
    /// The rule.
    pub rule: String,
    /// The state before; none for a new finding.
    pub from: Option<State>,
    /// The state now; none where the rule is gone. The same as before where a broken rule only came to count for more or less.
    pub to: Option<State>,
    /// What the rule does, now that it is broken; where it is not, what it would do at first.
    pub mode: Mode,
    /// When it changed: evidence time for what a report shows, the judge's clock for what time alone does and for what a management system
    /// says, however old that is.
    pub at: Timestamp,
}

/// All that one judgement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Exactly one finding for every rule that the policy has, and for `silence` and `chain`.
    pub findings: Vec<Finding>,
    /// The device's verdict.
    pub verdict: Verdict,
    /// What changed against the previous findings.
    pub edges: Vec<Edge>,
    /// The next moment at which the verdict can change by itself.
    pub next: Option<Timestamp>,
}
