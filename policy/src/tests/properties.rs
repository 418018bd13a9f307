//! What holds for every device, whatever happens to it.

use muster_proto::facts::{DeviceFacts, Fact, MatchKind, Read, Reason};
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::second_source::only_told;
use super::story::{Device, document, happen, org};
use super::world::{Phone, T0, hours};
use crate::document::compile;
use crate::{CauseState, Evidence, Finding, Outcome, Ruleset, judge};

pub(super) const RULES: [&str; 12] = [
    "{id: m, kind: messengers, deny: [telegram, viber], modified: true, grace: 72h}",
    "{id: n, kind: messengers, require_any: [express, max], grace: 30h, memory: 100h}",
    "{id: v, kind: vendor, deny: [apple], allow_groups: [chinese], grace: 10h}",
    "{id: p, kind: platform, allow: ['android >= 12'], due: 2023-03-04}",
    "{id: a, kind: patch-age, max: 30d, grace: 48h, platforms: [android]}",
    "{id: e, kind: encryption, unknown_after: 50h}",
    "{id: l, kind: screen-lock, strength: medium, grace: 24h, due: 2023-03-03}",
    "{id: d, kind: developer-mode, deny: [developer-options, debug-bridge], mode: warn, grace: 20h}",
    "{id: b, kind: boot, require: {locked: true, verified: [green]}, needs: attested, mode: observe}",
    "{id: c, kind: boot, require: {locked: true, verified: [green]}, grace: 40h, unknown_after: 10h}",
    "{id: r, kind: root, severity: critical, grace: 5h}",
    "{id: w, kind: agent-version, min: 0.2.0, grace: 100h}",
];

const EVENTS: [&str; 51] = [
    "tick",
    "tick",
    "tick",
    "report",
    "report",
    "+telegram",
    "-telegram",
    "+viber",
    "-viber",
    "+nekogram",
    "-nekogram",
    "~telegram",
    "+express",
    "-express",
    "apps=?",
    "apps=read",
    "watch=-viber",
    "watch=all",
    "watch=?",
    "platform=?",
    "platform=android",
    "platform=aurora",
    "os=11",
    "os=14",
    "os=?",
    "lock=off",
    "lock=on",
    "lock=?",
    "strength=low",
    "strength=high",
    "strength=?",
    "dev=on",
    "dev=off",
    "dev=?",
    "enc=inactive",
    "enc=active",
    "enc=?",
    "boot=unlocked",
    "boot=locked",
    "boot=?",
    "verified=?",
    "verified=green",
    "patch=2022-12-01",
    "patch=?",
    "maker=samsung",
    "maker=?",
    "root=su-program",
    "root=?",
    "told=telegram",
    "told=viber@40",
    "told=none",
];

/// Hours since the line before, and what happens.
pub(super) type Line = (u64, Vec<&'static str>);

pub(super) fn lines(most: usize) -> impl Strategy<Value = Vec<Line>> {
    let events = prop::collection::vec(select(&EVENTS[..]), 1..4);
    prop::collection::vec((0_u64..60, events), 1..most)
}

fn ruleset(rules: &[&str], now: Timestamp) -> Ruleset {
    let rules: Vec<String> = rules.iter().map(|&rule| rule.to_owned()).collect();
    let document = document(&rules, "schedule: {silent_after: 48h}");
    Ruleset::new(compile(&[&document], &[org()], None, now).expect("it is assigned"))
}

pub(super) fn device(rules: &[&str]) -> Device {
    let mut device = Device::new(Phone::android());
    device.rules = ruleset(rules, T0());
    device
}

/// Every moment at which something happens.
pub(super) fn moments(lines: &[Line]) -> Vec<(Timestamp, &[&'static str])> {
    let mut now = T0();
    let step = |line: &Line| {
        now = now + hours(line.0);
        now
    };
    let times: Vec<Timestamp> = lines.iter().map(step).collect();
    times.into_iter().zip(lines.iter().map(|line| &line.1[..])).collect()
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by(|a, b| a.rule.cmp(&b.rule));
    findings
}

fn finding<'a>(outcome: &'a [Finding], rule: &str) -> Option<&'a Finding> {
    outcome.iter().find(|finding| finding.rule == rule)
}

fn broken(finding: &Finding) -> bool {
    matches!(finding.state, State::Grace | State::Failing)
}

/// Takes one fact away; each number another.
fn take_away(phone: &mut Phone, nth: usize) {
    fn gone<T>(fact: &mut Fact<T>) {
        *fact = Fact::Unknown(Reason::Denied);
    }
    let facts: [fn(&mut DeviceFacts); 14] = [
        |device| gone(&mut device.platform),
        |device| gone(&mut device.os_version),
        |device| gone(&mut device.security_patch),
        |device| gone(&mut device.manufacturer),
        |device| gone(&mut device.brand),
        |device| gone(&mut device.encryption),
        |device| gone(&mut device.lock_set),
        |device| gone(&mut device.lock_strength),
        |device| gone(&mut device.developer_options),
        |device| gone(&mut device.debug_bridge),
        |device| gone(&mut device.bootloader_locked),
        |device| gone(&mut device.verified_boot),
        |device| gone(&mut device.root_signs),
        |device| gone(&mut device.build_id),
    ];
    match (nth, facts.get(nth)) {
        (_, Some(take)) => take(phone.device()),
        (14, _) => phone.sources(&Fact::<Read>::Unknown(Reason::Denied)),
        (15, _) => phone.report.submods.apps.sources.clear(),
        _ => phone.watched = None,
    }
}

/// The facts by number without which a rule cannot be kept.
const NEEDED: [(&str, &[usize]); 12] = [
    ("m", &[0, 14, 15, 16]),
    ("n", &[]),
    ("v", &[3]),
    ("p", &[0, 1]),
    ("a", &[0, 2]),
    ("e", &[5]),
    ("l", &[6, 7]),
    ("d", &[8, 9]),
    ("b", &[10, 11]),
    ("c", &[10, 11]),
    ("r", &[12]),
    ("w", &[]),
];

/// Whether the messenger is there: for the first number of hours of each visit, and not for the second.
fn installed(visits: &[(u64, u64)], now: u64) -> bool {
    let mut left = now;
    for (there, gone) in visits {
        if left < there + gone {
            return left < *there;
        }
        left -= there + gone;
    }
    true
}

/// Another policy, and a report under it.
fn edit(device: &mut Device, rule: &str, at: Timestamp) {
    let document = document(&[rule.to_owned()], "schedule: {silent_after: 48h}");
    let policy = compile(&[&document], &[org()], device.rules.policy(), at);
    device.rules = Ruleset::new(policy.expect("it is assigned"));
    device.report(at, at);
}

/// Nothing is heard: what was last heard stands.
fn as_last_heard(device: &mut Device) {
    device.phone.remove("telegram");
    let live = |found: &Finding| found.causes.iter().any(|cause| cause.ended.is_none());
    if finding(&device.findings, "m").is_some_and(live) {
        device.phone.install("telegram", MatchKind::Exact);
    }
}

/// The judgement of `now` as it would be with another phone.
fn instead(device: &Device, phone: &Phone, now: Timestamp) -> Outcome {
    let mut case = device.case(now);
    case.evidence = device.at.map(|at| Evidence { report: &phone.report, digest: Digest::of(b"it"), at });
    case.watched = phone.watched.as_ref();
    judge(&device.rules, &case)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn the_order_of_rules_does_not_matter(order in Just(RULES.to_vec()).prop_shuffle(), lines in lines(12)) {
        let (mut one, mut other) = (device(&RULES), device(&order));
        for (now, events) in moments(&lines) {
            happen(&mut one, events, now);
            happen(&mut other, events, now);
            let (one, other) = (one.judge(now), other.judge(now));
            prop_assert_eq!(one.verdict, other.verdict);
            prop_assert_eq!(one.next, other.next);
            prop_assert_eq!(sorted(one.findings), sorted(other.findings));
        }
    }

    #[test]
    fn since_stays_while_a_cause_lasts(lines in lines(25)) {
        let mut device = device(&RULES);
        for (now, events) in moments(&lines) {
            happen(&mut device, events, now);
            let before = device.findings.clone();
            let outcome = device.judge(now);
            for finding in &outcome.findings {
                let old = self::finding(&before, &finding.rule);
                for cause in finding.causes.iter().filter(|cause| cause.ended.is_none()) {
                    let old = old.and_then(|old| old.causes.iter().find(|old| old.cause == cause.cause));
                    // what the phone shows after others have said it may turn out older, and never newer
                    let older = |old: &CauseState| old.told && !cause.told && cause.since < old.since;
                    prop_assert!(old.is_none_or(|old| old.since == cause.since || older(old)), "{:?} {:?}", old, cause);
                }
                let lasts = old.is_some_and(|old| old.state == finding.state && !broken(finding));
                prop_assert!(!lasts || old.is_some_and(|old| old.since == finding.since), "{:?} {:?}", old, finding);
            }
        }
    }

    #[test]
    fn an_unknown_fact_never_gives_compliant(lines in lines(8), nth in 0_usize..17) {
        let mut device = device(&RULES);
        for (now, events) in moments(&lines) {
            happen(&mut device, events, now);
            let mut poorer = device.phone.clone();
            take_away(&mut poorer, nth);
            let without = instead(&device, &poorer, now);
            for (rule, needed) in NEEDED {
                let state = finding(&without.findings, rule).map(|finding| finding.state);
                prop_assert!(!needed.contains(&nth) || state != Some(State::Compliant), "{rule} {nth}");
            }
            device.judge(now);
        }
    }

    #[test]
    fn taking_a_fact_away_helps_nobody(lines in lines(12), nth in 0_usize..17) {
        let mut device = device(&RULES);
        for (now, events) in moments(&lines) {
            happen(&mut device, events, now);
            let mut poorer = device.phone.clone();
            take_away(&mut poorer, nth);
            let (with, without) = (instead(&device, &device.phone, now), instead(&device, &poorer, now));
            for (with, without) in with.findings.iter().zip(&without.findings) {
                let got = without.state == State::Compliant && with.state != State::Compliant;
                prop_assert!(!got, "{:?} {:?}", with, without);
                // Evidence aside it is the same: the rule doesn't look at this fact.
                let same = (with.state, with.since, with.due) == (without.state, without.since, without.due);
                let shown = |before: &&Finding| broken(before) && !same && !only_told(before);
                if let Some(before) = finding(&device.findings, &with.rule).filter(shown) {
                    prop_assert!(broken(without), "{:?} {:?}", before, without);
                    prop_assert!(without.state >= before.state.min(State::Grace), "{:?} {:?}", before, without);
                    prop_assert!(before.state != State::Failing || without.state == State::Failing);
                    prop_assert!(without.since <= before.since, "{:?} {:?}", before, without);
                    prop_assert!(without.due <= before.due, "{:?} {:?}", before, without);
                }
            }
            device.judge(now);
        }
    }

    #[test]
    fn a_failing_rule_more_never_improves_a_verdict(rules in subsequence(RULES.to_vec(), 0..12), lines in lines(10)) {
        let mut more = rules.clone();
        more.push("{id: x, kind: agent-version, min: 9.0.0}");
        let (mut one, mut other) = (device(&rules), device(&more));
        for (now, events) in moments(&lines) {
            happen(&mut one, events, now);
            happen(&mut other, events, now);
            let (one, other) = (one.judge(now), other.judge(now));
            prop_assert!(other.verdict.state >= one.verdict.state);
            let failing = finding(&other.findings, "x").is_some_and(|finding| finding.state == State::Failing);
            prop_assert!(!failing || other.verdict.state == State::Failing);
        }
    }

    #[test]
    fn there_is_one_finding_for_each_rule_and_an_edge_for_each_change(lines in lines(15)) {
        let mut device = device(&RULES);
        for (now, events) in moments(&lines) {
            happen(&mut device, events, now);
            let before = device.findings.clone();
            let outcome = device.judge(now);
            prop_assert_eq!(outcome.findings.len(), RULES.len() + 2);
            for finding in &outcome.findings {
                let old = self::finding(&before, &finding.rule);
                let from = old.map(|old| old.state);
                let edges: Vec<_> = outcome.edges.iter().filter(|edge| edge.rule == finding.rule).collect();
                let broken = matches!(finding.state, State::Grace | State::Failing);
                let other = broken && old.is_some_and(|old| old.mode != finding.mode);
                let changed = other || from != Some(finding.state);
                prop_assert_eq!(edges.len(), usize::from(changed));
                for edge in edges {
                    prop_assert_eq!((edge.from, edge.to, edge.mode), (from, Some(finding.state), finding.mode));
                    prop_assert!(edge.at <= now && finding.since <= now);
                }
                prop_assert!(!finding.evidence.is_empty(), "{:?}", finding);
            }
        }
    }

    #[test]
    fn nothing_changes_by_itself_before_the_next_moment(lines in lines(10), part in 1_u64..1000) {
        let mut device = device(&RULES);
        for (now, events) in moments(&lines) {
            happen(&mut device, events, now);
            let outcome = device.judge(now);
            let next = outcome.next.unwrap_or(now + hours(100_000));
            prop_assert!(next > now);
            let between = now + muster_proto::time::Span::from_millis(next.since(now).millis() * part / 1001);
            let later = judge(&device.rules, &device.case(between));
            prop_assert_eq!(&later.edges, &[]);
            prop_assert_eq!(later.next, outcome.next);
        }
    }

    /// However it comes and goes, and whatever the phone shows of it and when: unless reports show it gone for as long as
    /// `memory`, the first due stands.
    #[test]
    fn no_trick_wins_a_later_due(
        visits in prop::collection::vec((1_u64..200, 1_u64..72), 1..8),
        tricks in prop::collection::vec((1_u64..30, select(&["report", "silent", "deny", "allow", "unwatch", "watch", "edit"][..])), 1..60),
    ) {
        let rule = |severity: &str| format!("{{id: m, kind: messengers, deny: [telegram], grace: 72h, severity: {severity}}}");
        let mut device = device(&[&rule("low")]);
        let (mut now, mut heard, mut due, mut edits, mut gone_since) = (0, 0, None, 0, None);
        let mut next = None;
        for (pause, trick) in tricks {
            now += pause;
            let at = T0() + hours(now);
            // The clock judges too.
            while let Some(earlier) = next.filter(|next| *next <= at) {
                next = device.judge(earlier).next;
            }
            let installed = installed(&visits, now);
            device.phone.remove("telegram");
            if installed {
                device.phone.install("telegram", MatchKind::Exact);
            }
            match trick {
                "deny" => happen(&mut device, &["apps=?", "-telegram"], at),
                "allow" => happen(&mut device, &["apps=read"], at),
                "unwatch" => happen(&mut device, &["watch=-telegram", "-telegram"], at),
                "watch" => happen(&mut device, &["watch=all"], at),
                "report" => device.report(at, at),
                "edit" => {
                    edits += 1;
                    edit(&mut device, &rule(["low", "high"][edits % 2]), at);
                }
                _ => as_last_heard(&mut device),
            }
            let readable = device.phone.report.submods.apps.sources.values().all(|fact| fact.known().is_some())
                && device.phone.watched.as_ref().is_some_and(|watched| watched.contains("telegram"));
            if trick != "silent" && (installed || !readable || now - heard >= 48) {
                gone_since = None;
            }
            if trick != "silent" {
                heard = now;
            }
            if trick != "silent" && !installed && readable && now - *gone_since.get_or_insert(now) >= 72 {
                due = None;
            }
            let outcome = device.judge(at);
            next = outcome.next;
            let found = finding(&outcome.findings, "m").expect("a finding");
            let live = found.causes.iter().find(|cause| cause.ended.is_none());
            if let Some(live) = live {
                let first = *due.get_or_insert(live.due);
                prop_assert_eq!(live.due, first, "{:?} at {}", found, now);
                let over = first.is_some_and(|due| due <= at);
                prop_assert_eq!(found.state, if over { State::Failing } else { State::Grace });
            }
        }
    }
}
