//! How a story is told and checked.
//!
//! ```text
//! == what it shows
//! rule: {id: m, kind: messengers, deny: [telegram], grace: 72h}
//! rule 1: {…}                      a rule of policy 1, which `policy=1` puts in force
//! 0: report       | m=compliant@0
//! 2: +telegram    | m=grace@2/74 verdict=grace@2/74
//! ```
//! Times are hours after [`T0`], where the device was enrolled. A line judges once; it makes a report if it changes anything
//! on the phone. After `|` stand the findings: state, since, due (`-` for none); `edge:m=2` is when it changed, `next=74` when it will by itself.

use std::collections::BTreeMap;

use muster_proto::facts::*;
use muster_proto::id::Digest;
use muster_proto::policy::DevicePolicy;
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;

use super::world::{CATALOGUE, Phone, T0};
use crate::case::{Attested, BreakKind, ChainBreak, Entry, Exemption, Left, Register, Told};
use crate::document::{Document, Org, compile};
use crate::{Case, Evidence, Finding, Outcome, Ruleset, judge};

/// A device over time.
pub struct Device {
    pub phone: Phone,
    pub enrolled_on: Platform,
    pub at: Option<Timestamp>,
    pub last_fresh: Option<Timestamp>,
    /// When silence begins, as a judge says who knows of calendars.
    pub silent_at: Option<Timestamp>,
    pub breaks: Vec<ChainBreak>,
    pub exemptions: Vec<Exemption>,
    pub findings: Vec<Finding>,
    /// What the register says: nothing of the device at first.
    pub entry: Option<Entry>,
    pub rules: Ruleset,
}

impl Device {
    pub fn new(phone: Phone) -> Self {
        let enrolled_on = *phone.report.submods.device.platform.known().expect("a platform");
        Self {
            phone,
            enrolled_on,
            at: None,
            last_fresh: None,
            silent_at: None,
            breaks: Vec::new(),
            exemptions: Vec::new(),
            findings: Vec::new(),
            entry: None,
            rules: Ruleset::none(),
        }
    }

    /// Judges, and keeps the findings as a database would.
    pub fn judge(&mut self, now: Timestamp) -> Outcome {
        let outcome = judge(&self.rules, &self.case(now));
        let stored = serde_json::to_string(&outcome.findings).expect("findings are JSON");
        self.findings = serde_json::from_str(&stored).expect("findings are read back");
        assert_eq!(self.findings, outcome.findings, "findings survive being stored");
        outcome
    }

    pub fn case(&self, now: Timestamp) -> Case<'_> {
        let evidence =
            self.at.map(|at| Evidence { report: &self.phone.report, digest: Digest::of(b"it"), at });
        Case {
            now,
            enrolled: T0(),
            platform: self.enrolled_on,
            evidence,
            last_fresh: self.last_fresh,
            silent_at: self.silent_at,
            breaks: &self.breaks,
            attested: self.phone.proof.as_ref(),
            watched: self.phone.watched.as_ref(),
            told: &self.phone.told,
            register: self.entry.as_ref().map_or(Register::NoEntry, Register::Entry),
            catalogue: &CATALOGUE,
            exemptions: &self.exemptions,
            previous: &self.findings,
        }
    }

    pub fn report(&mut self, at: Timestamp, nonce: Timestamp) {
        self.at = Some(at);
        self.last_fresh = self.last_fresh.max(Some(nonce));
        self.phone.report.number += 1;
    }
}

/// A document with these rules, assigned to `org`.
pub fn document(rules: &[String], more: &str) -> Document {
    let rules: Vec<String> = rules.iter().map(|rule| format!("  - {rule}\n")).collect();
    let rules =
        if rules.is_empty() { "rules: []\n".to_owned() } else { format!("rules:\n{}", rules.concat()) };
    let schedule = if more.contains("schedule:") { "" } else { "schedule: {silent_after: 1000d}\n" };
    let text = format!("policy: p\n{schedule}{more}\n{rules}assign: [{{org: org}}]\n");
    Document::from_yaml(&text, &CATALOGUE).unwrap_or_else(|error| panic!("{error} in\n{text}"))
}

pub fn org() -> Org {
    Org { id: "org".to_owned(), title: "Org".to_owned(), time_zone: "UTC".to_owned() }
}

/// Tells every story of a file; how many there were.
pub fn tell(file: &str) -> usize {
    let stories = file.split("\n== ").map(|story| story.trim_start_matches("== "));
    let told = stories.filter(|story| !story.trim().is_empty() && !story.starts_with('#')).map(one);
    told.count()
}

fn one(story: &str) {
    let (title, lines) = story.split_once('\n').expect("a title and lines");
    let mut policies: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut more = String::new();
    let mut device = Device::new(Phone::android());
    let mut policy: Option<DevicePolicy> = None;
    let mut started = false;
    for line in lines
        .lines()
        .map(|line| line.split(" # ").next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
    {
        let (head, rest) = line.split_once(':').unwrap_or_else(|| panic!("{title}: {line}"));
        let rest = rest.trim();
        match head.split_whitespace().collect::<Vec<_>>()[..] {
            ["rule"] => policies.entry(0).or_default().push(rest.to_owned()),
            ["rule", nth] => {
                policies.entry(nth.parse().expect("a number")).or_default().push(rest.to_owned())
            }
            ["document"] => more = rest.to_owned(),
            ["phone"] if rest == "aurora" => device = Device::new(Phone::aurora()),
            _ => {
                let now = moment(head);
                let (events, wanted) = rest.split_once('|').unwrap_or((rest, ""));
                let mut events: Vec<&str> = events.split_whitespace().collect();
                if !started
                    && !events.contains(&"no-policy")
                    && !events.iter().any(|e| e.starts_with("policy="))
                {
                    events.insert(0, "policy=0");
                }
                started = true;
                for event in &events {
                    if let Some(nth) = event.strip_prefix("policy=") {
                        let rules =
                            policies.get(&nth.parse().expect("a number")).cloned().unwrap_or_default();
                        let document = document(&rules, &more);
                        policy = compile(&[&document], &[org()], policy.as_ref(), now);
                        device.rules = policy.clone().map_or_else(Ruleset::none, Ruleset::new);
                    }
                }
                happen(&mut device, &events, now);
                let outcome = device.judge(now);
                for wanted in wanted.split_whitespace() {
                    check(&outcome, wanted, &format!("{title}\n  {line}"));
                }
            }
        }
    }
}

fn moment(hours: &str) -> Timestamp {
    let hours: f64 = hours.trim().parse().unwrap_or_else(|_| panic!("{hours:?} is not a time"));
    T0() + Span::from_secs((hours * 3600.0).round() as u64)
}

/// What happens on one line.
pub fn happen(device: &mut Device, events: &[&str], now: Timestamp) {
    let (mut at, mut nonce, mut reports) = (now, now, false);
    for event in events {
        let (what, value) = event.split_once('=').unwrap_or((event, ""));
        match what {
            "tick" | "no-policy" | "policy" => {}
            "exempt" => device.exemptions.push(exemption(value)),
            "told" if value == "none" => device.phone.told.clear(),
            "told" => device.phone.told.push(told(value)),
            "entry" => device.entry = entry(value),
            "break" => device.breaks.push(chain_break(value, now)),
            "ack" => device.breaks.clear(),
            "at" => at = moment(value),
            "nonce" => nonce = moment(value),
            "silent-at" => device.silent_at = Some(moment(value)),
            _ => {
                reports = true;
                change(&mut device.phone, what, value);
            }
        }
    }
    if reports {
        device.report(at, nonce);
    }
}

fn exemption(value: &str) -> Exemption {
    let (rule, span) = value.split_once(':').expect("rule:from..until");
    let (from, until) = span.split_once("..").expect("from..until");
    Exemption {
        id: value.to_owned(),
        rule: rule.to_owned(),
        from: moment(from),
        until: moment(until),
        reason: "because".to_owned(),
    }
}

/// `none`, `by:HOURS`, or why it is left over and since when: `lost:HOURS`.
fn entry(value: &str) -> Option<Entry> {
    let (what, hours) = value.split_once(':').unwrap_or((value, "0"));
    let left = |left| Some(Entry { replace_by: None, left: Some((left, moment(hours))) });
    match what {
        "none" => None,
        "by" => Some(Entry { replace_by: Some(moment(hours)), left: None }),
        "replaced" => left(Left::Replaced),
        "retired" => left(Left::Retired),
        "lost" => left(Left::Lost),
        _ => left(Left::Spare),
    }
}

/// `messenger` since ever, or `messenger@hours`.
fn told(value: &str) -> Told {
    let (messenger, hours) = value.split_once('@').unwrap_or((value, "-10000"));
    let hours: i64 = hours.parse().expect("hours");
    Told {
        messenger: messenger.to_owned(),
        package: "told".to_owned(),
        version: None,
        matched: MatchKind::Exact,
        seen_at: Timestamp::from_millis(T0().millis() + hours * 3_600_000),
    }
}

fn chain_break(value: &str, at: Timestamp) -> ChainBreak {
    let (kind, number) = value.split_once(':').expect("kind:number");
    let kind = match kind {
        "fork" => BreakKind::Fork,
        "reset" => BreakKind::Reset,
        _ => BreakKind::Gap,
    };
    ChainBreak { kind, at, number: number.parse().expect("a number") }
}

fn fact<T>(value: &str, known: impl Fn(&str) -> T) -> Fact<T> {
    if value == "?" { Fact::Unknown(Reason::Denied) } else { Fact::Known(known(value)) }
}

fn text<const N: usize>(value: &str) -> Fact<Text<N>> {
    fact(value, Text::clipped)
}

fn change(phone: &mut Phone, what: &str, value: &str) {
    let on = |word: &str| word == "on";
    match what {
        "report" => {}
        "apps" => phone.sources(&fact(value, |_| Read)),
        "watch" => match value.strip_prefix('-') {
            Some(id) => drop(phone.watched.as_mut().map(|watched| watched.remove(id))),
            None if value == "?" => phone.watched = None,
            None => phone.watched = Phone::android().watched,
        },
        "platform" => phone.device().platform = fact(value, |word| word.parse().expect("a platform")),
        "os" => phone.device().os_version = text(value),
        "lock" => phone.device().lock_set = fact(value, on),
        "strength" => phone.device().lock_strength = fact(value, |word| word.parse().expect("a strength")),
        "dev" => phone.device().developer_options = fact(value, on),
        "enc" => phone.device().encryption = fact(value, |word| word.parse().expect("a state")),
        "boot" => phone.device().bootloader_locked = fact(value, |word| word == "locked"),
        "verified" => phone.device().verified_boot = fact(value, |word| word.parse().expect("a state")),
        "patch" => phone.device().security_patch = fact(value, |day| day.parse().expect("a day")),
        "maker" => (phone.device().manufacturer, phone.device().brand) = (text(value), text(value)),
        "agent" => phone.report.submods.agent.version = Text::clipped(value),
        "root" if value == "none" => *phone = phone.clone().root(&[]),
        "root" if value == "?" => phone.device().root_signs = Fact::Unknown(Reason::Denied),
        "root" => *phone = phone.clone().root(&[value.parse().expect("a sign")]),
        "proof" => {
            let attested = Attested { bootloader_locked: Some(value == "locked"), ..Attested::default() };
            phone.proof = (value != "none").then_some(attested);
        }
        _ => match what.split_at(1) {
            ("+", id) => phone.install(id, MatchKind::Exact),
            ("~", id) => phone.install(id, MatchKind::UnverifiedPattern),
            ("-", id) => phone.remove(id),
            _ => panic!("unknown event {what}"),
        },
    }
}

fn check(outcome: &Outcome, wanted: &str, line: &str) {
    let (what, value) = wanted.split_once('=').unwrap_or_else(|| panic!("{line}: {wanted}"));
    if what == "next" {
        // The silence that would begin after a thousand days is not what stories are about.
        let next = outcome.next.filter(|at| *at < moment("20000")).map_or("-".to_owned(), in_hours);
        return assert_eq!(next, value, "next\n  {line}");
    }
    if let Some(rule) = what.strip_prefix("edge:") {
        let edge = outcome.edges.iter().find(|edge| edge.rule == rule);
        let at = edge.map_or("-".to_owned(), |edge| in_hours(edge.at));
        return assert_eq!(at, value, "edge of {rule}\n  {line}");
    }
    if let Some(rule) = what.strip_prefix("mode:") {
        return assert_eq!(finding(outcome, rule, line).mode.word(), value, "mode of {rule}\n  {line}");
    }
    if let Some(rule) = what.strip_prefix("beneath:") {
        let finding = finding(outcome, rule, line);
        return assert_eq!(finding.beneath.map_or("-", State::word), value, "beneath {rule}\n  {line}");
    }
    let (state, since, due) = if what == "verdict" {
        (outcome.verdict.state, outcome.verdict.since, outcome.verdict.due)
    } else {
        let finding = finding(outcome, what, line);
        (finding.state, finding.since, finding.due)
    };
    let mut said = state.word().to_owned();
    if value.contains('@') {
        said = format!("{said}@{}", in_hours(since));
    }
    if value.contains('/') {
        said = format!("{said}/{}", due.map_or("-".to_owned(), in_hours));
    }
    assert_eq!(said, value, "{what}\n  {line}\n  {outcome:#?}");
}

fn finding<'a>(outcome: &'a Outcome, rule: &str, line: &str) -> &'a Finding {
    let mut found = outcome.findings.iter().filter(|finding| finding.rule == rule);
    let first = found.next().unwrap_or_else(|| panic!("no finding of {rule}\n  {line}"));
    assert!(found.next().is_none(), "two findings of {rule}\n  {line}");
    first
}

fn in_hours(at: Timestamp) -> String {
    let millis = at.millis() - T0().millis();
    let hours = millis as f64 / 3_600_000.0;
    if hours.fract() == 0.0 { format!("{hours:.0}") } else { format!("{hours}") }
}
