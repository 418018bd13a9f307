//! How much a query may compare with. An engine takes so many parameters and no more, and groups and organisations stand for many.

use muster_proto::time::Timestamp;

use super::list;
use super::query::{Conditions, Query};
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::Tx;

/// Most parameters of a query: SQLite takes 32,766, and a list adds some of its own.
const MOST: usize = 10_000;

/// Refuses a query that compares with too much once its groups are written out.
///
/// # Errors
/// It does; the store's.
pub(crate) fn check_size(tx: &mut dyn Tx, query: &Query) -> Result<(), ActionError> {
    let orgs = list::orgs(tx, query)?;
    let many = Conditions::of(query, None, Timestamp::default(), &orgs).params.len();
    if many <= MOST {
        return Ok(());
    }
    let detail = format!(
        "with its groups and organisations written out, it compares with {many} values; at most {MOST} are taken"
    );
    Err(ActionError::invalid(Code::BadQuery, detail))
}
