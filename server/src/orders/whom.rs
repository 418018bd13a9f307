//! Whom a scan asks: those that a query finds, or those that are named.

use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::BTreeSet;

use crate::app::App;
use crate::auth::{Actor, Reach, Right, Within};
use crate::devices::query::Key;
use crate::devices::{Query, Status, check_names, list, named};
use crate::error::ActionError;
use crate::groups;
use crate::problems::Code;
use crate::store::{StoreError, Tx};

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
    /// Names of devices that the caller sees, and has no right to do this with.
    pub elsewhere: Vec<String>,
    /// How many others were found and are left out.
    pub left_out: LeftOut,
}

impl Asked {
    /// Says who they are, so that whoever has confirmed these gets no others.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let ids: String = self.devices.iter().map(ToString::to_string).collect();
        Digest::of(ids.as_bytes())
    }
}

/// What was found and is left out, beside what was named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Devices that the caller sees, and has no right to do this with.
    pub elsewhere: u64,
    /// Devices that don't count any more.
    pub inactive: u64,
}

impl LeftOut {
    /// What the query finds beside those that it came to.
    fn of(
        tx: &mut dyn Tx,
        query: &Query,
        bounds: &Bounds,
        (many, now): (u64, Timestamp),
    ) -> Result<Self, StoreError> {
        let mut left_out = Self::default();
        if !bounds.within.is_everywhere() && bounds.within != bounds.reads {
            let seen = list::within(query.clone().of_active(), &bounds.reads);
            left_out.elsewhere = list::total(tx, &seen, now)?.saturating_sub(many);
        }
        // a query that says nothing about it finds those alone that count
        if query.asks(Key::Status) {
            let all = list::within(query.clone(), &bounds.within);
            left_out.inactive = list::total(tx, &all, now)?.saturating_sub(many);
        }
        Ok(left_out)
    }
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
                let query = groups::resolved(tx, query.clone(), &within.reads)?;
                let active = list::within(query.clone().of_active(), &within.within);
                let found = list::ids(tx, &active, MOST + 1, now)?;
                let many = found.len() as u64;
                if many > MOST {
                    return Err(ActionError::conflict(
                        Code::ScanTooMany,
                        format!("a scan is of at most {MOST} devices"),
                    ));
                }
                asked.devices = found.into_iter().collect();
                asked.left_out = LeftOut::of(tx, &query, within, (many, now))?;
            }
            Self::Named(names) => {
                for name in names {
                    match named(tx, name, &within.within)?.as_slice() {
                        [(device, Status::Active)] => drop(asked.devices.insert(*device)),
                        [(device, _)] => asked.inactive.push(*device),
                        [] if is_seen(tx, name, within)? => asked.elsewhere.push(name.clone()),
                        _ => asked.unknown.push(name.clone()),
                    }
                }
            }
        }
        Ok(asked)
    }
}

/// Whether this is the name of one device that is seen, though nothing may be done with it.
fn is_seen(tx: &mut dyn Tx, name: &str, bounds: &Bounds) -> Result<bool, StoreError> {
    Ok(bounds.reads != bounds.within && named(tx, name, &bounds.reads)?.len() == 1)
}
