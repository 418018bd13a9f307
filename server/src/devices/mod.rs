//! Devices: enrolled work phones, each with one device key.

mod actions;
pub mod certificates;
mod columns;
mod count;
mod device;
mod ended;
pub mod evidence;
mod find;
pub mod history;
mod key_ring;
pub mod labels;
pub mod list;
mod marks;
mod names;
pub mod parts;
pub mod query;
mod rare;
mod refresh;
mod rekey;
mod row;
mod show;
mod silence;
mod size;
mod stopped;
pub mod view;

pub use actions::acknowledge;
pub use columns::{Column, Columns, ColumnsError, labels as labels_of};
pub use count::failing_since;
pub use device::{Chain, Device, Shown, Status, rank};
pub use ended::EndedView;
pub(crate) use find::named;
pub use find::{Named, beginning, find};
pub use key_ring::{DeviceKey, KeyRing, add_key, keys_of_kid};
pub use list::Search;
pub(crate) use names::Names;
pub use names::check_names;
pub use query::{Cursor, CursorError, Query, QueryError, Sort};
pub(crate) use query::{like, pattern};
pub use refresh::refresh;
pub use rekey::{RekeyError, rekey};
pub use row::{Devices, Extent};
pub use show::{list, row, show};
pub use silence::{SilenceView, Standstill};
pub(crate) use size::check_size;
pub use stopped::Stopper;

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;

use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// Notes when a device has ended: from then on its period runs.
///
/// # Errors
/// The store's.
pub fn has_ended(tx: &mut dyn Tx, device: DeviceId, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE devices SET ended = $2 WHERE id = $1", &values![device, now]).map(drop)
}

/// The organisation of a device.
///
/// # Errors
/// There is no such device, or the store's.
pub fn org_of(tx: &mut dyn Tx, device: DeviceId) -> Result<String, ActionError> {
    let row = tx.query_one("SELECT org FROM devices WHERE id = $1", &values![device])?;
    Ok(row.ok_or_else(|| ActionError::missing("device", device))?.take()?)
}
