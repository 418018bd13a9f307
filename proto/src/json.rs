//! Messages as people read them: header fields, digest and claims by name, times as RFC 3339, bytes in hexadecimal.
//!
//! What is rendered is what stands in the message. Whether its signature holds is said by [`Envelope::open`] alone.

use crate::catalogue::{Catalogue, Messenger, Vendor};
use crate::cose::{Envelope, EnvelopeError, Typ};
use crate::facts::{Protection, Source};
use crate::id::{Audience, DeviceId, Digest, Kid, hex};
use crate::message::{
    CatalogueMessage, Enrol, Hello, Order, OrderAck, OrderKeyMessage, PageLink, PolicyMessage, Rekey,
    RekeyConsent, VerdictMessage,
};
use crate::report::Report;
use crate::time::Timestamp;
use std::collections::BTreeMap;

/// A message, ready for any of serde's formats.
#[derive(Debug, serde::Serialize)]
pub struct Rendering {
    typ: &'static str,
    alg: &'static str,
    kid: Kid,
    digest: Digest,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x5chain: Vec<String>,
    payload: Payload,
    signature: String,
}

/// Renders a message of any kind.
///
/// # Errors
/// The payload is not what the contract says.
pub fn render(envelope: &Envelope) -> Result<Rendering, EnvelopeError> {
    Ok(Rendering {
        typ: envelope.typ.media_type(),
        alg: "ES256",
        kid: envelope.kid,
        digest: envelope.digest(),
        x5chain: envelope.chain.iter().map(|certificate| hex(certificate)).collect(),
        payload: payload(envelope)?,
        signature: hex(&envelope.signature),
    })
}

#[derive(Debug, serde::Serialize)]
#[serde(untagged)]
enum Payload {
    Enrol(Box<Enrol>),
    Report(Box<Report>),
    Hello(Box<Hello>),
    PageLink(Box<PageLink>),
    OrderAck(Box<OrderAck>),
    Rekey(Box<RekeyRendering>),
    RekeyConsent(Box<RekeyConsent>),
    Order(Box<Order>),
    Policy(Box<PolicyMessage>),
    Catalogue(Box<CatalogueRendering>),
    Verdict(Box<VerdictMessage>),
    OrderKey(Box<OrderKeyMessage>),
}

/// A [`Rekey`] whose consent is opened up.
#[derive(Debug, serde::Serialize)]
struct RekeyRendering {
    device: DeviceId,
    consent: Rendering,
    protection: Protection,
}

/// A [`CatalogueMessage`] whose catalogue is opened up.
#[derive(Debug, serde::Serialize)]
struct CatalogueRendering {
    audience: Audience,
    expires: Option<Timestamp>,
    issued: Timestamp,
    number: u64,
    digest: Digest,
    messengers: Vec<Messenger>,
    vendors: Vec<Vendor>,
}

fn payload(envelope: &Envelope) -> Result<Payload, EnvelopeError> {
    Ok(match envelope.typ {
        Typ::Enrol => Payload::Enrol(Box::new(envelope.read_unverified()?)),
        Typ::Report => Payload::Report(Box::new(envelope.read_unverified()?)),
        Typ::Hello => Payload::Hello(Box::new(envelope.read_unverified()?)),
        Typ::PageLink => Payload::PageLink(Box::new(envelope.read_unverified()?)),
        Typ::OrderAck => Payload::OrderAck(Box::new(envelope.read_unverified()?)),
        Typ::Rekey => Payload::Rekey(Box::new(rekey(&envelope.read_unverified()?)?)),
        Typ::RekeyConsent => Payload::RekeyConsent(Box::new(envelope.read_unverified()?)),
        Typ::Order => Payload::Order(Box::new(envelope.read_unverified()?)),
        Typ::Policy => Payload::Policy(Box::new(envelope.read_unverified()?)),
        Typ::Catalogue => Payload::Catalogue(Box::new(catalogue(&envelope.read_unverified()?)?)),
        Typ::Verdict => Payload::Verdict(Box::new(envelope.read_unverified()?)),
        Typ::OrderKey => Payload::OrderKey(Box::new(envelope.read_unverified()?)),
    })
}

/// A consent is no `rekey`, so this goes one level deep.
fn rekey(message: &Rekey) -> Result<RekeyRendering, EnvelopeError> {
    let consent = Envelope::parse(&message.consent)?;
    consent.read_unverified::<RekeyConsent>()?;
    Ok(RekeyRendering { device: message.device, consent: render(&consent)?, protection: message.protection })
}

fn catalogue(message: &CatalogueMessage) -> Result<CatalogueRendering, EnvelopeError> {
    let catalogue = Catalogue::from_cbor(&message.catalogue)?;
    Ok(CatalogueRendering {
        audience: message.audience,
        expires: message.expires,
        issued: message.issued,
        number: message.number,
        digest: Digest::of(&message.catalogue),
        messengers: catalogue.messengers().to_vec(),
        vendors: catalogue.vendors().to_vec(),
    })
}

/// The sources of facts by the names of the facts, where the wire has their keys.
pub(crate) fn sources_by_name<S: serde::Serializer>(
    sources: &BTreeMap<u64, Source>,
    s: S,
) -> Result<S::Ok, S::Error> {
    let name = |key: u64| {
        let known = crate::facts::DeviceFacts::KEYS.iter().find(|(fact, _)| u64::try_from(*fact) == Ok(key));
        known.map_or_else(|| key.to_string(), |(_, name)| (*name).to_owned())
    };
    s.collect_map(sources.iter().map(|(key, source)| (name(*key), source)))
}
