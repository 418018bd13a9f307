//! Until when an account waits, after too many wrong tries.

use muster_proto::time::Timestamp;

use super::proof;
use crate::app::App;
use crate::error::ActionError;

/// Until when no password of this account is tried; none where it doesn't wait.
///
/// # Errors
/// The store's.
pub async fn waits_until(app: &App, name: &str) -> Result<Option<Timestamp>, ActionError> {
    let (name, now) = (name.to_owned(), app.now());
    let account = app.store.read(move |tx| proof::account(tx, &name)).await?;
    Ok(account.and_then(|account| account.locked).filter(|until| *until > now))
}
