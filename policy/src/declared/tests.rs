//! A phone without an agent, from the day on which somebody got it.

use super::*;
use crate::document::{Document, Org, compile};
use crate::tests::world::{CATALOGUE, T0, hours};

const RULES: &str = "
policy: phones
title: { en: Phones, ru: Телефоны }
rules:
  - { id: maker, kind: vendor, deny: [apple], allow_groups: [chinese, russian], grace: 72h }
  - { id: encrypted, kind: encryption }
assign:
  - org: minfin
";

fn rules(text: &str) -> Ruleset {
    let document = Document::from_yaml(text, &CATALOGUE).expect("a policy");
    let org = Org { id: "minfin".to_owned(), title: "M".to_owned(), time_zone: "UTC".to_owned() };
    Ruleset::new(compile(&[&document], &[org], None, T0()).expect("it is assigned"))
}

fn judged(rules: &Ruleset, maker: Option<&str>, now: Timestamp, previous: &[Finding]) -> Outcome {
    let case = Declared {
        now,
        since: T0(),
        maker,
        platform: "ios",
        catalogue: &CATALOGUE,
        exemptions: &[],
        previous,
    };
    judge_declared(rules, &case)
}

#[test]
fn a_denied_maker_is_tolerated_and_then_fails() {
    let rules = rules(RULES);
    let first = judged(&rules, Some("Apple"), T0(), &[]);
    assert_eq!(first.findings.len(), 1, "nothing but the maker is judged");
    assert_eq!(
        (first.verdict.state, first.verdict.due, first.next),
        (State::Grace, Some(T0() + hours(72)), Some(T0() + hours(72)))
    );
    let later = judged(&rules, Some("Apple"), T0() + hours(72), &first.findings);
    assert_eq!((later.verdict.state, later.verdict.since), (State::Failing, T0()), "its time goes on");
    let other = judged(&rules, Some("Xiaomi"), T0() + hours(80), &later.findings);
    assert_eq!(
        (other.verdict.state, other.verdict.since, other.next),
        (State::Compliant, T0() + hours(80), None)
    );
    let back = judged(&rules, Some("APPLE"), T0() + hours(90), &other.findings);
    assert_eq!((back.verdict.state, back.verdict.since), (State::Failing, T0()), "and is remembered");
}

#[test]
fn what_is_not_known_is_unknown() {
    let rules = rules(RULES);
    for maker in [None, Some("Nobody Inc")] {
        let first = judged(&rules, maker, T0(), &[]);
        assert_eq!(first.verdict.state, State::Unknown, "{maker:?}");
        let until = first.verdict.due.expect("an unknown that lasts fails");
        assert_eq!(judged(&rules, maker, until, &first.findings).verdict.state, State::Failing, "{maker:?}");
    }
}

#[test]
fn without_a_rule_about_makers_it_is_unknown_since_somebody_has_it() {
    let unjudged = judged(&Ruleset::none(), Some("Apple"), T0() + hours(9), &[]);
    assert_eq!((unjudged.verdict.state, unjudged.verdict.since, unjudged.next), (State::Unknown, T0(), None));
    let observed =
        judged(&rules(&RULES.replace("grace: 72h", "mode: observe")), Some("Apple"), T0() + hours(9), &[]);
    assert_eq!(
        (observed.verdict.state, observed.verdict.since, observed.findings.len()),
        (State::Unknown, T0(), 1)
    );
}

#[test]
fn a_rule_for_some_platforms_is_for_none_without_an_agent() {
    let only = rules(&RULES.replace("grace: 72h", "platforms: [android, aurora]"));
    for maker in [None, Some("Apple"), Some("Xiaomi")] {
        let one = judged(&only, maker, T0() + hours(9), &[]);
        assert_eq!(one.findings[0].state, State::NotApplicable, "{maker:?}");
        assert_eq!((one.verdict.state, one.verdict.since, one.verdict.due), (State::Unknown, T0(), None));
    }
    // beside one that is for every phone it says nothing
    let both = RULES.replace(
        "  - { id: encrypted",
        "  - { id: only, kind: vendor, deny: [apple], platforms: [android] }\n  - { id: encrypted",
    );
    let both = judged(&rules(&both), Some("Xiaomi"), T0(), &[]);
    assert_eq!((both.findings.len(), both.verdict.state), (2, State::Compliant));
}
