//! `screen-lock`: a lock is set up, strong enough, and locks soon enough.

use muster_proto::facts::Strength;
use serde::{Deserialize, Serialize};

use super::Demand;
use crate::reading::{Facts, Reading, Seen, value_of, yes_no};
use crate::units::Length;

/// What is asked of the screen lock. That there is one is always asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScreenLock {
    /// How strong it is at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "document", schemars(schema_with = "crate::document::words::<Option<Strength>>"))]
    pub strength: Option<Strength>,
    /// After what time without use the device locks at the latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Length>,
}

impl Demand for ScreenLock {
    const KIND: &'static str = "screen-lock";
    const TITLE: (&'static str, &'static str) = ("Screen lock", "Блокировка экрана");
    const EXAMPLE: &'static str = r#"
- id: lock
  kind: screen-lock
  strength: medium
  within: 5m
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let device = &facts.report.submods.device;
        let mut reading = Reading::default();
        match value_of("device.lock_set", &device.lock_set) {
            Err(seen) => reading.unread(seen),
            Ok(true) => reading.shown(Seen::new("device.lock_set", yes_no(true))),
            Ok(false) => reading.broken("lock_set", Seen::new("device.lock_set", yes_no(false))),
        }
        if let Some(wanted) = self.strength {
            match value_of("device.lock_strength", &device.lock_strength) {
                Err(seen) => reading.unread(seen),
                Ok(strength) => {
                    let seen = Seen::new("device.lock_strength", strength.word());
                    let enough = *strength >= wanted;
                    if enough { reading.shown(seen) } else { reading.broken("lock_strength", seen) }
                }
            }
        }
        if let Some(within) = self.within {
            match value_of("device.lock_after", &device.lock_after) {
                Err(seen) => reading.unread(seen),
                Ok(after) => {
                    let seen = Seen::new("device.lock_after", Length(*after).to_string());
                    let soon = *after <= within.0;
                    if soon { reading.shown(seen) } else { reading.broken("lock_after", seen) }
                }
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
    use muster_proto::time::Span;

    fn phone(set: Fact<bool>, strength: Fact<Strength>, after: Fact<Span>) -> Phone {
        Phone::android().change(|device| {
            (device.lock_set, device.lock_strength, device.lock_after) = (set, strength, after);
        })
    }

    #[test]
    fn a_lock_must_be_set_and_strong_enough() {
        let rule = ScreenLock { strength: Some(Strength::Medium), within: Some("5m".parse().unwrap()) };
        let soon = Fact::Known(Span::from_secs(300));
        let of = |set, strength| read(&rule, &phone(set, strength, soon.clone()));
        assert_eq!(of(Fact::Known(true), Fact::Known(Strength::Medium)), "kept");
        assert_eq!(of(Fact::Known(true), Fact::Known(Strength::High)), "kept");
        assert_eq!(of(Fact::Known(true), Fact::Known(Strength::Low)), "broken: lock_strength");
        assert_eq!(of(Fact::Known(false), Fact::Known(Strength::None)), "broken: lock_set, lock_strength");
        assert_eq!(of(Fact::Unknown(Reason::Denied), Fact::Known(Strength::High)), "unread");
        assert_eq!(of(Fact::Known(true), Fact::Unknown(Reason::Denied)), "unread");
        assert_eq!(of(Fact::Known(false), Fact::Unknown(Reason::Denied)), "broken: lock_set; unread");
    }

    #[test]
    fn it_must_lock_soon_enough_where_that_is_asked() {
        let rule = ScreenLock { strength: None, within: Some("5m".parse().unwrap()) };
        let of = |after| read(&rule, &phone(Fact::Known(true), Fact::Unknown(Reason::Denied), after));
        assert_eq!(of(Fact::Known(Span::from_secs(300))), "kept");
        assert_eq!(of(Fact::Known(Span::from_secs(301))), "broken: lock_after");
        assert_eq!(of(Fact::Unknown(Reason::Absent)), "unread");
        let any = ScreenLock { strength: None, within: None };
        assert_eq!(
            read(
                &any,
                &phone(Fact::Known(true), Fact::Unknown(Reason::Denied), Fact::Unknown(Reason::Denied))
            ),
            "kept"
        );
    }
}
