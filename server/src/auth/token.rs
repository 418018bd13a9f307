//! API tokens: for programs, scripts and the command line.

use super::roles::{self, Grant};
use super::secret::Secret;
use crate::store::{StoreError, Tx, values};
use muster_proto::time::Timestamp;

/// The name under which the local administrator's token acts.
pub const LOCAL_ADMIN: &str = "local-admin";

/// Makes `secret` a token that acts under `name`, for ever or until `expires`, and may what the grants say.
///
/// # Errors
/// The store's.
pub fn add(
    tx: &mut dyn Tx,
    name: &str,
    secret: &Secret,
    now: Timestamp,
    expires: Option<Timestamp>,
    grants: &[Grant],
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO api_tokens (hash, name, created, expires) VALUES ($1, $2, $3, $4)",
        &values![secret.digest(), name, now, expires],
    )?;
    roles::give_token(tx, secret.digest(), grants)
}

/// Takes away every token that acts under `name`; how many there were.
///
/// # Errors
/// The store's.
pub fn revoke(tx: &mut dyn Tx, name: &str) -> Result<u64, StoreError> {
    let ended = tx.execute("DELETE FROM api_tokens WHERE name = $1", &values![name])?;
    sweep(tx)?;
    Ok(ended)
}

/// What ended tokens could do is not kept.
///
/// # Errors
/// The store's.
pub fn sweep(tx: &mut dyn Tx) -> Result<(), StoreError> {
    tx.execute("DELETE FROM token_grants WHERE hash NOT IN (SELECT hash FROM api_tokens)", &[])?;
    Ok(())
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
