//! `agent-version`: the agent is not older than this.

use serde::{Deserialize, Serialize};

use super::Demand;
use crate::reading::{Facts, Reading, Seen};
use crate::units::Version;

/// The oldest agent that is accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AgentVersion {
    /// Its version; a preview of a version is older than the version.
    pub min: Version,
}

impl Demand for AgentVersion {
    const KIND: &'static str = "agent-version";
    const TITLE: (&'static str, &'static str) = ("Current agent", "Актуальная версия агента");
    const EXAMPLE: &'static str = r#"
- id: agent
  kind: agent-version
  min: "0.1.0"
  mode: observe
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let text = &facts.report.submods.agent.version;
        let mut reading = Reading::default();
        let seen = Seen::new("agent.version", text.as_str().to_owned());
        match text.parse::<Version>() {
            Err(_) => reading.unread(seen),
            Ok(version) if version < self.min => reading.broken("version", seen),
            Ok(_) => reading.shown(seen),
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{Phone, read};

    #[test]
    fn older_agents_are_refused() {
        let rule = AgentVersion { min: "0.2.0".parse().unwrap() };
        assert_eq!(read(&rule, &Phone::aurora().agent("0.2.0")), "kept");
        assert_eq!(read(&rule, &Phone::aurora().agent("0.10.0")), "kept");
        assert_eq!(read(&rule, &Phone::aurora().agent("0.1.9")), "broken: version");
        assert_eq!(read(&rule, &Phone::aurora().agent("0.2.0-rc1")), "broken: version");
        assert_eq!(read(&rule, &Phone::aurora().agent("devel")), "unread");
    }
}
