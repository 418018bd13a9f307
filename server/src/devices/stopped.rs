//! What keeps a silent phone's agent from working: limits that stop an application altogether, and what ended its last work.

use muster_policy::Finding;
use muster_policy::rules::built_in::SILENCE;
use muster_proto::facts::{BackgroundLimit, DeviceFacts, Fact, WorkFacts};
use muster_proto::verdict::State;
use serde::{Serialize, Serializer};

/// What stops the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopper {
    /// A limit on background work.
    Limit(BackgroundLimit),
    /// Why its last work was ended, as Android numbers it; only what somebody decided against the agent.
    Ended(u32),
}

impl Stopper {
    /// The word of the API.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Limit(limit) => limit.word(),
            Self::Ended(11) => "background-restriction",
            Self::Ended(12) => "app-standby",
            Self::Ended(_) => "user",
        }
    }
}

impl Serialize for Stopper {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// Of a silent phone: what stops the agent, and the limits beside that seldom keep an application from working.
pub(super) fn why(
    findings: &[Finding],
    facts: Option<&DeviceFacts>,
    work: Option<&WorkFacts>,
) -> (Vec<Stopper>, Vec<BackgroundLimit>) {
    let broken = |finding: &Finding| {
        finding.rule == SILENCE && matches!(finding.state, State::Failing | State::Grace | State::Unknown)
    };
    if !findings.iter().any(broken) {
        return (Vec::new(), Vec::new());
    }
    let limits = match facts.map(|facts| &facts.background_limits) {
        Some(Fact::Known(limits)) => limits.to_vec(),
        _ => Vec::new(),
    };
    let (stop, also): (Vec<_>, Vec<_>) = limits.into_iter().partition(|limit| stops(*limit));
    // background restriction, standby, and the person; a quota, a lost network or a full phone end the work of anybody
    let ended = work.and_then(|work| work.stop_reason).filter(|reason| matches!(reason, 11..=13));
    (stop.into_iter().map(Stopper::Limit).chain(ended.map(Stopper::Ended)).collect(), also)
}

/// Whether a limit stops an application by itself. Android optimises the battery use of every application that nobody has exempted.
const fn stops(limit: BackgroundLimit) -> bool {
    match limit {
        BackgroundLimit::RestrictedBucket
        | BackgroundLimit::BackgroundRestricted
        | BackgroundLimit::AutoStartDenied => true,
        BackgroundLimit::BatteryOptimised | BackgroundLimit::DataSaver => false,
    }
}
