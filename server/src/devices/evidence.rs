//! The evidence itself: stored reports byte for byte, the keys that signed them, and whether the one fits the other.

use muster_proto::cose::Envelope;
use muster_proto::id::{ChainId, DeviceId, Digest, Kid};
use muster_proto::key::PublicKey;
use muster_proto::report::Report;
use muster_proto::time::Timestamp;

use super::list;
use crate::app::App;
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// A stored report, checked when it was read.
#[derive(Debug, Clone)]
pub struct StoredReport {
    /// Its number.
    pub number: u64,
    /// Its chain.
    pub chain: ChainId,
    /// The bytes as they were signed.
    pub bytes: Vec<u8>,
    /// What it says.
    pub report: Report,
    /// Whether the signature holds with a key of the device, over bytes that have the digest that was noted when they came.
    pub holds: bool,
    /// The key that it names.
    pub kid: Kid,
    /// Digest of the message, computed from the bytes.
    pub digest: Digest,
    /// When it was true.
    pub evidence_at: Timestamp,
    /// When it came.
    pub received: Timestamp,
    /// Its place in the chain.
    pub standing: String,
}

/// Which report of a device.
#[derive(Debug, Clone, Copy, Default)]
pub struct Which {
    /// Its number; the newest where none is given.
    pub number: Option<u64>,
    /// Its chain; the present one where none is given.
    pub chain: Option<ChainId>,
}

/// Reads a report of a device and verifies it with the device's key.
///
/// # Errors
/// There is no such device or report, or the store's.
pub async fn report(app: &App, device: DeviceId, which: Which) -> Result<StoredReport, ActionError> {
    app.store
        .read(move |tx| {
            list::find(tx, device)?.ok_or_else(|| ActionError::missing("device", device))?;
            if let Some(found) = find(tx, device, which)? {
                return Ok(found);
            }
            let Some(number) = which.number else { return Err(ActionError::missing("report", "newest")) };
            let known = "SELECT 1 FROM reports WHERE device = $1 AND number = $2 LIMIT 1";
            if tx.query_one(known, &values![device, number])?.is_some() && which.chain.is_none() {
                let detail = format!("of report {number} only the digest is kept");
                return Err(ActionError::conflict(Code::ReportGone, detail));
            }
            Err(ActionError::missing("report", number))
        })
        .await
}

/// The newest report of a device, verified; none before the first.
///
/// # Errors
/// The store's.
pub async fn newest_report(app: &App, device: DeviceId) -> Result<Option<StoredReport>, ActionError> {
    app.store.read(move |tx| Ok(find(tx, device, Which::default())?)).await
}

/// The key of a device.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn key(app: &App, device: DeviceId) -> Result<PublicKey, ActionError> {
    app.store
        .read(move |tx| {
            list::find(tx, device)?.ok_or_else(|| ActionError::missing("device", device))?;
            Ok(newest_key(tx, device)?)
        })
        .await
}

/// The key that counts now.
///
/// # Errors
/// The store's.
pub fn newest_key(tx: &mut dyn Tx, device: DeviceId) -> Result<PublicKey, StoreError> {
    let sql =
        "SELECT public_key FROM device_keys WHERE device = $1 ORDER BY added DESC, from_number DESC LIMIT 1";
    tx.query_one(sql, &values![device])?.ok_or(StoreError::Column("a device's key"))?.take()
}

fn find(tx: &mut dyn Tx, device: DeviceId, which: Which) -> Result<Option<StoredReport>, StoreError> {
    const COLUMNS: &str = "number, chain, body, digest, evidence_at, received, standing";
    let row = match (which.number, which.chain) {
        (Some(number), Some(chain)) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM reports WHERE device = $1 AND chain = $2 AND number = $3 ORDER BY id LIMIT 1"
            );
            tx.query_one(&sql, &values![device, chain, number])?
        }
        // the same number may stand in several chains: the newest chain's is meant
        (Some(number), None) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM reports WHERE device = $1 AND number = $2 ORDER BY \
                 CASE WHEN chain = (SELECT chain FROM devices WHERE id = $1) THEN 0 ELSE 1 END, id DESC LIMIT 1"
            );
            tx.query_one(&sql, &values![device, number])?
        }
        (None, _) => {
            let sql = format!(
                "SELECT {COLUMNS} FROM reports WHERE device = $1 AND chain = (SELECT chain FROM devices WHERE id = $1) \
                 ORDER BY number DESC, id DESC LIMIT 1"
            );
            tx.query_one(&sql, &values![device])?
        }
    };
    let Some(mut row) = row else { return Ok(None) };
    let (number, chain, bytes, noted): (u64, ChainId, Vec<u8>, Digest) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    if bytes.is_empty() {
        return Ok(None);
    }
    let envelope = Envelope::parse(&bytes).map_err(|_| StoreError::Column("a stored report"))?;
    let report: Report = envelope.read_unverified().map_err(|_| StoreError::Column("a stored report"))?;
    let digest = envelope.digest();
    let signed = keys(tx, device, envelope.kid)?.iter().any(|key| envelope.open::<Report>(key).is_ok());
    let holds = signed && digest == noted && report.device == device;
    let kid = envelope.kid;
    Ok(Some(StoredReport {
        number,
        chain,
        bytes,
        report,
        holds,
        kid,
        digest,
        evidence_at: row.take()?,
        received: row.take()?,
        standing: row.take()?,
    }))
}

fn keys(tx: &mut dyn Tx, device: DeviceId, kid: Kid) -> Result<Vec<PublicKey>, StoreError> {
    let rows =
        tx.query("SELECT public_key FROM device_keys WHERE device = $1 AND kid = $2", &values![device, kid])?;
    rows.into_iter().map(|mut row| row.take()).collect()
}
