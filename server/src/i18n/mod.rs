//! What people read, in English and Russian. The texts stand in `en.ftl` and `ru.ftl` (Project Fluent); a test holds both to the
//! same keys and to the keys that the pages use.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use std::sync::LazyLock;

pub use fluent_bundle::FluentValue;

/// A language of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// English.
    En,
    /// Russian.
    Ru,
}

impl Lang {
    /// Every language.
    pub const ALL: [Self; 2] = [Self::En, Self::Ru];

    /// The code that `lang` attributes, cookies and addresses use.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ru => "ru",
        }
    }

    /// The language's own name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ru => "Русский",
        }
    }

    /// The language with this code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The first language of an `Accept-Language` header (RFC 9110 §12.5.4) that we have, by its weights; else English.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::En);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
            if let Some(lang) = Self::of_code(&primary).filter(|_| weight > best.0) {
                best = (weight, lang);
            }
        }
        best.1
    }

    /// The text with this key.
    #[must_use]
    pub fn say(self, key: &str) -> String {
        self.find(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The text with this key, its places filled in.
    #[must_use]
    pub fn with<const N: usize>(self, key: &str, places: [(&str, FluentValue<'_>); N]) -> String {
        let args: FluentArgs<'_> = places.into_iter().collect();
        self.find(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// The text for one word of a closed list (`state-failing`), or the word itself where the list has grown beyond the texts.
    #[must_use]
    pub fn word(self, list: &str, word: &str) -> String {
        self.find(&format!("{list}-{word}"), None).unwrap_or_else(|| word.to_owned())
    }

    /// The half of a text of a policy that is in this language.
    #[must_use]
    pub fn of(self, text: &muster_proto::policy::Local) -> &str {
        match self {
            Self::En => text.en.as_str(),
            Self::Ru => text.ru.as_str(),
        }
    }

    fn find(self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let bundle = self.bundle();
        let pattern = bundle.get_message(key)?.value()?;
        Some(bundle.format_pattern(pattern, args, &mut Vec::new()).into_owned())
    }

    fn bundle(self) -> &'static FluentBundle<FluentResource> {
        match self {
            Self::En => &EN,
            Self::Ru => &RU,
        }
    }
}

/// A number for a text: it decides between the plural forms.
#[must_use]
pub fn number(n: u64) -> FluentValue<'static> {
    // a count that a double cannot hold exactly does not occur here
    FluentValue::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// Words for a text.
#[must_use]
pub fn words(text: &str) -> FluentValue<'_> {
    FluentValue::from(text)
}

static EN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Lang::En, EN_TEXTS));
static RU: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| load(Lang::Ru, RU_TEXTS));
const EN_TEXTS: &str = include_str!("en.ftl");
const RU_TEXTS: &str = include_str!("ru.ftl");

/// What cannot be read of a file is left out here and found by the tests.
fn load(lang: Lang, texts: &str) -> FluentBundle<FluentResource> {
    let language = lang.code().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // marks around each place would end up in titles, file names and tests; both languages are written from left to right
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(texts.to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests;
