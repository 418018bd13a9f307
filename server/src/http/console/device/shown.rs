//! What shows a finding, in the reader's language. The judge says it in one language, in few forms; what is in none of them is said as
//! it stands.

use crate::http::console::when::When;
use crate::i18n::words;
use muster_proto::facts::{DeviceFacts, Reason};
use muster_proto::time::Timestamp;

/// What is shown (none where the value says it all), and its value.
#[must_use]
pub fn shown_words(when: &When, what: &str, value: &str) -> (Option<String>, String) {
    let lang = when.lang;
    let parts: Vec<&str> = what.splitn(3, '.').collect();
    match parts.as_slice() {
        ["device", fact] => {
            let name = fact.replace('-', "_");
            (Some(lang.word("fact", &name)), fact_value(when, &name, value))
        }
        ["apps", "sources", source] => {
            let source = lang.word("app-source", source);
            (Some(lang.with("inventory", [("source", words(&source))])), fact_value(when, "", value))
        }
        ["apps", "watch-list"] => (None, sentence(when, value)),
        ["apps", messenger] => (Some((*messenger).to_owned()), sighting(when, value)),
        ["agent", "version"] => (Some(lang.say("agent-version")), value.to_owned()),
        ["chain"] => (None, broken(when, value).unwrap_or_else(|| sentence(when, value))),
        _ => (None, sentence(when, value)),
    }
}

/// What is planned as a day, in the place's time zone.
const DAY: &str = "had to be replaced by";

fn fact_value(when: &When, name: &str, value: &str) -> String {
    let lang = when.lang;
    if Reason::ALL.iter().any(|reason| reason.word() == value) {
        return lang.word("reason", value);
    }
    if let Some((kind, seen)) = value.split_once(": ").filter(|_| name == "root_signs") {
        return format!("{} ({seen})", lang.word("value-root", kind));
    }
    let word = lang.word(&format!("value-{name}"), value);
    if word == value && DeviceFacts::KEYS.iter().any(|(_, known)| *known == name) {
        sentence(when, value)
    } else {
        word
    }
}

/// `package version (signature, source)`, `package version (management system, as of …)`, `possibly …`, or a sentence.
fn sighting(when: &When, value: &str) -> String {
    let lang = when.lang;
    if let Some(rest) = value.strip_prefix("possibly ") {
        return format!("{} {}", lang.say("possibly"), sighting(when, rest));
    }
    let inner = value.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    match inner.and_then(|(package, inner)| Some((package, inner.split_once(", ")?))) {
        Some((package, ("management system", as_of))) => {
            let seen = as_of.strip_prefix("as of ").and_then(|at| at.parse::<Timestamp>().ok());
            let seen = seen.map_or_else(|| as_of.to_owned(), |at| when.exact(at));
            format!("{package} ({}, {seen})", lang.say("management-system"))
        }
        Some((package, (signature, source))) => {
            let signature =
                lang.with("signature-is", [("signature", words(&lang.word("signature", signature)))]);
            format!("{package} ({signature}; {})", lang.word("app-source", source))
        }
        None => sentence(when, value),
    }
}

/// `fork at report 7`.
fn broken(when: &When, value: &str) -> Option<String> {
    let (kind, number) = value.split_once(" at report ")?;
    Some(format!("{}, №\u{a0}{number}", when.lang.word("break", kind)))
}

/// A sentence that the texts have as a whole, as `SENTENCE: time`, as `value: SENTENCE`; or as it is.
fn sentence(when: &When, text: &str) -> String {
    let known = |text: &str| {
        let slug: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let word = when.lang.word("evidence", &slug);
        (word != slug).then_some(word)
    };
    if let Some(whole) = known(text) {
        return whole;
    }
    match text.split_once(": ") {
        Some((what, rest)) => match (known(what), rest.parse::<Timestamp>(), known(rest)) {
            // the day of a plan, not the midnight that ends it
            (Some(word), Ok(at), _) if what == DAY => format!("{word}: {}", when.until_day(at)),
            (Some(what), Ok(at), _) => format!("{what}: {}", when.exact(at)),
            (_, _, Some(rest)) => format!("{what}: {rest}"),
            _ => text.to_owned(),
        },
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn what_the_judge_says_is_said_in_russian() {
        let when = When::utc(Lang::Ru, "2026-03-28T09:00:00Z".parse().unwrap());
        for (what, value, title, said) in [
            ("device.encryption", "inactive", Some("Шифрование памяти"), "не зашифрована"),
            ("device.lock_strength", "denied", Some("Стойкость блокировки"), "нет прав на чтение"),
            (
                "device.root_signs",
                "su-program: /usr/bin/su",
                Some("Признаки root"),
                "программа, дающая root (/usr/bin/su)",
            ),
            ("device.root_signs", "none", Some("Признаки root"), "нет"),
            (
                "device.manufacturer",
                "Acme: not in the catalogue",
                Some("Производитель"),
                "Acme: нет в каталоге",
            ),
            ("apps.sources.apm", "denied", Some("Перечень: APM"), "нет прав на чтение"),
            (
                "apps.telegram",
                "org.x 1.0 (foreign, flatpak)",
                Some("telegram"),
                "org.x 1.0 (подпись чужая; Flatpak)",
            ),
            (
                "apps.telegram",
                "possibly a (official, snap)",
                Some("telegram"),
                "возможно, a (подпись официальная; Snap)",
            ),
            (
                "apps.telegram",
                "org.x (management system, as of 2026-03-28T06:00:00Z)",
                Some("telegram"),
                "org.x (система управления, 28 марта 2026, 06:00:00 UTC)",
            ),
            (
                "apps",
                "none of the required messengers was found",
                None,
                "ни одного из требуемых мессенджеров не найдено",
            ),
            (
                "clock",
                "last fresh report: 2026-03-28T06:00:00Z",
                None,
                "последний свежий отчёт: 28 марта 2026, 06:00:00 UTC",
            ),
            ("chain", "fork at report 7", None, "Развилка: два отчёта под одним номером, №\u{a0}7"),
            (
                "register",
                "left over, lost: 2026-03-28T06:00:00Z",
                None,
                "остался в работе: числится утерянным с: 28 марта 2026, 06:00:00 UTC",
            ),
            (
                "register",
                "had to be replaced by: 2026-11-02T00:00:00Z",
                None,
                "следовало заменить до: 1\u{a0}нояб.\u{a0}2026",
            ),
            ("anything", "<new words>", None, "<new words>"),
        ] {
            assert_eq!(
                shown_words(&when, what, value),
                (title.map(str::to_owned), said.to_owned()),
                "{what} {value}"
            );
        }
    }
}
