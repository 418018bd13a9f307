//! A source of applications that was there: what later reports say of it.

use muster_agent::core::{Collected, Stored};
use muster_proto::cbor::List;
use muster_proto::facts::{AppSource, DeviceFacts, Fact, Platform, Read, Reason, RootKind, RootSign, Source};
use muster_proto::text::Text;

use super::world::{Faults, World};

const EVERYWHERE: [AppSource; 4] =
    [AppSource::Apm, AppSource::DesktopFiles, AppSource::RpmDatabase, AppSource::AndroidData];

fn whole(facts: &mut Collected) {
    facts.apps.sources.extend(EVERYWHERE.map(|source| (source, Fact::Known(Read))));
    without_signs(facts);
}

fn launchers_alone(facts: &mut Collected) {
    facts.apps.sources.insert(AppSource::DesktopFiles, Fact::Known(Read));
    without_signs(facts);
}

fn launchers_and_a_shell(facts: &mut Collected) {
    launchers_alone(facts);
    let shell = RootSign { kind: RootKind::RemoteShell, seen: Text::clipped("TCP port 22") };
    facts.device.root_signs = Fact::Known(List(vec![shell]));
}

fn without_signs(facts: &mut Collected) {
    facts.device.root_signs = Fact::Known(List::default());
    facts.device.sources.insert(DeviceFacts::key("root_signs").expect("a fact"), Source::Accounts);
}

/// What the next report says of APM and the database, of root, and whether of the data of Android applications.
fn said(world: &mut World, look: fn(&mut Collected)) -> ([Option<Fact<Read>>; 2], Fact<usize>, bool) {
    world.phones[0].look = look;
    // Another process goes on with what the disk has.
    world.phones[0].kill();
    world.calm(5);
    let report = world.server.devices[&world.device()].reports.last().expect("a report");
    let sources = &report.submods.apps.sources;
    let of = |source: AppSource| sources.get(&source).cloned();
    let signs = match &report.submods.device.root_signs {
        Fact::Known(signs) => Fact::Known(signs.len()),
        Fact::Unknown(reason) => Fact::Unknown(*reason),
    };
    ([of(AppSource::Apm), of(AppSource::RpmDatabase)], signs, of(AppSource::AndroidData).is_some())
}

#[test]
fn what_a_phone_cannot_do_without_is_missed_until_it_is_back() {
    let mut world = World::new(901, Faults::default());
    let (read, absent) = (Some(Fact::Known(Read)), Some(Fact::Unknown(Reason::Absent)));
    assert_eq!(said(&mut world, launchers_alone), ([None, None], Fact::Known(0), false), "never there");
    assert_eq!(said(&mut world, whole), ([read.clone(), read.clone()], Fact::Known(0), true));
    for _ in 0..2 {
        let missing = [absent.clone(), absent.clone()];
        let unsaid = Fact::Unknown(Reason::Absent);
        assert_eq!(said(&mut world, launchers_alone), (missing.clone(), unsaid, false));
        assert_eq!(said(&mut world, launchers_and_a_shell), (missing, Fact::Known(1), false));
    }
    assert_eq!(said(&mut world, whole), ([read.clone(), read], Fact::Known(0), true));
}

#[test]
fn a_source_that_was_never_read_is_not_missed() {
    fn denied(facts: &mut Collected) {
        launchers_alone(facts);
        facts.apps.sources.insert(AppSource::RpmDatabase, Fact::Unknown(Reason::Denied));
    }
    let mut world = World::new(902, Faults::default());
    assert_eq!(said(&mut world, denied).0[1], Some(Fact::Unknown(Reason::Denied)));
    assert_eq!(said(&mut world, launchers_alone).0, [None, None]);
}

#[test]
fn a_linux_machine_may_do_without_rpm() {
    fn linux(facts: &mut Collected) {
        whole(facts);
        facts.device.platform = Fact::Known(Platform::Linux);
    }
    fn later(facts: &mut Collected) {
        launchers_alone(facts);
        facts.device.platform = Fact::Known(Platform::Linux);
    }
    let mut world = World::new(903, Faults::default());
    assert_eq!(said(&mut world, linux).0, [Some(Fact::Known(Read)), Some(Fact::Known(Read))]);
    assert_eq!(said(&mut world, later).0, [None, None]);
}

/// The first form of the state file had no sources: a phone that was enrolled then goes on.
#[test]
fn a_state_of_the_first_form_is_read() {
    let world = World::new(904, Faults::default());
    let stored = Stored::Enrolled(Box::new(world.phones[0].disk.clone()));
    let text = String::from_utf8(stored.to_bytes()).expect("JSON behind a line");
    let (line, json) = text.split_once('\n').expect("a line");
    assert!(line.starts_with("muster-agent state 2 ") && !json.contains("\"sources\""), "{text}");
    let first = text.replacen(" state 2 ", " state 1 ", 1);
    assert_eq!(Stored::from_bytes(first.as_bytes()), Ok(stored));
}
