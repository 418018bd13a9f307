//! The clock of silence of a device, as judging counts it.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{Devices as _, Status};
use crate::away::{self, AwayView};
use crate::judge;
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx};

/// The clock of silence of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SilenceView {
    /// When it counts as silent if nothing fresh is heard of it; past where it is silent.
    pub begins: Timestamp,
    /// The organisation by whose calendar working time is counted; none where all time counts.
    pub calendar: Option<String>,
    /// Why the clock stands at this moment: `away`, or `off-hours`; none while it runs.
    pub stands: Option<Standstill>,
}

/// Why the clock of silence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standstill {
    /// Somebody is away.
    Away,
    /// It is no working time.
    OffHours,
}

/// The clock of a device that counts.
pub(super) fn clock(
    tx: &mut dyn Tx,
    id: DeviceId,
    (snapshot, away): (&Snapshot, Option<&AwayView>),
    now: Timestamp,
) -> Result<Option<SilenceView>, StoreError> {
    let found = tx.look_at(&[id])?.pop().filter(|device| device.status == Status::Active);
    let Some(device) = found else { return Ok(None) };
    let pauses = away::pauses(tx, &device)?;
    let working = snapshot.calendar(&device.org);
    let stands = if away.is_some_and(|note| note.is_on(now)) {
        Some(Standstill::Away)
    } else {
        working.filter(|working| !working.is_on(now)).map(|_| Standstill::OffHours)
    };
    Ok(Some(SilenceView {
        begins: judge::silent_at(&device, &pauses, snapshot.ruleset(&device.org), snapshot),
        calendar: working.map(|working| working.of.clone()),
        stands,
    }))
}
