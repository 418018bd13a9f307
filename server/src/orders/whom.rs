//! Whom a scan asks: those that a query finds, or those that are named.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::devices::{Query, Status, list};
use crate::error::ActionError;
use crate::groups;
use crate::problems::Code;
use crate::register::compared;
use crate::store::{Row, StoreError, Tx, values};

/// Most devices of one scan.
const MOST: u64 = 200_000;

/// Who is to be asked.
pub(super) enum Whom {
    Named(Vec<String>),
    Found(Query),
}

/// Whom it came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Those who are asked.
    pub devices: BTreeSet<DeviceId>,
    /// Names that no device has, or several.
    pub unknown: Vec<String>,
    /// Devices that were named and don't count.
    pub inactive: Vec<DeviceId>,
}

/// Who would be asked, or changed, by whoever has this right: nothing is done yet.
///
/// # Errors
/// Neither devices nor a query is given, or both; the query can't be read; it finds too many; the store's.
pub async fn whom(
    app: &App,
    actor: &Actor,
    right: Right,
    devices: Option<Vec<String>>,
    query: Option<String>,
) -> Result<Asked, ActionError> {
    let (whom, within, now) = (Whom::of(devices, query)?, actor.within(right), app.now());
    app.store.read(move |tx| whom.devices(tx, &within, now)).await
}

impl Whom {
    pub fn of(devices: Option<Vec<String>>, query: Option<String>) -> Result<Self, ActionError> {
        match (devices, query) {
            (Some(names), None) => Ok(Self::Named(names)),
            (None, Some(text)) => {
                text.parse().map(Self::Found).map_err(|error: crate::devices::QueryError| {
                    ActionError::invalid(Code::BadQuery, error.to_string())
                })
            }
            _ => Err(ActionError::invalid(Code::ScanWhom, "a scan is of `devices` or of a `query`")),
        }
    }

    pub fn query(&self) -> Option<String> {
        match self {
            Self::Named(_) => None,
            Self::Found(query) => Some(query.to_string()),
        }
    }

    pub fn devices(&self, tx: &mut dyn Tx, within: &Within, now: Timestamp) -> Result<Asked, ActionError> {
        let mut asked = Asked::default();
        match self {
            Self::Found(query) => {
                let query = groups::resolved(tx, query.clone(), within)?.of_active();
                let found = list::ids(tx, &list::within(query, within), MOST + 1, now)?;
                if found.len() as u64 > MOST {
                    return Err(ActionError::conflict(
                        Code::ScanTooMany,
                        format!("a scan is of at most {MOST} devices"),
                    ));
                }
                asked.devices = found.into_iter().collect();
            }
            Self::Named(names) => {
                for name in names {
                    match named(tx, name, within)? {
                        Some((device, Status::Active)) => drop(asked.devices.insert(device)),
                        Some((device, _)) => asked.inactive.push(device),
                        None => asked.unknown.push(name.clone()),
                    }
                }
            }
        }
        Ok(asked)
    }
}

/// The device with this id; else the one that counts and says exactly this asset tag; else the one that has the name as its tag, or in the
/// register as its tag or serial number, however it is written.
fn named(tx: &mut dyn Tx, name: &str, within: &Within) -> Result<Option<(DeviceId, Status)>, StoreError> {
    if let Ok(id) = name.parse::<DeviceId>() {
        return only(within, tx.query("SELECT id, status, org FROM devices WHERE id = $1", &values![id])?);
    }
    let exactly = tx.query(
        "SELECT id, status, org FROM devices WHERE asset_tag = $1 AND status = 'active' LIMIT 2",
        &values![name],
    )?;
    if !exactly.is_empty() {
        return only(within, exactly);
    }
    let Some(key) = compared(name) else { return Ok(None) };
    only(within, tx.query(
        "SELECT id, status, org FROM devices WHERE tag_key = $1 AND status = 'active' \
         UNION SELECT d.id, d.status, d.org FROM assets AS a JOIN devices AS d ON d.id = a.device WHERE a.tag_key = $1 OR a.serial_key = $1 \
         LIMIT 2",
        &values![key],
    )?)
}

fn only(within: &Within, rows: Vec<Row>) -> Result<Option<(DeviceId, Status)>, StoreError> {
    match <[Row; 1]>::try_from(rows) {
        Ok([mut row]) => {
            let (device, status, org): (_, _, String) = (row.take()?, row.parse("a status")?, row.take()?);
            // what others have is not there
            Ok(within.has(&org).then_some((device, status)))
        }
        Err(_) => Ok(None),
    }
}
