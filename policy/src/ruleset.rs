//! A policy made ready to judge: demands parsed once, for every device that it concerns.

use muster_proto::policy::{DevicePolicy, DeviceRule};
use muster_proto::time::Span;

use crate::demand::DemandError;
use crate::rules::{Judge, JudgedByServer, Kind};

/// A device without a policy counts as silent after this.
pub const DEFAULT_SILENT_AFTER: Span = Span::from_hours(26);

/// What stands in place of a demand that only the server can judge: `null`, which no kind's demand is.
pub(crate) const WITHHELD: &[u8] = &[0xf6];

/// A parsed policy. `Ruleset::none()` is for a device without one: it judges `silence` and `chain`, and the verdict is `unknown`.
#[derive(Debug)]
pub struct Ruleset {
    policy: Option<DevicePolicy>,
    /// In the order of the policy's rules.
    demands: Vec<Result<Box<dyn Judge>, String>>,
}

impl Ruleset {
    /// Parses the demands of `policy`. A kind or demand that this program doesn't know is judged `unknown`.
    #[must_use]
    pub fn new(policy: DevicePolicy) -> Self {
        let demands =
            policy.rules.iter().map(|rule| parse(rule).map_err(|error| error.to_string())).collect();
        Self { policy: Some(policy), demands }
    }

    /// For a device without a policy.
    #[must_use]
    pub fn none() -> Self {
        Self { policy: None, demands: Vec::new() }
    }

    /// The policy that was parsed.
    #[must_use]
    pub fn policy(&self) -> Option<&DevicePolicy> {
        self.policy.as_ref()
    }

    /// Version of the policy; 0 where there is none.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.policy.as_ref().map_or(0, |policy| policy.version)
    }

    /// Without a fresh report for this long the device counts as silent.
    #[must_use]
    pub fn silent_after(&self) -> Span {
        self.policy.as_ref().map_or(DEFAULT_SILENT_AFTER, |policy| policy.schedule.silent_after)
    }

    /// Whether a rule is judged by the register.
    #[must_use]
    pub fn asks_register(&self) -> bool {
        self.demands.iter().flatten().any(|demand| demand.asks_register())
    }

    /// Each rule, and its demand or why it can't be judged here.
    pub(crate) fn rules(&self) -> impl Iterator<Item = (&DeviceRule, Result<&dyn Judge, &str>)> {
        let rules = self.policy.iter().flat_map(|policy| policy.rules.iter());
        rules.zip(&self.demands).map(|(rule, demand)| (rule, demand.as_deref().map_err(String::as_str)))
    }
}

fn parse(rule: &DeviceRule) -> Result<Box<dyn Judge>, DemandError> {
    let kind = Kind::named(&rule.kind).ok_or_else(|| DemandError::Kind(rule.kind.as_str().to_owned()))?;
    if kind.server_only && *rule.demand.0 == *WITHHELD {
        return Ok(Box::new(JudgedByServer));
    }
    (kind.parse)(&rule.demand)
}
