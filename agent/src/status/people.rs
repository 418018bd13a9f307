//! The status as text.

use muster_proto::policy::Local;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use super::report::report_lines;
use super::{Judgement, LastReport, OrderLine, RuleLine, Status};
use crate::texts::{Language, NEVER_READ};

/// The whole status in one language.
#[must_use]
pub fn in_words(status: &Status, language: Language) -> String {
    let mut page = Page { language, text: String::new() };
    page.head(status);
    if status.device.is_some() {
        page.verdict(status);
        page.last_report(status.last_report.as_ref());
        let (reports, bytes) = (status.waiting.reports.to_string(), status.waiting.bytes.to_string());
        page.title(language.text("waiting"));
        page.line(&language.filled("waiting-words", &[&reports, &bytes]));
        page.orders(&status.orders);
    }
    page.title(language.text("never-read"));
    NEVER_READ.iter().for_each(|key| page.line(&format!("– {}", language.text(key))));
    page.text
}

/// A moment as people read it.
#[must_use]
pub fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => text,
    }
}

/// A moment by a clock that is so many seconds ahead of UTC.
#[must_use]
pub fn moment_here(time: Timestamp, ahead: i32) -> String {
    let shift = i64::from(ahead.clamp(-DAY, DAY)) * 1000;
    let shown = moment(Timestamp::from_millis(time.millis().saturating_add(shift)));
    shown.trim_end_matches(" UTC").to_owned()
}

/// No place is further from UTC.
const DAY: i32 = 24 * 3600;

/// The text in this language.
#[must_use]
pub fn local(text: &Local, language: Language) -> &str {
    match language {
        Language::English => text.en.as_str(),
        Language::Russian => text.ru.as_str(),
    }
}

struct Page {
    language: Language,
    text: String,
}

impl Page {
    fn title(&mut self, text: &str) {
        self.text.push('\n');
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn line(&mut self, text: &str) {
        self.text.push_str("  ");
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn named(&mut self, name: &str, value: &str) {
        self.text.push_str(&format!("{name}: {value}\n"));
    }

    fn head(&mut self, status: &Status) {
        let language = self.language;
        self.named(language.text("agent"), &format!("muster-agent {}", status.agent));
        if let Some(device) = status.device {
            self.named(language.text("device"), &device.to_string());
        }
        if let Some(server) = &status.server {
            self.named(language.text("server"), server);
        }
        if let Some(enrolled) = status.enrolled {
            self.named(language.text("enrolled"), &moment(enrolled));
        }
        if let Some(contact) = &status.contact {
            self.named(language.text("contact"), local(contact, language));
        }
        let code = status.code.as_deref().unwrap_or("—");
        match status.standing {
            "not-enrolled" => self.title(language.text("not-enrolled")),
            "pending" => self.title(&language.filled("pending", &[code])),
            "stopped" => self.title(&language.filled("stopped", &[code])),
            "retired" => self.title(language.text("retired")),
            _ => {}
        }
    }

    fn verdict(&mut self, status: &Status) {
        let language = self.language;
        let Some(judgement) = &status.verdict else {
            self.title(language.text("verdict"));
            self.line(language.text("no-verdict"));
            return;
        };
        let state = language.word("state", judgement.state.word());
        self.title(&format!("{}: {state}", language.text("verdict")));
        match judgement.preview {
            true => self.line(language.text("preview")),
            false => self.line(&language.filled("judged", &[&moment(judgement.judged)])),
        }
        self.rules(judgement);
    }

    fn rules(&mut self, judgement: &Judgement) {
        let language = self.language;
        self.title(language.text("rules"));
        if judgement.rules.is_empty() {
            self.line(language.text("no-rules"));
        }
        for rule in &judgement.rules {
            self.rule(rule);
        }
    }

    fn rule(&mut self, rule: &RuleLine) {
        let language = self.language;
        let state = language.word("state", rule.state.word());
        let mode = match rule.mode {
            muster_proto::policy::Mode::Enforce => String::new(),
            mode => format!(" ({})", language.word("mode", mode.word())),
        };
        let since = language.filled("since", &[&moment(rule.since)]);
        self.line(&format!("[{state}] {}{mode}, {since}", local(&rule.title, language)));
        if let Some(due) = rule.due {
            let key = if rule.state == State::Failing { "was-due" } else { "until" };
            self.line(&format!("    {}", language.filled(key, &[&moment(due)])));
        }
        if let Some(until) = rule.exempt_until {
            self.line(&format!("    {}", language.filled("exempt-until", &[&moment(until)])));
        }
        let broken = matches!(rule.state, State::Failing | State::Grace | State::Unknown | State::Exempt);
        if broken && !rule.shown_by.is_empty() {
            let shown = rule.shown.lines(language).join(", ");
            self.line(&format!("    {}", language.filled("shown-by", &[&shown])));
        }
        // What is not known to be broken has nothing to be mended.
        if let Some(remedy) = rule.remedy.as_ref().filter(|_| rule.is_broken()) {
            self.line(&format!("    {}", language.filled("remedy", &[local(remedy, language)])));
        }
    }

    fn last_report(&mut self, last: Option<&LastReport>) {
        let language = self.language;
        self.title(language.text("last-report"));
        let Some(last) = last else {
            self.line(language.text("no-report"));
            return;
        };
        let trigger = language.word("trigger", last.report.trigger.word());
        let (number, size) = (last.number.to_string(), last.size.to_string());
        self.line(&language.filled("report-made", &[&number, &moment(last.made), &trigger, &size]));
        match (last.accepted, &last.code) {
            (Some(accepted), _) => self.line(&language.filled("report-accepted", &[&moment(accepted)])),
            (None, Some(code)) => self.line(&language.filled("report-refused", &[code])),
            (None, None) => self.line(language.text("report-waits")),
        }
        for line in report_lines(&last.report, language) {
            self.line(&line);
        }
    }

    fn orders(&mut self, orders: &[OrderLine]) {
        let language = self.language;
        self.title(language.text("orders"));
        if orders.is_empty() {
            self.line(language.text("no-orders"));
        }
        for order in orders {
            let kind = language.word("order", order.kind.word());
            let issued = moment(order.issued);
            self.line(&language.filled("order-line", &[&issued, &kind, &order.requested_by, &order.reason]));
            let outcome = match (order.report, &order.failed) {
                (_, Some(code)) => language.filled("order-failed", &[code]),
                (Some(report), None) => language.filled("order-answered", &[&report.to_string()]),
                (None, None) => language.text("order-open").to_owned(),
            };
            self.line(&format!("    {outcome}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::InWords;
    use super::*;
    use muster_proto::id::DeviceId;
    use muster_proto::policy::{Mode, Severity};
    use muster_proto::text::Text;

    /// Names, which are Latin in every language.
    const NAMES: [&str; 7] = ["muster-agent", "telegram", "Acme", "UTC", "TCP", "RPM", "root"];

    /// A phone that is in every way not as it should be.
    fn status() -> Status {
        let now = Timestamp::from_secs(1_795_655_820);
        let shown_by = [
            "apps.telegram: 11.2 (foreign, rpm-database)",
            "apps.telegram: 11.2 (management system, as of 2026-11-26T01:17:00Z)",
            "apps.telegram: possibly 11.2 (management system, as of 2026-11-26T01:17:00Z)",
            "apps.telegram: not in the catalogue",
            "apps.sources.rpm-database: absent",
            "device.manufacturer: Acme: not in the catalogue",
            "device.root_signs: remote-shell: TCP port 22",
            "device.root_signs: modified-file: /1: file says 5.2, system says 5.3",
            "device.os_version: 5: not a version that can be compared",
            "device.security_patch: 2030-01-01: a day far ahead",
            "device.lock_after: 10m",
            "chain: gap at report 7",
            "clock: no report since enrolment: 2026-11-26T01:17:00Z",
        ];
        let rule = RuleLine {
            rule: "own-rule".to_owned(),
            title: Local { en: Text::clipped("Own rule"), ru: Text::clipped("Своё правило") },
            state: State::Failing,
            since: now,
            due: Some(now),
            mode: Mode::Warn,
            severity: Severity::High,
            shown: InWords::of(&shown_by.map(str::to_owned)),
            shown_by: shown_by.map(str::to_owned).to_vec(),
            remedy: Some(Local { en: Text::clipped("Mend it."), ru: Text::clipped("Исправьте.") }),
            exempt_until: Some(now),
        };
        let verdict = Judgement {
            preview: false,
            state: State::Failing,
            since: now,
            due: Some(now),
            judged: now,
            rules: vec![rule],
        };
        Status {
            device: Some(DeviceId([1; 16])),
            enrolled: Some(now),
            verdict: Some(verdict),
            ..Status::bare("active")
        }
    }

    #[test]
    fn the_russian_page_has_no_english_words_and_no_page_a_raw_time() {
        let page = in_words(&status(), Language::Russian);
        let words = page.split(|c: char| !c.is_alphanumeric() && c != '-');
        let latin = words.filter(|word| word.chars().filter(char::is_ascii_alphabetic).count() > 2);
        let english: Vec<&str> = latin.filter(|word| !NAMES.contains(word)).collect();
        assert_eq!(english, Vec::<&str>::new(), "{page}");
        for page in [page, in_words(&status(), Language::English)] {
            assert!(page.contains("2026-11-26 01:17 UTC"), "{page}");
            assert!(!page.contains("T01:17"), "{page}");
        }
    }
}
