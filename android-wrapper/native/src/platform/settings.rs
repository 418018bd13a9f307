//! Switches of the system: `android.provider.Settings`.

use jni::Env;
use muster_proto::facts::{Fact, Reason};

use super::reason;
use crate::error::Result;
use crate::java::{Android, call, call_static, tried};

/// `Settings.Global.DEVELOPMENT_SETTINGS_ENABLED` (17). Where nobody ever switched it, it isn't there, and off.
pub fn developer_options(android: &Android, env: &mut Env<'_>) -> Result<Fact<bool>> {
    Ok(Fact::Known(global_int(android, env, "development_settings_enabled")?.unwrap_or(0) != 0))
}

/// `Settings.Global.ADB_ENABLED` (17) and, over the air, `adb_wifi_enabled` (30, which an application may not be allowed to read).
pub fn debug_bridge(android: &Android, env: &mut Env<'_>) -> Result<Fact<bool>> {
    let mut read = |name: &str| {
        tried(env, |env| Ok(global_int(android, env, name)?.unwrap_or(0) != 0))
            .map_err(|error| reason(&error))
    };
    let cable = read("adb_enabled");
    let air = if android.sdk < 30 { Ok(false) } else { read("adb_wifi_enabled") };
    Ok(either(cable, air))
}

/// On where one of the two is; off where both are.
fn either(one: std::result::Result<bool, Reason>, other: std::result::Result<bool, Reason>) -> Fact<bool> {
    match (one, other) {
        (Ok(true), _) | (_, Ok(true)) => Fact::Known(true),
        (Ok(false), Ok(false)) => Fact::Known(false),
        (Err(why), _) | (_, Err(why)) => Fact::Unknown(why),
    }
}

/// `Settings.Global.BOOT_COUNT` (24).
pub fn boot_count(android: &Android, env: &mut Env<'_>) -> Result<Fact<u64>> {
    let count = global_int(android, env, "boot_count")?.and_then(|count| u64::try_from(count).ok());
    Ok(count.map_or(Fact::Unknown(Reason::Absent), Fact::Known))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_be_read_is_not_off() {
        assert_eq!(either(Ok(false), Ok(true)), Fact::Known(true));
        assert_eq!(either(Ok(true), Err(Reason::Denied)), Fact::Known(true));
        assert_eq!(either(Ok(false), Err(Reason::Denied)), Fact::Unknown(Reason::Denied));
        assert_eq!(either(Ok(false), Ok(false)), Fact::Known(false));
    }
}
