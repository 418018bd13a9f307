//! Notifications: that a rule newly fails, and that a deadline is near. Each is given once; what was given is kept before it is answered, so
//! that nobody is told twice, and is forgotten when the rule is in order again.

use std::collections::BTreeMap;

use muster_agent::status::{RuleLine, Status, local, moment};
use muster_agent::texts::Language;
use muster_proto::id::Digest;
use muster_proto::policy::Mode;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use serde::Serialize;
use serde_json::Value;

use crate::agent::{Agent, value};
use crate::error::Result;
use crate::journal::Noted;

/// A notification.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Note {
    /// One for each rule: a later note takes the place of the earlier.
    id: i32,
    title: String,
    text: String,
}

/// Days before a deadline on which it is said.
const DAYS: [i64; 2] = [3, 1];

/// What is to be notified now.
pub fn notes(agent: &Agent, language: Language) -> Result<Value> {
    let status = Status::of(agent.stored()?, agent.now());
    // A preview is the phone's own guess: nobody is disturbed for it.
    let rules = match &status.verdict {
        Some(judgement) if !judgement.preview => judgement.rules.as_slice(),
        _ => return value(&Vec::<Note>::new()),
    };
    let mut notes = Vec::new();
    agent.change_journal(|journal| {
        (notes, journal.notified) = new(rules, &journal.notified, agent.now().wall, language);
    })?;
    value(&notes)
}

fn new(
    rules: &[RuleLine],
    before: &BTreeMap<String, Noted>,
    now: Timestamp,
    language: Language,
) -> (Vec<Note>, BTreeMap<String, Noted>) {
    let (mut notes, mut notified) = (Vec::new(), BTreeMap::new());
    for rule in rules.iter().filter(|rule| rule.mode != Mode::Observe) {
        let known = before.get(&rule.rule).cloned().unwrap_or_default();
        match rule.state {
            State::Failing => {
                if known.failing != Some(rule.since) {
                    let title = language.text("note.failing").to_owned();
                    notes.push(note(rule, title, language));
                }
                notified.insert(rule.rule.clone(), Noted { failing: Some(rule.since), ..known });
            }
            State::Grace => {
                let days = rule.due.map(|due| left(due, now)).filter(|days| *days <= DAYS[0]);
                let said = known.days.filter(|_| known.due == rule.due);
                let next = days.map(|days| if days <= DAYS[1] { DAYS[1] } else { DAYS[0] });
                if let (Some(days), Some(next)) = (days, next)
                    && said.is_none_or(|said| next < said)
                {
                    let left = language.counted("days-left", u64::try_from(days.max(1)).unwrap_or(1));
                    notes.push(note(rule, language.filled("note.due", &[&left]), language));
                }
                let days = next.or(said);
                notified.insert(rule.rule.clone(), Noted { failing: None, due: rule.due, days });
            }
            _ => {}
        }
    }
    (notes, notified)
}

/// Days that are left, begun ones counted whole.
fn left(due: Timestamp, now: Timestamp) -> i64 {
    i64::try_from(due.since(now).secs().div_ceil(24 * 3600)).unwrap_or(i64::MAX)
}

fn note(rule: &RuleLine, title: String, language: Language) -> Note {
    let mut text = local(&rule.title, language).to_owned();
    if let Some(due) = rule.due.filter(|_| rule.state == State::Grace) {
        text.push_str(&format!(", {}", language.filled("until", &[&moment(due)])));
    }
    if let Some(remedy) = &rule.remedy {
        text.push_str(&format!(". {}", language.filled("remedy", &[local(remedy, language)])));
    }
    let digest = Digest::of(rule.rule.as_bytes()).0;
    let id = i32::from_be_bytes([digest[0] & 0x7f, digest[1], digest[2], digest[3]]);
    Note { id, title, text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::policy::{Local, Severity};
    use muster_proto::text::Text;
    use muster_proto::time::Span;

    fn at(hours: u64) -> Timestamp {
        Timestamp::from_secs(1_800_000_000) + Span::from_hours(hours)
    }

    fn rule(state: State, since: u64, due: Option<u64>) -> RuleLine {
        RuleLine {
            rule: "no-telegram".to_owned(),
            title: Local { en: Text::clipped("No Telegram"), ru: Text::clipped("Без Telegram") },
            state,
            since: at(since),
            due: due.map(at),
            mode: Mode::Enforce,
            severity: Severity::High,
            shown_by: Vec::new(),
            remedy: None,
            exempt_until: None,
        }
    }

    fn titles(rules: &[RuleLine], known: &mut BTreeMap<String, Noted>, now: u64) -> Vec<String> {
        let (notes, notified) = new(rules, known, at(now), Language::English);
        *known = notified;
        notes.into_iter().map(|note| note.title).collect()
    }

    #[test]
    fn a_failing_rule_is_said_once_until_it_fails_anew() {
        let mut known = BTreeMap::new();
        let failing = [rule(State::Failing, 0, None)];
        assert_eq!(titles(&failing, &mut known, 1).len(), 1);
        assert!(titles(&failing, &mut known, 2).is_empty());
        assert!(titles(&[rule(State::Compliant, 3, None)], &mut known, 3).is_empty());
        assert_eq!(titles(&[rule(State::Failing, 4, None)], &mut known, 5).len(), 1);
    }

    #[test]
    fn a_deadline_is_said_three_days_and_one_day_before() {
        let mut known = BTreeMap::new();
        let grace = [rule(State::Grace, 0, Some(24 * 7))];
        assert!(titles(&grace, &mut known, 0).is_empty());
        assert_eq!(titles(&grace, &mut known, 24 * 4), ["Your work phone: 3 days left"]);
        assert!(titles(&grace, &mut known, 24 * 5).is_empty());
        assert_eq!(titles(&grace, &mut known, 24 * 6 + 1), ["Your work phone: 1 day left"]);
        assert!(titles(&grace, &mut known, 24 * 6 + 2).is_empty());
    }

    #[test]
    fn what_is_only_observed_disturbs_nobody() {
        let mut known = BTreeMap::new();
        let observed = [RuleLine { mode: Mode::Observe, ..rule(State::Failing, 0, None) }];
        assert!(titles(&observed, &mut known, 1).is_empty());
    }
}
