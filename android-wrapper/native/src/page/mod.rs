//! The person's screen as data: sections of rows, and what can be done. Every word comes from the agent's texts; Java draws it.

mod limits;
mod reader;

use std::sync::PoisonError;

use muster_agent::status::{Judgement, OrderLine, RuleLine, Status, local, report_lines};
use muster_agent::texts::{Language, NEVER_READ};
use muster_proto::policy::Mode;
use muster_proto::verdict::State;
use serde::Serialize;
use serde_json::Value;

use crate::agent::{Agent, value};
use crate::error::Result;
use crate::settle::Problem;
use reader::Reader;

/// The screen.
#[derive(Debug, Serialize)]
struct Page {
    title: String,
    sections: Vec<Section>,
    actions: Vec<Action>,
}

#[derive(Debug, Serialize)]
struct Section {
    id: &'static str,
    title: String,
    rows: Vec<Row>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Row {
    text: String,
    detail: Option<String>,
    tone: &'static str,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
struct Action {
    id: &'static str,
    text: String,
    target: Option<String>,
}

/// What the screen shows now.
pub fn page(agent: &Agent, language: Language, ahead: Option<i32>) -> Result<Value> {
    let mut problem = agent.problem.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let stored = agent.stored().unwrap_or_else(|error| {
        problem = Some(Problem::from(&error));
        None
    });
    let status = Status::of(stored, agent.now());
    value(&of(&status, problem.as_ref(), Reader::new(language, ahead)))
}

fn of(status: &Status, problem: Option<&Problem>, language: Reader) -> Page {
    let title = |key: &str| language.text(key).to_owned();
    let section = |id, key: &str, rows| Section { id, title: title(key), rows };
    let mut sections = vec![section("verdict", "verdict", verdict(status, problem, language))];
    let mut actions = Vec::new();
    if status.device.is_some() {
        sections.push(section("rules", "rules", rules(status.verdict.as_ref(), language)));
        let facts = status.last_report.as_ref().map(|last| &last.report.submods.device);
        let (rows, settings) = limits::limits(facts, *language);
        sections.push(section("limits", "screen.limits", rows));
        sections.push(section("report", "screen.report", report(status, language)));
        actions.push(action("check", None, language));
        actions.push(action("open", None, language));
        if status.last_report.is_some() {
            actions.push(action("share", None, language));
        }
        actions.extend(settings.map(|target| action("settings-battery", Some(target.to_owned()), language)));
    }
    let never = NEVER_READ.iter().map(|key| plain(language.text(key).to_owned())).collect();
    sections.push(section("never", "never-read", never));
    if status.device.is_some() {
        sections.push(section("orders", "orders", orders(&status.orders, language)));
    }
    sections.push(section("about", "screen.about", about(status, language)));
    if let Some(contact) = &status.contact {
        actions.push(action("contact", reach(local(contact, *language)), language));
    }
    Page { title: title("screen.title"), sections, actions }
}

fn verdict(status: &Status, problem: Option<&Problem>, language: Reader) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(problem) = problem {
        let key = format!("problem.{}", problem.code);
        let text = if Language::knows(&key) { language.text(&key) } else { language.text("screen.problem") };
        rows.push(Row { text: text.to_owned(), detail: Some(problem.text.clone()), tone: "bad" });
    }
    let code = status.code.as_deref().unwrap_or("—");
    let standing = match status.standing {
        "not-enrolled" => Some(language.text("not-enrolled").to_owned()),
        "pending" => Some(language.filled("pending", &[code])),
        "stopped" => Some(language.filled("screen.stopped", &[code])),
        "retired" => Some(language.text("retired").to_owned()),
        _ => None,
    };
    rows.extend(standing.map(|text| Row { text, detail: None, tone: "unknown" }));
    if status.device.is_none() {
        return rows;
    }
    rows.push(match &status.verdict {
        None => Row { text: language.text("no-verdict").to_owned(), detail: None, tone: "unknown" },
        Some(judgement) => Row {
            text: capital(&language.word("state", judgement.state.word())),
            detail: Some(match judgement.preview {
                true => language.text("preview").to_owned(),
                false => language.filled("judged", &[&language.moment(judgement.judged)]),
            }),
            tone: tone(judgement.state),
        },
    });
    if let Some(contact) = &status.contact {
        rows.push(named("contact", local(contact, *language), language));
    }
    rows
}

fn rules(judgement: Option<&Judgement>, language: Reader) -> Vec<Row> {
    let none = || vec![plain(language.text("no-rules").to_owned())];
    let Some(judgement) = judgement else { return none() };
    let mut rules: Vec<&RuleLine> = judgement.rules.iter().collect();
    // What is to be put right stands first.
    rules.sort_by_key(|rule| std::cmp::Reverse(weight(rule.state)));
    let rows: Vec<Row> = rules.into_iter().map(|rule| self::rule(rule, language)).collect();
    if rows.is_empty() { none() } else { rows }
}

fn rule(rule: &RuleLine, language: Reader) -> Row {
    let state = language.word("state", rule.state.word());
    let mut lines = vec![format!("{state}, {}", language.filled("since", &[&language.moment(rule.since)]))];
    if rule.mode != Mode::Enforce {
        lines.push(language.word("mode", rule.mode.word()));
    }
    if let Some(due) = rule.due {
        let key = if rule.state == State::Failing { "was-due" } else { "until" };
        lines.push(language.filled(key, &[&language.moment(due)]));
    }
    lines.extend(rule.exempt_until.map(|until| language.filled("exempt-until", &[&language.moment(until)])));
    if weight(rule.state) > 0 {
        if !rule.shown_by.is_empty() {
            let shown = rule.shown.lines(*language).join(", ");
            lines.push(language.filled("shown-by", &[&shown]));
        }
        lines.extend(
            rule.remedy
                .as_ref()
                .filter(|_| rule.is_broken())
                .map(|remedy| language.filled("remedy", &[local(remedy, *language)])),
        );
    }
    Row {
        text: local(&rule.title, *language).to_owned(),
        detail: Some(lines.join("\n")),
        tone: tone(rule.state),
    }
}

fn report(status: &Status, language: Reader) -> Vec<Row> {
    let Some(last) = &status.last_report else {
        return vec![plain(language.text("no-report").to_owned())];
    };
    let trigger = language.word("trigger", last.report.trigger.word());
    let (number, size) = (last.number.to_string(), last.size.to_string());
    let made = language.filled("report-made", &[&number, &language.moment(last.made), &trigger, &size]);
    let (arrived, tone) = match (last.accepted, &last.code) {
        (Some(accepted), _) => (language.filled("report-accepted", &[&language.moment(accepted)]), "good"),
        (None, Some(code)) => (language.filled("report-refused", &[code]), "bad"),
        (None, None) => (language.text("report-waits").to_owned(), "grace"),
    };
    let mut rows = vec![Row { text: made, detail: Some(arrived), tone }];
    rows.extend(
        report_lines(&last.report, *language)
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .map(|line| match line.split_once(": ") {
                Some((name, value)) => {
                    Row { text: capital(name), detail: Some(value.to_owned()), tone: "plain" }
                }
                None => plain(line.trim_end_matches(':').to_owned()),
            }),
    );
    rows
}

fn orders(orders: &[OrderLine], language: Reader) -> Vec<Row> {
    if orders.is_empty() {
        return vec![plain(language.text("no-orders").to_owned())];
    }
    let row = |order: &OrderLine| {
        let kind = language.word("order", order.kind.word());
        let issued = language.moment(order.issued);
        let (outcome, tone) = match (order.report, &order.failed) {
            (_, Some(code)) => (language.filled("order-failed", &[code]), "bad"),
            (Some(report), None) => (language.filled("order-answered", &[&report.to_string()]), "plain"),
            (None, None) => (language.text("order-open").to_owned(), "plain"),
        };
        let text = language.filled("order-line", &[&issued, &kind, &order.requested_by, &order.reason]);
        Row { text, detail: Some(outcome), tone }
    };
    orders.iter().map(row).collect()
}

fn about(status: &Status, language: Reader) -> Vec<Row> {
    let mut rows = vec![named("agent", &format!("muster {}", status.agent), language)];
    rows.extend(status.device.map(|device| named("device", &device.to_string(), language)));
    rows.extend(status.server.as_ref().map(|server| named("server", server, language)));
    rows.extend(status.enrolled.map(|enrolled| named("enrolled", &language.moment(enrolled), language)));
    rows.extend(status.key.map(|key| named("key", &key.to_string(), language)));
    if status.device.is_some() {
        let (reports, bytes) = (status.waiting.reports.to_string(), status.waiting.bytes.to_string());
        rows.push(named("waiting", &language.filled("waiting-words", &[&reports, &bytes]), language));
    }
    rows.extend(status.last_error.as_ref().map(|code| Row {
        text: capital(language.text("last-error")),
        detail: Some(code.clone()),
        tone: "unknown",
    }));
    rows
}

/// How to reach whom a policy names: by mail where there is an address, else by telephone; in words alone where there is neither.
fn reach(contact: &str) -> Option<String> {
    let words = || contact.split([' ', ',', ';', '<', '>', '(', ')']).map(|word| word.trim_matches('.'));
    let is_link =
        |word: &&str| word.starts_with("https://") || word.starts_with("mailto:") || word.starts_with("tel:");
    if let Some(link) = words().find(is_link) {
        return Some(link.to_owned());
    }
    let is_mail =
        |word: &&str| word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'));
    if let Some(mail) = words().find(is_mail) {
        return Some(format!("mailto:{mail}"));
    }
    let number: String = contact.chars().filter(|char| char.is_ascii_digit() || *char == '+').collect();
    (number.len() >= 5).then(|| format!("tel:{number}"))
}

fn action(id: &'static str, target: Option<String>, language: Reader) -> Action {
    Action { id, text: language.text(&format!("action.{id}")).to_owned(), target }
}

fn plain(text: String) -> Row {
    Row { text, detail: None, tone: "plain" }
}

fn named(name: &str, value: &str, language: Reader) -> Row {
    Row { text: capital(language.text(name)), detail: Some(value.to_owned()), tone: "plain" }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn tone(state: State) -> &'static str {
    match state {
        State::Compliant => "good",
        State::Grace => "grace",
        State::Failing => "bad",
        State::Unknown => "unknown",
        State::Exempt | State::NotApplicable => "plain",
    }
}

fn weight(state: State) -> u8 {
    match state {
        State::Failing => 4,
        State::Grace => 3,
        State::Unknown => 2,
        State::Exempt => 1,
        State::Compliant | State::NotApplicable => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::makers;
    use muster_agent::core::Clocks;
    use muster_proto::facts::BackgroundLimit;
    use muster_proto::time::{Span, Timestamp};

    fn status() -> Status {
        Status::of(None, Clocks { wall: Timestamp::from_secs(0), mono: Span::default() })
    }

    #[test]
    fn a_phone_that_is_not_enrolled_says_so_and_what_is_never_read() {
        for language in [Language::English, Language::Russian] {
            let page = of(&status(), None, Reader::new(language, None));
            let ids: Vec<&str> = page.sections.iter().map(|section| section.id).collect();
            assert_eq!(ids, ["verdict", "never", "about"]);
            assert_eq!(page.sections[0].rows[0].text, language.text("not-enrolled"));
            assert_eq!(page.sections[1].rows.len(), NEVER_READ.len());
            assert!(page.actions.is_empty());
        }
    }

    #[test]
    fn a_problem_stands_first_in_words_and_in_detail() {
        let problem = Problem { code: "link", text: "server_link: the port is missing".to_owned() };
        let page = of(&status(), Some(&problem), Reader::new(Language::Russian, None));
        let row = &page.sections[0].rows[0];
        assert_eq!((row.text.as_str(), row.tone), (Language::Russian.text("problem.link"), "bad"));
        assert_eq!(row.detail.as_deref(), Some("server_link: the port is missing"));
    }

    #[test]
    fn a_contact_is_reached_by_mail_or_telephone() {
        assert_eq!(reach("IT: help@org.example, +7 495 000").as_deref(), Some("mailto:help@org.example"));
        assert_eq!(reach("Отдел ИТ, +7 (495) 123-45-67").as_deref(), Some("tel:+74951234567"));
        assert_eq!(reach("room 101").as_deref(), None);
        assert_eq!(reach("https://help.example/it").as_deref(), Some("https://help.example/it"));
    }

    #[test]
    fn every_maker_and_every_key_has_its_words() {
        for maker in ["huawei", "honor", "xiaomi", "oppo", "realme", "vivo", "oneplus", "samsung"] {
            assert!(makers::of(maker, "").is_some() && Language::knows(&format!("steps.{maker}")), "{maker}");
        }
        for limit in BackgroundLimit::ALL {
            assert!(Language::knows(&format!("lift.{}", limit.word())), "{limit:?}");
        }
        for source in [
            include_str!("mod.rs"),
            include_str!("limits.rs"),
            include_str!("../../../../agent/src/status/notes.rs"),
        ] {
            for quoted in source.split("text(\"").chain(source.split("filled(\"")).skip(1) {
                let Some((key, _)) = quoted.split_once('"') else { continue };
                let looks_like_key =
                    key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.'));
                assert!(!looks_like_key || key.is_empty() || Language::knows(key), "{key} is missing");
            }
        }
    }
}
