//! The report: what it can say, and what it has no place for.

use crate::raw::{Item, parse};
use crate::{samples, served};
use muster_proto::answer::{Action, Outcome, ReportsAnswer};
use muster_proto::cbor::{List, MAX_ITEMS, Wire, decode, encode, strict, strict_sequence};
use muster_proto::facts::{Fact, Platform, Reason};
use muster_proto::policy::DevicePolicy;
use muster_proto::report::{Range, Report};
use muster_proto::time::Timestamp;

fn refused<T: Wire + std::fmt::Debug>(bytes: &[u8]) -> &'static str {
    decode::<T>(bytes).map_or_else(|error| error.code(), |_| "ok")
}

fn changed(change: impl FnOnce(&mut Item)) -> &'static str {
    let mut report = parse(&encode(&samples::aurora_report()));
    change(&mut report);
    refused::<Report>(&report.bytes())
}

#[test]
fn reports_come_back_as_they_were() {
    for report in [
        samples::smallest_report(),
        samples::typical_report(),
        samples::aurora_report(),
        samples::largest_report(),
    ] {
        assert_eq!(decode::<Report>(&encode(&report)), Ok(report));
    }
}

#[test]
fn keys_may_come_in_any_order() {
    let mut report = parse(&encode(&samples::aurora_report()));
    let Item::Map(claims) = &mut report else { panic!("a report is a map") };
    claims.reverse();
    assert_eq!(decode::<Report>(&report.bytes()), Ok(samples::aurora_report()));
}

#[test]
fn a_fact_is_a_value_or_a_reason() {
    for reason in Reason::ALL {
        let fact: Fact<Platform> = Fact::Unknown(reason);
        assert_eq!(encode(&fact), Item::Int(reason.number()).bytes());
        assert_eq!(decode(&encode(&fact)), Ok(fact));
    }
    let fact = Fact::Known(Platform::Aurora);
    assert_eq!(encode(&fact), [2]);
    assert_eq!(decode(&encode(&fact)), Ok(fact));
    assert_eq!(refused::<Fact<Platform>>(&Item::Int(-5).bytes()), "unknown-value");
    assert_eq!(refused::<Fact<Platform>>(&Item::Int(i64::MIN).bytes()), "unknown-value");
    assert_eq!(refused::<Fact<Platform>>(&Item::Int(9).bytes()), "unknown-value");
    assert_eq!(refused::<Fact<Platform>>(&Item::from("aurora").bytes()), "wrong-type");
    assert_eq!(
        refused::<Fact<Platform>>(&[0x3b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
        "wrong-type"
    );
    // "none was seen" and "could not look" are different things
    assert_ne!(
        encode(&Fact::Known(List::<u64>::default())),
        encode(&Fact::<List<u64>>::Unknown(Reason::Failed))
    );
}

#[test]
fn a_location_is_refused_wherever_it_stands() {
    let place = || Item::Array(vec![55.into(), 37.into()]);
    assert_eq!(changed(|report| report.add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("apps").add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("apps").at(1).add(264, 0)), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("apps").at(2).add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("agent").add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("agent").at(5).add(264, place())), "location-claim");
    assert_eq!(changed(|report| report.at(266).at("device").at(0).add(264, 1)), "location-claim");
}

#[test]
fn times_are_whole_seconds() {
    let float = |bytes: &[u8]| {
        let bytes = bytes.to_vec();
        changed(|report| *report.at(6) = Item::Raw(bytes))
    };
    assert_eq!(float(&[0xf9, 0x3c, 0x00]), "float");
    assert_eq!(float(&[0xfa, 0x4e, 0xc8, 0x4e, 0xd9]), "float");
    assert_eq!(float(&[0xfb, 0x41, 0xd9, 0x09, 0xdb, 0x20, 0, 0, 0]), "float");
    let with_millis = Timestamp::from_millis(1_680_307_200_999);
    assert_eq!(decode::<Timestamp>(&encode(&with_millis)), Ok(Timestamp::from_secs(1_680_307_200)));
}

#[test]
fn a_source_names_a_fact() {
    for key in [28, 4_294_967_296] {
        assert_eq!(changed(|report| report.at(266).at("device").at(0).add(key, 1)), "unknown-claim");
    }
    assert_eq!(changed(|report| report.at(266).at("device").at(0).add(0, 1)), "unknown-claim");
    assert_eq!(changed(|report| report.at(266).at("device").at(0).add(27, 1)), "ok");
}

#[test]
fn lists_are_bounded_before_they_are_read() {
    let ranges =
        |count: u64| -> List<Range> { (0..count).map(|nth| Range { first: nth, last: nth }).collect() };
    let with = |count| {
        let mut report = samples::smallest_report();
        report.dropped = ranges(count);
        refused::<Report>(&encode(&report))
    };
    assert_eq!(with(64), "ok");
    assert_eq!(with(65), "out-of-bounds");
    let answer = |count: usize| {
        let answer = ReportsAnswer {
            outcomes: (0..count).map(|_| Outcome { action: Action::Accepted, code: None }).collect(),
            head: None,
            nonce: samples::nonce(),
            verdict: None,
            policy: None,
            catalogue: None,
            orders: List::default(),
        };
        refused::<ReportsAnswer>(&encode(&answer))
    };
    assert_eq!(answer(64), "ok");
    assert_eq!(answer(65), "out-of-bounds");
}

#[test]
fn a_body_has_at_most_64_items() {
    let body = vec![0x80; MAX_ITEMS];
    assert_eq!(strict_sequence(&body, 18).map(|items| items.len()), Ok(MAX_ITEMS));
    let body = vec![0x80; 64 * 1024];
    assert_eq!(strict_sequence(&body, 18).map_err(|error| error.code()), Err("too-many-items"));
    assert_eq!(strict_sequence(&[], 18), Ok(vec![]));
    assert_eq!(strict_sequence(&[0xd2, 0xd2, 0x80], 18).map_err(|error| error.code()), Err("tag"));
}

#[test]
fn a_map_that_promises_much_costs_little() {
    // eight maps inside each other, each of which promises as many entries as the rest could hold
    let mut nested = Vec::new();
    for _ in 0..8 {
        nested.extend([0xb9, 0x7f, 0x00, 0x00]);
    }
    nested.resize(64 * 1024, 0x00);
    assert_eq!(strict(&nested, 64 * 1024).map_err(|error| error.code()), Err("duplicate-key"));
}

#[test]
fn a_policy_has_one_digest() {
    let policy = served::policy().policy;
    assert_eq!(policy.digest(), decode::<DevicePolicy>(&encode(&policy)).expect("it comes back").digest());
}

#[test]
fn people_read_names_times_and_hexadecimal() {
    let key = crate::keys::software_key(crate::keys::Whose::Device);
    let sealed = muster_proto::cose::seal(&samples::aurora_report(), &key).expect("a key in memory signs");
    let envelope = muster_proto::cose::Envelope::parse(&sealed).expect("our own message");
    let rendering = muster_proto::json::render(&envelope).expect("our own message");
    let shown = serde_json::to_value(&rendering).expect("a rendering is JSON");
    let digest = envelope.digest().to_string();
    let expected = [
        ("/typ", "application/vnd.muster.report+cose"),
        ("/alg", "ES256"),
        ("/digest", &digest),
        ("/payload/iat", "2023-04-01T00:00:00Z"),
        ("/payload/device", "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1"),
        ("/payload/trigger", "order"),
        ("/payload/submods/device/platform/value", "aurora"),
        ("/payload/submods/device/boot_count/reason", "absent"),
        ("/payload/submods/device/sources/manufacturer", "hw-release"),
        ("/payload/submods/apps/sources/rpm-database/reason", "denied"),
        ("/payload/submods/apps/sightings/0/package", "com.whatsapp"),
    ];
    for (place, value) in expected {
        assert_eq!(shown.pointer(place).and_then(serde_json::Value::as_str), Some(value), "{place}");
    }
    assert_eq!(shown.pointer("/payload/number"), Some(&4.into()));
    assert_eq!(shown.pointer("/payload/submods/apps/sightings/0/version"), Some(&serde_json::Value::Null));
}
