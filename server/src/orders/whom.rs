//! Whom a scan asks: those that a query finds, or those that are named.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::{Actor, Reach, Right, Within};
use crate::devices::{Query, Status, check_names, list, named};
use crate::error::ActionError;
use crate::groups;
use crate::problems::Code;
use crate::store::Tx;

/// Most devices of one scan.
const MOST: u64 = 200_000;

/// Who is to be asked.
pub(super) enum Whom {
    Named(Vec<String>),
    Found(Query),
}

/// Whom somebody can mean.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Whose groups a query may name: those that they see.
    pub reads: Within,
    /// Whose devices it comes to.
    pub within: Within,
}

impl Bounds {
    /// Those of whoever needs this right for it.
    pub fn of(reach: &Reach, right: Right) -> Self {
        Self { reads: reach.within(Right::Read), within: reach.within(right) }
    }
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
/// Neither devices nor a query is given, or both; the query can't be read, or names what is not there; it finds too many; the store's.
pub async fn whom(
    app: &App,
    actor: &Actor,
    right: Right,
    devices: Option<Vec<String>>,
    query: Option<String>,
) -> Result<Asked, ActionError> {
    let (whom, within, now) = (Whom::of(devices, query)?, Bounds::of(actor.reach(), right), app.now());
    whom.check_names(app, actor).await?;
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

    /// Refuses a query that names what is not there for whoever writes it.
    pub async fn check_names(&self, app: &App, actor: &Actor) -> Result<(), ActionError> {
        match self {
            Self::Named(_) => Ok(()),
            Self::Found(query) => check_names(app, actor, query).await,
        }
    }

    pub fn query(&self) -> Option<String> {
        match self {
            Self::Named(_) => None,
            Self::Found(query) => Some(query.to_string()),
        }
    }

    pub fn devices(&self, tx: &mut dyn Tx, within: &Bounds, now: Timestamp) -> Result<Asked, ActionError> {
        let mut asked = Asked::default();
        match self {
            Self::Found(query) => {
                let query = groups::resolved(tx, query.clone(), &within.reads)?.of_active();
                let found = list::ids(tx, &list::within(query, &within.within), MOST + 1, now)?;
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
                    match named(tx, name, &within.within)?.as_slice() {
                        [(device, Status::Active)] => drop(asked.devices.insert(*device)),
                        [(device, _)] => asked.inactive.push(*device),
                        _ => asked.unknown.push(name.clone()),
                    }
                }
            }
        }
        Ok(asked)
    }
}
