//! Collecting from folders that stand for devices: the orderly ones of `tests/roots`, and hostile ones made here.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use muster_proto::cbor::encode;
use muster_proto::facts::{
    AppSource, Container, Encryption, MatchKind, Platform, Profile, Read, RootKind, Signature, Strength,
};

use super::*;
use crate::platform::linux::LinuxRoot;

fn catalogue() -> Catalogue {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    Catalogue::from_toml(&text("messengers.toml"), &text("vendors.toml")).unwrap()
}

fn from(root: impl Into<PathBuf>) -> (DeviceFacts, AppFacts) {
    collect(&LinuxRoot::new(root), &catalogue(), Management::System)
}

fn stored(name: &str) -> (DeviceFacts, AppFacts) {
    from(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/roots").join(name))
}

fn said<const N: usize>(fact: &Fact<muster_proto::text::Text<N>>) -> &str {
    fact.known().map_or("", |text| text.as_str())
}

/// (messenger, package, how) of every sighting.
fn sighted(apps: &AppFacts) -> Vec<(&str, &str, MatchKind)> {
    apps.sightings.iter().map(|s| (s.messenger.as_str(), s.package.as_str(), s.matched)).collect()
}

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// A small Aurora phone in order.
fn phone() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
    write(root, "etc/aurora-release", "ID=auroraos\nVERSION_ID=5.2.0.828\n");
    write(
        root,
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\ndefaultuser:x:100000:100000::/home/defaultuser:/bin/sh\n",
    );
    write(root, "proc/net/tcp", "header\n");
    write(root, "usr/bin/invoker", "");
    write(root, "usr/share/applications/jolla-settings.desktop", "[Desktop Entry]\nExec=jolla-settings\n");
    folder
}

#[test]
fn an_aurora_phone_in_order() {
    let (device, apps) = stored("aurora-5.2-ok");
    assert_eq!(device.platform, Fact::Known(Platform::Aurora));
    assert_eq!(said(&device.os_version), "5.2.0.828");
    assert_eq!((said(&device.manufacturer), said(&device.model)), ("Aquarius", "NS220R"));
    assert_eq!(device.encryption, Fact::Known(Encryption::Active));
    assert_eq!(device.lock_set, Fact::Known(true));
    assert_eq!(device.lock_strength, Fact::Known(Strength::Medium));
    assert_eq!(device.lock_after.known().map(|span| span.secs()), Some(300));
    assert_eq!(device.developer_options, Fact::Known(false));
    assert_eq!(device.root_signs.known().map(|signs| signs.len()), Some(0));
    assert_eq!(device.install_sources.known().map(|sources| sources.count), Some(0));
    assert_eq!(device.containers.known().map(|list| list.len()), Some(0));
    assert_eq!(device.verified_boot, Fact::Unknown(Reason::Unsupported));
    assert_eq!(device.sources.get(&6), Some(&Source::BoardMappings));
    assert_eq!(device.sources.get(&10), Some(&Source::DeviceLock));
    assert_eq!(sighted(&apps), []);
    let read: Vec<_> = apps.sources.iter().collect();
    let both =
        [(&AppSource::DesktopFiles, &Fact::Known(Read)), (&AppSource::AndroidLaunchers, &Fact::Known(Read))];
    assert_eq!(read, both);
    assert_eq!(apps.watch_list, catalogue().watch_list(Visible::Linux).reference());
    let maker = catalogue().vendor_of(Some(said(&device.manufacturer)), None).unwrap().groups.clone();
    assert_eq!(maker, ["russian"]);
}

#[test]
fn an_aurora_phone_with_a_telegram_client() {
    let (device, apps) = stored("aurora-5.1-telegram");
    assert_eq!((said(&device.manufacturer), said(&device.os_version)), ("F+", "5.1.3.85"));
    assert_eq!(device.lock_strength, Fact::Known(Strength::High));
    assert_eq!(sighted(&apps), [("telegram", "harbour-fernschreiber", MatchKind::Exact)]);
    let seen = &apps.sightings[0];
    assert_eq!(
        (seen.signature, seen.source, seen.profile),
        (Signature::Unverified, AppSource::DesktopFiles, Some(Profile::Main))
    );
}

#[test]
fn an_older_aurora_phone_in_a_bad_state() {
    let (device, _) = stored("aurora-4.0");
    assert_eq!(device.platform, Fact::Known(Platform::Aurora));
    assert_eq!(device.encryption, Fact::Known(Encryption::Inactive));
    assert_eq!(
        (&device.lock_set, &device.lock_strength),
        (&Fact::Known(false), &Fact::Known(Strength::None))
    );
    assert_eq!(device.lock_after, Fact::Unknown(Reason::Absent));
    assert_eq!(device.developer_options, Fact::Known(true));
    let signs: Vec<_> = device.root_signs.known().unwrap().iter().map(|sign| sign.kind).collect();
    assert_eq!(signs, [RootKind::SuProgram, RootKind::RemoteShell]);
    assert_eq!(device.install_sources.known().map(|sources| sources.count), Some(1));
}

#[test]
fn sailfish_phones_with_android_applications() {
    let (device, apps) = stored("sailfish-4.6");
    assert_eq!(device.platform, Fact::Known(Platform::Sailfish));
    assert_eq!((said(&device.build_id), said(&device.build_type)), ("13", "release"));
    assert_eq!(device.encryption, Fact::Known(Encryption::Active));
    assert_eq!(device.sources.get(&10), Some(&Source::Mounts));
    assert_eq!(device.containers.known().map(|list| list.0.as_slice()), Some(&[Container::AppSupport][..]));
    let telegram = ("telegram", "harbour-fernschreiber", MatchKind::Exact);
    assert_eq!(sighted(&apps), [telegram, ("whatsapp", "com.whatsapp", MatchKind::Exact)]);
    // A launcher can be taken away; the package stays known.
    let hidden = &apps.sightings[0];
    assert_eq!((hidden.source, hidden.also.len()), (AppSource::RpmDatabase, 0));
    let whatsapp = &apps.sightings[1];
    assert_eq!((whatsapp.profile, whatsapp.source), (Some(Profile::Container), AppSource::AndroidLaunchers));
    assert_eq!(whatsapp.also.0, [AppSource::AndroidData]);
    assert_eq!(apps.sources.get(&AppSource::AndroidData), Some(&Fact::Known(Read)));

    let (device, apps) = stored("sailfish-5.0");
    assert_eq!(device.encryption, Fact::Known(Encryption::Activating));
    assert_eq!(device.build_id, Fact::Unknown(Reason::Absent));
    let both = [
        ("signal", "harbour-whisperfish", MatchKind::Exact),
        telegram,
        ("viber", "com.viber.voip", MatchKind::Exact),
    ];
    assert_eq!(sighted(&apps), both);

    let (device, apps) = stored("sailfish-5.2");
    assert_eq!(
        (&device.encryption, device.sources.get(&10)),
        (&Fact::Known(Encryption::Active), Some(&Source::DeviceLock))
    );
    assert_eq!(sighted(&apps), [telegram]);
    let fernschreiber = &apps.sightings[0];
    assert_eq!(
        (fernschreiber.source, fernschreiber.also.0.as_slice()),
        (AppSource::DesktopFiles, &[AppSource::RpmDatabase][..])
    );
    assert_eq!(fernschreiber.version.as_deref(), Some("0.17"));
    assert_eq!(device.root_signs, Fact::Known(Default::default()));
    assert_eq!(device.package_certificates.known().map(|list| list.len()), Some(3));
}

#[test]
fn an_ordinary_linux_tablet() {
    let (device, apps) = stored("linux-tablet");
    assert_eq!((&device.platform, said(&device.os_version)), (&Fact::Known(Platform::Linux), "12"));
    assert_eq!((said(&device.manufacturer), said(&device.model)), ("LENOVO", "82AT"));
    assert_eq!(device.encryption, Fact::Known(Encryption::Inactive));
    assert_eq!(device.lock_set, Fact::Unknown(Reason::Unsupported));
    assert_eq!(device.developer_options, Fact::Unknown(Reason::Unsupported));
    let both = [
        ("discord", "com.discordapp.Discord", MatchKind::Exact),
        ("telegram", "org.telegram.desktop", MatchKind::Exact),
    ];
    assert_eq!(sighted(&apps), both);
    assert_eq!(apps.sources.get(&AppSource::Flatpak), Some(&Fact::Known(Read)));
    assert_eq!(apps.sources.get(&AppSource::AndroidLaunchers), None);
}

#[test]
fn the_same_device_gives_the_same_bytes() {
    for name in ["aurora-5.2-ok", "sailfish-4.6", "linux-tablet"] {
        let (first, second) = (stored(name), stored(name));
        assert_eq!(encode(&first.0), encode(&second.0));
        assert_eq!(encode(&first.1), encode(&second.1));
    }
}

#[test]
fn an_empty_root_has_reasons_for_everything() {
    for root in [tempfile::tempdir().unwrap().path().to_owned(), PathBuf::from("/nonexistent/root")] {
        let (device, apps) = from(root);
        for fact in [device.platform.reason(), device.encryption.reason(), device.root_signs.reason()] {
            assert_eq!(fact, Some(Reason::Absent));
        }
        assert_eq!(device.manufacturer, Fact::Unknown(Reason::Absent));
        assert_eq!(apps.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Absent)));
    }
}

#[test]
fn slips_in_a_release_file_do_not_hide_the_platform() {
    for (file, text, platform) in [
        ("etc/os-release", "ID=\"auroraos\nVERSION_ID=5", Platform::Aurora),
        ("etc/aurora-release", "NAME=Aurora\n", Platform::Aurora),
        ("etc/sailfish-release", "ID='sailfishos'\n", Platform::Sailfish),
        ("etc/os-release", "\u{feff}nonsense\nID=debian\n\u{0}\n", Platform::Linux),
    ] {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), file, text);
        assert_eq!(from(root.path()).0.platform, Fact::Known(platform), "{text:?}");
    }
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("etc/aurora-release")).unwrap();
    write(root.path(), "etc/os-release", "ID=debian\n");
    assert_eq!(from(root.path()).0.platform, Fact::Unknown(Reason::Failed));
}

#[test]
fn an_unreadable_setting_is_failed_and_not_guessed() {
    let phone = phone();
    let settings = "usr/share/lipstick/devicelock/devicelock_settings.conf";
    write(phone.path(), settings, "[desktop]\nnemo\\devicelock\\code_current_length=many\n");
    let (device, _) = from(phone.path());
    assert_eq!(device.lock_set, Fact::Unknown(Reason::Failed));
    assert_eq!(device.encryption, Fact::Unknown(Reason::Absent));
    fs::File::create(phone.path().join(settings)).unwrap().set_len(1 << 30).unwrap();
    assert_eq!(from(phone.path()).0.lock_set, Fact::Unknown(Reason::Failed));
}

#[test]
fn more_root_users_and_a_preload_are_signs() {
    let phone = phone();
    write(
        phone.path(),
        "etc/passwd",
        "root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n",
    );
    write(phone.path(), "etc/ld.so.preload", "/tmp/hook.so\n");
    let (device, _) = from(phone.path());
    let signs = device.root_signs.known().unwrap();
    let seen: Vec<_> = signs.iter().map(|sign| (sign.kind, sign.seen.as_str())).collect();
    let expected = [
        (RootKind::ExtraRootUser, "toor"),
        (RootKind::ExtraRootUser, "root"),
        (RootKind::Hooking, "/etc/ld.so.preload"),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_place_that_cannot_be_looked_into_hides_no_sign_that_was_seen() {
    let phone = phone();
    fs::remove_file(phone.path().join("proc/net/tcp")).unwrap();
    assert_eq!(from(phone.path()).0.root_signs, Fact::Unknown(Reason::Absent));
    write(phone.path(), "usr/bin/devel-su", "");
    assert_eq!(from(phone.path()).0.root_signs.known().map(|signs| signs.len()), Some(1));
}

#[test]
fn hostile_launchers_neither_block_nor_pass_unseen() {
    let phone = phone();
    let apps = phone.path().join("usr/share/applications");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        apps.join("pipe.desktop"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    symlink("loop.desktop", apps.join("loop.desktop")).unwrap();
    symlink("gone", apps.join("dangling.desktop")).unwrap();
    fs::write(
        apps.join(std::ffi::OsStr::from_bytes(b"depe\xffcher.desktop")),
        "[Desktop Entry]\nExec=depecher\n",
    )
    .unwrap();
    let (_, found) = from(phone.path());
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Failed)));
    assert_eq!(sighted(&found), [("telegram", "depecher", MatchKind::Exact)]);

    fs::remove_file(apps.join("pipe.desktop")).unwrap();
    fs::remove_file(apps.join("loop.desktop")).unwrap();
    let (_, found) = from(phone.path());
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Known(Read)));

    fs::File::create(apps.join("harbour-sailorgram.desktop")).unwrap().set_len(1 << 30).unwrap();
    let (_, found) = from(phone.path());
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Failed)));
    assert!(sighted(&found).contains(&("telegram", "harbour-sailorgram", MatchKind::Exact)));
}

#[test]
fn links_out_of_the_root_show_nothing() {
    let phone = phone();
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "depecher.desktop", "[Desktop Entry]\nExec=depecher\n");
    symlink(outside.path(), phone.path().join("usr/share/applications/more")).unwrap();
    fs::create_dir_all(phone.path().join("home/defaultuser/.local/share")).unwrap();
    symlink(outside.path(), phone.path().join("home/defaultuser/.local/share/applications")).unwrap();
    assert_eq!(sighted(&from(phone.path()).1), []);
}

#[test]
fn a_launcher_that_is_not_shown_hides_nothing() {
    let phone = phone();
    let before = sighted(&from(phone.path()).1).len();
    write(
        phone.path(),
        "usr/share/applications/harbour-fernschreiber.desktop",
        "[Desktop Entry]\nNoDisplay=true\nExec=harbour-fernschreiber\n",
    );
    assert_eq!(sighted(&from(phone.path()).1).len(), before + 1);
}

#[test]
fn thousands_of_launchers_are_bounded() {
    let phone = phone();
    let apps = phone.path().join("usr/share/applications");
    for n in 0..300 {
        fs::write(apps.join(format!("ru.oneme.{n}.desktop")), "[Desktop Entry]\n").unwrap();
    }
    let (_, found) = from(phone.path());
    assert_eq!(found.sightings.len(), 4);
    assert!(found.sightings.iter().all(|seen| seen.matched == MatchKind::UnverifiedPattern));
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Known(Read)));
    for n in 0..20_000 {
        fs::write(apps.join(format!("{n}.txt")), "").unwrap();
    }
    let (_, found) = from(phone.path());
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Failed)));
}

#[test]
fn a_denied_folder_is_denied_and_never_empty() {
    let phone = phone();
    let home = phone.path().join("home/defaultuser");
    fs::create_dir_all(home.join(".local/share/applications")).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let root = phone.path().to_owned();
    // Root may read everything: the look is taken by a thread that is somebody else.
    let look = std::thread::spawn(move || {
        if rustix::process::geteuid().is_root() {
            let nobody = rustix::process::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        } else {
            fs::set_permissions(root.join("home/defaultuser"), fs::Permissions::from_mode(0o000)).unwrap();
        }
        from(root)
    });
    let (_, found) = look.join().unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(found.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Denied)));
    assert_eq!(found.sources.get(&AppSource::AndroidLaunchers), Some(&Fact::Unknown(Reason::Denied)));
}

#[test]
fn logical_volumes_on_an_encrypted_disk_are_encrypted() {
    let phone = phone();
    let root = phone.path();
    write(root, "proc/mounts", "/dev/vg/my-home /home ext4 rw 0 0\n");
    write(root, "sys/block/dm-1/dm/name", "vg-my--home\n");
    write(root, "sys/block/dm-1/dm/uuid", "LVM-abc\n");
    write(root, "sys/block/dm-1/slaves/dm-0/x", "");
    write(root, "sys/block/dm-0/dm/name", "disk\n");
    write(root, "sys/block/dm-0/dm/uuid", "CRYPT-LUKS2-abc\n");
    assert_eq!(from(root).0.encryption, Fact::Known(Encryption::Active));
    write(root, "sys/block/dm-1/slaves/sda1/x", "");
    assert_eq!(from(root).0.encryption, Fact::Known(Encryption::Inactive));
}

#[test]
fn every_messenger_of_the_catalogue_fits_in_one_report() {
    let (phone, catalogue) = (phone(), catalogue());
    let packages = catalogue.messengers().iter().flat_map(|messenger| messenger.android.iter());
    for package in packages {
        let name = format!("home/defaultuser/.local/share/applications/waydroid.{package}.desktop");
        write(phone.path(), &name, "[Desktop Entry]\n");
    }
    let (_, found) = from(phone.path());
    let seen: std::collections::BTreeSet<_> =
        found.sightings.iter().map(|s| s.messenger.to_string()).collect();
    let all = catalogue.messengers().iter().filter(|messenger| !messenger.android.is_empty());
    assert_eq!(seen, all.map(|messenger| messenger.id.clone()).collect());
    assert_eq!(found.sources.get(&AppSource::AndroidLaunchers), Some(&Fact::Known(Read)));
}
