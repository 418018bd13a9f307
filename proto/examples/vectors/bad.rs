//! Messages that must be refused, each with the one error that it must give.

use crate::faults::Faults;
use crate::good::{chain, sealed};
use crate::keys::{Keys, Whose};
use crate::raw::{Item, Parts, parse};
use crate::samples;
use crate::served;
use crate::vector::{As, Vector};
use muster_proto::cbor::{Encoder, encode};
use muster_proto::cose::{Typ, seal};
use muster_proto::key::Signer;
use muster_proto::message::Rekey;

pub fn all(keys: &Keys) -> Vec<Vector> {
    let mut faults = Faults { keys, all: Vec::new() };
    not_our_cbor(&mut faults);
    crate::bad_claims::all(&mut faults);
    envelopes(&mut faults);
    headers(&mut faults);
    signatures(&mut faults);
    others(&mut faults);
    faults.all
}

fn not_our_cbor(f: &mut Faults<'_>) {
    let whole = encode(&samples::aurora_report());
    f.payload_bytes(
        "truncated",
        "truncated",
        "The payload ends inside an item.",
        false,
        whole[..whole.len() - 1].to_vec(),
    );
    f.payload_bytes(
        "trailing-bytes",
        "trailing-bytes",
        "A byte follows the payload's item.",
        true,
        [&whole[..], &[0]].concat(),
    );
    let raw = |bytes: &[u8]| Item::Raw(bytes.to_vec());
    f.payload("too-deep", "too-deep", "Lists nested nine deep.", false, |report| {
        *report.at(-70008) = raw(&[0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x00]);
    });
    f.payload("indefinite-list", "indefinite-length", "A list of indefinite length.", true, |report| {
        *report.at(-70008) = raw(&[0x9f, 0x82, 0x02, 0x03, 0xff]);
    });
    f.payload("indefinite-bytes", "indefinite-length", "A byte string in chunks.", true, |report| {
        *report.at(-70001) = raw(&[&[0x5f, 0x50][..], &[0xc4; 16], &[0xff]].concat());
    });
    f.payload(
        "not-shortest-form",
        "not-shortest-form",
        "A number in more bytes than it needs.",
        true,
        |report| {
            *report.at(6) = raw(&[0x1b, 0, 0, 0, 0, 0x64, 0x27, 0x6c, 0x80]);
        },
    );
    f.payload(
        "duplicate-key",
        "duplicate-key",
        "iat stands there twice, with different times.",
        true,
        |report| {
            report.add(6, 1_680_307_201);
        },
    );
    f.payload("key-type", "key-type", "A key that is a byte string.", false, |report| report.add(vec![6], 1));
    f.payload("float-iat", "float", "iat as a float, which plain CWT would allow.", false, |report| {
        *report.at(6) = raw(&[0xfb, 0x41, 0xd9, 0x09, 0xdb, 0x20, 0x00, 0x00, 0x00]);
    });
    f.payload("float-uptime", "float", "A half-precision float.", false, |report| {
        *report.at(261) = raw(&[0xf9, 0x54, 0xb0])
    });
    f.payload("tag", "tag", "iat with tag 1, which plain CWT forbids too.", false, |report| {
        *report.at(6) = raw(&[0xc1, 0x1a, 0x64, 0x27, 0x6c, 0x80]);
    });
    f.payload("simple-value", "simple-value", "undefined as a value.", false, |report| {
        *report.at(-70003) = raw(&[0xf7])
    });
    f.payload("not-utf8", "not-utf8", "A text that is not UTF-8.", false, |report| {
        *report.at(266).at("agent").at(1) = raw(&[0x62, 0xc3, 0x28]);
    });
    f.payload("reserved-head", "reserved-head", "A head of the reserved form 28.", false, |report| {
        *report.at(261) = raw(&[0x1c])
    });
    let mut large = samples::largest_report();
    large.submods.apps.sightings.0.extend((0..100).map(samples::sighting));
    f.payload_bytes("too-long", "too-long", "A report of more than 16 KiB.", true, encode(&large));
}

fn envelopes(f: &mut Faults<'_>) {
    f.envelope("untagged", "not-cose-sign1", "COSE_Sign1 without its tag.", false, |parts| parts.tag.clear());
    f.envelope("tag-17", "not-cose-sign1", "The tag of COSE_Mac0.", false, |parts| parts.tag = vec![0xd1]);
    f.envelope("tag-long-form", "not-cose-sign1", "Tag 18 in two bytes.", true, |parts| {
        parts.tag = vec![0xd8, 18]
    });
    let three = [&[0xd2, 0x83][..], &[0x40, 0xa0, 0x40]].concat();
    f.push("three-parts", "not-cose-sign1", "An array of three.", false, Typ::Report, three);
    f.envelope("detached-payload", "detached-payload", "The payload is sent elsewhere.", false, |parts| {
        parts.payload = Item::Raw(vec![0xf6]);
    });
    f.envelope(
        "payload-not-bytes",
        "detached-payload",
        "A map where the payload's bytes should be.",
        false,
        |parts| {
            parts.payload = parse(&encode(&samples::aurora_report()));
        },
    );
    let mut after = f.report().bytes();
    after.push(0);
    f.push(
        "trailing-after-envelope",
        "trailing-bytes",
        "A byte follows the message.",
        true,
        Typ::Report,
        after,
    );
    f.envelope(
        "unprotected-kid",
        "unprotected-header",
        "An entry in the unprotected header.",
        false,
        |parts| {
            parts.unprotected.add(4, vec![0; 8]);
        },
    );
    f.envelope(
        "unprotected-chain",
        "unprotected-header",
        "A chain of certificates in a report.",
        false,
        |parts| {
            parts.unprotected.add(33, chain().swap_remove(0));
        },
    );
    let hello = sealed(f.keys, Whose::Device, &samples::hello());
    f.push("other-typ", "other-typ", "A good hello where a report is expected.", false, Typ::Report, hello);
    f.push(
        "report-as-page-link",
        "other-typ",
        "A good report where a link to the phone's page is expected.",
        false,
        Typ::PageLink,
        f.report().bytes(),
    );
}

fn headers(f: &mut Faults<'_>) {
    let mut header = |name, error, about, change: &dyn Fn(&mut Item)| {
        // a grammar doesn't see that a key occurs twice
        f.envelope(name, error, about, error == "duplicate-key", |parts| {
            let mut protected = parse(&parts.protected);
            change(&mut protected);
            parts.protected = protected.bytes();
        });
    };
    header("alg-es384", "algorithm", "Another algorithm: ES384.", &|header| *header.at(1) = (-35).into());
    header("alg-eddsa", "algorithm", "Another algorithm: EdDSA.", &|header| *header.at(1) = (-8).into());
    header("alg-missing", "protected-header", "No algorithm.", &|header| header.remove(1));
    header("kid-missing", "protected-header", "No hint to the key.", &|header| header.remove(4));
    header("kid-short", "protected-header", "A kid of four bytes.", &|header| {
        *header.at(4) = vec![0; 4].into()
    });
    header("typ-missing", "protected-header", "No typ: valid for any purpose.", &|header| header.remove(16));
    header("typ-number", "protected-header", "typ as a CoAP content format.", &|header| {
        *header.at(16) = 61.into()
    });
    header("typ-unknown", "unknown-typ", "A typ that nobody knows.", &|header| {
        *header.at(16) = "application/vnd.muster.wish+cose".into();
    });
    header("crit", "protected-header", "A critical header parameter (2).", &|header| {
        header.add(2, Item::Array(vec![16.into()]));
    });
    header("content-type", "protected-header", "A content type (3) beside the typ.", &|header| {
        header.add(3, 61)
    });
    header("protected-duplicate", "duplicate-key", "alg stands there twice.", &|header| header.add(1, -7));
    f.envelope("protected-empty", "truncated", "An empty protected header.", false, |parts| {
        parts.protected.clear()
    });
}

fn signatures(f: &mut Faults<'_>) {
    f.tampered("signature-short", "signature-length", "63 bytes.", false, |parts| {
        parts.signature.pop();
    });
    f.tampered("signature-der", "signature-length", "A signature in DER, as TLS has it.", false, |parts| {
        let number = |digits: &[u8]| [&[2, 33, 0][..], digits].concat();
        parts.signature =
            [&[0x30, 70][..], &number(&parts.signature[..32]), &number(&parts.signature[32..])].concat();
    });
    f.tampered(
        "payload-changed",
        "bad-signature",
        "The number of the report was raised by one.",
        true,
        |parts| {
            let Item::Bytes(payload) = &parts.payload else { return };
            let mut payload = parse(payload);
            *payload.at(-70002) = 5.into();
            parts.payload = payload.bytes().into();
        },
    );
    f.tampered("signature-bit", "bad-signature", "One bit of s was flipped.", true, |parts| {
        parts.signature[63] ^= 1
    });
    f.tampered("signature-zero", "bad-signature", "r and s are nothing.", true, |parts| {
        parts.signature = vec![0; 64]
    });
    f.tampered("signature-swapped", "bad-signature", "s before r.", true, |parts| {
        parts.signature.rotate_left(32)
    });
    let mut foreign = f.report();
    let next = f.keys.pen(Whose::Next);
    foreign.signature = next.sign(&foreign.to_be_signed()).expect("a key in memory signs").to_vec();
    f.push(
        "signature-other-key",
        "bad-signature",
        "Signed by another key, under the kid of this one.",
        true,
        Typ::Report,
        foreign.bytes(),
    );
    let mut bare = f.report();
    let Item::Bytes(payload) = &bare.payload else { return };
    bare.signature = f.keys.pen(Whose::Device).sign(payload).expect("a key in memory signs").to_vec();
    f.push(
        "signature-payload-only",
        "bad-signature",
        "The payload alone was signed.",
        true,
        Typ::Report,
        bare.bytes(),
    );
    let hello = Parts::of(&sealed(f.keys, Whose::Device, &samples::hello()));
    let mut moved = f.report();
    moved.payload = hello.payload;
    moved.signature = hello.signature;
    f.push(
        "signature-other-typ",
        "bad-signature",
        "What was signed as a hello, under the header of a report.",
        false,
        Typ::Report,
        moved.bytes(),
    );
}

fn others(f: &mut Faults<'_>) {
    let device = f.keys.pen(Whose::Device);
    let enrol = seal(&samples::enrol(device.public_key(), false), &device).expect("a key in memory signs");
    let mut parts = Parts::of(&enrol);
    parts.unprotected.add(33, Item::Array(vec![chain().swap_remove(0).into()]));
    f.push(
        "chain-list-of-one",
        "unprotected-header",
        "A single certificate in a list (RFC 9360 wants it alone).",
        false,
        Typ::Enrol,
        parts.bytes(),
    );
    let mut parts = Parts::of(&enrol);
    parts.unprotected.add(33, chain().swap_remove(0));
    parts.unprotected.add(4, vec![0; 8]);
    f.push(
        "chain-and-more",
        "unprotected-header",
        "A second entry beside the chain.",
        false,
        Typ::Enrol,
        parts.bytes(),
    );
    let mut payload = parse(&encode(&samples::enrol(device.public_key(), false)));
    *payload.at(8).at(1).at(-1) = 2.into();
    let parts = Parts { payload: payload.bytes().into(), ..Parts::of(&enrol) };
    let message = f.signed(parts);
    f.push("key-on-p384", "wrong-type", "A key on another curve.", false, Typ::Enrol, message);
    let broken = Rekey {
        device: samples::DEVICE,
        consent: muster_proto::cbor::Bytes(b"yes".to_vec()),
        protection: muster_proto::facts::Protection::Tee,
    };
    let message = sealed(f.keys, Whose::Device, &broken);
    f.push(
        "consent-broken",
        "not-cose-sign1",
        "A rekey whose consent is no message.",
        false,
        Typ::Rekey,
        message,
    );
    let mut catalogue = served::catalogue_message();
    let mut entries = parse(&catalogue.catalogue);
    let Item::Array(messengers) = entries.at(0) else { return };
    messengers.push(messengers[0].clone());
    catalogue.catalogue.0 = entries.bytes();
    let message = sealed(f.keys, Whose::Device, &catalogue);
    f.push("catalogue-same-id", "out-of-bounds", "Two messengers of one id.", true, Typ::Catalogue, message);

    let mut items = Encoder::new(Vec::new());
    (0..65).for_each(|_| muster_proto::cbor::written(items.array(0)));
    f.push(
        "sequence-too-many",
        "too-many-items",
        "65 items in one body.",
        false,
        Typ::Report,
        items.into_writer(),
    );
    let report = sealed(f.keys, Whose::Device, &samples::smallest_report());
    let cut = [&report[..], &report[..100]].concat();
    f.push(
        "sequence-truncated",
        "truncated",
        "The second report of a body is cut off.",
        false,
        Typ::Report,
        cut,
    );
    f.all.iter_mut().rev().take(2).for_each(|vector| vector.open_as = As::Sequence);
}
