//! The services of a phone on a real `dbus-daemon`, answered by somebody else's D-Bus: what the facts say then.

pub mod stage;

use std::path::Path;
use std::time::{Duration, Instant};

use muster_agent::collect::collect;
use muster_agent::platform::linux::LinuxRoot;
use muster_agent::platform::linux::bus::{Buses, Notification, Task};
use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{
    AppFacts, AppSource, DeviceFacts, Fact, Management, Read, Reason, RootKind, Scope, Source,
};

use stage::{Manner, Stage};

/// A copy of the root of an Aurora phone in order, without what the test takes away.
fn facts(stage: &Stage, change: impl FnOnce(&Path)) -> (DeviceFacts, AppFacts) {
    let root = stage.root("aurora-5.2-ok");
    change(&root);
    let device = LinuxRoot::new(root).with_buses(Buses::one(stage.address()));
    collect(&device, &catalogue(), Management::System)
}

fn catalogue() -> Catalogue {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalogue");
    let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    Catalogue::from_toml(&text("messengers.toml"), &text("vendors.toml")).unwrap()
}

fn certificates(device: &DeviceFacts) -> Result<Vec<(&str, u32)>, Reason> {
    match &device.package_certificates {
        Fact::Known(list) => Ok(list.iter().map(|seen| (seen.id.as_str(), seen.packages)).collect()),
        Fact::Unknown(reason) => Err(*reason),
    }
}

/// (package, version, source) of every sighting.
fn sighted(apps: &AppFacts) -> Vec<(&str, Option<&str>, AppSource)> {
    let sightings = apps.sightings.iter();
    sightings.map(|s| (s.package.as_str(), s.version.as_ref().map(|v| v.as_str()), s.source)).collect()
}

#[test]
fn a_phone_says_what_its_files_do_not() {
    for manner in [Manner::Strings, Manner::Dicts, Manner::PlainDicts] {
        let Some(stage) = Stage::with(manner) else { return };
        let (device, apps) = facts(&stage, |_| {});
        assert_eq!(device.model.known().map(|model| model.as_str()), Some("KVADRA_T"));
        assert_eq!(device.sources.get(&8), Some(&Source::DBus));
        assert_eq!(device.os_certified, Fact::Known(true));
        assert_eq!(certificates(&device), Ok(vec![("OMP-SOURCE", 2), ("OMP-DEVELOPER", 1)]), "{manner:?}");
        assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Known(Read)));
        assert_eq!(sighted(&apps), [("harbour-fernschreiber", Some("0.17-4"), AppSource::Apm)]);
        let signs = device.root_signs.known().unwrap();
        let seen: Vec<_> = signs.iter().map(|sign| (sign.kind, sign.seen.as_str())).collect();
        let other = "/etc/os-release: file says 5.2.0.828, system says 5.2.1.5";
        let expected: &[_] = if manner == Manner::Strings { &[(RootKind::ModifiedFile, other)] } else { &[] };
        assert_eq!(seen, expected);
        // The list had it all, or each package was asked for once.
        let asked = if manner == Manner::Dicts { 0 } else { 3 };
        assert_eq!(
            stage.calls().iter().filter(|call| call.contains("ru.omp.APM GetPackage ")).count(),
            asked
        );
        assert!(!stage.calls().iter().any(|call| call.contains("Serial")));
    }
}

#[test]
fn what_files_hide_the_services_say() {
    let Some(stage) = Stage::with(Manner::Dicts) else { return };
    let (device, apps) = facts(&stage, |root| {
        std::fs::remove_dir_all(root.join("usr/share/applications")).unwrap();
        std::fs::remove_dir_all(root.join("usr/share/lipstick")).unwrap();
    });
    assert_eq!(device.lock_set, Fact::Known(true));
    assert_eq!(device.sources.get(&11), Some(&Source::DBus));
    // Sailjail's list shows an application, and doesn't stand for the folder.
    assert_eq!(apps.sources.get(&AppSource::DesktopFiles), Some(&Fact::Unknown(Reason::Absent)));
    assert!(sighted(&apps).contains(&("harbour-whisperfish", None, AppSource::DesktopFiles)));
}

#[test]
fn a_bus_that_denies_is_denied() {
    let Some(stage) = Stage::denying(Manner::Dicts, "ru.omp.APM", "GetPackageList") else { return };
    let (device, apps) = facts(&stage, |_| {});
    assert_eq!(certificates(&device), Err(Reason::Denied));
    assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Unknown(Reason::Denied)));
    assert_eq!(device.os_certified, Fact::Known(true));
}

#[test]
fn services_that_are_not_there_are_absent() {
    let Some(stage) = Stage::with(Manner::None) else { return };
    let (device, apps) = facts(&stage, |_| {});
    assert_eq!(device.os_certified, Fact::Unknown(Reason::Absent));
    assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Unknown(Reason::Absent)));
    assert_eq!(device.model.known().map(|model| model.as_str()), Some("NS220R"));
    // Without a bus it is the same; from inside of a sandbox nobody can tell.
    let gone = "unix:path=/nonexistent/bus".parse().unwrap();
    let root = LinuxRoot::new(stage.root("aurora-5.2-ok")).with_buses(Buses::one(gone));
    let (device, _) = collect(&root, &catalogue(), Management::System);
    assert_eq!(device.os_certified, Fact::Unknown(Reason::Absent));
    // The fourth release has no APM that could be missing.
    let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/roots/aurora-4.0");
    let older = LinuxRoot::new(older).with_buses(Buses::one(stage.address()));
    assert_eq!(collect(&older, &catalogue(), Management::System).1.sources.get(&AppSource::Apm), None);
    let (device, apps) = collect(&root.in_sandbox(), &catalogue(), Management::System);
    assert_eq!(device.os_certified, Fact::Unknown(Reason::Denied));
    assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Unknown(Reason::Denied)));
    assert_eq!(
        (device.scope, device.management),
        (Fact::Known(Scope::Sandbox), Fact::Known(Management::Application))
    );
}

#[test]
fn who_does_not_answer_holds_up_nobody() {
    for (manner, apm) in [(Manner::Silent, Fact::Unknown(Reason::Failed)), (Manner::Slow, Fact::Known(Read))]
    {
        let Some(stage) = Stage::with(manner) else { return };
        let begun = begun();
        let (device, apps) = facts(&stage, |_| {});
        assert!(begun.elapsed() < Duration::from_secs(8));
        assert_eq!(certificates(&device), Err(Reason::Failed));
        assert_eq!(apps.sources.get(&AppSource::Apm), Some(&apm));
        // What was named before still counts.
        assert_eq!(sighted(&apps).is_empty(), manner == Manner::Silent);
        assert_eq!(device.os_certified, Fact::Known(true));
    }
}

#[test]
fn hostile_answers_are_failed_or_bounded() {
    for manner in [Manner::Wrong, Manner::Long, Manner::Deep] {
        let Some(stage) = Stage::with(manner) else { return };
        let (device, apps) = facts(&stage, |_| {});
        assert_eq!(certificates(&device), Err(Reason::Failed), "{manner:?}");
        let certified =
            if manner == Manner::Long { Fact::Known(true) } else { Fact::Unknown(Reason::Failed) };
        assert_eq!(device.os_certified, certified, "{manner:?}");
        let apm = if manner == Manner::Deep { Fact::Known(Read) } else { Fact::Unknown(Reason::Failed) };
        assert_eq!(apps.sources.get(&AppSource::Apm), Some(&apm), "{manner:?}");
    }
    let Some(stage) = Stage::with(Manner::Odd) else { return };
    let (_, apps) = facts(&stage, |_| {});
    assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Known(Read)));
    assert!(sighted(&apps).contains(&("depecher", None, AppSource::Apm)));
    let clean = |text: &str| !text.chars().any(char::is_control) && text.len() <= 128;
    assert!(apps.sightings.iter().all(|seen| clean(seen.package.as_str())));
}

#[test]
fn a_hundred_thousand_packages_are_bounded() {
    let Some(stage) = Stage::with(Manner::Many) else { return };
    let begun = begun();
    let (device, apps) = facts(&stage, |_| {});
    assert!(begun.elapsed() < Duration::from_secs(15));
    assert_eq!(apps.sources.get(&AppSource::Apm), Some(&Fact::Unknown(Reason::Failed)));
    assert_eq!(certificates(&device), Err(Reason::Failed));
    assert_eq!(sighted(&apps), [("harbour-fernschreiber", Some("0.17-4"), AppSource::Apm)]);
    assert!(stage.calls().iter().filter(|call| call.contains("GetPackage ")).count() <= 2_000);
}

#[test]
fn the_management_says_where_to_enrol() {
    let Some(stage) = Stage::saying(Manner::Dicts, "muster://example.org/enrol?x") else { return };
    let device = LinuxRoot::new(stage.root("aurora-5.2-ok")).with_buses(Buses::one(stage.address()));
    let managed = device.managed("ru.muster.Agent").unwrap();
    assert_eq!(managed.link.as_deref(), Some("muster://example.org/enrol?x"));
    assert_eq!(managed.asset_tag.as_deref(), Some("A-17"));
    assert!(device.managed("ru.other.App").is_err());
    assert!(device.managed("no path").is_err());
}

#[test]
fn the_agents_task_is_started_by_the_system() {
    let Some(stage) = Stage::with(Manner::Dicts) else { return };
    let device = LinuxRoot::new(stage.root("aurora-5.2-ok")).with_buses(Buses::one(stage.address()));
    let task = Task {
        id: "ru.muster.Agent.Report".to_owned(),
        every: Duration::from_secs(60),
        at_most: Duration::from_secs(300),
    };
    assert_eq!(device.schedule(&task), Ok(Duration::from_secs(900)));
    let calls = stage.calls();
    let start = calls.iter().find(|call| call.starts_with("ru.omp.RuntimeManager.Tasks1 Start")).unwrap();
    assert!(start.contains("'ru.muster.Agent.Report', []"), "{start}");
    assert!(
        start.contains("'interval': ('i', 900)") && start.contains("'autostart': ('b', True)"),
        "{start}"
    );
    assert!(start.contains("'maximumRunningTime': ('i', 300)"), "{start}");
}

#[test]
fn the_person_is_told_and_a_later_word_takes_the_place_of_the_earlier() {
    let Some(stage) = Stage::with(Manner::Dicts) else { return };
    let device = LinuxRoot::new(stage.root("aurora-5.2-ok")).with_buses(Buses::one(stage.address()));
    let mut one = Notification {
        application: "ru.muster.Agent".to_owned(),
        replaces: 0,
        title: "Рабочий телефон: остался 1 день".to_owned(),
        text: "No <b>Telegram</b> & others".to_owned(),
    };
    one.replaces = device.notify(&one).unwrap();
    assert_eq!(one.replaces, 4_000_000_000);
    assert_eq!(device.notify(&one), Ok(4_000_000_000));
    let calls = stage.calls();
    let call = calls.iter().rfind(|call| call.starts_with("org.freedesktop.Notifications Notify")).unwrap();
    assert!(
        call.contains("'ru.muster.Agent', 4000000000, 'ru.muster.Agent', 'Рабочий телефон: остался 1 день'"),
        "{call}"
    );
    assert!(call.contains("'No &lt;b>Telegram&lt;/b> &amp; others', [], {}, 0"), "{call}");
    for manner in [Manner::Wrong, Manner::None] {
        let Some(stage) = Stage::with(manner) else { return };
        let device = LinuxRoot::new(stage.root("aurora-5.2-ok")).with_buses(Buses::one(stage.address()));
        assert!(device.notify(&one).is_err(), "{manner:?}");
    }
}

fn begun() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the test measures how long it really takes")]
    Instant::now()
}
