//! Signs that the system is not the one that the maker ships, or that somebody has become root on it. Each says what was seen; none seen says
//! little, since root hides: key attestation on the server says more.

use std::fs;
use std::io;

use jni::Env;
use muster_proto::cbor::List;
use muster_proto::facts::{Fact, Reason, RootKind, RootSign};
use muster_proto::text::Text;

use super::makers::{Maker, is_test_build};
use crate::error;
use crate::java::Android;

/// Where `su` lies where it lies, as far as an application may look: into `/sbin` and most of `/data` none may.
const SU: [&str; 6] = [
    "/system/bin/su",
    "/system/xbin/su",
    "/system_ext/bin/su",
    "/vendor/bin/su",
    "/odm/bin/su",
    "/product/bin/su",
];
/// What only stands there after somebody has put it there.
const HOOKING: [&str; 2] = ["/system/framework/XposedBridge.jar", "/system/bin/app_process.orig"];
/// Partitions of the system.
const SYSTEM: [&str; 5] = ["/", "/system", "/system_ext", "/vendor", "/product"];

/// Files that are there, `Build.TAGS`, `Build.TYPE` and `Build.FINGERPRINT` (all since API 1), and the mounts of the own process. Applications
/// that manage root are not looked for: the manifest asks for the catalogue's packages alone.
pub fn root_signs(
    android: &Android,
    env: &mut Env<'_>,
    maker: Option<&Maker>,
) -> error::Result<Fact<List<RootSign>>> {
    let mut built = |name: &str| -> error::Result<String> {
        Ok(android.static_text(env, "android.os.Build", name)?.unwrap_or_default())
    };
    let (tags, kind, fingerprint) = (built("TAGS")?, built("TYPE")?, built("FINGERPRINT")?);
    let (mut signs, mut missed) = (Vec::new(), None);
    let su = SU.iter().map(|path| (RootKind::SuProgram, path));
    for (kind, path) in su.chain(HOOKING.iter().map(|path| (RootKind::Hooking, path))) {
        match is_there(path) {
            Ok(true) => signs.push(sign(kind, path)),
            Ok(false) => {}
            Err(why) => missed = Some(why),
        }
    }
    if is_test_build(&tags, &fingerprint, maker) {
        signs.push(sign(RootKind::TestBuild, &format!("{tags} {fingerprint}")));
    } else if matches!(kind.as_str(), "userdebug" | "eng") {
        signs.push(sign(RootKind::TestBuild, &kind));
    }
    match fs::read_to_string("/proc/self/mounts") {
        Ok(mounts) => signs.extend(writable(&mounts).map(|place| sign(RootKind::WritableSystem, place))),
        Err(error) => missed = Some(why(&error)),
    }
    Ok(told(signs, missed))
}

/// Where nothing was seen and not everywhere was looked, nothing is known.
fn told(signs: Vec<RootSign>, missed: Option<Reason>) -> Fact<List<RootSign>> {
    match missed {
        Some(why) if signs.is_empty() => Fact::Unknown(why),
        _ => Fact::Known(List(signs)),
    }
}

fn is_there(path: &str) -> Result<bool, Reason> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(false)
        }
        Err(error) => Err(why(&error)),
    }
}

fn why(error: &io::Error) -> Reason {
    if error.kind() == io::ErrorKind::PermissionDenied { Reason::Denied } else { Reason::Failed }
}

fn sign(kind: RootKind, seen: &str) -> RootSign {
    RootSign { kind, seen: Text::clipped(seen) }
}

/// Partitions of the system that are mounted for writing. What lies in memory (the first of many `/`) is no partition.
fn writable(mounts: &str) -> impl Iterator<Item = &str> {
    mounts.lines().filter_map(|row| {
        let mut fields = row.split_whitespace();
        let (device, place, _, options) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
        let partition = device.starts_with("/dev/block/");
        let writes = options.split(',').any(|option| option == "rw");
        (partition && writes && SYSTEM.contains(&place)).then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_looked_into_is_not_clean() {
        assert_eq!(told(Vec::new(), Some(Reason::Denied)), Fact::Unknown(Reason::Denied));
        assert_eq!(told(Vec::new(), None), Fact::Known(List(Vec::new())));
        let seen = vec![sign(RootKind::SuProgram, SU[0])];
        assert_eq!(told(seen.clone(), Some(Reason::Denied)), Fact::Known(List(seen)));
        assert_eq!(is_there("/nowhere/at/all"), Ok(false));
        assert_eq!(is_there("/proc/self/mounts"), Ok(true));
    }

    #[test]
    fn only_partitions_of_the_system_count() {
        let mounts = "rootfs / rootfs rw 0 0\n/dev/block/dm-4 / ext4 ro,seclabel 0 0\n/dev/block/dm-5 /vendor ext4 rw,seclabel 0 0\n\
                      /dev/block/dm-9 /data f2fs rw 0 0\ntmpfs /system tmpfs rw 0 0\nnonsense\n";
        assert_eq!(writable(mounts).collect::<Vec<_>>(), ["/vendor"]);
    }
}
