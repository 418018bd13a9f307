//! That a device counts no more: since when, by whom, and why. The audit keeps it.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::Status;
use super::view::DeviceView;
use crate::error::ActionError;
use crate::store::{Tx, values};

/// How a device came to count no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EndedView {
    /// What became of it.
    pub status: Status,
    /// Since when.
    pub at: Option<Timestamp>,
    /// Who ended it; none where the phone said so itself.
    pub by: Option<String>,
    /// Why, where a reason was given.
    pub reason: Option<String>,
    /// When what was known of it was erased.
    pub erased: Option<Timestamp>,
    /// Who erased it; none where its period had passed.
    pub erased_by: Option<String>,
}

impl DeviceView {
    /// Whether what was known of it is gone.
    #[must_use]
    pub fn is_erased(&self) -> bool {
        self.ended.as_ref().is_some_and(|ended| ended.erased.is_some())
    }
}

/// How a device ended; none where it counts or waits.
pub(super) fn of(tx: &mut dyn Tx, id: DeviceId) -> Result<Option<EndedView>, ActionError> {
    let sql = "SELECT status, ended, erased FROM devices WHERE id = $1";
    let mut row = tx.query_one(sql, &values![id])?.ok_or_else(|| ActionError::missing("device", id))?;
    let status: Status = row.parse("a status")?;
    if matches!(status, Status::Active | Status::Pending) {
        return Ok(None);
    }
    let mut view =
        EndedView { status, at: row.take()?, by: None, reason: None, erased: row.take()?, erased_by: None };
    let sql = "SELECT action, actor, detail FROM audit WHERE subject = $1 \
               AND action IN ('device.end', 'device.refuse', 'device.erase') ORDER BY seq";
    for mut row in tx.query(sql, &values![format!("device:{id}")])? {
        let (action, actor, detail): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        if action == "device.erase" {
            view.erased_by = Some(actor);
        } else {
            (view.by, view.reason) = (Some(actor), Some(detail).filter(|text| !text.is_empty()));
        }
    }
    Ok(Some(view))
}
