//! A phone asks to be enrolled.

use muster_policy::Verdict;
use muster_proto::answer::{EnrolAnswer, Enrolment};
use muster_proto::cbor::Bytes;
use muster_proto::cose::{Envelope, EnvelopeError, seal};
use muster_proto::id::{Audience, DeviceId, Digest};
use muster_proto::message::{Enrol, PolicyMessage};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;
use serde_json::json;
use std::net::IpAddr;

use super::approval::admit;
use super::links::short;
use super::short_code;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::auth::secret::Secret;
use crate::devices::certificates::{self, NotDer};
use crate::devices::{Device, DeviceKey, Devices as _, Extent, Shown, Status, add_key};
use crate::error::ActionError;
use crate::live::Event;
use crate::store::{StoreError, Tx, values};

/// A nonce may be this old.
pub const NONCE_AGE: Span = Span::from_secs(10 * 60);
/// A phone that waits for a person asks again after this.
const ASK_AGAIN: Span = Span::from_secs(15);

/// Why a phone was not enrolled.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The message is not one, or its signature does not hold.
    #[error("the message does not hold")]
    Envelope(#[from] EnvelopeError),
    /// No token came with it, or another than the one that was signed.
    #[error("the token is not the one that was signed for")]
    TokenMismatch,
    /// The token is not one of ours.
    #[error("there is no such token")]
    TokenUnknown,
    /// It has expired.
    #[error("the token has expired")]
    TokenExpired,
    /// A person has taken it back.
    #[error("the token was taken back")]
    TokenRevoked,
    /// It was used as often as it may be.
    #[error("the token is spent")]
    TokenSpent,
    /// The nonce is too old, or not ours.
    #[error("the nonce is too old or not this server's")]
    OldNonce,
    /// The phone saw another CA than this server's.
    #[error("the phone saw another CA than this server has")]
    OtherCa,
    /// The phone saw another order key than this server's.
    #[error("the phone saw another order key than this server has")]
    OtherOrderKey,
    /// The key belongs to a device that is enrolled elsewhere or was sent away.
    #[error("the key belongs to a device that is {0}")]
    KeyTaken(&'static str),
    /// A certificate that came with the key is none.
    #[error(transparent)]
    Certificates(#[from] NotDer),
    /// A person has refused it.
    #[error("a person has refused this phone")]
    Refused,
    /// The server's own trouble.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for EnrolError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// What became of the request, and the device.
#[derive(Debug)]
pub struct Answer {
    /// What the phone is told.
    pub answer: EnrolAnswer,
}

/// Enrols a phone, or lets it wait for a person. The same key with the same token gets the same answer again, and uses nothing up.
///
/// # Errors
/// The request does not hold, or the token doesn't.
pub async fn enrol(
    app: &App,
    token: Option<&str>,
    envelope: &Envelope,
    from: IpAddr,
) -> Result<Answer, EnrolError> {
    let claim: Enrol = envelope.read_unverified()?;
    let enrol: Enrol = envelope.open(&claim.cnf.key)?;
    if envelope.kid != enrol.cnf.key.kid() {
        return Err(EnvelopeError::Protected("kid is not the key's").into());
    }
    certificates::check(&envelope.chain)?;
    let token = token.and_then(Secret::presented).ok_or(EnrolError::TokenUnknown)?.digest();
    if token != enrol.token {
        return Err(EnrolError::TokenMismatch);
    }
    let now = app.now();
    if !app.keys.nonces.is_fresh(&enrol.nonce, NONCE_AGE, now) {
        return Err(EnrolError::OldNonce);
    }
    if enrol.ca != app.reached.phone_ca.digest {
        return Err(EnrolError::OtherCa);
    }
    if enrol.order_key != app.keys.order_key.digest() {
        return Err(EnrolError::OtherOrderKey);
    }
    let code = short_code(&enrol.cnf.key);
    let asked = Asked { enrol, token, id: DeviceId(app.draw()?), chain: envelope.chain.clone(), from };
    let device = app.store.write(move |tx| record(tx, &asked, now)).await?;
    app.events.tell(Event::Device(device.id));
    app.bell.ring();
    answer(app, &device, &code, now)
}

fn answer(app: &App, device: &Device, code: &str, now: Timestamp) -> Result<Answer, EnrolError> {
    let mut answer = EnrolAnswer {
        status: Enrolment::Pending,
        device: None,
        nonce: None,
        policy: None,
        catalogue: None,
        retry_after: None,
        code: Some(Text::clipped(code)),
    };
    match device.status {
        Status::Pending => answer.retry_after = Some(ASK_AGAIN),
        Status::Refused => return Err(EnrolError::Refused),
        gone @ (Status::Replaced | Status::Retired) => return Err(EnrolError::KeyTaken(gone.word())),
        Status::Active => {
            let snapshot = app.rules.now();
            answer.status = Enrolment::Enrolled;
            answer.device = Some(device.id);
            answer.nonce = Some(app.keys.nonces.make(now));
            if let Some(compiled) = snapshot.of(&device.org) {
                let policy = compiled.phone.clone();
                let message = PolicyMessage {
                    audience: Audience(device.id),
                    expires: None,
                    issued: now,
                    number: device.sent,
                    policy,
                };
                answer.policy = Some(Bytes(seal(&message, &app.keys.orders).map_err(ActionError::from)?));
            }
        }
    }
    Ok(Answer { answer })
}

/// What a phone asks, from where, and the id that it gets if its key is new.
struct Asked {
    enrol: Enrol,
    token: Digest,
    id: DeviceId,
    chain: Vec<Vec<u8>>,
    from: IpAddr,
}

/// Finds the device of the key, or makes it at the cost of one use of the token.
fn record(tx: &mut dyn Tx, asked: &Asked, now: Timestamp) -> Result<Device, EnrolError> {
    let Asked { enrol, token, .. } = asked;
    let sql = "SELECT devices.id, devices.token FROM device_keys JOIN devices ON devices.id = device_keys.device \
               WHERE device_keys.kid = $1 AND device_keys.public_key = $2";
    let known = tx.query_one(sql, &values![enrol.cnf.key.kid(), &enrol.cnf.key])?;
    let Some(mut row) = known else {
        return add(tx, asked, now);
    };
    let (known, by): (DeviceId, Digest) = (row.take()?, row.take()?);
    let mut device = tx.load(&[known])?.pop().ok_or(StoreError::Column("the device of a key"))?;
    if by != *token {
        again(tx, &device, by, asked, now)?;
    }
    device.next_message(now);
    device.revision += 1;
    tx.save(&[(&device, Extent::Touched)])?;
    Ok(device)
}

/// A device that is enrolled shows another token, after it has lost its state: it stays the device that it is.
fn again(
    tx: &mut dyn Tx,
    device: &Device,
    by: Digest,
    asked: &Asked,
    now: Timestamp,
) -> Result<(), EnrolError> {
    let token = asked.token;
    let spent = spend(tx, token, now)?;
    if device.status != Status::Active {
        return Err(EnrolError::KeyTaken(device.status.word()));
    }
    if spent.org != device.org {
        return Err(EnrolError::KeyTaken("enrolled in another organisation"));
    }
    tx.execute("UPDATE devices SET token = $2 WHERE id = $1", &values![device.id, token])?;
    let act = Act::new("device.enrol-again", format!("device:{}", device.id))
        .detail(&device.org)
        .before(json!({ "token": short(by) }))
        .after(json!({ "token": short(token) }));
    Ok(audit::append(tx, now, &Actor::device(device.id).at(asked.from), act)?)
}

fn add(tx: &mut dyn Tx, asked: &Asked, now: Timestamp) -> Result<Device, EnrolError> {
    let Asked { enrol, id, token, .. } = asked;
    let (id, token) = (*id, *token);
    let spent = spend(tx, token, now)?;
    let mut device = new_device(enrol, id, &spent.org, now);
    device.next_message(now);
    let code = short_code(&enrol.cnf.key);
    tx.add(&device, token, &code, spent.replaces)?;
    let key = DeviceKey { device: id, key: enrol.cnf.key, chain: None, from: 0, until: None };
    add_key(tx, &key, enrol.protection, &asked.chain, now)?;
    let actor = Actor::device(id).at(asked.from);
    audit::append(tx, now, &actor, enrolled(&device, &code, token, &spent))?;
    if spent.approve == "auto" {
        admit(tx, &mut device, now, &actor)?;
        tx.save(&[(&device, Extent::All)])?;
        crate::register::enrolled(tx, &device, &actor, now)?;
    }
    Ok(device)
}

fn enrolled(device: &Device, code: &str, token: Digest, spent: &Spent) -> Act {
    Act::new("device.enrol", format!("device:{}", device.id))
        .detail(format!("{}, key {code}, approval {}", spent.org, spent.approve))
        .after(json!({
            "org": spent.org,
            "token": short(token),
            "approve": spent.approve,
            "replaces": spent.replaces,
            "key": code,
            "platform": device.platform.word(),
            "model": device.shown.model,
            "asset_tag": device.shown.asset_tag,
        }))
}

struct Spent {
    org: String,
    approve: String,
    replaces: Option<DeviceId>,
}

/// Takes one use of a token.
fn spend(tx: &mut dyn Tx, token: Digest, now: Timestamp) -> Result<Spent, EnrolError> {
    let row = tx.query_one(
        "SELECT org, approve, replaces, uses, used, expires, revoked FROM tokens WHERE hash = $1",
        &values![token],
    )?;
    let mut row = row.ok_or(EnrolError::TokenUnknown)?;
    let spent = Spent { org: row.take()?, approve: row.take()?, replaces: row.take()? };
    let (uses, used, expires): (u64, u64, Timestamp) = (row.take()?, row.take()?, row.take()?);
    if row.take::<Option<Timestamp>>()?.is_some() {
        return Err(EnrolError::TokenRevoked);
    }
    if expires <= now {
        return Err(EnrolError::TokenExpired);
    }
    if used >= uses {
        return Err(EnrolError::TokenSpent);
    }
    tx.execute("UPDATE tokens SET used = used + 1 WHERE hash = $1", &values![token])?;
    Ok(spent)
}

fn new_device(enrol: &Enrol, id: DeviceId, org: &str, now: Timestamp) -> Device {
    Device {
        id,
        org: org.to_owned(),
        status: Status::Pending,
        revision: 1,
        enrolled: now,
        platform: enrol.platform,
        shown: Shown {
            model: enrol.model.as_ref().map(ToString::to_string),
            asset_tag: enrol.asset_tag.as_ref().map(ToString::to_string),
            agent: Some(enrol.agent.to_string()),
            ..Shown::default()
        },
        protection: enrol.protection,
        chain: None,
        last_contact: None,
        last_fresh: None,
        evidence_at: None,
        skew: 0,
        breaks: 0,
        orders: 0,
        told: 0,
        away_until: None,
        sent: 0,
        untold: true,
        catalogue: None,
        findings: Vec::new(),
        verdict: Verdict { state: State::Unknown, since: now, due: None },
        judged: None,
        next_judgement: None,
    }
}
