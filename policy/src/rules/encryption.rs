//! `encryption`: the user's storage is encrypted.

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::Encryption;
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::reading::{Facts, Reading, Seen, value_of};

/// Which kinds of encryption are enough.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StorageEncryption {
    /// States that are accepted, at least one; without this key all three in which the whole storage is encrypted.
    #[serde(default = "whole")]
    #[cfg_attr(feature = "document", schemars(schema_with = "crate::document::words::<Vec<Encryption>>"))]
    pub allow: Vec<Encryption>,
}

fn whole() -> Vec<Encryption> {
    vec![Encryption::Active, Encryption::ActiveDefaultKey, Encryption::ActivePerUser]
}

impl Demand for StorageEncryption {
    const KIND: &'static str = "encryption";
    const TITLE: (&'static str, &'static str) = ("Encrypted storage", "Шифрование памяти");
    const EXAMPLE: &'static str = r#"
- id: encryption
  kind: encryption
  allow: [active, active-default-key, active-per-user]
  severity: critical
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let mut reading = Reading::default();
        match value_of("device.encryption", &facts.report.submods.device.encryption) {
            Err(seen) => reading.unread(seen),
            Ok(state) => {
                let seen = Seen::new("device.encryption", state.word());
                if self.allow.contains(state) {
                    reading.shown(seen)
                } else {
                    reading.broken("encryption", seen)
                }
            }
        }
        reading
    }

    fn flaws(&self, _: &Catalogue) -> Vec<DemandFlaw> {
        let message = "nothing is accepted".to_owned();
        self.allow
            .is_empty()
            .then_some(DemandFlaw { key: "allow", index: None, message })
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{Phone, read};
    use muster_proto::facts::{Fact, Reason};

    #[test]
    fn the_whole_storage_must_be_encrypted() {
        let rule = StorageEncryption { allow: whole() };
        let of = |fact| read(&rule, &Phone::android().change(|device| device.encryption = fact));
        assert_eq!(of(Fact::Known(Encryption::Active)), "kept");
        assert_eq!(of(Fact::Known(Encryption::ActivePerUser)), "kept");
        assert_eq!(of(Fact::Known(Encryption::ActiveDefaultKey)), "kept");
        assert_eq!(of(Fact::Known(Encryption::Partial)), "broken: encryption");
        assert_eq!(of(Fact::Known(Encryption::Activating)), "broken: encryption");
        assert_eq!(of(Fact::Known(Encryption::Inactive)), "broken: encryption");
        assert_eq!(of(Fact::Unknown(Reason::Unsupported)), "unread");
    }

    #[test]
    fn a_policy_may_ask_for_more() {
        let rule = StorageEncryption { allow: vec![Encryption::ActivePerUser] };
        let phone =
            Phone::android().change(|device| device.encryption = Fact::Known(Encryption::ActiveDefaultKey));
        assert_eq!(read(&rule, &phone), "broken: encryption");
    }
}
