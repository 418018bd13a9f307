//! API tokens: for programs, scripts and the command line.

use super::secret::Secret;
use crate::store::{StoreError, Tx, values};
use muster_proto::time::Timestamp;

/// The name under which the local administrator's token acts.
pub const LOCAL_ADMIN: &str = "local-admin";

/// Makes `secret` a token that acts under `name`, for ever or until `expires`.
///
/// # Errors
/// The store's.
pub fn add(
    tx: &mut dyn Tx,
    name: &str,
    secret: &Secret,
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_tokens (hash, name, created, expires) VALUES ($1, $2, $3, $4)",
        &values![secret.digest(), name, now, expires],
    )?;
    Ok(())
}

/// Takes away every token that acts under `name`; how many there were.
///
/// # Errors
/// The store's.
pub fn revoke(tx: &mut dyn Tx, name: &str) -> Result<u64, StoreError> {
    tx.execute("DELETE FROM api_tokens WHERE name = $1", &values![name])
}

/// The name under which a token acts, if it holds.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut dyn Tx, secret: &Secret, now: Timestamp) -> Result<Option<String>, StoreError> {
    let row = tx.query_one(
        "SELECT name FROM api_tokens WHERE hash = $1 AND (expires IS NULL OR expires > $2)",
        &values![secret.digest(), now],
    )?;
    row.map(|mut row| row.take()).transpose()
}
