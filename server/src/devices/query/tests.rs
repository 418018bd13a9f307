//! The language as people write it, and as anything else.

use super::*;
use crate::orgs::Tree;
use muster_proto::facts::{Platform, Protection};
use proptest::prelude::*;

fn read(text: &str) -> Query {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn sql(text: &str, sort: Option<&Sort>) -> (String, usize) {
    let orgs = Tree::new([("state".to_owned(), None), ("minfin".to_owned(), Some("state".to_owned()))]);
    let conditions = Conditions::of(&read(text), sort, Timestamp::from_secs(1_795_000_000), &orgs);
    (conditions.text, conditions.params.len())
}

#[test]
fn what_people_write() {
    let query = read("verdict:failing,unknown  org:minenergo -rule:maker=unknown silent>2d \"F+ R570\" r570");
    assert_eq!(query.terms.len(), 6);
    assert!(query.terms[2].not);
    assert_eq!(
        query.terms[2].what,
        What::Key(Key::Rule, Op::Has, vec![Value::Rule("maker".to_owned(), Some(State::Unknown))])
    );
    assert_eq!(
        query.terms[3].what,
        What::Key(Key::Silent, Op::More, vec![Value::Span(Span::from_hours(48))])
    );
    assert_eq!(query.terms[4].what, What::Word("F+ R570".to_owned()));
    assert_eq!(read("VERDICT:Failing"), read("verdict:failing"));
    assert_eq!(read(" \t "), Query::default());
    assert_eq!(read("12:30 a,b").terms.len(), 2, "only letters before a sign are a key");
    assert_eq!(read("os<5.1.2 due<3d patch>=2026-05-01").to_string(), "os<5.1.2 due<3d patch>=2026-05-01");
    assert_eq!(read("silent>48h seen<90m").to_string(), "silent>2d seen<90m");
    let exact = "due>\"2026-05-01T21:00:00Z\" -due:\"2026-05-02T03:00:00.5Z\"";
    assert_eq!(read("due>\"2026-05-02T00:00+03:00\" -due:\"2026-05-02T03:00:00.5Z\"").to_string(), exact);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, at, expected) in [
        ("verdict:purple", 9, "one of failing, unknown, grace, compliant"),
        ("a colour:red", 3, "a key (verdict, org, rule"),
        ("silent:2d", 8, "a day (2026-05-01), a time in quotes"),
        ("due<2026-05-01T09:00:00Z", 5, "a time in quotes"),
        ("due<\"yesterday\"", 5, "a time in quotes"),
        ("silent>2y", 8, "a length of time"),
        ("os:x", 4, "a version"),
        ("id:xyz", 4, "hexadecimal"),
        ("rule:maker=purple", 12, "failing, grace, unknown, exempt"),
        ("rule:maker=compliant", 12, "failing, grace, unknown, exempt"),
        ("label:", 7, "text"),
        ("label:-x", 7, "a label as in role"),
        ("label:role=", 12, "text"),
        ("label:роль", 7, "a label as in role"),
        ("label:role=\"a b\"", 12, "a label as in role"),
        ("label=role", 6, "`:` after this key"),
        ("verdict>failing", 8, "`:` or `=` after this key"),
        ("rule=maker", 5, "`:` after this key"),
        ("model:", 7, "text"),
        ("model:a,", 9, "text"),
        ("os<5,6", 5, "one value alone"),
        ("- a", 2, "a term after the minus"),
        ("\"open", 1, "a closing quote"),
        ("\0", 1, "text"),
        ("model:\0", 7, "text"),
        ("tag:a\u{7f}", 6, "a space after the term"),
        ("\"a\0\"", 3, "text"),
        ("\"a\\n\"", 4, "after a backslash"),
        ("model:\"a\"b", 10, "a space after the term"),
        ("model:a:b", 8, "a space after the term"),
        ("tag:Ж=1", 6, "a space after the term"),
        ("patch:2026-13-01", 7, "a day"),
        ("silent>99999999999999999999d", 8, "a length of time"),
    ] {
        let error = text.parse::<Query>().expect_err(text);
        assert_eq!(error.at, at, "{text}: {error}");
        assert!(error.to_string().contains(expected), "{text}: {error}");
    }
    let long = "a".repeat(LONGEST + 1).parse::<Query>().expect_err("too long");
    assert_eq!(long.at, LONGEST + 1);
    assert!("a ".repeat(MOST_TERMS + 1).parse::<Query>().is_err());
    assert!(format!("tag:{}", "a,".repeat(MOST_VALUES + 1)).parse::<Query>().is_err());
}

#[test]
fn what_is_written_is_a_parameter() {
    let (text, params) = sql(r#"model:"o'; --" org:"x'" rule:"y'" app:"z'" tag="?" "100%_\\ ?" id:ff"#, None);
    for mark in ["--", "o'", "x'", "y'", "z'", "100"] {
        assert!(!text.contains(mark), "{text}");
    }
    assert_eq!(params, 1 + 1 + 1 + 1 + 1 + 8 + 2);
    assert!(!text.contains('?') && text.contains("$15"), "{text}");
}

#[test]
fn only_devices_that_count_unless_somebody_asks() {
    assert!(sql("", None).0.contains("d.status = 'active'"));
    assert!(!sql("status:retired", None).0.contains("'active'"));
}

#[test]
fn who_leads() {
    let sort = Sort::default();
    let driver = |text: &str, sort: Option<&Sort>| {
        Conditions::of(&read(text), sort, Timestamp::from_secs(1_795_000_000), &Tree::default()).driver
    };
    use super::sql::Driver;
    assert_eq!(driver("verdict:failing org:a", Some(&sort)), Driver::Devices);
    assert_eq!(driver("rule:maker verdict:failing", Some(&sort)), Driver::Marks);
    assert_eq!(driver("app:telegram silent>2d", Some(&sort)), Driver::Marks);
    for few in ["silent>2d", "due<3d", "due<=\"2026-05-01T21:00:00Z\""] {
        assert_eq!(driver(few, Some(&sort)), Driver::Few, "{few}");
    }
    for other in ["silent>1h", "-rule:maker", "rule:a,b", "rule:maker=unknown", "-silent>2d"] {
        assert_eq!(driver(other, Some(&sort)), Driver::Devices, "{other}");
    }
    assert_eq!(driver("rule:maker", Some(&"due".parse().unwrap())), Driver::Devices);
    assert_eq!(driver("rule:maker", None), Driver::Devices);
    assert_eq!(sql("org:state", None).1, 2, "those below count");
    assert_eq!(sql("org=state", None).1, 1);
}

#[test]
fn a_rare_label_leads_and_a_group_is_a_condition_of_its_own() {
    use super::sql::Driver;
    let label = |rare| Query {
        terms: vec![Term {
            not: false,
            what: What::Key(
                Key::Label,
                Op::Has,
                vec![Value::Label { name: "role".into(), value: None, rare }],
            ),
        }],
    };
    let driver = |query: &Query| {
        Conditions::of(query, Some(&Sort::default()), Timestamp::default(), &Tree::default()).driver
    };
    assert_eq!((driver(&label(true)), driver(&label(false))), (Driver::Few, Driver::Devices));
    assert_eq!(read("label:Role=Minister,vip").to_string(), "label:role=minister,vip");
    let any = What::Any(vec![read("org:a model:b"), Query::default()]);
    let query = Query { terms: vec![Term { not: true, what: any }] };
    let nobody = Tree::default();
    let what = Conditions::of(&query, None, Timestamp::default(), &nobody);
    assert!(
        what.text.contains("NOT COALESCE(((d.org = $1) AND (") && what.text.contains(" OR 1 = 1), FALSE)")
    );
    assert!(what.text.starts_with("d.status = 'active'"));
    let gone = Query { terms: vec![Term { not: false, what: What::Any(vec![read("status:retired")]) }] };
    assert!(gone.asks(Key::Status) && !gone.asks(Key::Org));
}

#[test]
fn figures_leave_verdicts_aside() {
    let query = read("verdict:failing verdict:failing,grace org:a -verdict:failing verdict:failing org:b");
    assert_eq!(
        query.clone().without_verdict(State::Failing).to_string(),
        "verdict:failing verdict:failing,grace org:a -verdict:failing org:b",
        "it goes once, where it was asked for beside the query"
    );
    assert_eq!(query.clone().without_verdict(State::Grace), query);
    assert_eq!(query.under_any_verdict().to_string(), "org:a -verdict:failing org:b");
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-zA-Zа-я0-9+._-]{1,12}", r#"[ -~Ж]{0,12}"#]
}

fn op_of(key: Key) -> impl Strategy<Value = Op> {
    let all = [Op::Has, Op::Is, Op::Less, Op::More, Op::AtMost, Op::AtLeast];
    proptest::sample::select(all.into_iter().filter(|op| key.takes(*op)).collect::<Vec<_>>())
}

fn value_of(key: Key, op: Op) -> BoxedStrategy<Value> {
    use super::keys::Kind;
    let day = (0_u32..40_000).prop_map(|days| Value::Day(Day::from_days(days).unwrap()));
    let moment = (0_i64..4_000_000_000_000).prop_map(|millis| Value::Moment(Timestamp::from_millis(millis)));
    match key.kind() {
        Kind::Word => proptest::sample::select(key.words()).prop_map(Value::Word).boxed(),
        Kind::Name | Kind::Text => text().prop_map(Value::Text).boxed(),
        Kind::Rule => {
            let states =
                [None, Some(State::Failing), Some(State::Grace), Some(State::Unknown), Some(State::Exempt)];
            (text(), proptest::sample::select(states.to_vec()))
                .prop_map(|(rule, state)| Value::Rule(rule, state))
                .boxed()
        }
        Kind::Label => {
            let word = || "[a-z0-9]([a-z0-9._-]{0,6}[a-z0-9])?";
            (word(), proptest::option::of(word()))
                .prop_map(|(name, value)| Value::Label { name, value, rare: false })
                .boxed()
        }
        Kind::Version => {
            "[0-9]{1,5}(\\.[0-9]{1,5}){0,4}".prop_map(|text| Value::Version(text.parse().unwrap())).boxed()
        }
        Kind::Hex => "[0-9a-f]{0,32}".prop_map(Value::Text).boxed(),
        Kind::Past | Kind::Coming if matches!(op, Op::Has | Op::Is) => prop_oneof![day, moment].boxed(),
        Kind::Past | Kind::Coming => {
            let span = (0_u64..3_000_000_000).prop_map(|secs| Value::Span(Span::from_secs(secs)));
            prop_oneof![day, moment, span].boxed()
        }
    }
}

fn term() -> impl Strategy<Value = Term> {
    let keyed = proptest::sample::select(Key::ALL.to_vec())
        .prop_flat_map(|key| (Just(key), op_of(key)))
        .prop_flat_map(|(key, op)| {
            let most = if matches!(op, Op::Has | Op::Is) { 4 } else { 2 };
            (Just(key), Just(op), proptest::collection::vec(value_of(key, op), 1..most))
        })
        .prop_map(|(key, op, values)| What::Key(key, op, values));
    (any::<bool>(), prop_oneof![2 => keyed, 1 => text().prop_map(What::Word)])
        .prop_map(|(not, what)| Term { not, what })
}

proptest! {
    #[test]
    fn what_is_printed_reads_as_the_same(terms in proptest::collection::vec(term(), 0..6)) {
        let query = Query { terms };
        let printed = query.to_string();
        prop_assume!(printed.chars().count() <= LONGEST);
        prop_assert_eq!(printed.parse::<Query>(), Ok(query), "{}", printed);
    }

    #[test]
    fn nothing_that_is_written_breaks_the_reader(text in r#"[a-z:<>=,"\\ \-0-9Жé]{0,60}"#) {
        if let Ok(query) = text.parse::<Query>() {
            prop_assert_eq!(query.to_string().parse::<Query>(), Ok(query.clone()));
        }
    }

    /// As a fuzzer would write it: any characters, and words of the language between them.
    #[test]
    fn whatever_is_written_is_read_or_refused_with_its_place(
        parts in proptest::collection::vec(prop_oneof![
            any::<String>(),
            proptest::sample::select(Key::ALL.to_vec()).prop_map(|key| key.word().to_owned()),
            "[:<>=,\" -]{1,3}",
            "[0-9]{1,20}[dhmsw.]?",
        ], 0..12),
    ) {
        let text = parts.concat();
        match text.parse::<Query>() {
            Ok(query) => {
                let printed = query.to_string();
                prop_assert!(!printed.contains('\0'));
                prop_assume!(printed.chars().count() <= LONGEST);
                prop_assert_eq!(printed.parse::<Query>(), Ok(query));
            }
            Err(error) => prop_assert!((1..=text.chars().count() + 1).contains(&error.at), "{}", error),
        }
    }

    #[test]
    fn each_place_has_its_parameter(terms in proptest::collection::vec(term(), 0..6)) {
        let query = Query { terms };
        for sort in [None, Some(&Sort::default())] {
            let nobody = Tree::default();
            let what = Conditions::of(&query, sort, Timestamp::default(), &nobody);
            prop_assert!(!what.text.contains('?'));
            prop_assert_eq!(what.text.matches('$').count(), what.params.len(), "{}", what.text);
        }
    }
}

#[test]
fn every_word_of_a_list_is_read() {
    for platform in Platform::ALL {
        read(&format!("platform:{platform}"));
    }
    for protection in Protection::ALL {
        read(&format!("protection:{protection}"));
    }
    for key in Key::ALL {
        assert!(key.about().ends_with('.'), "{}", key.word());
    }
}

#[test]
fn the_documentation_lists_every_key() {
    let page = include_str!("../../../../docs/queries.md");
    let rows = Key::ALL.iter().map(|key| format!("| `{}` | {} |\n", key.word(), key.about()));
    let table =
        format!("| key | what it asks |\n|---|---|\n{}<!-- end of keys -->", rows.collect::<String>());
    assert!(page.contains(&table), "docs/queries.md should have:\n{table}");
}
