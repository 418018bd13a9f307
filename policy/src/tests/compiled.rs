//! What a device gets of all the documents that are assigned to its organisation and those above it.

use muster_proto::cbor::{decode, encode};
use muster_proto::policy::{DevicePolicy, Mode};
use muster_proto::time::{Span, Timestamp};

use super::world::{CATALOGUE, T0, hours};
use crate::Ruleset;
use crate::document::{Document, Org, compile, for_phone, next_assignment};
use crate::rules::{KINDS, Kind};

const OFFICIALS: &str = include_str!("../../../catalogue/policies/officials.yaml");

fn parse(text: &str) -> Document {
    Document::from_yaml(text, &CATALOGUE).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

fn org(id: &str, time_zone: &str) -> Org {
    Org { id: id.to_owned(), title: id.to_owned(), time_zone: time_zone.to_owned() }
}

/// From the state down to a department.
fn path() -> [Org; 3] {
    [org("state", "Europe/Moscow"), org("ministry", "Europe/Moscow"), org("department", "Asia/Vladivostok")]
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn compiled(docs: &[&str]) -> DevicePolicy {
    let docs: Vec<Document> = docs.iter().map(|text| parse(text)).collect();
    compile(&docs.iter().collect::<Vec<_>>(), &path(), None, T0()).unwrap()
}

/// One rule of a document that is assigned to `org`.
fn one(policy: &str, org: &str, rule: &str) -> String {
    format!("policy: {policy}\nrules:\n  - {rule}\nassign: [{{org: {org}}}]\n")
}

fn ids(policy: &DevicePolicy) -> Vec<&str> {
    policy.rules.iter().map(|rule| &*rule.id).collect()
}

#[test]
fn the_shipped_document_compiles_for_its_ministries() {
    let officials = parse(OFFICIALS);
    let policy = |id: &str| compile(&[&officials], &[org(id, "Europe/Moscow")], None, T0()).unwrap();
    let due = |id: &str, rule: &str| {
        let policy = policy(id);
        policy.rules.iter().find(|known| &*known.id == rule).unwrap().due
    };
    // Midnight in Moscow at the end of 17 July is nine in the evening in UTC.
    assert_eq!(due("minpromtorg", "maker"), Some(at("2023-07-17T21:00:00Z")));
    assert_eq!(due("minpromtorg", "platform"), Some(at("2023-04-01T21:00:00Z")));
    assert_eq!(due("minenergo", "foreign-messengers"), Some(at("2023-05-01T21:00:00Z")));
    assert_eq!(compile(&[&officials], &[org("elsewhere", "UTC")], None, T0()), None);
    let policy = policy("minfin");
    assert_eq!(decode::<DevicePolicy>(&encode(&policy)), Ok(policy.clone()));
    assert_eq!(for_phone(&policy), policy);
    assert_eq!(policy.version, 1);
    let known = |kind: &str| Kind::named(kind).is_some();
    assert!(policy.rules.iter().all(|rule| known(&rule.kind)), "{KINDS:?}");
    assert_eq!(Ruleset::new(policy).rules().filter(|(_, demand)| demand.is_err()).count(), 0);
}

#[test]
fn a_day_ends_at_midnight_where_the_device_is() {
    let rule = "{id: r, kind: root, due: 2023-04-01}";
    let due = |zone: &str| {
        let document = parse(&one("p", "o", rule));
        compile(&[&document], &[org("o", zone)], None, T0()).unwrap().rules[0].due.unwrap()
    };
    assert_eq!(due("UTC"), at("2023-04-02T00:00:00Z"));
    assert_eq!(due("Europe/Moscow"), at("2023-04-01T21:00:00Z"));
    assert_eq!(due("Asia/Vladivostok"), at("2023-04-01T14:00:00Z"));
    assert_eq!(due("America/New_York"), at("2023-04-02T04:00:00Z"));
    assert_eq!(due("No/Where"), at("2023-04-02T00:00:00Z"));
    // Midnight that day did not exist there: the day began at one.
    let santiago = parse(&one("p", "o", "{id: r, kind: root, due: 2023-09-02}"));
    let policy = compile(&[&santiago], &[org("o", "America/Santiago")], None, T0()).unwrap();
    assert_eq!(policy.rules[0].due, Some(at("2023-09-03T04:00:00Z")));
}

#[test]
fn what_is_assigned_above_applies_below() {
    let upper = one("upper", "state", "{id: a, kind: root}");
    let lower = one("lower", "department", "{id: b, kind: encryption}");
    let beside = one("beside", "other", "{id: c, kind: encryption}");
    assert_eq!(ids(&compiled(&[&lower, &upper, &beside])), ["a", "b"]);
    let docs = [parse(&upper), parse(&lower)];
    let above = compile(&[&docs[0], &docs[1]], &path()[..2], None, T0()).unwrap();
    assert_eq!(ids(&above), ["a"]);
}

#[test]
fn a_lower_document_tightens() {
    let upper = one(
        "upper",
        "state",
        "{id: r, kind: root, mode: warn, severity: low, grace: 72h, due: 2023-04-01, unknown_after: 7d}",
    );
    let lower = one(
        "lower",
        "ministry",
        "{id: r, kind: root, severity: high, grace: 24h, due: 2023-03-15, unknown_after: 2d}",
    );
    let policy = compiled(&[&upper, &lower]);
    assert_eq!(ids(&policy), ["r"]);
    let rule = &policy.rules[0];
    assert_eq!((rule.mode, rule.severity.word()), (Mode::Enforce, "high"));
    assert_eq!(rule.grace, Some(hours(24)));
    assert_eq!(rule.due, Some(at("2023-03-15T14:00:00Z")));
    assert_eq!(rule.unknown_after, hours(48));
    assert_eq!(rule.memory, Some(hours(72)));
}

#[test]
fn a_lower_document_does_not_loosen() {
    let upper = one(
        "upper",
        "state",
        "{id: r, kind: root, severity: high, grace: 24h, due: 2023-03-15, unknown_after: 2d, platforms: [android]}",
    );
    let lower = one(
        "lower",
        "ministry",
        "{id: r, kind: root, mode: observe, severity: low, grace: 72h, due: 2024-04-01, unknown_after: 30d}",
    );
    let alone = compiled(&[&upper]);
    let both = compiled(&[&upper, &lower]);
    assert_eq!(ids(&both), ["r"]);
    let (alone, rule) = (&alone.rules[0], &both.rules[0]);
    assert_eq!(
        (rule.mode, rule.severity, rule.due, rule.grace),
        (alone.mode, alone.severity, alone.due, alone.grace)
    );
    assert_eq!(rule.unknown_after, alone.unknown_after);
    assert!(rule.platforms.is_empty(), "the lower concerns all platforms");
}

#[test]
fn a_tolerance_that_the_upper_has_not_makes_a_rule_of_its_own() {
    let upper = one("upper", "state", "{id: r, kind: root}");
    let lower = one("lower", "ministry", "{id: r, kind: root, grace: 72h}");
    let policy = compiled(&[&upper, &lower]);
    assert_eq!(ids(&policy), ["r", "lower.r"]);
    assert_eq!((policy.rules[0].grace, policy.rules[1].grace), (None, Some(hours(72))));
}

#[test]
fn another_demand_under_the_same_id_applies_beside() {
    let upper = one("upper", "state", "{id: m, kind: messengers, deny: [telegram]}");
    let lower = one("lower", "ministry", "{id: m, kind: messengers, deny: [viber]}");
    let third = one("third", "department", "{id: m, kind: root}");
    let again = one("lower-still", "department", "{id: m, kind: messengers, deny: [telegram]}");
    assert_eq!(ids(&compiled(&[&upper, &lower, &third, &again])), ["m", "lower.m", "third.m"]);
    let long = "a-rule-with-an-id-as-long-as-one-".get(..32).unwrap();
    let name = |letter: char| format!("{letter}{}", "-policy-with-a-long-name-indeed-");
    let rule = |messenger: &str| format!("{{id: {long}, kind: messengers, deny: [{messenger}]}}");
    let docs = [
        one("upper", "state", &rule("telegram")),
        one(&name('a')[..32], "state", &rule("viber")),
        one(&name('a')[..32], "ministry", &rule("discord")),
    ];
    let policy = compiled(&docs.iter().map(String::as_str).collect::<Vec<_>>());
    let ids = ids(&policy);
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "{ids:?}");
}

#[test]
fn an_assignment_sets_dates_and_mode_for_its_branch() {
    let text = "policy: p
rules:
  - {id: r, kind: root, due: 2023-04-01}
  - {id: e, kind: encryption, mode: observe}
assign:
  - org: state
    due: {r: 2023-05-01}
  - org: ministry
    mode: warn
  - org: department
    due: {r: \"2023-09-01T00:00:00Z\"}
  - org: elsewhere
    due: {r: 2029-01-01}
";
    let document = parse(text);
    let of = |depth: usize| compile(&[&document], &path()[..depth], None, T0()).unwrap();
    let rule = |depth: usize, nth: usize| of(depth).rules[nth].clone();
    assert_eq!(rule(1, 0).due, Some(at("2023-05-01T21:00:00Z")));
    assert_eq!((rule(1, 0).mode, rule(1, 1).mode), (Mode::Enforce, Mode::Observe));
    assert_eq!(rule(2, 0).due, Some(at("2023-05-01T21:00:00Z")));
    assert_eq!((rule(2, 0).mode, rule(2, 1).mode), (Mode::Warn, Mode::Warn));
    assert_eq!(rule(3, 0).due, Some(at("2023-09-01T00:00:00Z")));
    assert_eq!(rule(3, 0).mode, Mode::Warn);
}

#[test]
fn an_assignment_may_begin_later() {
    let document =
        parse("policy: p\nrules: [{id: r, kind: root}]\nassign: [{org: ministry, from: 2023-03-10}]\n");
    let begin = at("2023-03-09T14:00:00Z");
    let of = |now| compile(&[&document], &path(), None, now);
    assert_eq!(of(T0()), None);
    assert_eq!(next_assignment(&[&document], &path(), T0()), Some(begin));
    assert!(of(begin).is_some());
    assert_eq!(next_assignment(&[&document], &path(), begin), None);
}

#[test]
fn schedules_come_together_strictly() {
    let schedule = |id: &str, org: &str, schedule: &str| {
        format!("policy: {id}\nschedule: {schedule}\nrules: []\nassign: [{{org: {org}}}]\n")
    };
    let upper = schedule("upper", "state", "{report_every: 4h, silent_after: 26h, channel: awake}");
    let lower = schedule("lower", "ministry", "{report_every: 1h, spread: 2h, channel: always}");
    let policy = compiled(&[&upper, &lower]);
    assert_eq!(policy.schedule.report_every, hours(1));
    assert_eq!(policy.schedule.spread, hours(1));
    assert_eq!(policy.schedule.silent_after, hours(26));
    assert_eq!(policy.schedule.channel.word(), "always");
    let plain = compiled(&[&one("p", "state", "{id: r, kind: root}")]);
    assert_eq!((plain.schedule.report_every, plain.schedule.spread), (hours(4), Span::from_secs(600)));
}

#[test]
fn reminders_of_all_documents_come_together() {
    let remind = |id: &str, remind: &str| {
        format!("policy: {id}\nschedule: {{remind: {remind}}}\nrules: []\nassign: [{{org: state}}]\n")
    };
    let of = |documents: &[&str]| compiled(documents).schedule.remind.0;
    assert_eq!(of(&[&one("p", "state", "{id: r, kind: root}")]), [hours(72), hours(24)]);
    assert_eq!(of(&[&remind("a", "[2h, 7d]"), &remind("b", "[1d, 2h]")]), [hours(168), hours(24), hours(2)]);
    assert_eq!(of(&[&remind("a", "[]")]), []);
}

#[test]
fn the_version_grows_with_each_change_and_only_then() {
    let first = parse(&one("p", "state", "{id: r, kind: root}"));
    let edited = parse(&one("p", "state", "{id: r, kind: root, severity: low}"));
    let one = compile(&[&first], &path(), None, T0()).unwrap();
    let same = compile(&[&first], &path(), Some(&one), T0() + hours(5)).unwrap();
    assert_eq!(same, one);
    assert_eq!(same.digest(), one.digest());
    let two = compile(&[&edited], &path(), Some(&one), T0() + hours(5)).unwrap();
    assert_eq!(two.version, 2);
    assert_eq!(two.rules[0].enforced_since, one.rules[0].enforced_since);
}

#[test]
fn since_when_a_rule_is_enforced_is_kept_until_it_is_not() {
    let mode = |mode: &str| parse(&one("p", "state", &format!("{{id: r, kind: root, mode: {mode}}}")));
    let step = |document: &Document, before: Option<&DevicePolicy>, hour: u64| {
        compile(&[document], &path(), before, T0() + hours(hour)).unwrap()
    };
    let since = |policy: &DevicePolicy| policy.rules[0].enforced_since;
    let observed = step(&mode("observe"), None, 0);
    let enforced = step(&mode("enforce"), Some(&observed), 10);
    assert_eq!(since(&enforced), T0() + hours(10));
    let later = step(&mode("enforce"), Some(&enforced), 20);
    assert_eq!(since(&later), T0() + hours(10));
    let warned = step(&mode("warn"), Some(&later), 30);
    let again = step(&mode("enforce"), Some(&warned), 40);
    assert_eq!(since(&again), T0() + hours(40));
}

#[test]
fn first_steps_of_escalate_begin_anew_and_later_ones_do_not() {
    let rule = |more: &str| parse(&one("p", "state", &format!("{{id: r, kind: root, mode: observe{more}}}")));
    let step = |document: &Document, before: Option<&DevicePolicy>, hour: u64| {
        compile(&[document], &path(), before, T0() + hours(hour)).unwrap()
    };
    let since = |policy: &DevicePolicy| policy.rules[0].enforced_since;
    let observed = step(&rule(""), None, 0);
    let steps = step(&rule(", escalate: {enforce: 30d}"), Some(&observed), 10);
    assert_eq!(since(&steps), T0() + hours(10), "nothing counts at once that was only observed");
    let sooner = step(&rule(", escalate: {warn: 1d, enforce: 20d}"), Some(&steps), 20);
    assert_eq!(since(&sooner), T0() + hours(10));
    let none = step(&rule(""), Some(&sooner), 30);
    assert_eq!(since(&none), T0() + hours(10));
}

#[test]
fn a_kind_from_a_newer_server_is_unknown_and_shown() {
    let mut policy = compiled(&[&one("p", "state", "{id: r, kind: root}")]);
    policy.rules.0[0].kind = muster_proto::text::Text::clipped("telepathy");
    let mut device = super::story::Device::new(super::world::Phone::android());
    device.rules = Ruleset::new(policy);
    device.report(T0(), T0());
    let outcome = device.judge(T0());
    assert_eq!(outcome.findings[0].state.word(), "unknown");
    assert!(outcome.findings[0].evidence[0].value.contains("telepathy"));
}
