//! `platform`: operating systems that are accepted, and from which version on.

use std::fmt;
use std::str::FromStr;

use muster_proto::facts::Platform;
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::reading::{Facts, Reading, Seen, value_of};
use crate::units::{Version, written_as_text};
use muster_proto::catalogue::Catalogue;

/// Operating systems that are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AllowedPlatforms {
    /// Systems, each with the lowest version where that matters: `android >= 12`.
    pub allow: Vec<Allowed>,
}

/// One system: `linux`, or `android >= 12`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowed {
    /// The system.
    pub platform: Platform,
    /// The lowest version that is accepted; any where it is `None`.
    pub at_least: Option<Version>,
}

/// Text that is not a system with its lowest version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowedError {
    /// A system that is not known.
    #[error("unknown platform {0:?}: known are android, aurora, sailfish and linux")]
    Platform(String),
    /// Something else than `PLATFORM` or `PLATFORM >= VERSION`.
    #[error("{0:?} is neither PLATFORM nor PLATFORM >= VERSION, such as \"android >= 12\"")]
    Shape(String),
}

impl FromStr for Allowed {
    type Err = AllowedError;
    fn from_str(text: &str) -> Result<Self, AllowedError> {
        let shape = || AllowedError::Shape(text.chars().take(60).collect());
        let (platform, at_least) = match text.split_once(">=") {
            Some((platform, version)) => (platform, Some(version.trim().parse().map_err(|_| shape())?)),
            None => (text, None),
        };
        let platform = platform.trim();
        if platform.is_empty() || !platform.bytes().all(|b| b.is_ascii_lowercase()) {
            return Err(shape());
        }
        let platform = platform.parse().map_err(|_| AllowedError::Platform(platform.to_owned()))?;
        Ok(Self { platform, at_least })
    }
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.at_least {
            Some(version) => write!(f, "{} >= {version}", self.platform),
            None => write!(f, "{}", self.platform),
        }
    }
}

written_as_text!(
    Allowed,
    "AllowedPlatform",
    "^ *(android|aurora|sailfish|linux) *(>= *[0-9]+(\\.[0-9]+)* *)?$",
    "A system, with the lowest version where that matters: `linux`, `android >= 12`."
);

impl Demand for AllowedPlatforms {
    const KIND: &'static str = "platform";
    const TITLE: (&'static str, &'static str) = ("Operating system", "Операционная система");
    const EXAMPLE: &'static str = r#"
- id: platform
  kind: platform
  allow: ["android >= 12", "aurora >= 5.0", linux]
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let device = &facts.report.submods.device;
        let platform = match value_of("device.platform", &device.platform) {
            Ok(platform) => *platform,
            Err(seen) => return Reading::unknown(seen),
        };
        let mut reading = Reading::default();
        let mut entries = self.allow.iter().filter(|allowed| allowed.platform == platform).peekable();
        if entries.peek().is_none() {
            reading.broken("platform", Seen::new("device.platform", platform.word()));
            return reading;
        }
        reading.shown(Seen::new("device.platform", platform.word()));
        let mut bounds: Vec<&Version> = Vec::new();
        for entry in entries {
            match &entry.at_least {
                Some(version) => bounds.push(version),
                None => return reading,
            }
        }
        let lowest = bounds.into_iter().min();
        match value_of("device.os_version", &device.os_version) {
            Err(seen) => reading.unread(seen),
            Ok(text) => match (text.parse::<Version>(), lowest) {
                (Ok(version), Some(lowest)) if version.clone().released() < *lowest => {
                    reading.broken("os_version", Seen::new("device.os_version", text.as_str().to_owned()));
                }
                (Ok(_), _) => reading.shown(Seen::new("device.os_version", text.as_str().to_owned())),
                (Err(_), _) => {
                    let value = format!("{text}: not a version that can be compared");
                    reading.unread(Seen::new("device.os_version", value));
                }
            },
        }
        reading
    }

    fn flaws(&self, _: &Catalogue) -> Vec<DemandFlaw> {
        let message = || "a rule of this kind needs a system in `allow`".to_owned();
        let none =
            self.allow.is_empty().then(|| DemandFlaw { key: "allow", index: None, message: message() });
        none.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_and_its_lowest_version() {
        let allowed: Allowed = "android >= 12".parse().unwrap();
        assert_eq!(allowed.platform, Platform::Android);
        assert_eq!(allowed.to_string(), "android >= 12");
        assert_eq!("linux".parse::<Allowed>().unwrap().at_least, None);
        assert_eq!("aurora>=5.0".parse::<Allowed>().unwrap().to_string(), "aurora >= 5.0");
        for (wrong, error) in [
            ("ios >= 16", "unknown platform \"ios\""),
            ("android > 12", "neither PLATFORM nor"),
            ("android >= twelve", "neither PLATFORM nor"),
            ("", "neither PLATFORM nor"),
            ("Android >= 12", "neither PLATFORM nor"),
        ] {
            let said = wrong.parse::<Allowed>().unwrap_err().to_string();
            assert!(said.contains(error), "{wrong}: {said}");
        }
    }
}
