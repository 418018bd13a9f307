//! The query box in words: what is wrong with a query, and what can be asked.

use maud::{Markup, html};

use crate::devices::query::Key;
use crate::devices::{QueryError, query::Expected};
use crate::i18n::{Lang, number, words};

/// What is wrong, in one sentence.
#[must_use]
pub fn expected(lang: Lang, error: &QueryError) -> String {
    let these = error.expected.these();
    let what = lang.word("query-expected", error.expected.word());
    let what = match error.expected {
        Expected::Key | Expected::Word(_) | Expected::State => format!("{what}: {these}"),
        Expected::FewerValues(_) | Expected::FewerTerms | Expected::Shorter => format!("{what} {these}"),
        _ => what,
    };
    let found =
        if error.found.0.is_empty() { lang.say("query-end") } else { format!("«{}»", error.found.0) };
    let places = [("at", number(error.at as u64)), ("found", words(&found)), ("what", words(&what))];
    lang.with("query-wrong", places)
}

/// Why a query finds nothing that could be shown.
#[derive(Debug, Clone)]
pub enum Wrong {
    /// It can't be read.
    Unread(QueryError),
    /// It names what is not there: what kind of thing, and the name.
    Nobody(&'static str, String),
}

impl Wrong {
    /// In one sentence.
    #[must_use]
    pub fn said(&self, lang: Lang) -> String {
        match self {
            Self::Unread(error) => expected(lang, error),
            Self::Nobody("organisation", name) => lang.with("query-no-organisation", [("name", words(name))]),
            Self::Nobody("rule", name) => lang.with("query-no-rule", [("name", words(name))]),
            Self::Nobody(_, name) => lang.with("query-no-group", [("name", words(name))]),
        }
    }
}

/// What can be asked, with an example of each: what an example names is there.
#[must_use]
pub fn queries(lang: Lang, org: Option<&str>) -> Markup {
    let org = org.map(|org| format!("org:{org}"));
    let of_org = org.as_deref().into_iter();
    let examples = ["verdict:failing,unknown"].into_iter().chain(of_org).chain([
        "rule:silence",
        "app:telegram",
        "silent>2d",
        "due<3d",
        "patch<2026-05-01",
        "os<5.1.2",
        "model:R570",
        "-maker:\"F+\"",
    ]);
    html! {
        p.hint { (lang.say("query-examples")) }
        ul.examples {
            @for example in examples { li { a href={ "/devices?q=" (encoded(example)) } { code { (example) } } } }
        }
        p.hint { (lang.say("query-keys")) " " code { (Key::ALL.iter().map(|key| key.word()).collect::<Vec<_>>().join(" ")) } }
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::devices::Query;

    #[test]
    fn what_is_wrong_is_said_in_both_languages() {
        let wrong = [
            "verdict:purple",
            "a colour:red",
            "silent:2d",
            "os:x",
            "id:xyz",
            "rule:a=b",
            "rule:",
            "verdict>failing",
            "rule=maker",
            "model:",
            "os<5,6",
            "- a",
            "\"open",
            "\"a\\n\"",
            "model:\"a\"b",
        ];
        for text in wrong {
            let error = text.parse::<Query>().expect_err(text);
            let (en, ru) = (expected(Lang::En, &error), expected(Lang::Ru, &error));
            assert!(en.contains(&error.at.to_string()) && ru.contains(&error.at.to_string()), "{en} {ru}");
            assert!(!en.contains("query-") && en != ru, "{en} {ru}");
            assert_ne!(
                Lang::Ru.word("query-expected", error.expected.word()),
                error.expected.word(),
                "{text}"
            );
        }
    }
}
