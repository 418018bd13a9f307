//! Notes that somebody is away: until they end, the clock of silence stands for the phone. A note is written by who may edit phones, never by
//! who carries one; it ends no silence that has begun, and moves no grace and no date.

mod carried;
mod edit;

pub use carried::{Carried, carrier_away, carrier_back};
pub use edit::{back, set};
pub(crate) use edit::{follow, handed_on};

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::calendar::Pause;
use crate::devices::{self, Device};
use crate::error::ActionError;
use crate::orgs;
use crate::point::Point;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::register::AssetId;
use crate::store::{Row, StoreError, Tx, values};

/// A note that somebody is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Away")]
pub struct AwayView {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why; empty once that is past its period.
    pub reason: String,
    /// Who wrote it.
    pub actor: String,
    /// The phone of the register of whose carrier it was said; none where it was said of this device alone.
    pub asset: Option<AssetId>,
}

impl AwayView {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn is_on(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// A note that is to be written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAway {
    /// From when: now, where nothing is said; at most 366 days ahead. A day is meant from its begin, in the time zone of the organisation; one
    /// that goes on already, from now.
    #[serde(default)]
    pub from: Option<Point>,
    /// Until when: at most 366 days later. A day counts whole, in the time zone of the organisation.
    pub until: Point,
    /// Why. Whoever sees the device sees it.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
}

/// The notes of a device.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeviceAway {
    /// Those that are kept, the newest first. At most one of them is not over.
    pub notes: Vec<AwayView>,
}

/// Longest note, and furthest begin.
const LONGEST: Span = Span::from_hours(366 * 24);
/// A note is kept for so long after its end.
pub const KEPT: Span = Span::from_hours(90 * 24);
/// Notes that are shown of a device.
const MOST_SHOWN: u32 = 100;

/// A note that can be written.
#[derive(Debug, Clone)]
struct Note {
    from: Timestamp,
    until: Timestamp,
    reason: Reason,
}

impl Note {
    /// The note of something of an organisation, whose days are meant.
    fn read(tx: &mut dyn Tx, org: &str, new: &NewAway, now: Timestamp) -> Result<Self, ActionError> {
        Self::in_zone(&orgs::find(tx, org)?.time_zone, new, now)
    }

    fn in_zone(zone: &str, new: &NewAway, now: Timestamp) -> Result<Self, ActionError> {
        let wrong = |detail: &str| Err(ActionError::invalid(Code::AwayMalformed, detail));
        let from = match new.from {
            None => now,
            Some(day @ Point::Day(_)) if day.end(zone) > now => day.begin(zone).max(now),
            Some(from) => from.begin(zone),
        };
        let until = new.until.end(zone);
        if from < now {
            return wrong("from: a note begins now or later, for it ends no silence that has begun");
        }
        if from > now + LONGEST {
            return wrong("from: at most 366 days ahead");
        }
        if until <= from {
            return wrong("until: it ends before it begins");
        }
        if until > from + LONGEST {
            return wrong("until: at most 366 days after it begins");
        }
        let reason = Reason::read(&new.reason, reason::LONGEST, Code::AwayMalformed)?;
        Ok(Self { from, until, reason })
    }
}

/// The notes of a device.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn list(app: &App, device: DeviceId) -> Result<DeviceAway, ActionError> {
    app.store
        .read(move |tx| {
            devices::org_of(tx, device)?;
            let sql = format!("SELECT {COLUMNS} FROM away WHERE device = $1 ORDER BY starts DESC LIMIT $2");
            let rows = tx.query(&sql, &values![device, MOST_SHOWN])?;
            Ok(DeviceAway { notes: rows.into_iter().map(view).collect::<Result<_, StoreError>>()? })
        })
        .await
}

/// The note of a device that is not over yet.
///
/// # Errors
/// The store's.
pub fn ahead(tx: &mut dyn Tx, device: DeviceId, now: Timestamp) -> Result<Option<AwayView>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM away WHERE device = $1 AND ends > $2 ORDER BY starts LIMIT 1");
    tx.query_one(&sql, &values![device, now])?.map(view).transpose()
}

/// When the clock of silence stands for a device, since it was last heard fresh. Nothing is asked where all notes ended before.
///
/// # Errors
/// The store's.
pub fn pauses(tx: &mut dyn Tx, device: &Device) -> Result<Vec<Pause>, StoreError> {
    let heard = device.last_fresh.map_or(device.enrolled, |fresh| fresh.max(device.enrolled));
    if device.away_until.is_none_or(|until| until <= heard) {
        return Ok(Vec::new());
    }
    let sql = "SELECT starts, ends FROM away WHERE device = $1 AND ends > $2 ORDER BY starts";
    let rows = tx.query(sql, &values![device.id, heard])?;
    rows.into_iter().map(|mut row| Ok(Pause { from: row.take()?, until: row.take()? })).collect()
}

const COLUMNS: &str = "starts, ends, reason, actor, asset";

fn view(mut row: Row) -> Result<AwayView, StoreError> {
    Ok(AwayView {
        from: row.take()?,
        until: row.take()?,
        reason: row.take()?,
        actor: row.take()?,
        asset: row.take()?,
    })
}

#[cfg(test)]
mod tests;
