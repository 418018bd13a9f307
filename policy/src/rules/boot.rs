//! `boot`: the boot loader is locked, and verified boot found the system as it should be.

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{BootState, Fact};
use muster_proto::policy::Proof;
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::reading::{Facts, Reading, Seen, Word, value_of, yes_no};

/// What is asked of the start of the system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// What must be so: at least one of the two.
    pub require: BootRequirements,
}

/// What must be so when the system starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BootRequirements {
    /// The boot loader is locked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
    /// Verified boot's state is one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "document", schemars(schema_with = "crate::document::words::<Vec<BootState>>"))]
    pub verified: Vec<BootState>,
}

const LOCKED: &str = "device.bootloader_locked";
const VERIFIED: &str = "device.verified_boot";

impl Demand for Boot {
    const KIND: &'static str = "boot";
    const TITLE: (&'static str, &'static str) =
        ("Untouched start of the system", "Неизменённая загрузка системы");
    const EXAMPLE: &'static str = r#"
- id: boot
  kind: boot
  platforms: [android]
  require: { locked: true, verified: [green] }
  needs: attested
"#;
    const ATTESTABLE: bool = true;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let device = &facts.report.submods.device;
        let mut reading = Reading::default();
        if self.require.locked {
            let proven = facts.attested.map(|attested| attested.bootloader_locked);
            let fits = |locked: &bool| *locked;
            let word = |locked: &bool| yes_no(*locked).into();
            judge(
                &mut reading,
                facts,
                LOCKED,
                &device.bootloader_locked,
                proven.flatten().as_ref(),
                fits,
                word,
            );
        }
        if !self.require.verified.is_empty() {
            let proven = facts.attested.map(|attested| attested.verified_boot);
            let fits = |state: &BootState| self.require.verified.contains(state);
            let word = |state: &BootState| state.word().into();
            judge(
                &mut reading,
                facts,
                VERIFIED,
                &device.verified_boot,
                proven.flatten().as_ref(),
                fits,
                word,
            );
        }
        reading
    }

    fn flaws(&self, _: &Catalogue) -> Vec<DemandFlaw> {
        let message = "nothing is required: say `locked: true` or which states of `verified`".to_owned();
        let nothing = !self.require.locked && self.require.verified.is_empty();
        nothing.then_some(DemandFlaw { key: "require", index: None, message }).into_iter().collect()
    }
}

/// What the phone says against itself counts even where only proof can speak for it.
fn judge<T>(
    reading: &mut Reading,
    facts: &Facts<'_>,
    what: &'static str,
    reported: &Fact<T>,
    proven: Option<&T>,
    fits: impl Fn(&T) -> bool,
    word: impl Fn(&T) -> Word,
) {
    let attested = facts.needs == Proof::Attested;
    let cause = what.trim_start_matches("device.");
    match (value_of(what, reported), proven) {
        (Ok(value), _) if !fits(value) => reading.broken(cause, Seen::new(what, word(value))),
        (_, Some(value)) if attested && !fits(value) => {
            reading.broken(cause, Seen::new(what, format!("{} by the hardware", word(value))));
        }
        (_, None) if attested => reading.unread(Seen::new(what, "not proven by the hardware")),
        (Err(seen), _) => reading.unread(seen),
        (Ok(value), _) => reading.shown(Seen::new(what, word(value))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Attested;
    use crate::tests::world::{Phone, read};
    use muster_proto::facts::Reason;

    fn rule() -> Boot {
        Boot {
            require: BootRequirements { locked: true, verified: vec![BootState::Green, BootState::Yellow] },
        }
    }

    fn phone(locked: Fact<bool>, verified: Fact<BootState>) -> Phone {
        Phone::android()
            .change(|device| (device.bootloader_locked, device.verified_boot) = (locked, verified))
    }

    #[test]
    fn both_must_be_so() {
        let of = |locked, verified| read(&rule(), &phone(locked, verified));
        assert_eq!(of(Fact::Known(true), Fact::Known(BootState::Yellow)), "kept");
        assert_eq!(
            of(Fact::Known(false), Fact::Known(BootState::Orange)),
            "broken: bootloader_locked, verified_boot"
        );
        assert_eq!(of(Fact::Known(true), Fact::Unknown(Reason::Denied)), "unread");
        assert_eq!(
            of(Fact::Known(false), Fact::Unknown(Reason::Denied)),
            "broken: bootloader_locked; unread"
        );
    }

    #[test]
    fn what_must_be_proven_is_unknown_on_the_phones_word() {
        let good = phone(Fact::Known(true), Fact::Known(BootState::Green)).attested();
        assert_eq!(read(&rule(), &good), "unread");
        let proof = |locked, state| Attested {
            bootloader_locked: Some(locked),
            verified_boot: Some(state),
            ..Attested::default()
        };
        assert_eq!(read(&rule(), &good.clone().proven(proof(true, BootState::Green))), "kept");
        assert_eq!(read(&rule(), &good.clone().proven(proof(true, BootState::Red))), "broken: verified_boot");
        let half = Attested { bootloader_locked: Some(true), ..Attested::default() };
        assert_eq!(read(&rule(), &good.proven(half)), "unread");
        let bad = phone(Fact::Known(false), Fact::Known(BootState::Green)).attested();
        assert_eq!(read(&rule(), &bad.proven(proof(true, BootState::Green))), "broken: bootloader_locked");
    }
}
