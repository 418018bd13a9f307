//! In what role the agent runs on this phone, and which part of it the agent sees.

use jni::Env;
use jni::objects::JObject;
use muster_proto::facts::{Fact, Management, Reason, Scope};

use crate::error::Result;
use crate::java::{Android, call, call_static};

/// The application's administrator.
const ADMIN: &str = "io.muster.agent.AdminReceiver";

/// `DevicePolicyManager.isDeviceOwnerApp` (18), `isProfileOwnerApp` (21), `isOrganizationOwnedDeviceWithManagedProfile` (30);
/// `RestrictionsManager.getApplicationRestrictions` (21) for an application that another management configures.
pub fn management(android: &Android, env: &mut Env<'_>) -> Result<Fact<Management>> {
    if is_owner(android, env, Owner::Device)? {
        return Ok(Fact::Known(Management::DeviceOwner));
    }
    if is_owner(android, env, Owner::Profile)? {
        // Before Android 11 nothing tells whose phone it is.
        if android.sdk < 30 {
            return Ok(Fact::Unknown(Reason::Unsupported));
        }
        // On a person's own phone the agent is what it is for anybody.
        let companys = is_companys(android, env)?;
        return Ok(Fact::Known(if companys { Management::CompanyProfile } else { Management::Application }));
    }
    let configured = is_configured(android, env)?;
    Ok(Fact::Known(if configured { Management::Configured } else { Management::Application }))
}

/// `UserManager.isManagedProfile` (30), before that the owner of a profile; whoever is neither is the phone's first user (`Process.myUid`), who
/// is never a profile, or one of whom nothing can be told: a private space, a clone, a second user.
pub fn scope(android: &Android, env: &mut Env<'_>) -> Result<Fact<Scope>> {
    if android.sdk >= 30 {
        let Some(users) = android.service(env, "user")? else {
            return Ok(Fact::Unknown(Reason::Unsupported));
        };
        let managed = call!(env, &users, "isManagedProfile", [() -> jboolean])?.z()?;
        if managed {
            return Ok(Fact::Known(Scope::WorkProfile));
        }
    } else if is_owner(android, env, Owner::Profile)? {
        return Ok(Fact::Known(Scope::WorkProfile));
    }
    let process = android.class(env, "android.os.Process")?;
    let uid = call_static!(env, &process, "myUid", [() -> jint])?.i()?;
    Ok(scope_of(uid))
}

fn scope_of(uid: i32) -> Fact<Scope> {
    if uid / UIDS_OF_A_USER == 0 { Fact::Known(Scope::Device) } else { Fact::Unknown(Reason::Unsupported) }
}

/// Whether the agent owns the phone.
pub fn is_device_owner(android: &Android) -> bool {
    android.with(|env| is_owner(android, env, Owner::Device)).unwrap_or(false)
}

/// Whether the agent owns the phone or the profile.
pub fn is_any_owner(android: &Android, env: &mut Env<'_>) -> Result<bool> {
    Ok(is_owner(android, env, Owner::Device)? || is_owner(android, env, Owner::Profile)?)
}

/// The `DevicePolicyManager`; none on a device without administration.
pub fn policies<'l>(android: &Android, env: &mut Env<'l>) -> Result<Option<JObject<'l>>> {
    android.service(env, "device_policy")
}

/// The application's administrator as a component.
pub fn admin<'l>(android: &Android, env: &mut Env<'l>) -> Result<JObject<'l>> {
    let class = android.class(env, "android.content.ComponentName")?;
    let package = android.own_package(env)?;
    let (package, name) = (env.new_string(package)?, env.new_string(ADMIN)?);
    Ok(crate::java::make!(env, &class, [(java.lang.String, java.lang.String)], &package, &name)?)
}

#[derive(Clone, Copy)]
enum Owner {
    Device,
    Profile,
}

fn is_owner(android: &Android, env: &mut Env<'_>, owner: Owner) -> Result<bool> {
    let Some(policies) = policies(android, env)? else { return Ok(false) };
    let package = android.own_package(env)?;
    let package = env.new_string(package)?;
    Ok(match owner {
        Owner::Device => {
            call!(env, &policies, "isDeviceOwnerApp", [(java.lang.String) -> jboolean], &package)?
        }
        Owner::Profile => {
            call!(env, &policies, "isProfileOwnerApp", [(java.lang.String) -> jboolean], &package)?
        }
    }
    .z()?)
}

fn is_companys(android: &Android, env: &mut Env<'_>) -> Result<bool> {
    let Some(policies) = policies(android, env)? else { return Ok(false) };
    Ok(call!(env, &policies, "isOrganizationOwnedDeviceWithManagedProfile", [() -> jboolean])?.z()?)
}

fn is_configured(android: &Android, env: &mut Env<'_>) -> Result<bool> {
    let Some(restrictions) = android.service(env, "restrictions")? else { return Ok(false) };
    let bundle = call!(env, &restrictions, "getApplicationRestrictions", [() -> android.os.Bundle])?.l()?;
    Ok(!bundle.is_null() && !call!(env, &bundle, "isEmpty", [() -> jboolean])?.z()?)
}

/// `UserHandle`: each user of a phone has so many ids.
const UIDS_OF_A_USER: i32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_user_is_the_phone() {
        assert_eq!(scope_of(10_123), Fact::Known(Scope::Device));
        assert_eq!(scope_of(1_010_123), Fact::Unknown(Reason::Unsupported));
    }
}
