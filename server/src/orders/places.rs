//! Pages of what has a time and an id: the newest first, each beginning after a place.

use muster_proto::id::OrderId;
use muster_proto::time::Timestamp;
use std::fmt;
use std::str::FromStr;

use crate::store::{Row, StoreError};

/// Where a page begins: after what was made then and has this id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was made.
    pub at: Timestamp,
    /// Its id.
    pub id: OrderId,
}

/// Text that is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the list")]
pub struct PlaceError;

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.millis(), self.id)
    }
}

impl FromStr for Place {
    type Err = PlaceError;
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (at, id) = text.split_once('.').ok_or(PlaceError)?;
        let at = at.parse().map(Timestamp::from_millis).map_err(|_| PlaceError)?;
        Ok(Self { at, id: id.parse().map_err(|_| PlaceError)? })
    }
}

/// Ids of a page from rows of id and time, one more than the page has; and where the next begins.
pub(super) fn cut(rows: Vec<Row>, limit: u32) -> Result<(Vec<OrderId>, Option<String>), StoreError> {
    let more = rows.len() > limit as usize;
    let mut places = Vec::with_capacity(rows.len());
    for mut row in rows.into_iter().take(limit as usize) {
        places.push(Place { id: row.take()?, at: row.take()? });
    }
    let next = places.last().filter(|_| more).map(ToString::to_string);
    Ok((places.into_iter().map(|place| place.id).collect(), next))
}
