//! Switches of the system: `android.provider.Settings`.

use jni::Env;
use muster_proto::facts::{Fact, Reason};

use crate::error::Result;
use crate::java::{Android, call, call_static};

/// `Settings.Global.DEVELOPMENT_SETTINGS_ENABLED` (17). Where nobody ever switched it, it isn't there, and off.
pub fn developer_options(android: &Android, env: &mut Env<'_>) -> Result<Fact<bool>> {
    Ok(Fact::Known(global_int(android, env, "development_settings_enabled")?.unwrap_or(0) != 0))
}

/// `Settings.Global.ADB_ENABLED` (17).
pub fn debug_bridge(android: &Android, env: &mut Env<'_>) -> Result<Fact<bool>> {
    Ok(Fact::Known(global_int(android, env, "adb_enabled")?.unwrap_or(0) != 0))
}

/// `Settings.Global.BOOT_COUNT` (24).
pub fn boot_count(android: &Android, env: &mut Env<'_>) -> Result<Fact<u64>> {
    let count = global_int(android, env, "boot_count")?.and_then(|count| u64::try_from(count).ok());
    Ok(count.map_or(Fact::Unknown(Reason::Absent), Fact::Known))
}

/// A number of `Settings.System`; none where it was never set.
pub fn system_int(android: &Android, env: &mut Env<'_>, name: &str) -> Result<Option<i32>> {
    int(android, env, "android.provider.Settings$System", name)
}

fn global_int(android: &Android, env: &mut Env<'_>, name: &str) -> Result<Option<i32>> {
    int(android, env, "android.provider.Settings$Global", name)
}

fn int(android: &Android, env: &mut Env<'_>, class: &str, name: &str) -> Result<Option<i32>> {
    let resolver =
        call!(env, android.context(), "getContentResolver", [() -> android.content.ContentResolver])?.l()?;
    let class = android.class(env, class)?;
    let name = env.new_string(name)?;
    let value = call_static!(env, &class, "getInt",
        [(android.content.ContentResolver, java.lang.String, jint) -> jint], &resolver, &name, i32::MIN)?
    .i()?;
    Ok((value != i32::MIN).then_some(value))
}
