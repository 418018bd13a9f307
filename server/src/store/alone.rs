//! One server on a database at a time: two would each believe that theirs is the truth. A file is locked with its folder; in PostgreSQL the
//! writer's connection holds an advisory lock, and loses it only with its right to write.

use tokio_postgres::error::SqlState;

use super::StoreError;
use super::tx::Connection;

/// The lock, in the space of those with two numbers: the first is any that nobody else takes, the second tells schemas apart.
const KEY: &str = "7815372, hashtext(current_schema())";
/// Whoever was stopped a moment ago holds the lock until the database has noticed.
const PATIENCE: &str = "2s";

/// Takes the lock for as long as the connection lives.
///
/// # Errors
/// Another server has it, or a restore; the engine's.
pub fn hold(db: &mut dyn Connection) -> Result<(), StoreError> {
    // a server whose machine is gone without a word is given up after half a minute, and not after the system's two hours
    db.run("SET tcp_keepalives_idle = 15; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3")?;
    db.run(&format!("SET lock_timeout = '{PATIENCE}'"))?;
    let held = db.run(&format!("SELECT pg_advisory_lock({KEY})"));
    db.run("RESET lock_timeout")?;
    held.map_err(taken)
}

/// Takes the lock for the transaction that is open.
///
/// # Errors
/// As above; nothing more can be done in the transaction then.
pub fn hold_in_transaction(db: &mut dyn Connection) -> Result<(), StoreError> {
    db.run(&format!("SET LOCAL lock_timeout = '{PATIENCE}'"))?;
    db.run(&format!("SELECT pg_advisory_xact_lock({KEY})")).map_err(taken)?;
    db.run("SET LOCAL lock_timeout TO DEFAULT")
}

fn taken(error: StoreError) -> StoreError {
    let StoreError::Engine(cause) = &error else { return error };
    let said = cause.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::code);
    if said == Some(&SqlState::LOCK_NOT_AVAILABLE) { StoreError::Taken } else { error }
}
