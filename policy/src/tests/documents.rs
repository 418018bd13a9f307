//! Documents: the one that is shipped, and what is wrong with the others, and where.

use super::world::CATALOGUE;
use crate::document::{ChangeKind, Document, Due, diff};
use muster_proto::facts::{ChannelMode, Platform};
use muster_proto::policy::{Mode, Proof, Severity};
use muster_proto::time::Span;

const OFFICIALS: &str = include_str!("../../../catalogue/policies/officials.yaml");

fn parse(text: &str) -> Result<Document, String> {
    Document::from_yaml(text, &CATALOGUE).map_err(|error| error.to_string())
}

/// The error of a document, and that it stands at `place` ("line:column").
fn wrong(text: &str, place: &str, message: &str) {
    let error = Document::from_yaml(text, &CATALOGUE).expect_err(text);
    let found = format!("{}:{}", error.place.line, error.place.column);
    assert!(error.message.contains(message), "{:?} lacks {message:?}\n{text}", error.message);
    assert_eq!(found, place, "{}\n{text}", error.message);
}

/// The error of a rule that stands on line 3, whose keys begin in column 5.
fn wrong_rule(rule: &str, column: usize, message: &str) {
    wrong(&format!("policy: p\nrules:\n  - {rule}\n"), &format!("3:{column}"), message);
}

#[test]
fn the_shipped_document_is_one() {
    let officials = parse(OFFICIALS).unwrap();
    assert_eq!(officials.policy, "officials");
    let messengers = officials.rule("foreign-messengers").unwrap();
    assert_eq!((messengers.kind, messengers.severity), ("messengers", Severity::High));
    assert_eq!(messengers.grace, Some(Span::from_hours(72)));
    assert!(messengers.remedy.is_some());
    assert_eq!(officials.rule("patch").unwrap().platforms, [Platform::Android]);
    assert!(officials.assign.iter().any(|assign| assign.org == "minpromtorg"));
}

#[test]
fn a_rule_has_defaults() {
    let document = parse("policy: p\nrules:\n  - {id: l, kind: screen-lock}\n").unwrap();
    let rule = document.rule("l").unwrap();
    assert_eq!((rule.mode, rule.severity, rule.needs), (Mode::Enforce, Severity::Medium, Proof::Reported));
    assert_eq!((rule.grace, rule.due, rule.memory), (None, None, None));
    assert_eq!(rule.unknown_after, Span::from_hours(168));
    assert_eq!((&*rule.title.en, &*rule.title.ru), ("Screen lock", "Блокировка экрана"));
    assert_eq!(&*document.title.en, "p");
}

#[test]
fn json_is_yaml() {
    let yaml = "policy: p\nschedule: {report_every: 1h, channel: always}\nrules:\n  - id: m\n    kind: messengers\n    deny: [telegram]\n    modified: true\nassign:\n  - org: o\n    due: {m: 2023-04-01}\n";
    let json = r#"{"policy":"p","schedule":{"report_every":"1h","channel":"always"},
        "rules":[{"id":"m","kind":"messengers","deny":["telegram"],"modified":true}],
        "assign":[{"org":"o","due":{"m":"2023-04-01"}}]}"#;
    let document = parse(yaml).unwrap();
    assert_eq!(parse(json).unwrap(), document);
    assert_eq!(document.schedule.channel, Some(ChannelMode::Always));
    assert_eq!(document.assign[0].due["m"], Due::Day("2023-04-01".parse().unwrap()));
}

#[test]
fn what_is_not_yaml() {
    wrong("policy: p\nrules:\n  - {id: a, kind: [\n", "3:19", "unclosed");
    wrong("policy: \"p\nrules: []\n", "1:9", "");
    wrong("policy: p\nrules:\n  - a\n bad\n", "4:2", "did not find expected key");
    wrong("policy: p\n  rules: []\n", "2:8", "");
    wrong("", "1:1", "empty");
    wrong("# nothing\n", "1:1", "empty");
    wrong("policy: p\nrules: []\n---\npolicy: q\n", "3:1", "second document");
    wrong("- a\n", "1:1", "expected keys and values, found a list");
    wrong("policy: p\nrules: &x []\n", "2:11", "anchors and aliases");
    wrong("policy: !!str p\nrules: []\n", "1:15", "tags");
    wrong("policy: p\npolicy: q\nrules: []\n", "2:1", "a second time");
    wrong(&format!("policy: p\nrules: {}1{}\n", "[".repeat(40), "]".repeat(40)), "2:24", "levels");
    wrong(&"#".repeat(300_000), "1:1", "longer than");
}

#[test]
fn unknown_and_missing_keys() {
    wrong("policy: p\ntittle: x\nrules: []\n", "2:1", "unknown key `tittle`, known here are policy, title");
    wrong("rules: []\n", "1:1", "the key `policy` is missing");
    wrong("policy: p\n", "1:1", "the key `rules` is missing");
    wrong("policy: p\nrules: {}\n", "2:8", "`rules` is a list");
    wrong("policy: p\nrules: []\nschedule: {evry: 4h}\n", "3:12", "unknown key `evry`");
    wrong("policy: p\nrules: []\nassign: [{org: a, moed: warn}]\n", "3:19", "unknown key `moed`");
    wrong_rule("{id: a, kind: encryption, denny: []}", 31, "unknown key `denny`");
    let all = "unknown key `severty`, known here are deny, require_any, modified; and in every rule id, kind, title, remedy, mode, escalate, severity";
    wrong_rule("{id: a, kind: messengers, deny: [telegram], severty: high}", 49, all);
    wrong_rule("{id: a}", 5, "the key `kind` is missing");
    wrong_rule("{kind: encryption}", 5, "the key `id` is missing");
    wrong_rule("{id: a, kind: patch-age}", 5, "the key `max` is missing");
    wrong_rule("hello", 5, "a rule is keys and values");
    wrong_rule("{id: a, kind: boot, require: {lokced: true}}", 35, "unknown key `lokced`");
}

#[test]
fn values_of_another_type() {
    wrong_rule("{id: a, kind: encryption, grace: 72}", 38, "\"72\" is not a length of time");
    wrong_rule("{id: a, kind: encryption, grace: 3 days}", 38, "not a length of time");
    wrong_rule("{id: a, kind: encryption, due: 2023-02-30}", 36, "neither a day");
    wrong_rule("{id: a, kind: encryption, due: tomorrow}", 36, "neither a day");
    wrong_rule("{id: a, kind: encryption, mode: enforced}", 37, "unknown mode \"enforced\"");
    wrong_rule("{id: a, kind: encryption, severity: bad}", 41, "unknown severity");
    wrong_rule("{id: a, kind: encryption, platforms: [ios]}", 43, "unknown platform \"ios\"");
    wrong_rule("{id: a, kind: messengers, deny: telegram}", 37, "expected a list, found \"telegram\"");
    wrong_rule("{id: a, kind: messengers, deny: [telegram], modified: 1}", 59, "expected true or false");
    wrong_rule(
        "{id: a, kind: messengers, deny: [telegram], modified: \"true\"}",
        59,
        "expected true or false",
    );
    wrong_rule("{id: a, kind: messengers, deny: [[telegram]]}", 38, "expected a text, found a list");
    wrong_rule("{id: a, kind: encryption, title: hello}", 38, "expected keys and values");
    wrong_rule("{id: a, kind: encryption, title: {en: hello}}", 38, "the key `ru` is missing");
    wrong_rule("{id: a, kind: encryption, title: {en: '', ru: b}}", 38, "empty");
    wrong_rule("{id: , kind: encryption}", 8, "expected a text, found nothing");
    wrong_rule("{id: a, kind: platform, allow: [\"android > 12\"]}", 37, "neither PLATFORM nor");
    wrong_rule("{id: a, kind: platform, allow: [\"ios >= 12\"]}", 37, "unknown platform");
    wrong_rule("{id: a, kind: screen-lock, strength: strong}", 42, "unknown lock strength");
    wrong_rule("{id: a, kind: agent-version, min: newest}", 39, "not a version");
    wrong_rule("{id: a, kind: developer-mode, deny: [all]}", 42, "unknown word \"all\"");
}

#[test]
fn words_that_nobody_knows() {
    wrong_rule(
        "{id: a, kind: massengers, deny: []}",
        19,
        "unknown kind \"massengers\", known are messengers, vendor",
    );
    wrong_rule(
        "{id: a, kind: messengers, deny: [telegram, telegrma]}",
        48,
        "messenger \"telegrma\" is not in the catalogue",
    );
    wrong_rule("{id: a, kind: messengers, require_any: [exprss]}", 45, "not in the catalogue");
    wrong_rule("{id: a, kind: vendor, deny: [appel]}", 34, "maker \"appel\" is not in the catalogue");
    wrong_rule("{id: a, kind: vendor, allow: [appel]}", 35, "not in the catalogue");
    wrong_rule("{id: a, kind: vendor, allow_groups: [chinese, martian]}", 51, "in the group \"martian\"");
    let block =
        "policy: p\nrules:\n  - id: m\n    kind: messengers\n    deny:\n      - telegram\n      - whatsup\n";
    wrong(block, "7:9", "messenger \"whatsup\"");
    wrong(
        "policy: p\nrules: []\nassign:\n  - org: a\n    due: {maker: 2023-01-01}\n",
        "5:18",
        "no rule \"maker\"",
    );
}

#[test]
fn demands_that_say_nothing() {
    wrong_rule("{id: a, kind: messengers}", 5, "needs `deny` or `require_any`");
    wrong_rule("{id: a, kind: vendor}", 5, "needs `deny`, `allow` or `allow_groups`");
    wrong_rule("{id: a, kind: platform, allow: []}", 36, "needs a system");
    wrong_rule("{id: a, kind: boot, require: {}}", 34, "nothing is required");
    wrong_rule("{id: a, kind: encryption, allow: []}", 38, "nothing is accepted");
    wrong_rule("{id: a, kind: developer-mode, deny: []}", 41, "nothing is refused");
}

#[test]
fn ids() {
    wrong("policy: P\nrules: []\n", "1:9", "an id is 1 to 32 characters");
    wrong_rule("{id: A b, kind: encryption}", 10, "an id is 1 to 32");
    wrong_rule("{id: silence, kind: encryption}", 10, "without being asked");
    let twice = "policy: p\nrules:\n  - {id: a, kind: encryption}\n  - {id: a, kind: root}\n";
    wrong(twice, "4:10", "a rule \"a\" stands above already");
    wrong("policy: p\nrules: []\nassign: [{org: a}, {org: a}]\n", "3:26", "assigned to \"a\" above already");
    wrong_rule("{id: a, kind: root, needs: attested}", 32, "can be attested");
}

#[test]
fn schedules_that_cannot_be() {
    wrong("policy: p\nrules: []\nschedule: {report_every: 0s}\n", "3:26", "at most every second");
    wrong(
        "policy: p\nrules: []\nschedule: {report_every: 4h, silent_after: 1h}\n",
        "3:44",
        "sooner than it reports",
    );
    wrong("policy: p\nrules: []\nschedule: {remind: [3d, 0s]}\n", "3:20", "comes before the deadline");
    let nine = "policy: p\nrules: []\nschedule: {remind: [1d, 2d, 3d, 4d, 5d, 6d, 7d, 8d, 9d]}\n";
    wrong(nine, "3:20", "at most 8 reminders");
}

#[test]
fn no_text_makes_it_panic() {
    use proptest::prelude::*;
    proptest!(|(text in "[a-z\\[\\]{}:,\\-\n \"'#&*!|>%@`?0-9é]{0,120}")| {
        let _ = parse(&text);
        let _ = parse(&format!("policy: p\nrules:\n  - {text}\n"));
    });
}

#[test]
fn a_plan_names_what_is_added_changed_and_removed() {
    let old = parse("policy: p\nschedule: {report_every: 4h}\nrules:\n  - {id: a, kind: root}\n  - {id: b, kind: messengers, deny: [telegram], grace: 72h}\nassign: [{org: x}]\n").unwrap();
    let new = parse("policy: p\nschedule: {report_every: 2h}\nrules:\n  - {id: b, kind: messengers, deny: [telegram, viber], grace: 72h, due: 2023-04-01}\n  - {id: c, kind: encryption}\nassign: [{org: x, mode: warn}]\n").unwrap();
    let words: Vec<String> = diff(Some(&old), &new)
        .into_iter()
        .map(|c| {
            format!(
                "{:?} {} {} -> {}",
                c.change,
                c.what,
                c.from.unwrap_or_default(),
                c.to.unwrap_or_default()
            )
        })
        .collect();
    assert!(words.contains(&"Change rules.b.deny telegram -> telegram, viber".to_owned()), "{words:#?}");
    assert!(words.contains(&"Add rules.b.due  -> 2023-04-01".to_owned()), "{words:#?}");
    assert!(words.contains(&"Change schedule.report_every 4h -> 2h".to_owned()), "{words:#?}");
    assert!(words.contains(&"Add assign.x.mode  -> warn".to_owned()), "{words:#?}");
    assert!(words.iter().any(|word| word.starts_with("Remove rules.a ")), "{words:#?}");
    assert!(words.iter().any(|word| word.starts_with("Add rules.c ")), "{words:#?}");
    assert_eq!(words.len(), 6, "{words:#?}");
    assert_eq!(diff(Some(&new), &new), []);
    assert!(diff(None, &new).iter().all(|change| change.change == ChangeKind::Add));
    let turned =
        parse("policy: p\nrules:\n  - {id: c, kind: encryption}\n  - {id: b, kind: root}\n").unwrap();
    let back = parse("policy: p\nrules:\n  - {id: b, kind: root}\n  - {id: c, kind: encryption}\n").unwrap();
    assert_eq!(diff(Some(&turned), &back).len(), 1);
}
