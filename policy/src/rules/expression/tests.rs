use muster_proto::facts::{Fact, MatchKind, Reason, Strength};
use proptest::prelude::*;
use proptest::sample::select;

use super::program::Program;
use super::variables::STRENGTHS;
use super::{Expression, typed};
use crate::document::Document;
use crate::rules::Demand as _;
use crate::tests::world;
use crate::tests::world::{CATALOGUE, Phone, T0, hours, reading};

fn rule(expect: &str) -> Expression {
    let rule: Expression = serde_json::from_value(serde_json::json!({ "expect": expect })).expect("a rule");
    assert_eq!(rule.flaws(&CATALOGUE), [], "{expect}");
    rule
}

/// The word alone: what is broken is named by the text.
fn read(rule: &Expression, phone: &Phone) -> String {
    let said = world::read(rule, phone);
    said.split(": ").next().unwrap_or_default().to_owned()
}

fn flaw(expect: &str) -> String {
    let checked = Program::compile(expect).and_then(|program| typed::check(&program));
    checked.expect_err(expect).to_string()
}

#[test]
fn an_expression_is_kept_broken_or_unknown() {
    let phone = Phone::android();
    for (expect, said) in [
        ("device.lock_strength >= STRENGTH_MEDIUM && device.patch_age < 180", "kept"),
        ("device.patch_age < 20", "broken"),
        ("device.os_major >= 14", "kept"),
        ("device.os_major > 14", "broken"),
        ("device.manufacturer in ['Xiaomi', 'Samsung']", "kept"),
        ("device.bootloader_locked || device.root_signs == 0", "kept"),
        ("device.os_certified", "unread"),
        ("device.lock_set || device.os_certified", "kept"),
        ("!device.lock_set && device.os_certified", "broken"),
        ("facts.os_certified == 'unsupported'", "kept"),
        ("has(device.os_certified)", "broken"),
        ("apps.all(app, app.id != 'telegram')", "kept"),
        ("now > 1600000000", "kept"),
        ("device.boot_count / device.root_signs > 1", "unread"),
    ] {
        assert_eq!(read(&rule(expect), &phone), said, "{expect}");
    }
}

#[test]
fn applications_are_only_as_well_known_as_their_sources() {
    let none = rule("apps.all(app, app.id != 'telegram' || !app.certain)");
    assert_eq!(read(&none, &Phone::android().sees("telegram", MatchKind::Exact)), "broken");
    assert_eq!(read(&none, &Phone::android().sees("telegram", MatchKind::UnverifiedPattern)), "kept");
    let mut unread = Phone::android();
    unread.sources(&Fact::Unknown(Reason::Denied));
    assert_eq!(read(&none, &unread), "unread");
    let any = rule("apps.exists(app, app.id in ['express', 'max'] && app.signature != 'foreign')");
    assert_eq!(read(&any, &Phone::android().sees("max", MatchKind::Exact)), "kept");
    assert_eq!(read(&any, &Phone::android()), "broken");
    assert_eq!(read(&rule("size(apps.filter(app, has(app.version))) == 0"), &Phone::android()), "kept");
}

#[test]
fn what_shows_it_names_the_values_and_time_is_looked_at_again() {
    let shown = reading(&rule("device.patch_age < 20"), &Phone::android());
    let notes: Vec<String> = shown.notes.iter().map(|seen| format!("{}={}", seen.what, seen.value)).collect();
    assert_eq!(notes, ["device.patch_age=28"]);
    assert_eq!(shown.next, Some(T0() + hours(12)), "at the start of the next day");
    assert_eq!(reading(&rule("device.lock_set"), &Phone::android()).next, None);
    let unread = reading(&rule("device.os_certified"), &Phone::android()).unread;
    assert_eq!((&*unread[0].seen.what, &*unread[0].seen.value), ("device.os_certified", "unsupported"));
}

#[test]
fn what_makes_no_sense_is_refused_with_its_column() {
    for (expect, said) in [
        ("", "the expression is empty"),
        ("device.lock_set &&", "Syntax error"),
        ("device.lock_sett", "`device` has no `lock_sett` (column 7"),
        ("true || device.nothing == 1", "`device` has no `nothing` (column 15"),
        ("phone.model == 'x'", "`phone` is not known"),
        ("device.lock_set == 'yes'", "a bool is compared with a string (column 17"),
        ("device.model in [1, 2]", "a string is compared with a int"),
        ("device.lock_set || device.model < 3", "no matching overload"),
        ("device.model", "it has to be true or false, and is a string"),
        ("device.model.matches('a+')", "`matches` may not be called here"),
        ("apps.all(app, app.nothing == 'x')", "nothing"),
        ("apps.all(app, app.id + app.id == 'x')", "`+` has no place in a loop"),
        ("[1, 2].all(x, apps.all(y, apps.all(z, x == 1)))", "steps"),
        ("device.model.all(x, x == 'a')", "a loop goes over"),
        ("size([1].map(a, [a, a]).map(a, [a, a])) == 1", "a list of lists"),
        ("apps.all(x, [x, x] == [x, x])", "values alone"),
        ("[apps, apps].all(x, size(x) == 1)", "a list of lists"),
        ("[1].map(a, apps) == []", "a list of lists"),
        ("[1].all(apps, apps == 1)", "the name of something else"),
        ("device['patch_age'] < 30", "is asked for its fields"),
        ("[device].all(d, d.patch_age < 30)", "is asked for its fields"),
        ("{'a': 1}.a == 1", "maps and messages"),
        ("device.model.size() > 1 && f(1)", "`f` may not be called here"),
    ] {
        let flaw = flaw(expect);
        assert!(flaw.contains(said), "{expect}: {flaw}");
    }
    assert!(flaw(&"(".repeat(400)).contains("too deeply"));
    assert!(flaw(&format!("{}true", "!".repeat(400))).contains("too deeply"));
    assert!(flaw(&format!("'{}' == ''", "x".repeat(1000))).contains("at most 1000 bytes"));
    assert!(flaw(&format!("1{} == 1", "+1".repeat(200))).contains("too deeply"));
}

#[test]
fn a_document_says_which_rule_and_where() {
    let text = "policy: p\nrules:\n  - id: own\n    kind: expression\n    expect: 'device.nothing'\n";
    let error = Document::from_yaml(text, &CATALOGUE).unwrap_err();
    assert_eq!((error.place.line, error.place.column), (5, 13));
    assert_eq!(error.message, "rule \"own\": `device` has no `nothing` (column 7 of the expression)");
}

#[test]
fn a_strength_is_the_number_that_its_name_stands_for() {
    for (strength, name) in Strength::ALL.iter().zip(STRENGTHS) {
        assert_eq!(name.to_lowercase(), format!("strength_{strength}"));
        let phone = Phone::android().change(|device| device.lock_strength = Fact::Known(*strength));
        assert_eq!(read(&rule(&format!("device.lock_strength == {name}")), &phone), "kept");
    }
}

const WORDS: [&str; 40] = [
    "device",
    ".",
    "lock_set",
    "model",
    "apps",
    "now",
    "facts",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    "in",
    "?",
    ":",
    "1",
    "0",
    "'a'",
    "true",
    "null",
    ".all(x, ",
    ".exists(x, ",
    ".map(x, ",
    "has(",
    "size(",
    "x",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Whatever is written is refused or judged, and soon.
    #[test]
    fn no_text_does_harm(words in prop::collection::vec(select(&WORDS[..]), 0..40)) {
        harmless(&words.concat());
        harmless(&words.join(" "));
    }

    #[test]
    fn no_letters_do_harm(text in "\\PC{0,80}") {
        harmless(&text);
    }
}

fn harmless(text: &str) {
    if let Ok(program) = Program::compile(text) {
        let rule: Expression = serde_json::from_value(serde_json::json!({ "expect": text })).expect("a rule");
        drop(typed::check(&program));
        reading(&rule, &Phone::android().sees("telegram", MatchKind::Exact));
    }
}
