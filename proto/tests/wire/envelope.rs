//! Sealing and opening: what holds, and what a stranger can try.

use crate::keys::{Whose, software_key, twin};
use crate::raw::{Item, Parts, parse};
use crate::{good, samples};
use muster_proto::cbor::{Bytes, encode};
use muster_proto::cose::{Envelope, EnvelopeError, Typ, seal, seal_payload, seal_with_chain};
use muster_proto::facts::Protection;
use muster_proto::id::{DeviceId, Digest};
use muster_proto::key::{PublicKey, Signature, Signer, signature_from_der};
use muster_proto::message::{Enrol, Hello, OrderAck, Rekey, RekeyConsent};
use muster_proto::report::Report;

const KINDS: [Typ; 12] = [
    Typ::Enrol,
    Typ::Report,
    Typ::Hello,
    Typ::PageLink,
    Typ::OrderAck,
    Typ::Rekey,
    Typ::RekeyConsent,
    Typ::Order,
    Typ::Policy,
    Typ::Catalogue,
    Typ::Verdict,
    Typ::OrderKey,
];

fn code<T>(result: Result<T, EnvelopeError>) -> &'static str {
    result.map_or_else(|error| error.code(), |_| "ok")
}

#[test]
fn what_was_sealed_opens() {
    let key = software_key(Whose::Device);
    let sealed = seal(&samples::hello(), &key).expect("a key in memory signs");
    let envelope = Envelope::parse(&sealed).expect("our own message");
    assert_eq!(envelope.typ, Typ::Hello);
    assert_eq!(envelope.kid, key.public_key().kid());
    assert_eq!(envelope.payload, encode(&samples::hello()), "byte for byte");
    assert_eq!(envelope.open::<Hello>(&key.public_key()), Ok(samples::hello()));
    assert_eq!(code(envelope.open::<Hello>(&software_key(Whose::Next).public_key())), "bad-signature");
}

#[test]
fn a_digest_is_that_of_the_sig_structure() {
    let key = software_key(Whose::Device);
    let sealed = seal(&samples::hello(), &key).expect("a key in memory signs");
    let envelope = Envelope::parse(&sealed).expect("our own message");
    let by_hand = Parts::of(&sealed).to_be_signed();
    assert_eq!(envelope.to_be_signed(), by_hand);
    assert_eq!(envelope.digest(), Digest::of(&by_hand));
}

#[test]
fn two_signatures_and_their_twins_are_one_message() {
    let key = software_key(Whose::Device);
    let open = |signature: Option<Signature>| {
        let mut parts = Parts::of(&seal(&samples::typical_report(), &key).expect("a key in memory signs"));
        if let Some(signature) = signature {
            parts.signature = signature.to_vec();
        }
        let envelope = Envelope::parse(&parts.bytes()).expect("our own message");
        assert_eq!(envelope.open::<Report>(&key.public_key()), Ok(samples::typical_report()));
        envelope
    };
    let (one, other) = (open(None), open(None));
    let twin = open(Some(twin(&one.signature)));
    assert_ne!(one.signature, other.signature);
    assert_ne!(one.signature, twin.signature);
    assert_eq!(one.digest(), other.digest());
    assert_eq!(one.digest(), twin.digest());
}

#[test]
fn a_signature_is_for_one_purpose() {
    let key = software_key(Whose::Device);
    for signed_as in KINDS {
        let signed =
            seal_payload(signed_as, &encode(&samples::hello()), &key, &[]).expect("a key in memory signs");
        let envelope = Envelope::parse(&signed).expect("our own message");
        let expected = if signed_as == Typ::Hello { "ok" } else { "other-typ" };
        assert_eq!(code(envelope.open::<Hello>(&key.public_key())), expected, "{signed_as:?}");
        assert_eq!(code(envelope.read_unverified::<Hello>()), expected, "{signed_as:?}");
        // the header of a hello put over the signature of another kind
        let mut moved = Parts::of(&signed);
        moved.protected = Parts::of(&seal(&samples::hello(), &key).expect("a key in memory signs")).protected;
        let moved = Envelope::parse(&moved.bytes()).expect("well formed");
        let expected = if signed_as == Typ::Hello { "ok" } else { "bad-signature" };
        assert_eq!(code(moved.open::<Hello>(&key.public_key())), expected, "{signed_as:?}");
    }
}

#[test]
fn a_chain_of_certificates_comes_with_a_new_key_alone() {
    let key = software_key(Whose::Device);
    for typ in KINDS {
        for certificates in 1..=3 {
            let chain = &good::chain()[..certificates];
            let message = seal_payload(typ, &[0xa0], &key, chain).expect("a key in memory signs");
            let parsed = Envelope::parse(&message);
            match typ {
                Typ::Enrol | Typ::Rekey => {
                    assert_eq!(parsed.map(|envelope| envelope.chain), Ok(chain.to_vec()))
                }
                _ => assert_eq!(code(parsed), "unprotected-header", "{typ:?}"),
            }
        }
    }
}

#[test]
fn a_chain_has_at_most_ten_certificates() {
    let key = software_key(Whose::Device);
    let with = |count: usize| {
        let enrol = samples::enrol(key.public_key(), true);
        Envelope::parse(
            &seal_with_chain(&enrol, &key, &vec![vec![0x30]; count]).expect("a key in memory signs"),
        )
    };
    assert_eq!(code(with(10)), "ok");
    assert_eq!(code(with(11)), "unprotected-header");
}

#[test]
fn an_enrolment_brings_its_key() {
    let key = software_key(Whose::Device);
    let sealed = seal(&samples::enrol(key.public_key(), true), &key).expect("a key in memory signs");
    let envelope = Envelope::parse(&sealed).expect("our own message");
    let inside = envelope.read_unverified::<Enrol>().expect("our own message").cnf.key;
    assert_eq!(inside, key.public_key());
    assert_eq!(envelope.open::<Enrol>(&inside), Ok(samples::enrol(inside, true)));
}

#[test]
fn a_rekey_holds_what_the_old_key_signed() {
    let (old, new) = (software_key(Whose::Device), software_key(Whose::Next));
    let consent = seal(&samples::rekey_consent(new.public_key()), &old).expect("a key in memory signs");
    let rekey =
        Rekey { device: DeviceId([1; 16]), consent: Bytes(consent), protection: Protection::Software };
    let sealed = seal(&rekey, &new).expect("a key in memory signs");
    let opened = Envelope::parse(&sealed)
        .and_then(|envelope| envelope.open::<Rekey>(&new.public_key()))
        .expect("it holds");
    let inner = Envelope::parse(&opened.consent).expect("it was put in whole");
    let consent = inner.open::<RekeyConsent>(&old.public_key()).expect("it holds");
    assert_eq!(consent.cnf.key, new.public_key());
}

#[test]
fn each_kind_has_its_length() {
    let key = software_key(Whose::Device);
    for typ in KINDS {
        let message = |len: usize| {
            let payload = Item::Bytes(vec![0; len]).bytes();
            seal_payload(typ, &payload, &key, &[]).expect("a key in memory signs")
        };
        let over = message(typ.max_len());
        assert_eq!(code(Envelope::parse(&over)), "too-long", "{typ:?}");
        // as long as it may be: heads and header are what the first try has on top
        let fits = message(typ.max_len() - (over.len() - typ.max_len()));
        assert_eq!(fits.len(), typ.max_len());
        assert_eq!(code(Envelope::parse(&fits)), "ok", "{typ:?}");
    }
}

#[test]
fn offsets_count_from_the_first_byte() {
    let mut bytes = seal(&samples::hello(), &software_key(Whose::Device)).expect("a key in memory signs");
    bytes.push(0);
    let error = Envelope::parse(&bytes).expect_err("a byte too many");
    assert_eq!(error.to_string(), format!("read the envelope: trailing bytes at offset {}", bytes.len() - 1));
    assert!(std::error::Error::source(&error).is_none(), "the text has the cause: a chain would repeat it");
}

#[test]
fn no_cut_and_no_flipped_bit_passes() {
    let key = software_key(Whose::Device);
    let whole = seal(&samples::order_ack(muster_proto::message::AckState::Delivered, None), &key)
        .expect("a key in memory signs");
    let open = |bytes: &[u8]| {
        Envelope::parse(bytes).and_then(|envelope| envelope.open::<OrderAck>(&key.public_key()))
    };
    assert!(open(&whole).is_ok());
    for len in 0..whole.len() {
        assert!(open(&whole[..len]).is_err(), "cut at {len}");
    }
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn a_public_key_has_three_forms() {
    let key = software_key(Whose::Device).public_key();
    assert_eq!(PublicKey::from_pem(&key.pem()), Ok(key));
    assert_eq!(PublicKey::from_spki(&key.spki()), Ok(key));
    assert_eq!(PublicKey::from_point(key.point()), Ok(key));
    assert_eq!(key.kid().0, key.digest().0[..8]);
    assert_eq!(key.digest(), Digest::of(&key.spki()));
    assert_eq!(muster_proto::cbor::decode::<PublicKey>(&encode(&key)), Ok(key));
    for wrong in ["", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        assert!(PublicKey::from_pem(wrong).is_err(), "{wrong:?}");
    }
    let compressed = [&[2][..], &key.point()[1..33]].concat();
    assert!(PublicKey::from_point(&compressed).is_err());
}

#[test]
fn a_cose_key_has_exactly_its_four_entries() {
    let whole = parse(&encode(&software_key(Whose::Device).public_key()));
    let refused = |change: &dyn Fn(&mut Item)| {
        let mut key = whole.clone();
        change(&mut key);
        muster_proto::cbor::decode::<PublicKey>(&key.bytes()).map_err(|error| error.code())
    };
    assert_eq!(refused(&|key| key.remove(-3)), Err("missing-claim"));
    assert_eq!(refused(&|key| *key.at(1) = 1.into()), Err("wrong-type"));
    assert_eq!(refused(&|key| *key.at(-2) = vec![0; 31].into()), Err("wrong-type"));
    assert_eq!(
        refused(&|key| key.add(-4, vec![7; 32])),
        Err("unknown-claim"),
        "a private key has no place here"
    );
    assert_eq!(refused(&|key| key.add(264, 1)), Err("location-claim"));
}

/// DER of two numbers, each as given.
fn der(r: &[u8], s: &[u8]) -> Vec<u8> {
    let number = |digits: &[u8]| [&[2, u8::try_from(digits.len()).expect("short")][..], digits].concat();
    let body = [number(r), number(s)].concat();
    [&[0x30, u8::try_from(body.len()).expect("short")][..], &body].concat()
}

#[test]
fn a_der_signature_becomes_r_and_s() {
    let short = signature_from_der(&der(&[1], &[0, 0x80])).expect("good DER");
    assert_eq!((short[31], short[63]), (1, 0x80));
    assert!(short.iter().enumerate().all(|(at, byte)| *byte == 0 || at == 31 || at == 63));
    let long = [&[0][..], &[0xfe; 32]].concat();
    assert_eq!(
        signature_from_der(&der(&long, &[0x7f; 32])).map(|signature| signature[..33].to_vec()),
        Ok([&[0xfe; 32][..], &[0x7f]].concat())
    );
}

#[test]
fn a_signature_of_a_key_store_verifies_after_conversion() {
    let key = software_key(Whose::Device);
    for nth in 0..64_u8 {
        let signature = key.sign(&[nth]).expect("a key in memory signs");
        let shortest = |number: &[u8]| {
            let digits: Vec<u8> = number.iter().copied().skip_while(|digit| *digit == 0).collect();
            if digits[0] >= 0x80 { [&[0][..], &digits].concat() } else { digits }
        };
        let converted = signature_from_der(&der(&shortest(&signature[..32]), &shortest(&signature[32..])));
        assert_eq!(converted, Ok(signature));
    }
}

#[test]
fn other_der_is_refused() {
    let good = der(&[1], &[2]);
    let order = [
        &[0][..],
        &muster_proto::id::unhex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
            .expect("hex"),
    ]
    .concat();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a byte after the end", [&good[..], &[0]].concat()),
        ("cut", good[..good.len() - 1].to_vec()),
        ("a long form of the length", [&[0x30, 0x81][..], &good[1..]].concat()),
        ("a number of no bytes", der(&[], &[2])),
        ("zero", der(&[0], &[2])),
        ("zero as s", der(&[1], &[0])),
        ("negative", der(&[0x80], &[2])),
        ("a needless zero", der(&[0, 1], &[2])),
        ("33 bytes", der(&[0x01; 33], &[2])),
        ("the order itself", der(&order, &[2])),
        ("three numbers", [&[0x30, 9][..], &good[2..], &[2, 1, 3]].concat()),
        ("a set", [&[0x31][..], &good[1..]].concat()),
        ("another type of number", [&[0x30, 6, 0x0a][..], &good[3..]].concat()),
    ];
    for (what, bytes) in cases {
        assert!(signature_from_der(&bytes).is_err(), "{what}");
    }
}
