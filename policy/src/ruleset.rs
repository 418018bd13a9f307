//! A policy made ready to judge: demands parsed once, for every device that it concerns.

use muster_proto::policy::DevicePolicy;

/// A parsed policy. `Ruleset::none()` is for a device without one: it judges `silence` and `chain`, and the verdict is `unknown`.
#[derive(Debug)]
pub struct Ruleset {
    #[expect(dead_code, reason = "the parsed demands take its place")]
    policy: Option<DevicePolicy>,
}

impl Ruleset {
    /// Parses the demands of `policy`. A kind or demand that this program doesn't know is judged `unknown`.
    #[must_use]
    pub fn new(policy: DevicePolicy) -> Self {
        Self { policy: Some(policy) }
    }

    /// For a device without a policy.
    #[must_use]
    pub fn none() -> Self {
        Self { policy: None }
    }
}
