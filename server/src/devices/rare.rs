//! Labels that few devices have: which they are is counted before a list is read, for SQLite has no statistics by which it could tell.

use super::query::{Key, Query, Value as Asked, What};
use crate::store::{StoreError, Tx, values};

/// A label that no more devices than these have is rare: they are read and sorted.
const RARE: u64 = 2000;

/// The same query, which knows of its labels whether few devices have them.
///
/// # Errors
/// The store's.
pub(super) fn with_rare(tx: &mut dyn Tx, query: &Query) -> Result<Query, StoreError> {
    let mut query = query.clone();
    for term in &mut query.terms {
        let What::Key(Key::Label, _, values) = &mut term.what else { continue };
        let [Asked::Label { name, value, rare }] = values.as_mut_slice() else { continue };
        let (of_value, params) = match value {
            Some(value) => (" AND value = $3", Vec::from(values![&*name, RARE + 1, &*value])),
            None => ("", Vec::from(values![&*name, RARE + 1])),
        };
        let sql = format!(
            "SELECT COUNT(*) FROM (SELECT 1 FROM device_labels WHERE name = $1{of_value} LIMIT $2) AS counted"
        );
        let row = tx.query_one(&sql, &params)?;
        *rare = row.ok_or(StoreError::Column("a count"))?.take::<u64>()? <= RARE;
    }
    Ok(query)
}
