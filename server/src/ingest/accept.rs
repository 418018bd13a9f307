//! The cheap part, before the writer: envelope, key, signature, claims.

use bytes::Bytes;
use muster_proto::answer::Action;
use muster_proto::cose::{Envelope, EnvelopeError, Typ};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::report::Report;
use muster_proto::time::Timestamp;
use std::sync::Arc;

use crate::app::App;
use crate::devices::{DeviceKey, keys_of_kid};
use crate::store::StoreError;

/// A report whose signature holds.
#[derive(Debug)]
pub struct Verified {
    /// The device whose key has signed it.
    pub device: DeviceId,
    /// What it says.
    pub report: Box<Report>,
    /// Digest of the message.
    pub digest: Digest,
    /// The bytes.
    pub bytes: Bytes,
    /// The time of its nonce; none where that can't be verified.
    pub fresh: Option<Timestamp>,
    /// When it came.
    pub received: Timestamp,
}

/// Why a report is not taken.
#[derive(Debug)]
pub enum Refusal {
    /// It will never be: what the phone does, and the stable code.
    For(Action, &'static str),
    /// The server's own trouble.
    Store(StoreError),
}

impl Refusal {
    /// Whether nobody has proven to hold a key of ours.
    #[must_use]
    pub fn is_unverified(&self) -> bool {
        matches!(self, Self::For(..))
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        Self::For(Action::Drop, error.code())
    }
}

/// Verifies one report.
///
/// # Errors
/// It is not a report, nobody's, or does not hold.
pub async fn verify(app: &App, bytes: Bytes, received: Timestamp) -> Result<Verified, Refusal> {
    let envelope = Envelope::parse(&bytes)?;
    if envelope.typ != Typ::Report {
        return Err(Refusal::For(Action::Drop, "other-typ"));
    }
    let keys = keys(app, &envelope).await?;
    let (report, digest) = opened(&envelope, &keys)?;
    let fresh = app.keys.nonces.time(&report.nonce, received);
    Ok(Verified { device: report.device, digest, bytes, fresh, received, report })
}

/// The keys that the envelope's hint names.
///
/// # Errors
/// The store's.
pub async fn keys(app: &App, envelope: &Envelope) -> Result<Arc<[DeviceKey]>, StoreError> {
    let kid = envelope.kid;
    if let Some(keys) = app.device_keys.known(kid) {
        return Ok(keys);
    }
    let changes = app.device_keys.changes();
    let found = app.store.read(move |tx| keys_of_kid(tx, kid)).await?;
    Ok(app.device_keys.keep(kid, found, changes))
}

/// The report, if a key that the hint names has signed it, belongs to the device inside and covers its place.
fn opened(envelope: &Envelope, keys: &[DeviceKey]) -> Result<(Box<Report>, Digest), Refusal> {
    if keys.is_empty() {
        return Err(Refusal::For(Action::Stop, "unknown-device"));
    }
    let mut refusal = Refusal::For(Action::Drop, "bad-signature");
    for key in keys {
        match envelope.open_and_digest::<Report>(&key.key) {
            // both engines count in signed numbers, and the first number is 1
            Ok((report, _)) if !(1..i64::MAX.unsigned_abs()).contains(&report.number) => {
                refusal = Refusal::For(Action::Drop, "number");
            }
            Ok((report, _)) if report.device != key.device => {
                refusal = Refusal::For(Action::Drop, "other-device")
            }
            Ok((report, _)) if !key.covers(report.chain, report.number) => {
                refusal = Refusal::For(Action::Drop, "old-key")
            }
            Ok((report, digest)) => return Ok((Box::new(report), digest)),
            Err(error) => refusal = error.into(),
        }
    }
    Err(refusal)
}
