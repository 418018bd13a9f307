//! What is wrong with a query: where, what should stand there, and what does. A program gets a sentence, a page says it in its language.

use std::fmt;

use super::keys::{Key, Kind};
use super::{LONGEST, MOST_TERMS, MOST_VALUES};

/// Text that is no query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: expected {expected}, found {found}")]
pub struct QueryError {
    /// Which character, from 1.
    pub at: usize,
    /// What should stand there.
    pub expected: Expected,
    /// What stands there; nothing at the end.
    pub found: Found,
}

/// What stands in a place; nothing at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found(pub String);

/// What should stand in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// A key.
    Key,
    /// `:`, or `=`.
    Equals,
    /// `:`.
    Colon,
    /// One of these words.
    Word(Vec<&'static str>),
    /// A name or text.
    Text,
    /// A rule, and perhaps a state.
    Rule,
    /// A label, and perhaps its value.
    Label,
    /// The state of a finding.
    State,
    /// A version.
    Version,
    /// Hexadecimal digits.
    Hex,
    /// A day, a time or a length of time.
    Time,
    /// A term after the minus.
    Term,
    /// The quote that closes what was opened here.
    Quote,
    /// What a backslash can stand before.
    Escape,
    /// A space after the term.
    Space,
    /// No more values.
    FewerValues(usize),
    /// No more terms.
    FewerTerms,
    /// The end.
    Shorter,
}

impl Expected {
    /// What may follow the sign of a key.
    pub(super) fn after(key: Key) -> Self {
        match key.kind() {
            Kind::Word => Self::Word(key.words()),
            Kind::Name | Kind::Text => Self::Text,
            Kind::Rule => Self::Rule,
            Kind::Label => Self::Label,
            Kind::Version => Self::Version,
            Kind::Hex => Self::Hex,
            Kind::Past | Kind::Coming => Self::Time,
        }
    }

    /// Its word in texts.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Key => "key",
            Self::Equals => "equals",
            Self::Colon => "colon",
            Self::Word(_) => "word",
            Self::Text => "text",
            Self::Rule => "rule",
            Self::Label => "label",
            Self::State => "state",
            Self::Version => "version",
            Self::Hex => "hex",
            Self::Time => "time",
            Self::Term => "term",
            Self::Quote => "quote",
            Self::Escape => "escape",
            Self::Space => "space",
            Self::FewerValues(_) => "values",
            Self::FewerTerms => "terms",
            Self::Shorter => "shorter",
        }
    }

    /// The words that are possible, or the limit.
    #[must_use]
    pub fn these(&self) -> String {
        match self {
            Self::Key => Key::ALL.iter().map(|key| key.word()).collect::<Vec<_>>().join(", "),
            Self::Word(words) => words.join(", "),
            Self::State => "failing, grace, unknown, exempt".to_owned(),
            Self::FewerValues(most) => most.to_string(),
            Self::FewerTerms => MOST_TERMS.to_string(),
            Self::Shorter => LONGEST.to_string(),
            _ => String::new(),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let these = self.these();
        match self {
            Self::Key => write!(f, "a key ({these}), or quotes around a word with a sign in it"),
            Self::Equals => f.write_str("`:` or `=` after this key"),
            Self::Colon => f.write_str("`:` after this key"),
            Self::Word(_) => write!(f, "one of {these}"),
            Self::Text => f.write_str("text"),
            Self::Rule => f.write_str("a rule, or a rule and a state as in maker=unknown"),
            Self::Label => {
                f.write_str("a label as in role or role=minister: small letters, digits, `.`, `_` and `-`")
            }
            Self::State => write!(f, "one of {these}"),
            Self::Version => f.write_str("a version such as 5.1"),
            Self::Hex => f.write_str("hexadecimal digits"),
            Self::Time => f.write_str(
                "a day (2026-05-01), a time in quotes (\"2026-05-01T09:00:00Z\"), or after < > <= >= a length of time (30m, 12h, 2d, 3w)",
            ),
            Self::Term => f.write_str("a term after the minus"),
            Self::Quote => f.write_str("a closing quote"),
            Self::Escape => f.write_str("`\"` or `\\` after a backslash"),
            Self::Space => f.write_str("a space after the term"),
            Self::FewerValues(1) => f.write_str("one value alone"),
            Self::FewerValues(_) => write!(f, "at most {MOST_VALUES} values"),
            Self::FewerTerms => write!(f, "the end: a query has at most {these} terms"),
            Self::Shorter => write!(f, "the end: a query has at most {these} characters"),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("the end") } else { write!(f, "`{}`", self.0) }
    }
}
