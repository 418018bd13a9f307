//! Enrolment: what is said to the server, and what its answer makes of this device. The one who drives it fetches, signs, saves and sends:
//! CA and challenge, key saved, [`Pending`] saved, [`message`] signed and sent, [`accept`] saved.

use std::collections::BTreeSet;

use muster_proto::answer::{Challenge, EnrolAnswer, Enrolment};
use muster_proto::cose::{Envelope, EnvelopeError};
use muster_proto::facts::{Platform, Protection};
use muster_proto::id::{ChainId, Digest, Nonce};
use muster_proto::key::PublicKey;
use muster_proto::link::EnrolLink;
use muster_proto::message::{CatalogueMessage, Confirmation, Enrol, PolicyMessage};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};

use super::chain::Chain;
use super::form::Blob;
use super::queue::Queue;
use super::state::{Kept, Pending, Server, Standing, State};

/// What the phone says about itself when it enrols.
#[derive(Debug, Clone)]
pub struct Applicant {
    /// Operating system.
    pub platform: Platform,
    /// Model, where it could be read.
    pub model: Option<Text<48>>,
    /// What the person typed as asset tag.
    pub asset_tag: Option<Text<64>>,
    /// Version of the agent.
    pub version: Text<24>,
    /// Where the key lives.
    pub protection: Protection,
}

/// Why a device is not enrolled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnrolError {
    /// The server's CA is not the one that the link names.
    #[error(
        "the server's CA is not the one that the enrolment link names: wrong server, or somebody stands between"
    )]
    OtherCa,
    /// The server's order key is not the one that the link names.
    #[error(
        "the server's order key is not the one that the enrolment link names: wrong server, or somebody stands between"
    )]
    OtherOrderKey,
    /// The answer lacks something.
    #[error("the server's answer to the enrolment lacks {0}")]
    Incomplete(&'static str),
    /// A signed part of the answer does not hold.
    #[error("take the {what} in the server's answer")]
    Part {
        /// Which part.
        what: &'static str,
        /// Why.
        source: EnvelopeError,
    },
    /// A signed part of the answer is for another device.
    #[error("the {0} in the server's answer is for another device")]
    NotForMe(&'static str),
}

/// What the server's answer means.
#[derive(Debug)]
pub enum Accepted {
    /// The device is enrolled.
    Enrolled(Box<State>),
    /// A person must approve.
    Pending {
        /// Shown on the phone and to whoever approves.
        code: Option<String>,
        /// Ask again after this.
        retry_after: Span,
    },
}

/// The message to be signed by `key`.
///
/// # Errors
/// The order key that the server shows is not the one that the link names.
pub fn message(
    link: &EnrolLink,
    challenge: &Challenge,
    key: PublicKey,
    applicant: Applicant,
    wall: Timestamp,
) -> Result<Enrol, EnrolError> {
    if challenge.order_key.digest() != link.key {
        return Err(EnrolError::OtherOrderKey);
    }
    Ok(Enrol {
        iat: wall,
        cnf: Confirmation { key },
        nonce: challenge.nonce.clone(),
        token: Digest::of(link.token.as_bytes()),
        ca: link.ca,
        order_key: link.key,
        platform: applicant.platform,
        model: applicant.model,
        asset_tag: applicant.asset_tag,
        agent: applicant.version,
        protection: applicant.protection,
    })
}

/// What is needed to make a state from the server's answer.
#[derive(Debug)]
pub struct Context<'a> {
    /// The link.
    pub link: &'a EnrolLink,
    /// The CA certificate in DER.
    pub ca: &'a [u8],
    /// The server's challenge.
    pub challenge: &'a Challenge,
    /// The enrolled key.
    pub key: PublicKey,
    /// The state before, where the device was enrolled before.
    pub before: Option<&'a State>,
    /// Id of the new chain.
    pub chain: ChainId,
    /// The phone's clock.
    pub wall: Timestamp,
    /// When the agent was built.
    pub built: Timestamp,
}

/// What the server's answer makes of this device.
///
/// # Errors
/// The answer is incomplete, or a signed part of it does not hold.
pub fn accept(context: &Context<'_>, answer: &EnrolAnswer) -> Result<Accepted, EnrolError> {
    if answer.status == Enrolment::Pending {
        let code = answer.code.as_ref().map(ToString::to_string);
        let retry_after = answer.retry_after.unwrap_or(ASK_AGAIN);
        return Ok(Accepted::Pending { code, retry_after });
    }
    let device = answer.device.ok_or(EnrolError::Incomplete("the device id"))?;
    let nonce = answer.nonce.clone().unwrap_or_else(|| context.challenge.nonce.clone());
    let order_key = context.challenge.order_key;
    let mut trusted = context.built;

    let policy = part(answer.policy.as_deref(), "policy", &order_key, |message: &PolicyMessage| {
        trusted = trusted.max(message.issued);
        (message.audience.0 == device).then_some(message.number)
    })?;
    let catalogue =
        part(answer.catalogue.as_deref(), "catalogue", &order_key, |message: &CatalogueMessage| {
            trusted = trusted.max(message.issued);
            (message.audience.0 == device).then_some(message.number)
        })?;

    let mut state = fresh(context, device, nonce, order_key);
    if let Some(before) = context.before.filter(|before| before.device == device) {
        // The same device again: its chain goes on, and what waits is still to be sent.
        state.chain = before.chain.clone();
        state.queue = before.queue.clone();
        state.last = before.last.clone();
        state.orders = before.orders.clone();
        state.rekey = before.rekey.clone();
        state.changed = before.changed.clone();
        state.sources = before.sources.clone();
        trusted = trusted.max(before.trusted);
    }
    state.policy = policy;
    state.catalogue = catalogue;
    state.trusted = trusted;
    state.nonce_at = (trusted, context.wall);
    Ok(Accepted::Enrolled(Box::new(state)))
}

/// Asks again after this where the server doesn't say.
const ASK_AGAIN: Span = Span::from_secs(30);

fn fresh(
    context: &Context<'_>,
    device: muster_proto::id::DeviceId,
    nonce: Nonce,
    order_key: PublicKey,
) -> State {
    State {
        server: Server {
            authority: context.link.authority.clone(),
            ca: Blob(context.ca.to_vec()),
            order_key,
        },
        device,
        enrolled: context.wall,
        token: Digest::of(context.link.token.as_bytes()),
        key: context.key,
        rekey: None,
        changed: None,
        chain: Chain::new(context.chain),
        queue: Queue::default(),
        nonce,
        nonce_at: (context.built, context.wall),
        policy: None,
        catalogue: None,
        verdict: None,
        order_key_number: 0,
        orders: Vec::new(),
        refused: Vec::new(),
        last_error: None,
        last: None,
        sources: BTreeSet::new(),
        trusted: context.built,
        standing: Standing::Active,
    }
}

fn part<M: muster_proto::cose::Message>(
    bytes: Option<&[u8]>,
    what: &'static str,
    order_key: &PublicKey,
    number: impl FnOnce(&M) -> Option<u64>,
) -> Result<Option<Kept>, EnrolError> {
    let Some(bytes) = bytes else { return Ok(None) };
    let message: M = Envelope::parse(bytes)
        .and_then(|envelope| envelope.open(order_key))
        .map_err(|source| EnrolError::Part { what, source })?;
    let number = number(&message).ok_or(EnrolError::NotForMe(what))?;
    Ok(Some(Kept { number, bytes: Blob(bytes.to_vec()) }))
}

impl Pending {
    /// An enrolment that begins.
    #[must_use]
    pub fn new(link: &EnrolLink, key: PublicKey, asset_tag: Option<String>) -> Self {
        Self { link: link.to_string(), key, asset_tag, code: None }
    }
}
