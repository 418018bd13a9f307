//! The policy for officials on the folders that stand for devices: what the demo shows must be so.
#![expect(clippy::unwrap_used, reason = "a test says why by failing")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use muster_agent::collect::collect;
use muster_agent::platform::linux::LinuxRoot;
use muster_policy::document::{Document, Org, compile};
use muster_policy::{Case, Evidence, Outcome, Ruleset, judge};
use muster_proto::catalogue::{Catalogue, Inventory};
use muster_proto::cbor::List;
use muster_proto::facts::{AgentFacts, ChannelMode, Management, Protection, Schedule};
use muster_proto::id::{ChainId, DeviceId, Digest, Nonce};
use muster_proto::report::{Profile, Report, Submods, Trigger};
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;

const HOUR: u64 = 3600;

fn place(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(place(path)).unwrap()
}

fn catalogue() -> Catalogue {
    Catalogue::from_toml(&text("catalogue/messengers.toml"), &text("catalogue/vendors.toml")).unwrap()
}

/// A day of November 2026.
fn today() -> Timestamp {
    Timestamp::from_secs(1_795_000_000)
}

fn report(root: &str, at: Timestamp) -> Report {
    let (device, apps) =
        collect(&LinuxRoot::new(place("tests/roots").join(root)), &catalogue(), Management::System);
    let schedule = Schedule {
        report_every: Span::from_hours(4),
        spread: Span::from_secs(600),
        channel: ChannelMode::Awake,
        silent_after: Span::from_hours(26),
        remind: List::default(),
    };
    let agent = AgentFacts {
        version: Text::new(env!("CARGO_PKG_VERSION")).unwrap(),
        protection: Protection::Software,
        queued: 0,
        last_error: None,
        schedule,
        refused: List::default(),
        work: None,
    };
    Report {
        iat: at,
        nonce: Nonce::new(&[1; 16]).unwrap(),
        device: DeviceId([2; 16]),
        uptime: None,
        profile: Profile,
        submods: Submods { device, apps, agent },
        chain: ChainId([3; 16]),
        number: 1,
        previous: None,
        trigger: Trigger::Periodic,
        order: None,
        policy: None,
        catalogue: catalogue().digest(),
        dropped: List::default(),
        lost: None,
    }
}

/// Judges the device of `root`, first seen `age` ago and now again, as a phone of `org`.
fn judged(root: &str, org: &str, age: Span) -> Outcome {
    let catalogue = catalogue();
    let document = Document::from_yaml(&text("catalogue/policies/officials.yaml"), &catalogue).unwrap();
    let org = Org { id: org.to_owned(), title: org.to_owned(), time_zone: "Europe/Moscow".to_owned() };
    let enrolled = today() - age;
    let policy =
        compile(&[&document], &[org], None, enrolled).expect("the policy is assigned to the organisation");
    let rules = Ruleset::new(policy);
    let watched: BTreeSet<String> = catalogue.watch_list(Inventory::Linux).ids;
    let mut previous = Vec::new();
    let mut outcome = None;
    for now in [enrolled, today()] {
        let report = report(root, now);
        let case = Case {
            now,
            enrolled,
            platform: *report.submods.device.platform.known().unwrap(),
            evidence: Some(Evidence { report: &report, digest: Digest([4; 32]), at: now }),
            last_fresh: Some(now),
            silent_at: None,
            breaks: &[],
            attested: None,
            watched: Some(&watched),
            told: &[],
            register: muster_policy::Register::NoEntry,
            catalogue: &catalogue,
            exemptions: &[],
            previous: &previous,
        };
        let judged = judge(&rules, &case);
        previous.clone_from(&judged.findings);
        outcome = Some(judged);
    }
    outcome.unwrap()
}

fn state(outcome: &Outcome, rule: &str) -> State {
    outcome.findings.iter().find(|finding| finding.rule == rule).unwrap().state
}

#[test]
fn an_aurora_phone_in_order_is_compliant() {
    for org in ["minpromtorg", "minfin", "minenergo"] {
        let outcome = judged("aurora-5.2-ok", org, Span::from_hours(48));
        let off: Vec<_> = outcome
            .findings
            .iter()
            .filter(|f| !matches!(f.state, State::Compliant | State::NotApplicable))
            .collect();
        assert!(off.is_empty(), "{org}: {off:#?}");
        assert_eq!(outcome.verdict.state, State::Compliant);
        assert_eq!(state(&outcome, "patch"), State::NotApplicable);
        assert_eq!(state(&outcome, "boot"), State::NotApplicable);
    }
}

#[test]
fn a_telegram_client_has_72_hours_from_its_first_sighting() {
    let outcome = judged("aurora-5.1-telegram", "minenergo", Span::from_secs(71 * HOUR));
    assert_eq!((outcome.verdict.state, state(&outcome, "foreign-messengers")), (State::Grace, State::Grace));
    let finding = outcome.findings.iter().find(|finding| finding.rule == "foreign-messengers").unwrap();
    assert_eq!(finding.due, Some(today() + Span::from_secs(HOUR)));
    let outcome = judged("aurora-5.1-telegram", "minenergo", Span::from_secs(73 * HOUR));
    assert_eq!(outcome.verdict.state, State::Failing);
}

#[test]
fn a_linux_tablet_fails_at_once() {
    let outcome = judged("linux-tablet", "minfin", Span::from_secs(HOUR));
    assert_eq!(outcome.verdict.state, State::Failing);
    for rule in ["platform", "encryption"] {
        assert_eq!(state(&outcome, rule), State::Failing, "{rule}");
    }
    assert_eq!(state(&outcome, "maker"), State::Compliant);
    assert_eq!(state(&outcome, "foreign-messengers"), State::Grace);
    assert_eq!(state(&outcome, "developer-mode"), State::Unknown);
}
