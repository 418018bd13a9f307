//! What holds for every message, and for every handful of bytes.

use crate::keys::{Whose, software_key};
use crate::made_up::{
    a_consent, a_hello, a_page_link, a_policy, a_report, a_verdict, an_enrol, an_order, an_order_ack,
};
use crate::raw::Item;
use crate::samples;
use muster_proto::answer::{Challenge, EnrolAnswer, ReportsAnswer};
use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::{MAX_DEPTH, Wire, decode, encode, strict, strict_sequence};
use muster_proto::cose::{Envelope, Message, seal};
use muster_proto::json::render;
use muster_proto::key::{PublicKey, Signer, signature_from_der};
use muster_proto::message::{Enrol, PolicyMessage, VerdictMessage};
use muster_proto::report::Report;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// It comes back as it was, in our subset of CBOR, and is written the same way again.
fn round_trip<T: Wire + PartialEq + std::fmt::Debug>(value: &T) -> Result<(), TestCaseError> {
    let bytes = encode(value);
    prop_assert_eq!(strict(&bytes, bytes.len()), Ok(()));
    let back: T = decode(&bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&encode(&back), &bytes);
    prop_assert_eq!(&back, value);
    Ok(())
}

/// The same through an envelope, and its rendering is JSON.
fn through_an_envelope<M: Message + PartialEq + std::fmt::Debug>(message: &M) -> Result<(), TestCaseError> {
    let key = software_key(Whose::Device);
    let sealed = seal(message, &key).expect("a key in memory signs");
    let envelope = Envelope::parse(&sealed).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(
        &envelope.open::<M>(&key.public_key()),
        &Ok(decode(&encode(message)).expect("it came back before"))
    );
    let rendering = render(&envelope).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let text = serde_json::to_string(&rendering).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(text.contains(&envelope.digest().to_string()));
    Ok(())
}

/// Items of every type, nested, in good CBOR and not.
fn an_item() -> impl Strategy<Value = Item> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Item::Int),
        (-5..30_i64).prop_map(Item::Int),
        Just(Item::Int(264)),
        vec(any::<u8>(), 0..40).prop_map(Item::Bytes),
        "\\PC{0,12}".prop_map(Item::Text),
        prop_oneof![Just("apps"), Just("agent"), Just("device")].prop_map(Item::from),
        vec(any::<u8>(), 1..4).prop_map(Item::Raw),
    ];
    leaf.prop_recursive(10, 60, 8, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..8).prop_map(Item::Array),
            vec((inner.clone(), inner), 0..8).prop_map(Item::Map),
        ]
    })
}

fn look_at(bytes: &[u8]) {
    let _ = strict(bytes, 4096);
    let _ = strict_sequence(bytes, 18);
    let _ = decode::<Report>(bytes);
    let _ = decode::<Enrol>(bytes);
    let _ = decode::<PolicyMessage>(bytes);
    let _ = decode::<VerdictMessage>(bytes);
    let _ = decode::<Challenge>(bytes);
    let _ = decode::<EnrolAnswer>(bytes);
    let _ = decode::<ReportsAnswer>(bytes);
    let _ = Catalogue::from_cbor(bytes);
    let _ = signature_from_der(bytes);
    let _ = PublicKey::from_spki(bytes);
    let _ = PublicKey::from_pem(&String::from_utf8_lossy(bytes));
    if let Ok(envelope) = Envelope::parse(bytes) {
        let _ = render(&envelope);
    }
}

/// The same bytes with some of them changed.
fn damaged(whole: &[u8], changes: &[(proptest::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    bytes
}

/// The claims of a map, which may come in any order, sorted.
fn sorted(item: Item) -> Item {
    match item {
        Item::Map(entries) => {
            let mut entries: Vec<_> = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by_key(|(key, _)| key.bytes());
            Item::Map(entries)
        }
        Item::Array(items) => Item::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn every_report_comes_back(report in a_report()) {
        round_trip(&report)?;
        through_an_envelope(&report)?;
    }

    #[test]
    fn every_enrolment_comes_back(message in an_enrol()) {
        round_trip(&message)?;
        through_an_envelope(&message)?;
    }

    #[test]
    fn every_message_of_a_device_comes_back(
        hello in a_hello(), link in a_page_link(), ack in an_order_ack(), consent in a_consent(),
    ) {
        through_an_envelope(&hello)?;
        through_an_envelope(&link)?;
        through_an_envelope(&ack)?;
        through_an_envelope(&consent)?;
        round_trip(&hello)?;
        round_trip(&link)?;
        round_trip(&ack)?;
        round_trip(&consent)?;
    }

    #[test]
    fn every_message_of_the_server_comes_back(order in an_order(), policy in a_policy(), verdict in a_verdict()) {
        through_an_envelope(&order)?;
        through_an_envelope(&policy)?;
        through_an_envelope(&verdict)?;
        round_trip(&order)?;
        round_trip(&policy)?;
        round_trip(&verdict)?;
    }

    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in vec(any::<u8>(), 0..600)) {
        look_at(&bytes);
        look_at(&[&[0xd2][..], &bytes].concat());
    }

    #[test]
    fn any_items_are_read_without_a_panic(item in an_item()) {
        look_at(&item.bytes());
        let parts = vec![vec![0xa0].into(), Item::Map(vec![]), item.bytes().into(), vec![0; 64].into()];
        look_at(&[&[0xd2][..], &Item::Array(parts).bytes()].concat());
    }

    #[test]
    fn what_is_strict_is_shallow(item in an_item()) {
        let bytes = item.bytes();
        if strict(&bytes, bytes.len()).is_ok() {
            prop_assert!(depth(&crate::raw::parse(&bytes)) <= MAX_DEPTH);
        }
    }

    #[test]
    fn a_damaged_message_never_passes_for_another(changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4)) {
        let key = software_key(Whose::Device);
        let whole = seal(&samples::aurora_report(), &key).expect("a key in memory signs");
        let original = Envelope::parse(&whole).expect("our own message");
        let opened = Envelope::parse(&damaged(&whole, &changes))
            .and_then(|envelope| Ok((envelope.open::<Report>(&key.public_key())?, envelope.digest())));
        if let Ok((report, digest)) = opened {
            prop_assert_eq!(report, samples::aurora_report());
            prop_assert_eq!(digest, original.digest());
        }
    }

    #[test]
    fn each_report_has_one_form(changes in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..3)) {
        let bytes = damaged(&encode(&samples::aurora_report()), &changes);
        if let Ok(report) = decode::<Report>(&bytes) {
            // but for the order of its keys
            prop_assert_eq!(sorted(crate::raw::parse(&encode(&report))), sorted(crate::raw::parse(&bytes)));
        }
    }
}

fn depth(item: &Item) -> usize {
    match item {
        Item::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Item::Map(entries) => 1 + entries.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}
