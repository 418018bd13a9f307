//! Sessions of signed-in people. The store has the digest of a session's secret; the secret is in the browser's cookie alone.

use super::secret::Secret;
use crate::store::{StoreError, Tx, values};
use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};

/// Longest life of a session.
pub const LONGEST: Span = Span::from_hours(12);
/// A session that is not used for so long has ended.
pub const IDLE: Span = Span::from_hours(2);
/// Use is noted at most this often.
const NOTED_EVERY: Span = Span::from_secs(60);

/// A session that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Name of the person.
    pub name: String,
    /// Whether its use is due to be noted.
    pub note: bool,
}

/// Begins a session for a person, who becomes known with the first one. `user_id` is taken for a new person alone.
///
/// # Errors
/// The store's.
pub fn begin(
    tx: &mut dyn Tx,
    name: &str,
    user_id: &str,
    secret: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO users (id, name, created) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING",
        &values![user_id, name, now],
    )?;
    let row = tx.query_one("SELECT id FROM users WHERE name = $1", &values![name])?;
    let user_id: String = row.ok_or(StoreError::Column("a user"))?.take()?;
    tx.execute(
        "INSERT INTO sessions (hash, user_id, created, expires, last_used) VALUES ($1, $2, $3, $4, $5)",
        &values![secret.digest(), user_id, now, now + LONGEST, now],
    )?;
    tx.execute("DELETE FROM sessions WHERE expires <= $1", &values![now])?;
    Ok(())
}

/// The session of this secret, where it has neither expired nor been idle for too long.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut dyn Tx, digest: Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let row = tx.query_one(
        "SELECT users.name, sessions.last_used FROM sessions JOIN users ON users.id = sessions.user_id \
         WHERE sessions.hash = $1 AND sessions.expires > $2 AND sessions.last_used > $3",
        &values![digest, now, now - IDLE],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (name, used): (String, Timestamp) = (row.take()?, row.take()?);
    Ok(Some(Session { name, note: now.since(used) >= NOTED_EVERY }))
}

/// Notes that a session was used.
///
/// # Errors
/// The store's.
pub fn note(tx: &mut dyn Tx, digest: Digest, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET last_used = $2 WHERE hash = $1", &values![digest, now])?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// The store's.
pub fn end(tx: &mut dyn Tx, digest: Digest) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE hash = $1", &values![digest])?;
    Ok(())
}
