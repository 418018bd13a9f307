//! Whether an update of the system waits.

use jni::Env;
use muster_proto::facts::{Fact, PendingUpdate, Reason};
use muster_proto::time::Timestamp;

use super::management::{admin, is_any_owner, policies};
use crate::error::Result;
use crate::java::{Android, call};

/// `DevicePolicyManager.getPendingSystemUpdate` (26): owners are told, nobody else.
pub fn pending_update(android: &Android, env: &mut Env<'_>) -> Result<Fact<PendingUpdate>> {
    let Some(policies) = policies(android, env)? else { return Ok(Fact::Unknown(Reason::Unsupported)) };
    if !is_any_owner(android, env)? {
        return Ok(Fact::Unknown(Reason::Denied));
    }
    let admin = admin(android, env)?;
    let update = call!(env, &policies, "getPendingSystemUpdate",
        [(android.content.ComponentName) -> android.app.admin.SystemUpdateInfo], &admin)?
    .l()?;
    if update.is_null() {
        return Ok(Fact::Known(PendingUpdate { waiting: false, since: None }));
    }
    let received = call!(env, &update, "getReceivedTime", [() -> jlong])?.j()?;
    let since = (received > 0).then(|| Timestamp::from_millis(received));
    Ok(Fact::Known(PendingUpdate { waiting: true, since }))
}
