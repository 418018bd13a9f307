//! Collecting from inside of an application's sandbox, which hides most of the device: nothing that is hidden is called absent.

use std::fs;
use std::path::Path;

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{AppSource, Encryption, Fact, Management, Platform, Reason, Scope};

use super::collect;
use crate::platform::linux::LinuxRoot;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn catalogue() -> Catalogue {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    Catalogue::from_toml(&text("messengers.toml"), &text("vendors.toml")).unwrap()
}

/// What a sandbox of Sailfish shows of a phone; its mounts say so.
fn sandbox(mounts: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "etc/os-release", "ID=auroraos\nVERSION_ID=5.2.0.828\n");
    write(
        folder.path(),
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\nuser:x:100000:100000::/home/user:/bin/sh\n",
    );
    write(folder.path(), "proc/net/tcp", "header\n");
    write(folder.path(), "proc/mounts", mounts);
    fs::create_dir_all(folder.path().join("home/user/.local/share/applications")).unwrap();
    fs::create_dir_all(folder.path().join("usr/bin")).unwrap();
    folder
}

#[test]
fn what_a_sandbox_hides_is_denied() {
    let folder = sandbox("/dev/sda1 / ext4 ro 0 0\ntmpfs /run/firejail/mnt tmpfs rw 0 0\n");
    let (device, apps) = collect(&LinuxRoot::new(folder.path()), &catalogue(), Management::System);
    assert_eq!(device.scope, Fact::Known(Scope::Sandbox));
    assert_eq!(device.management, Fact::Known(Management::Application));
    assert_eq!(device.platform, Fact::Known(Platform::Aurora));
    let denied = Some(Reason::Denied);
    assert_eq!(device.developer_options.reason(), denied);
    assert_eq!(device.root_signs.reason(), denied);
    assert_eq!(device.containers.reason(), denied);
    assert_eq!(device.encryption.reason(), denied);
    assert_eq!((device.lock_set.reason(), device.install_sources.reason()), (denied, denied));
    assert_eq!(device.restrictions.reason(), denied);
    for source in
        [AppSource::DesktopFiles, AppSource::AndroidData, AppSource::AndroidLaunchers, AppSource::RpmDatabase]
    {
        assert_eq!(apps.sources.get(&source), Some(&Fact::Unknown(Reason::Denied)), "{source}");
    }
    // The folder that firejail leaves on the outside is no sign of the inside.
    let folder = sandbox("/dev/sda1 / ext4 ro 0 0\n");
    fs::create_dir_all(folder.path().join("run/firejail/mnt")).unwrap();
    let (device, _) = collect(&LinuxRoot::new(folder.path()), &catalogue(), Management::System);
    assert_eq!(
        (device.scope, device.management),
        (Fact::Known(Scope::Device), Fact::Known(Management::System))
    );
    assert_eq!(device.encryption, Fact::Known(Encryption::Inactive));
    assert_eq!(device.developer_options, Fact::Known(false));
}

#[test]
fn what_a_sandbox_shows_still_counts() {
    let folder = sandbox("/dev/dm-0 /home ext4 rw 0 0\n");
    write(folder.path(), "sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-abc\n");
    write(folder.path(), "var/lib/policy/policy.conf", "[policy]\nCameraEnabled=false\n");
    write(
        folder.path(),
        "home/user/.local/share/applications/depecher.desktop",
        "[Desktop Entry]\nExec=depecher\n",
    );
    let root = LinuxRoot::new(folder.path()).in_sandbox();
    let (device, apps) = collect(&root, &catalogue(), Management::System);
    assert_eq!(device.encryption, Fact::Known(Encryption::Active));
    assert_eq!(
        device.restrictions.known().map(|names| names[0].to_string()),
        Some("CameraEnabled".to_owned())
    );
    assert_eq!(apps.sightings.len(), 1);
}
