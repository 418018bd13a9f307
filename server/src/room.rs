//! How many of something there may be at once, by organisation: nobody takes what others need.
//!
//! Whoever has a branch can make organisations below it, so that a bound for each organisation is none for the branch. The whole server has room
//! of its own, which no branch takes.

use std::collections::HashMap;

use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::{StoreError, Tx};

/// Of one organisation at once, or of the whole server.
const MOST_OF_ONE: u64 = 200;
/// Of an organisation right below one that belongs to no other, with all below it: a ministry of a state.
const MOST_OF_BRANCH: u64 = 1000;
/// Of an organisation that belongs to no other, with all below it.
const MOST_OF_TREE: u64 = 5000;

/// What is counted.
pub struct Room {
    /// What there are.
    pub things: &'static str,
    /// The rows that count, from the table on: `device_groups WHERE …`. They have an `org`.
    pub rows: &'static str,
    /// What is said where there is no room.
    pub code: Code,
}

impl Room {
    /// Refuses one more of this organisation, or of the whole server, where there is no room.
    ///
    /// # Errors
    /// There is none; the store's.
    pub fn check(&self, tx: &mut dyn Tx, org: Option<&str>) -> Result<(), ActionError> {
        let full = |most: u64, whose: &str| {
            let detail = format!("{most} {} of {whose} are the most at once", self.things);
            Err(ActionError::conflict(self.code, detail))
        };
        let counted = self.counted(tx)?;
        let of = |org: &str| counted.get(org).copied().unwrap_or(0);
        if of(org.unwrap_or_default()) >= MOST_OF_ONE {
            return full(MOST_OF_ONE, org.unwrap_or("the whole server"));
        }
        let Some(org) = org else { return Ok(()) };
        let all = orgs::all(tx)?;
        let way = orgs::path(&all, org);
        let tree = orgs::tree(tx)?;
        // what stands at their tops may be none of the caller's
        for (top, most, what) in [(way.get(1), MOST_OF_BRANCH, "branch"), (way.first(), MOST_OF_TREE, "tree")]
        {
            let all = top.map_or(0, |top| tree.below(&top.id).iter().map(|org| of(org)).sum());
            if all >= most {
                return full(most, &format!("the {what} of {org}"));
            }
        }
        Ok(())
    }

    /// How many there are of each organisation; under the empty name, of the whole server.
    fn counted(&self, tx: &mut dyn Tx) -> Result<HashMap<String, u64>, StoreError> {
        let sql = format!("SELECT COALESCE(org, ''), COUNT(*) FROM {} GROUP BY org", self.rows);
        tx.query(&sql, &[])?.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }
}
