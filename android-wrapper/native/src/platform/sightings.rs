//! The watched applications, and no others: for each package of the catalogue one question to the package manager.

use std::collections::BTreeMap;

use jni::Env;
use jni::objects::{JObject, JObjectArray};
use muster_proto::catalogue::{Catalogue, Inventory, Messenger, judge_signers};
use muster_proto::cbor::List;
use muster_proto::facts::{AppFacts, AppSource, Fact, MatchKind, Profile, Read, Sighting};
use muster_proto::id::Digest;
use muster_proto::text::Text;
use muster_proto::time::Timestamp;

use super::reason;
use crate::error::Result;
use crate::java::{Android, bytes, call, field, text, tried};

/// All sightings of a report, so that it keeps within its 16 KiB.
const MAX_SIGHTINGS: usize = 64;
/// Signers of one application.
const MAX_SIGNERS: usize = 16;
/// What says that a package is not there.
const NOT_FOUND: [&str; 1] = ["android.content.pm.PackageManager$NameNotFoundException"];

/// Looks for every package of the catalogue that the manifest lets the agent see.
pub fn apps(android: &Android, env: &mut Env<'_>, catalogue: &Catalogue, in_profile: bool) -> AppFacts {
    let visible = visible();
    let visible: Vec<&str> = visible.iter().map(String::as_str).collect();
    let profile = if in_profile { Profile::Work } else { Profile::Main };
    let mut sightings = Vec::new();
    let looked = tried(env, |env| {
        let packages = android.packages(env)?;
        let mut outcome = Fact::Known(Read);
        for messenger in catalogue.messengers() {
            for package in messenger.android.iter().filter(|package| visible.contains(&package.as_str())) {
                match tried(env, |env| look(android, env, &packages, messenger, package, profile)) {
                    Ok(found) => sightings.extend(found),
                    // It may have gone in the middle of the reading: then it is not there.
                    Err(error) if error.is_java(&NOT_FOUND) => {}
                    Err(error) => {
                        log::warn!("look for {package}: {error}");
                        outcome = Fact::Unknown(reason(&error));
                    }
                }
            }
        }
        Ok(outcome)
    });
    // A package manager that can't be asked is a source that was not read, and no reason to say nothing of all the rest.
    let outcome = looked.unwrap_or_else(|error| {
        log::warn!("ask the package manager: {error}");
        Fact::Unknown(reason(&error))
    });
    sightings.truncate(MAX_SIGHTINGS);
    AppFacts {
        sources: BTreeMap::from([(AppSource::PackageManager, outcome)]),
        watch_list: catalogue.watch_list(Inventory::Android(&visible)).reference(),
        sightings: List(sightings),
    }
}

/// The packages that the manifest names: those of the catalogue that the agent was built with.
fn visible() -> Vec<String> {
    let catalogue = muster_agent::built_in::catalogue();
    catalogue.messengers().iter().flat_map(|messenger| messenger.android.clone()).collect()
}

/// `PackageManager.getPackageInfo` (1) with `GET_SIGNING_CERTIFICATES` (28) or `GET_SIGNATURES`; `NameNotFoundException` says that it isn't there.
fn look(
    android: &Android,
    env: &mut Env<'_>,
    packages: &JObject<'_>,
    messenger: &Messenger,
    package: &str,
    profile: Profile,
) -> Result<Option<Sighting>> {
    let name = env.new_string(package)?;
    let flags = if android.sdk >= 28 { GET_SIGNING_CERTIFICATES } else { GET_SIGNATURES };
    let info = call!(env, packages, "getPackageInfo",
        [(java.lang.String, jint) -> android.content.pm.PackageInfo], &name, flags)?
    .l()?;
    if info.is_null() {
        return Ok(None);
    }
    // What can't be read of one that is there doesn't make it disappear.
    let signers = tried(env, |env| signers(android, env, &info)).unwrap_or_default();
    let installer = tried(env, |env| installer(android, env, packages, package)).unwrap_or_default();
    let version = tried(env, |env| {
        let version = field!(env, &info, "versionName", [java.lang.String])?.l()?;
        text(env, version)
    });
    let first = field!(env, &info, "firstInstallTime", [jlong])?.j()?;
    let last = field!(env, &info, "lastUpdateTime", [jlong])?.j()?;
    let enabled = tried(env, |env| enabled(env, &info)).ok().flatten();
    Ok(Some(Sighting {
        messenger: Text::clipped(&messenger.id),
        package: Text::clipped(package),
        version: version.ok().flatten().map(|version| Text::clipped(&version)),
        signature: judge_signers(messenger, &signers),
        signers: List(signers),
        installer: installer.map(|installer| Text::clipped(&installer)),
        first_installed: moment(first),
        updated: moment(last),
        enabled,
        profile: Some(profile),
        source: AppSource::PackageManager,
        matched: MatchKind::Exact,
        also: List::default(),
    }))
}

/// `SigningInfo` (28): several signers as they are, one with its history. Before that `PackageInfo.signatures`.
fn signers(android: &Android, env: &mut Env<'_>, info: &JObject<'_>) -> Result<Vec<Digest>> {
    let signatures = if android.sdk >= 28 {
        let signing = field!(env, info, "signingInfo", [android.content.pm.SigningInfo])?.l()?;
        if signing.is_null() {
            return Ok(Vec::new());
        }
        match call!(env, &signing, "hasMultipleSigners", [() -> jboolean])?.z()? {
            true => {
                call!(env, &signing, "getApkContentsSigners", [() -> [android.content.pm.Signature]])?.l()?
            }
            false => {
                call!(env, &signing, "getSigningCertificateHistory", [() -> [android.content.pm.Signature]])?
                    .l()?
            }
        }
    } else {
        field!(env, info, "signatures", [[android.content.pm.Signature]])?.l()?
    };
    if signatures.is_null() {
        return Ok(Vec::new());
    }
    let signatures = env.cast_local::<JObjectArray<JObject>>(signatures)?;
    let mut digests = Vec::new();
    for at in 0..signatures.len(env)? {
        let digest = env.with_local_frame(8, |env| -> Result<_> {
            let signature = signatures.get_element(env, at)?;
            let der = call!(env, &signature, "toByteArray", [() -> [jbyte]])?.l()?;
            Ok(bytes(env, der)?.map(|der| Digest::of(&der)))
        })?;
        digests.extend(digest);
    }
    // Of a long history the newest count most; they stand last.
    let surplus = digests.len().saturating_sub(MAX_SIGNERS);
    digests.drain(..surplus);
    digests.sort();
    digests.dedup();
    Ok(digests)
}

/// `PackageManager.getInstallSourceInfo` (30), before that `getInstallerPackageName` (5).
fn installer(
    android: &Android,
    env: &mut Env<'_>,
    packages: &JObject<'_>,
    package: &str,
) -> Result<Option<String>> {
    let name = env.new_string(package)?;
    let installer = if android.sdk >= 30 {
        let source = call!(env, packages, "getInstallSourceInfo",
            [(java.lang.String) -> android.content.pm.InstallSourceInfo], &name)?
        .l()?;
        if source.is_null() {
            return Ok(None);
        }
        call!(env, &source, "getInstallingPackageName", [() -> java.lang.String])?.l()?
    } else {
        call!(env, packages, "getInstallerPackageName", [(java.lang.String) -> java.lang.String], &name)?
            .l()?
    };
    text(env, installer)
}

/// `ApplicationInfo.enabled` (1), and `FLAG_SUSPENDED` (24): one that the management has suspended can't be used either.
fn enabled(env: &mut Env<'_>, info: &JObject<'_>) -> Result<Option<bool>> {
    let application = field!(env, info, "applicationInfo", [android.content.pm.ApplicationInfo])?.l()?;
    if application.is_null() {
        return Ok(None);
    }
    let enabled = field!(env, &application, "enabled", [jboolean])?.z()?;
    let flags = field!(env, &application, "flags", [jint])?.i()?;
    Ok(Some(enabled && flags & FLAG_SUSPENDED == 0))
}

fn moment(millis: i64) -> Option<Timestamp> {
    (millis > 0).then(|| Timestamp::from_millis(millis))
}

const GET_SIGNATURES: i32 = 0x40;
const GET_SIGNING_CERTIFICATES: i32 = 0x0800_0000;
const FLAG_SUSPENDED: i32 = 1 << 30;
