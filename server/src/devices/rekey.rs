//! A device changes its key.

use muster_proto::cose::{Envelope, EnvelopeError};
use muster_proto::id::DeviceId;
use muster_proto::key::PublicKey;
use muster_proto::message::{Rekey, RekeyConsent};
use muster_proto::time::Timestamp;
use serde_json::json;

use super::certificates::NotDer;
use super::key_ring::{DeviceKey, add_key, keys_of};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// Why a key was not changed.
#[derive(Debug, thiserror::Error)]
pub enum RekeyError {
    /// One of the two messages does not hold.
    #[error("the message does not hold")]
    Envelope(#[from] EnvelopeError),
    /// There is no such device.
    #[error("there is no such device")]
    UnknownDevice,
    /// The message inside is about another device.
    #[error("the message inside is another device's")]
    OtherDevice,
    /// The new key is known already, at another device or as an older key of this one.
    #[error("the new key is known already")]
    KeyTaken,
    /// A certificate that came with the key is none.
    #[error(transparent)]
    Certificates(#[from] NotDer),
    /// The old key has signed reports from the named number on.
    #[error("the old key has signed reports from this number on")]
    Used,
    /// The server's own trouble.
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for RekeyError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

/// Changes the key of a device; says which device and from which number on. The same message again is answered the same.
///
/// # Errors
/// The messages do not hold, or don't fit what is stored.
pub async fn rekey(app: &App, envelope: &Envelope) -> Result<(DeviceId, u64), RekeyError> {
    let claim: Rekey = envelope.read_unverified()?;
    let consent = Envelope::parse(&claim.consent)?;
    let agreed: RekeyConsent = consent.read_unverified()?;
    let new = agreed.cnf.key;
    let rekey: Rekey = envelope.open(&new)?;
    if envelope.kid != new.kid() {
        return Err(EnvelopeError::Protected("kid is not the key's").into());
    }
    if agreed.device != rekey.device {
        return Err(RekeyError::OtherDevice);
    }
    super::certificates::check(&envelope.chain)?;
    let (certificates, now) = (envelope.chain.clone(), app.now());
    let change = Change { rekey, consent, agreed, certificates };
    let (device, number, old) = app.store.write(move |tx| record(tx, &change, now)).await?;
    app.device_keys.forget(&[old.kid(), new.kid()]);
    Ok((device, number))
}

struct Change {
    rekey: Rekey,
    consent: Envelope,
    agreed: RekeyConsent,
    certificates: Vec<Vec<u8>>,
}

fn record(
    tx: &mut dyn Tx,
    change: &Change,
    now: Timestamp,
) -> Result<(DeviceId, u64, PublicKey), RekeyError> {
    let (device, new, from) = (change.rekey.device, change.agreed.cnf.key, change.agreed.from);
    let keys = keys_of(tx, device)?;
    let newest = keys.last().ok_or(RekeyError::UnknownDevice)?;
    if newest.key == new {
        // a retry: it has to be the same change, agreed to by the key before
        let before = keys.iter().rev().nth(1).ok_or(RekeyError::KeyTaken)?;
        change.consent.open::<RekeyConsent>(&before.key)?;
        return Ok((device, newest.from, before.key));
    }
    change.consent.open::<RekeyConsent>(&newest.key)?;
    let known = tx.query_one(
        "SELECT 1 FROM device_keys WHERE kid = $1 AND public_key = $2",
        &values![new.kid(), &new],
    )?;
    if known.is_some() {
        return Err(RekeyError::KeyTaken);
    }
    let sql = "SELECT 1 FROM reports WHERE device = $1 AND chain = $2 AND number >= $3 LIMIT 1";
    if tx.query_one(sql, &values![device, change.agreed.chain, from])?.is_some() {
        return Err(RekeyError::Used);
    }
    let key = DeviceKey { device, key: new, chain: Some(change.agreed.chain), from, until: None };
    let protection = change.rekey.protection;
    add_key(tx, &key, protection, &change.certificates, now)?;
    tx.execute(
        "UPDATE devices SET protection = $2, revision = revision + 1 WHERE id = $1",
        &values![device, protection.word()],
    )?;
    let act = Act::new("device.rekey", format!("device:{device}"))
        .detail(format!("key {} from number {from}", new.kid()))
        .before(json!({ "key": newest.key.kid() }))
        .after(json!({ "key": new.kid(), "from": from, "protection": protection.word() }));
    audit::append(tx, now, &Actor::device(device), act)?;
    Ok((device, from, newest.key))
}
