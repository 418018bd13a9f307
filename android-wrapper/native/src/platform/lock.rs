//! Screen lock and storage encryption.

use jni::Env;
use muster_proto::facts::{Encryption, Fact, Reason, Strength};
use muster_proto::time::Span;

use super::management::policies;
use crate::error::Result;
use crate::java::{Android, call};

/// `DevicePolicyManager.getStorageEncryptionStatus` (11). A phone that can't encrypt does not encrypt.
pub fn encryption(android: &Android, env: &mut Env<'_>) -> Result<Fact<Encryption>> {
    let Some(policies) = policies(android, env)? else { return Ok(Fact::Unknown(Reason::Unsupported)) };
    let status = call!(env, &policies, "getStorageEncryptionStatus", [() -> jint])?.i()?;
    Ok(encryption_of(status))
}

/// `KeyguardManager.isDeviceSecure` (23): a PIN, pattern or password is set, or a locked SIM.
pub fn lock_set(android: &Android, env: &mut Env<'_>) -> Result<Fact<bool>> {
    let Some(keyguard) = android.service(env, "keyguard")? else {
        return Ok(Fact::Unknown(Reason::Unsupported));
    };
    Ok(Fact::Known(call!(env, &keyguard, "isDeviceSecure", [() -> jboolean])?.z()?))
}

/// `DevicePolicyManager.getPasswordComplexity` (29, permission `REQUEST_PASSWORD_COMPLEXITY`). Before that only that there is none can be told.
pub fn lock_strength(android: &Android, env: &mut Env<'_>) -> Result<Fact<Strength>> {
    if android.sdk < 29 {
        return Ok(match lock_set(android, env)? {
            Fact::Known(false) => Fact::Known(Strength::None),
            _ => Fact::Unknown(Reason::Unsupported),
        });
    }
    let Some(policies) = policies(android, env)? else { return Ok(Fact::Unknown(Reason::Unsupported)) };
    let complexity = call!(env, &policies, "getPasswordComplexity", [() -> jint])?.i()?;
    Ok(strength_of(complexity))
}

/// `DevicePolicyManager.getMaximumTimeToLock` (8): the longest that an administrator leaves a phone open. When it locks without one is nowhere
/// public: the time until the screen goes dark is not the time until it is locked.
pub fn lock_after(android: &Android, env: &mut Env<'_>) -> Result<Fact<Span>> {
    let Some(policies) = policies(android, env)? else { return Ok(Fact::Unknown(Reason::Unsupported)) };
    let nobody = jni::objects::JObject::null();
    let most =
        call!(env, &policies, "getMaximumTimeToLock", [(android.content.ComponentName) -> jlong], &nobody)?
            .j()?;
    Ok(lock_bound(most))
}

/// 0 says that no administrator has set one.
fn lock_bound(millis: i64) -> Fact<Span> {
    match u64::try_from(millis) {
        Ok(millis) if millis > 0 => Fact::Known(Span::from_secs(millis.div_ceil(1000))),
        _ => Fact::Unknown(Reason::Unsupported),
    }
}

fn encryption_of(status: i32) -> Fact<Encryption> {
    match status {
        0 | 1 => Fact::Known(Encryption::Inactive),
        2 => Fact::Known(Encryption::Activating),
        3 => Fact::Known(Encryption::Active),
        4 => Fact::Known(Encryption::ActiveDefaultKey),
        5 => Fact::Known(Encryption::ActivePerUser),
        _ => Fact::Unknown(Reason::Failed),
    }
}

fn strength_of(complexity: i32) -> Fact<Strength> {
    match complexity {
        0 => Fact::Known(Strength::None),
        0x1_0000 => Fact::Known(Strength::Low),
        0x3_0000 => Fact::Known(Strength::Medium),
        0x5_0000 => Fact::Known(Strength::High),
        _ => Fact::Unknown(Reason::Failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frameworks_numbers() {
        assert_eq!(encryption_of(5), Fact::Known(Encryption::ActivePerUser));
        assert_eq!(encryption_of(1), Fact::Known(Encryption::Inactive));
        assert_eq!(encryption_of(9), Fact::Unknown(Reason::Failed));
        assert_eq!(strength_of(0x5_0000), Fact::Known(Strength::High));
        assert_eq!(strength_of(1), Fact::Unknown(Reason::Failed));
        assert_eq!(lock_bound(30_001), Fact::Known(Span::from_secs(31)));
        assert_eq!(lock_bound(0), Fact::Unknown(Reason::Unsupported));
    }
}
