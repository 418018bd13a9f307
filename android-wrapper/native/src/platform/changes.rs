//! Whether packages came, changed or went since the last look: one question, whatever the number of packages.

use jni::objects::{JList, JString};

use muster_agent::built_in;

use crate::error::Result;
use crate::java::{Android, call};

/// What a look has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed {
    /// A package of the catalogue is among what changed; none where the system doesn't tell.
    pub watched: Option<bool>,
    /// From where to look next.
    pub next: Option<(i32, u64)>,
}

/// `PackageManager.getChangedPackages` (26): it counts from 0 after each start of the phone, and names only packages that the agent may see.
pub fn since(android: &Android, last: Option<(i32, u64)>, boot: Option<u64>) -> Changed {
    let boot = boot.unwrap_or(0);
    let from = last.filter(|(_, known)| *known == boot).map_or(0, |(sequence, _)| sequence);
    match look(android, from) {
        Ok(Some((sequence, names))) => {
            let catalogue = built_in::catalogue();
            // The very first look finds what the first report shows anyway.
            let watched =
                last.is_some() && names.iter().any(|name| catalogue.match_android_package(name).is_some());
            Changed { watched: Some(watched), next: Some((sequence, boot)) }
        }
        Ok(None) => Changed { watched: Some(false), next: Some((from, boot)) },
        Err(error) => {
            log::warn!("ask which packages changed: {error}");
            Changed { watched: None, next: last }
        }
    }
}

fn look(android: &Android, from: i32) -> Result<Option<(i32, Vec<String>)>> {
    android.with(|env| {
        let packages = android.packages(env)?;
        let changed =
            call!(env, &packages, "getChangedPackages", [(jint) -> android.content.pm.ChangedPackages], from)?.l()?;
        if changed.is_null() {
            return Ok(None);
        }
        let sequence = call!(env, &changed, "getSequenceNumber", [() -> jint])?.i()?;
        let names = call!(env, &changed, "getPackageNames", [() -> java.util.List])?.l()?;
        let names = env.cast_local::<JList>(names)?;
        let mut all = Vec::new();
        for at in 0..names.size(env)? {
            all.push(env.with_local_frame(8, |env| -> Result<String> {
                let name = names.get(env, at)?;
                let name = env.cast_local::<JString>(name)?;
                Ok(name.try_to_string(env)?)
            })?);
        }
        Ok(Some((sequence, all)))
    })
}
