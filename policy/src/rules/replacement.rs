//! `replacement`: the register plans until when a phone has to be replaced, and a phone that has been must not go on reporting.

use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::Demand;
use crate::case::{Left, Register};
use crate::reading::{Cause, Facts, Reading, Seen};

/// A phone is replaced by the day that the register plans, and what was replaced, retired, lost or put in stock reports no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// A phone that is not in the register breaks the rule; otherwise the rule is not for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub require_entry: bool,
}

const WHAT: &str = "register";

impl Demand for Replacement {
    const KIND: &'static str = "replacement";
    const TITLE: (&'static str, &'static str) = ("Replaced as planned", "Замена по плану");
    const EXAMPLE: &'static str = r#"
- id: replacement
  kind: replacement
  title: { en: Replaced as planned, ru: Замена по плану }
  require_entry: true
  grace: 14d
  remedy: { en: "Take the new phone and hand this one in.", ru: "Получите новый телефон и сдайте этот." }
"#;
    const SERVER_ONLY: bool = true;
    const OF_REGISTER: bool = true;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        self.planned(facts.register, Some(facts.at), facts.now)
    }

    fn of_register(&self, register: Register<'_>, reported: Option<Timestamp>, now: Timestamp) -> Reading {
        self.planned(register, reported, now)
    }
}

impl Replacement {
    fn planned(&self, register: Register<'_>, reported: Option<Timestamp>, now: Timestamp) -> Reading {
        let entry = match register {
            Register::Unasked => return Reading::unknown(Seen::new("server", "judged by the server")),
            Register::NoEntry if self.require_entry => {
                let mut reading = Reading::default();
                reading.broken("unregistered", Seen::new(WHAT, "not in the register"));
                return reading;
            }
            Register::NoEntry => return Reading::not_applicable(Seen::new(WHAT, "not in the register")),
            Register::Entry(entry) => entry,
        };
        let mut reading = Reading::default();
        // whoever has been silent since is not left over: it may lie in a drawer
        let still_reports = |since: Timestamp| reported.is_some_and(|at| at > since);
        if let Some((left, since)) = entry.left.filter(|(_, since)| still_reports(*since)) {
            let seen = Seen::new(WHAT, format!("{}: {since}", left.word()));
            reading.causes.push(cause(left.word(), seen, since));
        }
        match entry.replace_by {
            Some(end) if end <= now => {
                let seen = Seen::new(WHAT, format!("had to be replaced by: {end}"));
                reading.causes.push(cause("overdue", seen, end));
            }
            Some(end) => {
                reading.shown(Seen::new(WHAT, format!("to be replaced by: {end}")));
                reading.next = Some(end);
            }
            None if reading.causes.is_empty() => {
                return Reading::not_applicable(Seen::new(WHAT, "no day to replace it by"));
            }
            None => {}
        }
        reading
    }
}

fn cause(name: &'static str, seen: Seen, began: Timestamp) -> Cause {
    Cause { name: name.into(), seen, began: Some(began), told: false }
}

impl Left {
    /// What is said of it.
    const fn word(self) -> &'static str {
        match self {
            Self::Replaced => "left over, replaced",
            Self::Retired => "left over, retired",
            Self::Lost => "left over, lost",
            Self::Spare => "left over, in stock",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Entry;
    use crate::tests::world::{T0, hours};

    fn said(rule: bool, register: Register<'_>, reported: Option<Timestamp>) -> String {
        let reading = Replacement { require_entry: rule }.of_register(register, reported, T0());
        if reading.not_applicable {
            return "not applicable".to_owned();
        }
        let causes: Vec<String> = reading
            .causes
            .iter()
            .map(|cause| format!("{}@{}", cause.name, cause.began.map_or(0, |at| at.since(T0()).secs())))
            .collect();
        let next = reading.next.map(|at| format!("; next in {}", at.since(T0()).secs())).unwrap_or_default();
        let unread = if reading.unread.is_empty() { "" } else { "unread" };
        format!("{}{unread}{next}", causes.join(", "))
    }

    #[test]
    fn the_day_decides_and_time_alone_breaks_the_rule() {
        let by = |end| Entry { replace_by: Some(end), left: None };
        assert_eq!(said(false, Register::Entry(&by(T0() + hours(1))), None), "; next in 3600");
        assert_eq!(said(false, Register::Entry(&by(T0())), None), "overdue@0");
        assert_eq!(said(false, Register::Entry(&Entry::default()), Some(T0())), "not applicable");
    }

    #[test]
    fn what_is_not_written_down_is_not_asked_for_unless_the_rule_says_so() {
        assert_eq!(said(false, Register::NoEntry, Some(T0())), "not applicable");
        assert_eq!(said(true, Register::NoEntry, Some(T0())), "unregistered@0");
        assert_eq!(said(true, Register::Unasked, Some(T0())), "unread", "a phone knows no register");
    }

    #[test]
    fn who_still_reports_is_left_over() {
        let since = "2023-03-01T11:00:00Z".parse().unwrap();
        for left in [Left::Replaced, Left::Retired, Left::Lost, Left::Spare] {
            let entry = Entry { replace_by: None, left: Some((left, since)) };
            let told = said(false, Register::Entry(&entry), Some(T0()));
            assert!(told.starts_with("left over, "), "{told}");
            assert_eq!(said(false, Register::Entry(&entry), Some(since)), "not applicable", "it is silent");
            assert_eq!(said(false, Register::Entry(&entry), None), "not applicable");
        }
    }
}
