//! How the system or the phone's maker keeps the agent from working.

use jni::Env;
use muster_proto::cbor::List;
use muster_proto::facts::{BackgroundLimit, Fact, Reason};

use super::reason;
use crate::error::Result;
use crate::java::{Android, call, tried};

/// `PowerManager.isIgnoringBatteryOptimizations` (23), `UsageStatsManager.getAppStandbyBucket` (28), `ActivityManager.isBackgroundRestricted`
/// (28), `ConnectivityManager.getRestrictBackgroundStatus` (24). A maker's own list of what may start by itself is nowhere public.
/// A system without standby buckets or background restriction limits nothing by them: what it has is the whole. Where one look failed, nothing
/// is claimed.
pub fn background_limits(android: &Android, env: &mut Env<'_>) -> Result<Fact<List<BackgroundLimit>>> {
    type Look = (BackgroundLimit, i32, fn(&Android, &mut Env<'_>) -> Result<Option<bool>>);
    let looks: [Look; 4] = [
        (BackgroundLimit::BatteryOptimised, 23, is_optimised),
        (BackgroundLimit::RestrictedBucket, 28, is_in_restricted_bucket),
        (BackgroundLimit::BackgroundRestricted, 28, is_background_restricted),
        (BackgroundLimit::DataSaver, 24, is_data_saved),
    ];
    let (mut limits, mut why) = (Vec::new(), None);
    for (limit, since, look) in looks {
        if android.sdk < since {
            continue;
        }
        match tried(env, |env| look(android, env)) {
            Ok(Some(true)) => limits.push(limit),
            Ok(Some(false)) => {}
            Ok(None) => why = Some(Reason::Unsupported),
            Err(error) => why = Some(reason(&error)),
        }
    }
    Ok(why.map_or(Fact::Known(List(limits)), Fact::Unknown))
}

fn is_optimised(android: &Android, env: &mut Env<'_>) -> Result<Option<bool>> {
    let Some(power) = android.service(env, "power")? else { return Ok(None) };
    let package = android.own_package(env)?;
    let package = env.new_string(package)?;
    let free =
        call!(env, &power, "isIgnoringBatteryOptimizations", [(java.lang.String) -> jboolean], &package)?
            .z()?;
    Ok(Some(!free))
}

fn is_in_restricted_bucket(android: &Android, env: &mut Env<'_>) -> Result<Option<bool>> {
    let Some(usage) = android.service(env, "usagestats")? else { return Ok(None) };
    Ok(Some(call!(env, &usage, "getAppStandbyBucket", [() -> jint])?.i()? >= RESTRICTED))
}

fn is_background_restricted(android: &Android, env: &mut Env<'_>) -> Result<Option<bool>> {
    let Some(activities) = android.service(env, "activity")? else { return Ok(None) };
    Ok(Some(call!(env, &activities, "isBackgroundRestricted", [() -> jboolean])?.z()?))
}

fn is_data_saved(android: &Android, env: &mut Env<'_>) -> Result<Option<bool>> {
    let Some(networks) = android.service(env, "connectivity")? else { return Ok(None) };
    Ok(Some(call!(env, &networks, "getRestrictBackgroundStatus", [() -> jint])?.i()? == SAVER_ENABLED))
}

/// `UsageStatsManager.STANDBY_BUCKET_RESTRICTED`.
const RESTRICTED: i32 = 45;
/// `ConnectivityManager.RESTRICT_BACKGROUND_STATUS_ENABLED`.
const SAVER_ENABLED: i32 = 3;
