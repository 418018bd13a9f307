//! What the person is told without looking: that a rule newly fails, and that a deadline is near, as often as the policy wants it. Each is
//! told once; what was told is forgotten when the rule is in order again.

use std::collections::BTreeMap;

use muster_proto::id::Digest;
use muster_proto::policy::Mode;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;
use serde::{Deserialize, Serialize};

use super::{RuleLine, Status, local, moment};
use crate::texts::Language;

/// A notification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// One for each rule: a later note takes the place of the earlier.
    pub id: i32,
    /// What is so.
    pub title: String,
    /// Which rule, until when, and what to do.
    pub text: String,
}

/// What was told of one rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Noted {
    /// That it fails, since then.
    pub failing: Option<Timestamp>,
    /// The deadline that the person was reminded of.
    pub due: Option<Timestamp>,
    /// The last of the policy's reminders that was given.
    pub ahead: Option<Span>,
}

/// What was told, by rule.
pub type Told = BTreeMap<String, Noted>;

/// What is to be told now, and what has been told with that. `None` where the server has not judged: a preview is the phone's own guess, and
/// nobody is disturbed for it.
#[must_use]
pub fn notes(
    status: &Status,
    before: &Told,
    now: Timestamp,
    language: Language,
) -> Option<(Vec<Note>, Told)> {
    let judgement = status.verdict.as_ref().filter(|judgement| !judgement.preview)?;
    Some(new(&judgement.rules, &status.remind, before, now, language))
}

fn new(
    rules: &[RuleLine],
    remind: &[Span],
    before: &Told,
    now: Timestamp,
    language: Language,
) -> (Vec<Note>, Told) {
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
                let left = rule.due.map(|due| due.since(now));
                let said = known.ahead.filter(|_| known.due == rule.due);
                let next = left.and_then(|left| remind.iter().copied().filter(|ahead| left <= *ahead).min());
                if let (Some(left), Some(next)) = (left, next)
                    && said.is_none_or(|said| next < said)
                {
                    notes.push(note(
                        rule,
                        language.filled("note.due", &[&in_words(left, language)]),
                        language,
                    ));
                }
                let ahead = next.or(said);
                notified.insert(rule.rule.clone(), Noted { failing: None, due: rule.due, ahead });
            }
            _ => {}
        }
    }
    (notes, notified)
}

/// What is left, in days or else in hours; begun ones are counted whole.
fn in_words(left: Span, language: Language) -> String {
    let hours = left.secs().div_ceil(3600);
    if hours < 24 {
        return language.counted("hours-left", hours.max(1));
    }
    language.counted("days-left", hours.div_ceil(24))
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

    const REMIND: [Span; 3] = [Span::from_hours(72), Span::from_hours(24), Span::from_hours(2)];

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
            shown: crate::status::InWords::default(),
            remedy: None,
            exempt_until: None,
        }
    }

    fn titles(rules: &[RuleLine], known: &mut Told, now: u64) -> Vec<String> {
        let (notes, notified) = new(rules, &REMIND, known, at(now), Language::English);
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
    fn a_deadline_is_said_when_the_policy_wants_it() {
        let mut known = BTreeMap::new();
        let grace = [rule(State::Grace, 0, Some(24 * 7))];
        assert!(titles(&grace, &mut known, 0).is_empty());
        assert_eq!(titles(&grace, &mut known, 24 * 4), ["Your work phone: 3 days left"]);
        assert!(titles(&grace, &mut known, 24 * 5).is_empty());
        assert_eq!(titles(&grace, &mut known, 24 * 6), ["Your work phone: 1 day left"]);
        assert!(titles(&grace, &mut known, 24 * 6 + 2).is_empty());
        assert_eq!(titles(&grace, &mut known, 24 * 7 - 1), ["Your work phone: 1 hour left"]);
        let nobody = new(&grace, &[], &BTreeMap::new(), at(24 * 7 - 1), Language::English).0;
        assert!(nobody.is_empty());
    }

    #[test]
    fn what_is_only_observed_disturbs_nobody() {
        let mut known = BTreeMap::new();
        let observed = [RuleLine { mode: Mode::Observe, ..rule(State::Failing, 0, None) }];
        assert!(titles(&observed, &mut known, 1).is_empty());
    }
}
