//! Who is whom, without a store and without a directory.

use proptest::prelude::*;

use super::*;
use crate::register::Life;
use CarrierStanding::{Disabled, Known, Left, Moved, Several, Unknown};

fn now() -> Timestamp {
    Timestamp::from_secs(100)
}

fn person(id: &str, name: &str) -> Person {
    Person {
        id: id.to_owned(),
        name: name.to_owned(),
        mail: Some(format!("{id}@example.org")),
        place: Place::Anywhere,
        disabled: false,
    }
}

fn phone(nth: u8, carrier: &str) -> Asset {
    Asset {
        carrier: Some(carrier.to_owned()),
        life: Life::InUse,
        ..Asset::blank(AssetId([nth; 16]), "tax".to_owned(), Timestamp::from_secs(1))
    }
}

fn known(nth: u8, id: &str, carrier: &str) -> Asset {
    Asset {
        carrier_id: Some(id.to_owned()),
        carrier_standing: Some(Known),
        carrier_since: Some(Timestamp::from_secs(1)),
        ..phone(nth, carrier)
    }
}

fn plan(assets: Vec<Asset>, people: Vec<Person>) -> Plan {
    let parents = Parents::of(&[("tax", "minfin"), ("minfin", "state"), ("army", "state")]);
    Plan::of(assets, &Found { people, skipped: 0 }, &parents, now())
}

/// What is said of one phone.
fn said(asset: &Asset, people: Vec<Person>) -> (CarrierStanding, Asset) {
    let plan = plan(vec![asset.clone()], people);
    let after = plan.writes.into_iter().next().map_or_else(|| asset.clone(), |(_, after)| after);
    (after.carrier_standing.unwrap(), after)
}

#[test]
fn a_carrier_is_found_by_id_mail_or_name_and_known_by_the_id_then() {
    let people = || vec![person("a17", "Anna  Petrova"), person("b18", "Boris")];
    let by_id = Asset { carrier: None, carrier_id: Some("A17 ".to_owned()), ..phone(1, "x") };
    for asset in [phone(1, "anna petrova"), phone(1, "A17@EXAMPLE.ORG"), by_id] {
        let (standing, after) = said(&asset, people());
        assert_eq!((standing, after.carrier_id.as_deref()), (Known, Some("a17")), "{asset:?}");
        assert_eq!((after.carrier.as_deref(), after.changed), (Some("Anna  Petrova"), now()));
    }
    let (standing, after) = said(&phone(1, "Anna"), people());
    assert_eq!((standing, after.carrier_id, after.changed), (Unknown, None, Timestamp::from_secs(1)));
}

#[test]
fn a_name_follows_the_id_and_is_no_longer_guessed() {
    let (standing, after) = said(&known(1, "a17", "Anna Petrova"), vec![person("a17", "Anna Ivanova")]);
    assert_eq!((standing, after.carrier.as_deref()), (Known, Some("Anna Ivanova")));
    assert_eq!(after.carrier_since, Some(Timestamp::from_secs(1)), "that she is known is not new");
    let (standing, after) = said(&known(1, "a17", "Anna Petrova"), vec![person("c19", "Anna Petrova")]);
    assert_eq!((standing, after.carrier_id.as_deref()), (Left, Some("a17")), "a namesake is somebody else");
    assert_eq!((after.carrier.as_deref(), after.carrier_since), (Some("Anna Petrova"), Some(now())));
}

#[test]
fn of_namesakes_it_is_not_said_which() {
    let two = vec![person("1", "Ivan Petrov"), person("2", "Ivan Petrov")];
    assert_eq!(said(&phone(1, "Ivan Petrov"), two.clone()).0, Several);
    assert_eq!(said(&phone(1, "2@example.org"), two).0, Known);
    let twice = vec![person("1", "Anna"), person("1", "Boris")];
    assert_eq!(said(&known(1, "1", "Anna"), twice.clone()).0, Several, "an id that two have is none");
    assert_eq!(said(&phone(1, "Anna"), twice).0, Several);
}

#[test]
fn who_is_shut_out_is_seen_and_may_come_back() {
    let shut_out = || vec![Person { disabled: true, ..person("1", "Anna") }];
    let (standing, after) = said(&known(1, "1", "Anna"), shut_out());
    assert_eq!(standing, Disabled);
    assert_eq!(said(&after, vec![person("1", "Anna")]).0, Known);
    assert_eq!(said(&phone(1, "Anna"), shut_out()).0, Disabled, "a phone that nobody should have");
    let left = Asset { carrier_standing: Some(Left), ..known(1, "1", "Anna") };
    assert_eq!(said(&left, vec![person("1", "Anna")]).0, Known, "back from leave");
}

#[test]
fn where_somebody_works_counts() {
    let at = |org: &str| vec![Person { place: Place::Org(org.to_owned()), ..person("1", "Anna") }];
    let nowhere = || vec![Person { place: Place::Nowhere, ..person("1", "Anna") }];
    for org in ["tax", "minfin", "state"] {
        assert_eq!(said(&phone(1, "Anna"), at(org)).0, Known, "{org}");
    }
    let (standing, after) = said(&known(1, "1", "Anna"), at("army"));
    assert_eq!((standing, after.carrier_org.as_deref()), (Moved, Some("army")));
    assert_eq!(said(&after, at("army")).1, after, "nothing new is said");
    assert_eq!(said(&after, at("tax")).1.carrier_org, None);
    assert_eq!(said(&known(1, "1", "Anna"), nowhere()).0, Moved);
    // a name, or an id that somebody wrote down, finds nobody elsewhere
    let written = Asset { carrier_id: Some("1".to_owned()), ..phone(1, "x") };
    for people in [at("army"), nowhere()] {
        assert_eq!(said(&phone(1, "Anna"), people.clone()).0, Unknown);
        assert_eq!(said(&written, people.clone()).0, Unknown);
        assert_eq!(said(&written, people).1.carrier.as_deref(), Some("x"));
    }
    let both = [at("army"), vec![Person { place: Place::Org("tax".to_owned()), ..person("2", "Anna") }]];
    let (standing, after) = said(&phone(1, "Anna"), both.concat());
    assert_eq!((standing, after.carrier_id.as_deref()), (Known, Some("2")));
}

#[test]
fn more_than_a_quarter_are_not_gone_unasked() {
    let phones = |many: u8| (0..many).map(|nth| known(nth, &nth.to_string(), &format!("P {nth}"))).collect();
    let people = |from: u8, until: u8| {
        (from..until).map(|nth| person(&nth.to_string(), &format!("P {nth}"))).collect::<Vec<_>>()
    };
    for (phones_there, gone, stops) in [(3, 3, false), (4, 4, true), (40, 10, false), (40, 11, true)] {
        let plan = plan(phones(phones_there), people(gone, phones_there.max(gone + 1)));
        assert_eq!(plan.too_many().is_some(), stops, "{gone} of {phones_there}");
        assert_eq!(plan.answer(true).gone, u64::from(gone));
    }
    let renamed = (0..40).map(|nth: u8| person(&nth.to_string(), &nth.to_string())).collect();
    let why = plan(phones(40), renamed).too_many().unwrap();
    assert!(why.contains("of 40 people") && why.contains("40 be called otherwise"), "{why}");
}

#[test]
fn two_phones_of_one_person_are_one_person() {
    let phones: Vec<_> = (0..8).map(|nth| known(nth, "1", "Anna")).collect();
    let plan = plan(phones, vec![person("2", "Boris")]);
    let answer = plan.answer(true);
    assert_eq!((answer.gone, answer.left, answer.changed, answer.too_many), (1, 8, 8, false));
}

proptest! {
    #[test]
    fn what_was_done_is_not_done_again(
        carriers in proptest::collection::vec(("[ab]{1,2}", proptest::option::of("[1-4]")), 1..12),
        people in proptest::collection::vec(("[1-4]", "[ab]{1,2}", any::<bool>(), 0..4_usize), 1..8),
    ) {
        let assets: Vec<Asset> = carriers.iter().zip(0..).map(|((name, id), nth)| {
            Asset { carrier_id: id.clone(), ..phone(nth, name) }
        }).collect();
        let places = [Place::Anywhere, Place::Nowhere, Place::Org("tax".into()), Place::Org("army".into())];
        let people: Vec<Person> = people.iter().map(|(id, name, disabled, place)| {
            Person { place: places[*place].clone(), disabled: *disabled, ..person(id, name) }
        }).collect();
        let first = plan(assets.clone(), people.clone());
        prop_assert!(first.too_many().is_none(), "nobody was known");
        let mut after = assets;
        for (_, written) in first.writes {
            let nth = after.iter().position(|asset| asset.id == written.id).unwrap();
            after[nth] = written;
        }
        for asset in &after {
            if matches!(asset.carrier_standing, Some(Known | Disabled)) {
                let same = people.iter().filter(|person| Some(&person.id) == asset.carrier_id.as_ref());
                prop_assert_eq!(same.count(), 1, "only who is one is linked");
            }
        }
        let second = plan(after, people);
        prop_assert!(second.writes.is_empty(), "{:?}", second.writes);
    }
}
