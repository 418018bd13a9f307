//! What a restore from a backup took away. A phone goes on counting where it was, so the first report that comes after the restore leaves
//! out the numbers that the server had and lost. That is the server's doing: recorded as `server-restored`, and no break of the chain.
//!
//! Nobody may hide a gap behind it. It counts once for a device, and only
//! - from the very number at which the backup had its chain: whoever has been heard of since then is judged like everybody,
//! - if the report's nonce was given after the backup was made. A phone that still answers an older one has had no answer since, so
//!   everything that it has made is still in its queue, and what is missing was never here. (A nonce whose key is lost says nothing.)
//!
//! A chain that was never seen is a reset here too; only its first numbers are not held against the phone.

use muster_proto::id::ChainId;
use muster_proto::report::Range;
use muster_proto::time::Timestamp;

use super::Verified;
use super::chain::{Place, Standing};
use crate::devices::Device;
use crate::store::{StoreError, Tx, values};

/// The kind of the row that remains.
pub const KIND: &str = "server-restored";

/// Takes from a place what was lost in a restore, and records it.
///
/// # Errors
/// The store's.
pub(super) fn forgive(
    tx: &mut dyn Tx,
    device: &Device,
    verified: &Verified,
    place: &mut Place,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(missing) = place.unexplained else { return Ok(()) };
    let Some(restore) = find(tx, device)? else { return Ok(()) };
    if !restore.took(device, verified) {
        return Ok(());
    }
    record(tx, device, verified.report.chain, missing, &restore, now)?;
    place.unexplained = None;
    if place.standing == Standing::Gap {
        place.standing = Standing::Restored;
    }
    Ok(())
}

/// A restore, and where it has put the chain of one device.
struct Restore {
    made: Timestamp,
    at: Timestamp,
    head: Option<(ChainId, u64)>,
}

impl Restore {
    /// Whether it has taken what is missing before this report.
    fn took(&self, device: &Device, verified: &Verified) -> bool {
        let head = device.chain.as_ref().map(|chain| (chain.id, chain.number));
        // what came in the same request, a late report say, was received at the same moment
        let silent = device.last_contact.is_none_or(|last| last < self.at || last == verified.received);
        let answered = verified.fresh.is_none_or(|fresh| fresh > self.made);
        head == self.head && silent && answered
    }
}

/// The restore that the device has not been heard of since. It is asked for once: whatever is missing later is a gap.
fn find(tx: &mut dyn Tx, device: &Device) -> Result<Option<Restore>, StoreError> {
    let sql = "SELECT restores.made, restores.restored, restored_heads.chain, restored_heads.number FROM restored_heads \
               JOIN restores ON restores.id = restored_heads.restore WHERE restored_heads.device = $1";
    let Some(mut row) = tx.query_one(sql, &values![device.id])? else { return Ok(None) };
    let (made, at, chain, number) =
        (row.take()?, row.take()?, row.take::<Option<ChainId>>()?, row.take::<u64>()?);
    tx.execute("DELETE FROM restored_heads WHERE device = $1", &values![device.id])?;
    Ok(Some(Restore { made, at, head: chain.map(|chain| (chain, number)) }))
}

/// It is acknowledged from the start: nobody has to look into it.
fn record(
    tx: &mut dyn Tx,
    device: &Device,
    chain: ChainId,
    missing: Range,
    restore: &Restore,
    now: Timestamp,
) -> Result<(), StoreError> {
    let reason = format!("restored on {} from the backup of {}", restore.at, restore.made);
    tx.execute(
        "INSERT INTO breaks (device, kind, chain, number, last_number, at, acknowledged, acknowledged_by, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, 'system:restore', $7)",
        &values![device.id, KIND, chain, missing.first, missing.last, now, reason],
    )?;
    Ok(())
}
