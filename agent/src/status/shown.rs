//! What shows that a rule is kept or broken, in a person's words: a verdict says it as a pair of names, `WHAT: VALUE`, for every reader alike.

use muster_policy::units::Length;
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
        "clock" | "register" => clock(value, language),
        "device.lock_after" => length(value, language),
        _ if what.starts_with("apps.") => application(value, language),
        _ => remark(value, language),
    }
}

/// `PACKAGE VERSION (SIGNATURE, SOURCE)` or `PACKAGE VERSION (management system, as of WHEN)`, and before it that it is only possible.
fn application(value: &str, language: Language) -> String {
    if let Some(possible) = value.strip_prefix("possibly ") {
        return language.filled("seen-possibly", &[&application(possible, language)]);
    }
    let inner = value.strip_suffix(')').and_then(|value| value.rsplit_once(" ("));
    let words = inner.and_then(|(app, words)| Some((app, words.split_once(", ")?)));
    words.map_or_else(
        || value.to_owned(),
        |(app, words)| match words {
            ("management system", as_of) => {
                let at = as_of.strip_prefix("as of ").unwrap_or(as_of);
                language.filled("seen-told", &[app, &when(at)])
            }
            (signature, source) => format!(
                "{app} ({}, {})",
                language.word("signature", signature),
                language.word("source", source)
            ),
        },
    )
}

/// `VALUE: A SENTENCE about it`.
fn remark(value: &str, language: Language) -> String {
    match value.rsplit_once(": ") {
        Some((value, about)) => format!("{value}: {}", language.word("seen", about)),
        None => value.to_owned(),
    }
}

/// A length as a policy writes it (`5m`), in seconds as the report shows it.
fn length(value: &str, language: Language) -> String {
    let seconds = |length: Length| language.filled("seconds", &[&length.0.secs().to_string()]);
    value.parse().map_or_else(|_| value.to_owned(), seconds)
}

/// `KIND: WHAT WAS SEEN`.
fn root(value: &str, language: Language) -> String {
    let Some((kind, seen)) = value.split_once(": ") else { return language.word("root", value) };
    root_sign(kind, seen, language)
}

/// A sign of root and what was seen: a name or a path, `TCP port NUMBER`, or `FILE: file says THIS, system says THAT`.
pub(super) fn root_sign(kind: &str, seen: &str, language: Language) -> String {
    let port = || Some(language.filled("seen-port", &[seen.strip_prefix("TCP port ")?]));
    let two_stories = || {
        let (file, told) = seen.split_once(": file says ")?;
        let (told, system) = told.split_once(", system says ")?;
        Some(language.filled("seen-two-stories", &[file, told, system]))
    };
    let seen = port().or_else(two_stories).unwrap_or_else(|| seen.to_owned());
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
    format!("{}: {}", language.word("seen", heard), when(at))
}

fn when(at: &str) -> String {
    at.parse::<Timestamp>().map_or_else(|_| at.to_owned(), moment)
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
    fn every_form_has_its_words_and_its_time() {
        for (line, russian, english) in [
            (
                "apps.telegram: 1.2 (management system, as of 2026-11-26T01:17:00Z)",
                "1.2 (система управления, по состоянию на 2026-11-26 01:17 UTC)",
                "1.2 (management system, as of 2026-11-26 01:17 UTC)",
            ),
            (
                "apps.x: possibly 1 (management system, as of 2026-11-26T01:17:00Z)",
                "возможно, 1 (система управления, по состоянию на 2026-11-26 01:17 UTC)",
                "possibly 1 (management system, as of 2026-11-26 01:17 UTC)",
            ),
            (
                "device.manufacturer: 42: not in the catalogue",
                "42: нет в каталоге",
                "42: not in the catalogue",
            ),
            ("apps.x: not in the catalogue", "нет в каталоге", "not in the catalogue"),
            (
                "device.security_patch: 2030-01-01: a day far ahead",
                "2030-01-01: день далеко впереди",
                "2030-01-01: a day far ahead",
            ),
            (
                "device.os_version: 5.x: not a version that can be compared",
                "5.x: такую версию нельзя сравнить",
                "5.x: not a version that can be compared",
            ),
            ("device.lock_after: 5m", "300 с", "300 s"),
            ("device.root_signs: remote-shell: TCP port 22", "(порт TCP 22)", "(TCP port 22)"),
            (
                "device.root_signs: modified-file: /etc/os-release: file says 5.2, system says 5.3",
                "(/etc/os-release: в файле 5.2, по данным системы 5.3)",
                "(/etc/os-release: file says 5.2, system says 5.3)",
            ),
            (
                "clock: last fresh report: 2026-11-26T01:17:00Z",
                "2026-11-26 01:17 UTC",
                "2026-11-26 01:17 UTC",
            ),
            ("chain: fork at report 7", "раздвоение, отчёт 7", "two chains at report 7"),
        ] {
            let said = shown(line, Language::Russian);
            assert!(said.ends_with(russian), "{said}");
            let said = shown(line, Language::English);
            assert!(said.ends_with(english), "{said}");
        }
    }

    #[test]
    fn english_has_no_raw_names() {
        let said = shown("apps.max: ru.oneme.app 1 (foreign, package-manager)", Language::English);
        assert_eq!(said, "max: ru.oneme.app 1 (signed by somebody else, package manager)");
        assert_eq!(shown("device.lock_set: no", Language::English), "screen lock set up: no");
    }
}
