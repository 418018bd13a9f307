//! `patch-age`: the security patch level may be so many days old. Time alone breaks this rule, at the start of a day in UTC.

use muster_proto::policy::Proof;
use muster_proto::time::{Day, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::Demand;
use crate::reading::{Cause, Facts, Reading, Seen, value_of};
use crate::units::Length;

/// How old the security patch level may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchAge {
    /// In whole days: on the last of them the rule is still kept.
    pub max: Length,
}

/// A patch level from further ahead than makers publish is no patch level.
const AHEAD: Span = Span::from_hours(62 * 24);
const DAY: Span = Span::from_hours(24);
const WHAT: &str = "device.security_patch";

impl Demand for PatchAge {
    const KIND: &'static str = "patch-age";
    const TITLE: (&'static str, &'static str) =
        ("Age of the security patch", "Давность обновления безопасности");
    const EXAMPLE: &'static str = r#"
- id: patch
  kind: patch-age
  platforms: [android]
  max: 180d
  grace: 14d
"#;
    const ATTESTABLE: bool = true;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let mut reading = Reading::default();
        match value_of(WHAT, &facts.report.submods.device.security_patch) {
            Ok(day) => self.judge(&mut reading, *day, facts),
            Err(seen) => reading.unread(seen),
        }
        if facts.needs == Proof::Attested {
            match facts.attested.and_then(|attested| attested.security_patch) {
                Some(day) => self.judge(&mut reading, day, facts),
                None => reading.unread(Seen::new(WHAT, "not proven by the hardware")),
            }
        }
        reading
    }
}

impl PatchAge {
    fn judge(&self, reading: &mut Reading, day: Day, facts: &Facts<'_>) {
        let over = self.over(day);
        if over <= facts.now {
            let began = Some(over.max(facts.at));
            let seen = Seen::new(WHAT, day.to_string());
            reading.causes.push(Cause { name: "security_patch".into(), seen, began, told: false });
        } else if day.start() > facts.now + AHEAD {
            reading.unread(Seen::new(WHAT, format!("{day}: a day far ahead")));
        } else {
            reading.shown(Seen::new(WHAT, day.to_string()));
            reading.next = Some(reading.next.map_or(over, |next| next.min(over)));
        }
    }

    /// From when on a patch level of `day` is too old.
    fn over(&self, day: Day) -> Timestamp {
        let days = self.max.0.secs() / DAY.secs();
        day.start() + Span::from_secs(days * DAY.secs()) + DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Attested;
    use crate::tests::world::{Phone, T0, hours, read, reading};
    use muster_proto::facts::Reason;

    fn rule(max: &str) -> PatchAge {
        PatchAge { max: max.parse().unwrap() }
    }

    #[test]
    fn the_last_day_is_still_kept() {
        // T0 is noon on 2023-03-01.
        assert_eq!(read(&rule("10d"), &Phone::android().patch("2023-02-19")), "kept");
        assert_eq!(read(&rule("10d"), &Phone::android().patch("2023-02-18")), "broken: security_patch");
        assert_eq!(read(&rule("10d"), &Phone::android().patch("2023-03-05")), "kept");
        assert_eq!(read(&rule("10d"), &Phone::android().patch("2043-03-05")), "unread");
        assert_eq!(read(&rule("10d"), &Phone::android().no_patch(Reason::Absent)), "unread");
    }

    #[test]
    fn the_next_moment_is_the_start_of_the_day_after() {
        let reading = reading(&rule("10d"), &Phone::android().patch("2023-02-19"));
        assert_eq!(reading.next, Some(T0() + hours(12)));
    }

    #[test]
    fn what_must_be_proven_is_unknown_without_proof() {
        let phone = Phone::android().patch("2023-02-25").attested();
        assert_eq!(read(&rule("10d"), &phone), "unread");
        let proof =
            |day: &str| Attested { security_patch: Some(day.parse().unwrap()), ..Attested::default() };
        assert_eq!(read(&rule("10d"), &phone.clone().proven(proof("2023-02-25"))), "kept");
        assert_eq!(read(&rule("10d"), &phone.clone().proven(proof("2022-02-25"))), "broken: security_patch");
        assert_eq!(
            read(&rule("10d"), &phone.patch("2022-02-25").proven(proof("2023-02-25"))),
            "broken: security_patch"
        );
    }
}
