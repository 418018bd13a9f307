//! The server always has somebody who may everything.

use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{Tx, values};

/// Whether anybody is left who owns the whole server and can sign in: asked in the transaction that takes somebody from them, after it did.
///
/// # Errors
/// Nobody is left who was there before; the store's.
pub(super) fn remain(tx: &mut dyn Tx, were: bool) -> Result<(), ActionError> {
    if were && !any(tx)? {
        return Err(ActionError::conflict(
            Code::LastOwner,
            "nobody else owns the whole server: make another owner first",
        ));
    }
    Ok(())
}

/// Whether there is one at all. Whom groups elsewhere make an owner may be none tomorrow.
pub(super) fn any(tx: &mut dyn Tx) -> Result<bool, ActionError> {
    // whoever takes an owner away waits here for others who do, so that two don't take each other away
    crate::audit::take_turn(tx)?;
    let sql = "SELECT 1 FROM grants JOIN users ON users.id = grants.user_id \
               WHERE grants.role = 'owner' AND grants.org = $1 AND grants.source = 'person' AND users.disabled IS NULL LIMIT 1";
    Ok(tx.query_one(sql, &values![""])?.is_some())
}
