//! What this phone shows, read through the framework's public interfaces: for every fact a value, or the reason why there is none. One file
//! for each group of facts; above each reader stands the interface that it asks and since when that is there.

mod build;
pub mod changes;
mod installers;
mod integrity;
pub mod limits;
mod lock;
pub mod makers;
pub mod management;
mod properties;
mod settings;
mod sightings;
pub mod traffic;
mod updates;

use std::collections::BTreeMap;

use jni::Env;
use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{AppFacts, DeviceFacts, Fact, Platform, Reason, Scope, Source};
use muster_proto::text::Text;

use crate::error::{Error, Result};
use crate::java::{Android, tried};
use properties::Properties;

/// Reads all facts, and looks for the watched applications.
pub fn collect(android: &Android, catalogue: &Catalogue) -> Result<(DeviceFacts, AppFacts)> {
    let properties = Properties::read();
    android.with(|env| {
        let device = device(android, env, &properties)?;
        let apps =
            sightings::apps(android, env, catalogue, device.scope.known() == Some(&Scope::WorkProfile));
        Ok((device, apps))
    })
}

/// The model, for enrolment.
pub fn model(android: &Android) -> Option<Text<48>> {
    let read = android.with(|env| Ok(fact(env, |env| build::model(android, env))));
    read.ok().and_then(|fact| fact.known().cloned())
}

/// How often the phone was started; none where it doesn't count.
pub fn boot_count(android: &Android) -> Option<u64> {
    let read = android.with(|env| Ok(fact(env, |env| settings::boot_count(android, env))));
    read.ok().and_then(|fact| fact.known().copied())
}

fn device(android: &Android, env: &mut Env<'_>, properties: &Properties) -> Result<DeviceFacts> {
    let identity = build::Identity::read(android, env);
    let maker = makers::of(&identity.manufacturer(), &identity.brand());
    let mut facts = DeviceFacts {
        sources: BTreeMap::new(),
        platform: Fact::Known(Platform::Android),
        os_version: fact(env, |env| build::os_version(android, env)),
        security_patch: fact(env, |env| build::security_patch(android, env, maker, properties)),
        build_id: fact(env, |env| build::build_id(android, env)),
        build_type: fact(env, |env| build::build_type(android, env)),
        manufacturer: identity.manufacturer.clone(),
        brand: identity.brand.clone(),
        model: fact(env, |env| build::model(android, env)),
        management: fact(env, |env| management::management(android, env)),
        encryption: fact(env, |env| lock::encryption(android, env)),
        lock_set: fact(env, |env| lock::lock_set(android, env)),
        lock_strength: fact(env, |env| lock::lock_strength(android, env)),
        lock_after: fact(env, |env| lock::lock_after(android, env)),
        developer_options: fact(env, |env| settings::developer_options(android, env)),
        debug_bridge: fact(env, |env| settings::debug_bridge(android, env)),
        bootloader_locked: properties.bootloader_locked(),
        verified_boot: properties.verified_boot(),
        root_signs: fact(env, |env| integrity::root_signs(android, env, maker)),
        install_sources: fact(env, |env| installers::install_sources(android, env)),
        scope: fact(env, |env| management::scope(android, env)),
        background_limits: fact(env, |env| limits::background_limits(android, env)),
        pending_update: fact(env, |env| updates::pending_update(android, env)),
        boot_count: fact(env, |env| settings::boot_count(android, env)),
        containers: Fact::Unknown(Reason::Unsupported),
        os_certified: Fact::Unknown(Reason::Unsupported),
        package_certificates: Fact::Unknown(Reason::Unsupported),
        restrictions: Fact::Unknown(Reason::Unsupported),
    };
    for (name, read) in [
        ("bootloader_locked", facts.bootloader_locked.known().is_some()),
        ("verified_boot", facts.verified_boot.known().is_some()),
    ] {
        let key = DeviceFacts::KEYS.iter().find(|(_, fact)| *fact == name).map(|(key, _)| *key);
        if let (Some(Ok(key)), true) = (key.map(u64::try_from), read) {
            facts.sources.insert(key, Source::Property);
        }
    }
    Ok(facts)
}

/// A fact in a frame of its own: what the framework throws becomes the reason.
fn fact<T>(env: &mut Env<'_>, read: impl FnOnce(&mut Env<'_>) -> Result<Fact<T>>) -> Fact<T> {
    tried(env, read).unwrap_or_else(|error| {
        log::debug!("read a fact: {error}");
        Fact::Unknown(reason(&error))
    })
}

/// What the framework's refusals mean.
fn reason(error: &Error) -> Reason {
    match error.class.as_deref() {
        Some("java.lang.SecurityException") => Reason::Denied,
        Some(
            "java.lang.NoSuchMethodError"
            | "java.lang.NoSuchFieldError"
            | "java.lang.NoClassDefFoundError"
            | "java.lang.ClassNotFoundException"
            | "java.lang.UnsupportedOperationException",
        ) => Reason::Unsupported,
        _ => Reason::Failed,
    }
}

/// Text of the framework, where it says something.
fn said<const N: usize>(text: Option<String>) -> Fact<Text<N>> {
    match text.map(|text| text.trim().to_owned()) {
        Some(text) if !text.is_empty() && text != "unknown" => Fact::Known(Text::clipped(&text)),
        _ => Fact::Unknown(Reason::Absent),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_of_the_framework_are_reasons() {
        assert_eq!(reason(&Error::java("java.lang.SecurityException", "no")), Reason::Denied);
        assert_eq!(reason(&Error::java("java.lang.NoSuchMethodError", "no")), Reason::Unsupported);
        assert_eq!(reason(&Error::java("java.lang.IllegalStateException", "no")), Reason::Failed);
        assert_eq!(reason(&Error::new("java", "no")), Reason::Failed);
    }

    #[test]
    fn nothing_said_is_absent() {
        assert_eq!(said::<8>(None), Fact::Unknown(Reason::Absent));
        assert_eq!(said::<8>(Some("unknown".to_owned())), Fact::Unknown(Reason::Absent));
        assert_eq!(said::<4>(Some("  abcdef".to_owned())), Fact::Known(Text::clipped("abcd")));
        assert_eq!(said::<48>(Some("x".repeat(1_000_000))).known().map(|text| text.len()), Some(48));
    }
}
