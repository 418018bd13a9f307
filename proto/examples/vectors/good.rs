//! Messages that must be accepted.

use crate::keys::{Keys, Whose, twin};
use crate::raw::Parts;
use crate::samples;
use crate::served;
use crate::vector::{As, Vector};
use muster_proto::cbor::Bytes;
use muster_proto::cose::{Message, Typ, seal, seal_with_chain};
use muster_proto::facts::Protection;
use muster_proto::key::Signer;
use muster_proto::message::{AckState, OrderKind, Rekey};

/// Certificates as a key store gives them: of the device's key first, the root last.
pub fn chain() -> Vec<Vec<u8>> {
    let certificates: [&[u8]; 3] = [
        include_bytes!("chain/leaf.der"),
        include_bytes!("chain/intermediate.der"),
        include_bytes!("chain/root.der"),
    ];
    certificates.iter().map(|certificate| certificate.to_vec()).collect()
}

pub fn all(keys: &Keys) -> Vec<Vector> {
    [reports(keys), of_devices(keys), of_the_server(keys)].into_iter().flatten().collect()
}

/// A message signed by the key of `whose`.
pub fn sealed<M: Message>(keys: &Keys, whose: Whose, message: &M) -> Vec<u8> {
    seal(message, &keys.pen(whose)).expect("a key in memory signs")
}

fn vector(keys: &Keys, whose: Whose, typ: Typ, name: &str, message: Vec<u8>, about: &'static str) -> Vector {
    let key = keys.pen(whose).public_key();
    Vector { name: name.to_owned(), about, open_as: As::One(typ), message, key, error: None, cddl: true }
}

fn reports(keys: &Keys) -> Vec<Vector> {
    let typical = sealed(keys, Whose::Device, &samples::typical_report());
    let mut other = Parts::of(&typical);
    other.signature = twin(&other.signature.clone().try_into().expect("64 bytes")).to_vec();
    let named = [
        (
            "report-smallest",
            sealed(keys, Whose::Device, &samples::smallest_report()),
            "No fact could be read: the least that a report can say.",
        ),
        ("report-typical", typical, "An Android phone: every fact, ten watched applications."),
        (
            "report-typical-twin",
            other.bytes(),
            "report-typical with s replaced by n - s, which needs no key: still valid, and the same message, with the same digest.",
        ),
        (
            "report-largest",
            sealed(keys, Whose::Device, &samples::largest_report()),
            "Every list and text as long as it may be, and as many sightings as fit.",
        ),
        (
            "report-aurora",
            sealed(keys, Whose::Device, &samples::aurora_report()),
            "An Aurora phone that had lost its state answers an order; reports 2 and 3 were dropped from a full queue.",
        ),
    ];
    let into = |(name, message, about)| vector(keys, Whose::Device, Typ::Report, name, message, about);
    let mut all: Vec<Vector> = named.into_iter().map(into).collect();
    let several = [samples::smallest_report(), samples::aurora_report()];
    let message = several.iter().flat_map(|report| sealed(keys, Whose::Device, report)).collect();
    let sequence = vector(
        keys,
        Whose::Device,
        Typ::Report,
        "report-sequence",
        message,
        "Two reports in one body (RFC 8742).",
    );
    all.push(Vector { open_as: As::Sequence, ..sequence });
    all
}

fn of_devices(keys: &Keys) -> Vec<Vector> {
    let device = keys.pen(Whose::Device);
    let next = keys.pen(Whose::Next);
    let with_chain = |large, chain: &[Vec<u8>]| {
        seal_with_chain(&samples::enrol(device.public_key(), large), &device, chain)
            .expect("a key in memory signs")
    };
    let consent = sealed(keys, Whose::Device, &samples::rekey_consent(next.public_key()));
    let rekey =
        Rekey { device: samples::DEVICE, consent: Bytes(consent.clone()), protection: Protection::Tee };
    let attested = seal_with_chain(&rekey, &next, &chain()).expect("a key in memory signs");
    let of = |typ, name, message, about| vector(keys, Whose::Device, typ, name, message, about);
    vec![
        of(Typ::Enrol, "enrol-software", with_chain(false, &[]), "A key in a file asks to be enrolled."),
        of(
            Typ::Enrol,
            "enrol-attested",
            with_chain(true, &chain()),
            "A key in a security chip, with its chain of three certificates.",
        ),
        of(
            Typ::Enrol,
            "enrol-one-certificate",
            with_chain(true, &chain()[..1]),
            "A single certificate stands alone, not in a list (RFC 9360).",
        ),
        of(
            Typ::Hello,
            "hello",
            sealed(keys, Whose::Device, &samples::hello()),
            "A device opens its channel.",
        ),
        of(
            Typ::PageLink,
            "page-link",
            sealed(keys, Whose::Device, &samples::page_link()),
            "A device lets its person see its page.",
        ),
        of(
            Typ::OrderAck,
            "order-ack-delivered",
            sealed(keys, Whose::Device, &samples::order_ack(AckState::Delivered, None)),
            "An order has arrived.",
        ),
        of(
            Typ::OrderAck,
            "order-ack-failed",
            sealed(keys, Whose::Device, &samples::order_ack(AckState::Failed, Some("no-space"))),
            "An order could not be done, and why.",
        ),
        of(Typ::RekeyConsent, "rekey-consent", consent, "The old key agrees to the new one."),
        vector(
            keys,
            Whose::Next,
            Typ::Rekey,
            "rekey",
            seal(&rekey, &next).expect("a key in memory signs"),
            "The new key, around what the old key signed.",
        ),
        vector(
            keys,
            Whose::Next,
            Typ::Rekey,
            "rekey-attested",
            attested,
            "The same with the chain of the new key.",
        ),
    ]
}

fn of_the_server(keys: &Keys) -> Vec<Vector> {
    let next = keys.pen(Whose::Next).public_key();
    let scan = sealed(keys, Whose::Orders, &served::order(OrderKind::Scan));
    let policy = sealed(keys, Whose::Orders, &served::policy());
    let catalogue = sealed(keys, Whose::Orders, &served::catalogue_message());
    let verdict = sealed(keys, Whose::Orders, &served::verdict());
    let order_key = sealed(keys, Whose::Orders, &served::order_key(next));
    let of = |typ, name, message, about| vector(keys, Whose::Orders, typ, name, message, about);
    vec![
        of(Typ::Order, "order-scan", scan, "A scan, with who asked and why."),
        of(Typ::Policy, "policy", policy, "The policy compiled for one device."),
        of(Typ::Catalogue, "catalogue", catalogue, "A catalogue of two messengers and one maker."),
        of(Typ::Verdict, "verdict", verdict, "One rule in its grace, one exempt."),
        of(Typ::OrderKey, "order-key", order_key, "The next order key, announced under this one."),
    ]
}
