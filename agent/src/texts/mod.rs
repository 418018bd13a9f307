//! What the person who carries the phone reads, in English and Russian. Every text stands in one table; a missing one fails a test.

mod screen;
mod shown;
mod table;

use std::env;
use std::str::FromStr;

/// A language of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Russian.
    Russian,
}

/// A language that the table doesn't have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the languages are en and ru")]
pub struct UnknownLanguage;

impl Language {
    /// What `LC_ALL`, `LC_MESSAGES` or `LANG` say.
    #[must_use]
    pub fn of_environment() -> Self {
        let set = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
        Self::of_locale(&set.into_iter().find(|value| !value.is_empty()).unwrap_or_default())
    }

    fn of_locale(locale: &str) -> Self {
        if locale.starts_with("ru") { Self::Russian } else { Self::English }
    }

    /// The text with this key; the key itself if the table lacks it.
    #[must_use]
    pub fn text(self, key: &str) -> &str {
        let found = entries().find(|(known, ..)| *known == key);
        found.map_or(key, |(_, english, russian)| match self {
            Self::English => english,
            Self::Russian => russian,
        })
    }

    /// The word `word` of the closed list `list`; the word itself if the table lacks it.
    #[must_use]
    pub fn word(self, list: &str, word: &str) -> String {
        let key = format!("{list}.{word}");
        let text = self.text(&key);
        if text == key { word.to_owned() } else { text.to_owned() }
    }

    /// Whether the table has a text with this key.
    #[must_use]
    pub fn knows(key: &str) -> bool {
        entries().any(|(known, ..)| *known == key)
    }

    /// The text with this key for a number: English has two forms, Russian three (`KEY.one`, `KEY.few`, `KEY.many`).
    #[must_use]
    pub fn counted(self, key: &str, number: u64) -> String {
        let form = match (self, number % 10, number % 100) {
            (Self::English, ..) if number == 1 => "one",
            (Self::English, ..) => "many",
            (Self::Russian, 1, hundred) if hundred != 11 => "one",
            (Self::Russian, 2..=4, hundred) if !(12..=14).contains(&hundred) => "few",
            (Self::Russian, ..) => "many",
        };
        self.filled(&format!("{key}.{form}"), &[&number.to_string()])
    }

    /// The text with this key, with what stands for its `{}`.
    #[must_use]
    pub fn filled(self, key: &str, values: &[&str]) -> String {
        let mut parts = self.text(key).split("{}");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, value) in parts.zip(values.iter().chain(std::iter::repeat(&""))) {
            text.push_str(value);
            text.push_str(part);
        }
        text
    }
}

fn entries() -> impl Iterator<Item = &'static table::Entry> {
    table::TEXTS.iter().chain(table::WORDS).chain(screen::TEXTS).chain(shown::TEXTS)
}

impl FromStr for Language {
    type Err = UnknownLanguage;
    fn from_str(text: &str) -> Result<Self, UnknownLanguage> {
        match text {
            "en" => Ok(Self::English),
            "ru" => Ok(Self::Russian),
            _ => Err(UnknownLanguage),
        }
    }
}

/// What is never read, one text each.
pub const NEVER_READ: [&str; 7] = [
    "never.apps",
    "never.messages",
    "never.contacts",
    "never.location",
    "never.browsing",
    "never.input",
    "never.network",
];

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::facts::{
        AppSource, BackgroundLimit, BootState, ChannelMode, Container, DeviceFacts, Encryption, InstallKind,
        Management, MatchKind, Platform, Profile, Protection, Reason, Refusal, RootKind, Scope, Signature,
        Strength,
    };
    use muster_proto::message::OrderKind;
    use muster_proto::policy::{Mode, Severity};
    use muster_proto::report::Trigger;
    use muster_proto::verdict::State;
    use std::collections::BTreeSet;

    macro_rules! words_of {
        ($($list:literal $type:ty),* $(,)?) => {{
            let mut keys: Vec<String> = Vec::new();
            $(keys.extend(<$type>::ALL.iter().map(|value| format!("{}.{}", $list, value.word())));)*
            keys
        }};
    }

    fn all() -> impl Iterator<Item = &'static table::Entry> {
        entries()
    }

    #[test]
    fn both_languages_have_every_entry() {
        let mut keys = BTreeSet::new();
        for (key, english, russian) in all() {
            assert!(keys.insert(key), "{key} is there twice");
            assert!(!english.is_empty() && !russian.is_empty(), "{key}");
            assert!(!english.chars().any(is_cyrillic), "{key}");
            let same_everywhere = english == russian;
            assert!(same_everywhere || russian.chars().any(is_cyrillic), "{key} is not Russian");
            let holes = |text: &str| text.matches("{}").count();
            assert_eq!(holes(english), holes(russian), "{key}");
        }
    }

    #[test]
    fn every_word_that_can_be_shown_has_an_entry() {
        let mut needed = words_of!(
            "platform" Platform, "management" Management, "encryption" Encryption, "strength" Strength, "boot" BootState,
            "root" RootKind, "install" InstallKind, "scope" Scope, "limit" BackgroundLimit, "container" Container,
            "source" AppSource, "signature" Signature, "match" MatchKind, "profile" Profile, "protection" Protection,
            "channel" ChannelMode, "refusal" Refusal, "trigger" Trigger, "state" State, "mode" Mode, "severity" Severity,
            "order" OrderKind, "reason" Reason,
        );
        needed.extend(DeviceFacts::KEYS.iter().skip(1).map(|(_, fact)| format!("fact.{fact}")));
        needed.extend(NEVER_READ.iter().map(|key| (*key).to_owned()));
        for key in needed {
            assert!(all().any(|(known, ..)| *known == key), "{key} is missing");
        }
    }

    #[test]
    fn every_key_in_the_code_has_an_entry() {
        for source in [
            include_str!("../status/people.rs"),
            include_str!("../status/report.rs"),
            include_str!("../status/shown.rs"),
        ] {
            for quoted in source.split("text(\"").chain(source.split("filled(\"")).skip(1) {
                let Some((key, _)) = quoted.split_once('"') else { continue };
                let looks_like_key =
                    key.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'.' | b'_'));
                assert!(!looks_like_key || all().any(|(known, ..)| *known == key), "{key} is missing");
            }
        }
    }

    #[test]
    fn the_environment_chooses() {
        assert_eq!(Language::of_locale("ru_RU.UTF-8"), Language::Russian);
        assert_eq!(Language::of_locale("C.UTF-8"), Language::English);
        assert_eq!("ru".parse(), Ok(Language::Russian));
        assert!("de".parse::<Language>().is_err());
        assert_eq!(Language::English.filled("since", &["x"]), "since x");
    }

    #[test]
    fn numbers_have_their_forms() {
        let russian = |number| Language::Russian.counted("days-left", number);
        assert_eq!(russian(1), "остался 1 день");
        assert_eq!(russian(3), "осталось 3 дня");
        assert_eq!(russian(5), "осталось 5 дней");
        assert_eq!(russian(11), "осталось 11 дней");
        assert_eq!(russian(21), "остался 21 день");
        assert_eq!(Language::English.counted("days-left", 1), "1 day left");
        assert_eq!(Language::English.counted("days-left", 2), "2 days left");
    }

    fn is_cyrillic(char: char) -> bool {
        ('\u{400}'..='\u{4ff}').contains(&char)
    }
}
