//! What shows that a rule is kept or broken, in a person's words: a verdict says it as a pair of names, `WHAT: VALUE`, for every reader alike.

use muster_proto::time::Timestamp;

use super::people::moment;
use crate::texts::Language;

/// One line of a verdict's evidence in this language; whatever it doesn't know stays as it is.
#[must_use]
pub fn shown(line: &str, language: Language) -> String {
    match line.split_once(": ") {
        Some((what, value)) => format!("{}: {}", name(what, language), said(what, value, language)),
        None => line.to_owned(),
    }
}

/// Where a fact's words stand, if they are a closed list.
const LISTS: [(&str, &str); 6] = [
    ("device.platform", "platform"),
    ("device.encryption", "encryption"),
    ("device.lock_strength", "strength"),
    ("device.verified_boot", "boot"),
    ("device.management", "management"),
    ("device.scope", "scope"),
];

fn name(what: &str, language: Language) -> String {
    if let Some(fact) = what.strip_prefix("device.") {
        return language.word("fact", fact);
    }
    if let Some(source) = what.strip_prefix("apps.sources.") {
        return language.word("source", source);
    }
    let known = language.word("shown", what);
    if known == what { what.strip_prefix("apps.").unwrap_or(what).to_owned() } else { known }
}

fn said(what: &str, value: &str, language: Language) -> String {
    let key = |list: &str| format!("{list}.{value}");
    let list = LISTS.iter().find(|(fact, _)| *fact == what).map(|(_, list)| *list);
    if let Some(list) = list.filter(|list| Language::knows(&key(list))) {
        return language.word(list, value);
    }
    if Language::knows(&key("reason")) {
        return language.filled("not-read", &[&language.word("reason", value)]);
    }
    if Language::knows(&key("seen")) {
        return language.word("seen", value);
    }
    if let Some(proven) = value.strip_suffix(" by the hardware") {
        return language.filled("seen-by-hardware", &[&said(what, proven, language)]);
    }
    match what {
        "device.root_signs" => root(value, language),
        "chain" => broken(value, language),
        "clock" => clock(value, language),
        _ if what.starts_with("apps.") => application(value, language),
        _ => value.to_owned(),
    }
}

/// `PACKAGE VERSION (SIGNATURE, SOURCE)`, and before it that it is only possible.
fn application(value: &str, language: Language) -> String {
    if let Some(possible) = value.strip_prefix("possibly ") {
        return language.filled("seen-possibly", &[&application(possible, language)]);
    }
    let inner = value.strip_suffix(')').and_then(|value| value.rsplit_once(" ("));
    let words = inner.and_then(|(app, words)| Some((app, words.split_once(", ")?)));
    words.map_or_else(
        || value.to_owned(),
        |(app, (signature, source))| {
            format!("{app} ({}, {})", language.word("signature", signature), language.word("source", source))
        },
    )
}

/// `KIND: WHAT WAS SEEN`.
fn root(value: &str, language: Language) -> String {
    let Some((kind, seen)) = value.split_once(": ") else { return language.word("root", value) };
    format!("{} ({seen})", language.word("root", kind))
}

/// `KIND at report NUMBER`.
fn broken(value: &str, language: Language) -> String {
    value.split_once(" at report ").map_or_else(
        || value.to_owned(),
        |(kind, number)| language.filled("seen-chain", &[&language.word("seen", kind), number]),
    )
}

/// `WHAT WAS HEARD: WHEN`.
fn clock(value: &str, language: Language) -> String {
    let Some((heard, at)) = value.split_once(": ") else { return value.to_owned() };
    let at = at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), moment);
    format!("{}: {at}", language.word("seen", heard))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_is_said_in_the_persons_language() {
        let said = |line: &str| shown(line, Language::Russian);
        assert_eq!(
            said("apps.telegram: org.telegram.messenger 11.5.3 (official, package-manager)"),
            "telegram: org.telegram.messenger 11.5.3 (подписано производителем, менеджер пакетов)"
        );
        assert_eq!(said("device.lock_set: no"), "блокировка экрана включена: нет");
        assert_eq!(said("device.encryption: inactive"), "шифрование памяти: выключено");
        assert_eq!(said("device.root_signs: denied"), "признаки прав root: не прочитано: нет доступа");
        assert_eq!(said("apps.sources.package-manager: not reported"), "менеджер пакетов: нет в отчёте");
        assert!(said("clock: last fresh report: 2026-01-02T03:04:05Z").contains("2026-01-02 03:04"));
        assert!(said("device.verified_boot: orange by the hardware").contains("не проверена"));
        assert_eq!(said("something else"), "something else");
        assert_eq!(said("some: thing"), "some: thing");
    }

    #[test]
    fn english_has_no_raw_names() {
        let said = shown("apps.max: ru.oneme.app 1 (foreign, package-manager)", Language::English);
        assert_eq!(said, "max: ru.oneme.app 1 (signed by somebody else, package manager)");
        assert_eq!(shown("device.lock_set: no", Language::English), "screen lock set up: no");
    }
}
