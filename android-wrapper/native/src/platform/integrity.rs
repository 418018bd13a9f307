//! Signs that the system is not the one that the maker ships, or that somebody has become root on it. Each says what was seen; none seen says
//! little, since root hides: key attestation on the server says more.

use std::fs;

use jni::Env;
use muster_proto::cbor::List;
use muster_proto::facts::{Fact, RootKind, RootSign};
use muster_proto::text::Text;

use super::makers::{Maker, is_test_build};
use crate::error::Result;
use crate::java::Android;

/// Where `su` lies where it lies.
const SU: [&str; 8] = [
    "/system/bin/su",
    "/system/xbin/su",
    "/system_ext/bin/su",
    "/vendor/bin/su",
    "/odm/bin/su",
    "/product/bin/su",
    "/sbin/su",
    "/data/local/xbin/su",
];
/// What only stands there after somebody has put it there.
const HOOKING: [&str; 3] =
    ["/system/framework/XposedBridge.jar", "/system/bin/app_process.orig", "/data/adb/lspd"];
/// Partitions of the system.
const SYSTEM: [&str; 5] = ["/", "/system", "/system_ext", "/vendor", "/product"];

/// Files that are there, `Build.TAGS`, `Build.TYPE` and `Build.FINGERPRINT` (all since API 1), and the mounts of the own process. Applications
/// that manage root are not looked for: the manifest asks for the catalogue's packages alone.
pub fn root_signs(
    android: &Android,
    env: &mut Env<'_>,
    maker: Option<&Maker>,
) -> Result<Fact<List<RootSign>>> {
    let mut built = |name: &str| -> Result<String> {
        Ok(android.static_text(env, "android.os.Build", name)?.unwrap_or_default())
    };
    let (tags, kind, fingerprint) = (built("TAGS")?, built("TYPE")?, built("FINGERPRINT")?);
    let mut signs = Vec::new();
    signs.extend(SU.iter().filter(|path| is_there(path)).map(|path| sign(RootKind::SuProgram, path)));
    signs.extend(HOOKING.iter().filter(|path| is_there(path)).map(|path| sign(RootKind::Hooking, path)));
    if is_test_build(&tags, &fingerprint, maker) {
        signs.push(sign(RootKind::TestBuild, &format!("{tags} {fingerprint}")));
    } else if matches!(kind.as_str(), "userdebug" | "eng") {
        signs.push(sign(RootKind::TestBuild, &kind));
    }
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    signs.extend(writable(&mounts).map(|place| sign(RootKind::WritableSystem, place)));
    Ok(Fact::Known(List(signs)))
}

fn is_there(path: &str) -> bool {
    fs::symlink_metadata(path).is_ok()
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
    fn only_partitions_of_the_system_count() {
        let mounts = "rootfs / rootfs rw 0 0\n/dev/block/dm-4 / ext4 ro,seclabel 0 0\n/dev/block/dm-5 /vendor ext4 rw,seclabel 0 0\n\
                      /dev/block/dm-9 /data f2fs rw 0 0\ntmpfs /system tmpfs rw 0 0\nnonsense\n";
        assert_eq!(writable(mounts).collect::<Vec<_>>(), ["/vendor"]);
    }
}
