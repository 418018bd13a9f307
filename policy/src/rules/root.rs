//! `root`: no sign that somebody has become root.

use muster_proto::facts::RootKind;
use serde::{Deserialize, Serialize};

use super::Demand;
use crate::reading::{Facts, Reading, Seen, value_of};

/// Which signs of root don't count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NoRoot {
    /// Kinds of signs that are tolerated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "document", schemars(schema_with = "crate::document::words::<Vec<RootKind>>"))]
    pub allow: Vec<RootKind>,
}

impl Demand for NoRoot {
    const KIND: &'static str = "root";
    const TITLE: (&'static str, &'static str) =
        ("No signs of root access", "Нет признаков прав суперпользователя");
    const EXAMPLE: &'static str = r#"
- id: root
  kind: root
  allow: [test-build]
  unknown_after: 2d
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let mut reading = Reading::default();
        match value_of("device.root_signs", &facts.report.submods.device.root_signs) {
            Err(seen) => reading.unread(seen),
            Ok(signs) => {
                for sign in signs.iter().filter(|sign| !self.allow.contains(&sign.kind)) {
                    let value = format!("{}: {}", sign.kind, sign.seen);
                    reading.broken(sign.kind.word(), Seen::new("device.root_signs", value));
                }
                reading.shown(Seen::new("device.root_signs", "none"));
            }
        }
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{Phone, read};
    use muster_proto::facts::{Fact, Reason};

    #[test]
    fn each_kind_of_sign_is_a_cause() {
        let rule = NoRoot { allow: vec![RootKind::RemoteShell] };
        assert_eq!(read(&rule, &Phone::aurora()), "kept");
        let rooted =
            Phone::aurora().root(&[RootKind::SuProgram, RootKind::RemoteShell, RootKind::ExtraRootUser]);
        assert_eq!(read(&rule, &rooted), "broken: su-program, extra-root-user");
        assert_eq!(read(&rule, &Phone::aurora().root(&[RootKind::RemoteShell])), "kept");
        let unread = Phone::aurora().change(|device| device.root_signs = Fact::Unknown(Reason::Denied));
        assert_eq!(read(&rule, &unread), "unread");
    }
}
