//! How the catalogue names an application on Aurora, Sailfish and Linux: by its id, or by a piece of it.
//!
//! A star stands at the start, at the end, or at both. More is not needed, and a pattern that is a plain comparison can
//! neither be slow nor be misread.

use std::fmt;

/// The longest pattern, in bytes.
pub const MAX_PATTERN: usize = 128;

/// An application id, or a glob for some.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pattern {
    text: String,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Shape {
    Exact,
    /// `word*`
    Start,
    /// `*word`
    End,
    /// `*word*`
    Inside,
}

/// Why a text is no pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// Nothing, or nothing but stars.
    #[error("the pattern is empty")]
    Empty,
    /// More than [`MAX_PATTERN`] bytes.
    #[error("the pattern is longer than {MAX_PATTERN} bytes")]
    TooLong,
    /// A star that is neither the first nor the last character.
    #[error("a star may stand only at the start and at the end of a pattern")]
    InnerStar,
    /// White space or a control character, which no id has.
    #[error("the pattern has white space or a control character")]
    NotAnId,
}

impl Pattern {
    /// Reads a pattern as the catalogue writes it.
    pub fn parse(written: &str) -> Result<Self, PatternError> {
        if written.len() > MAX_PATTERN {
            return Err(PatternError::TooLong);
        }
        let (rest, open_start) = written.strip_prefix('*').map_or((written, false), |rest| (rest, true));
        let (word, open_end) = rest.strip_suffix('*').map_or((rest, false), |rest| (rest, true));
        if word.is_empty() {
            return Err(PatternError::Empty);
        }
        if word.contains('*') {
            return Err(PatternError::InnerStar);
        }
        if word.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(PatternError::NotAnId);
        }
        let shape = match (open_start, open_end) {
            (false, false) => Shape::Exact,
            (false, true) => Shape::Start,
            (true, false) => Shape::End,
            (true, true) => Shape::Inside,
        };
        Ok(Self { text: written.to_owned(), shape })
    }

    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern names exactly one id.
    pub fn is_exact(&self) -> bool {
        self.shape == Shape::Exact
    }

    /// The pattern without its stars.
    pub fn word(&self) -> &str {
        self.text.trim_matches('*')
    }

    /// Whether `id` fits: an exact pattern as it is written, a glob without regard to ASCII case.
    pub fn fits(&self, id: &str) -> bool {
        let (id, word) = (id.as_bytes(), self.word().as_bytes());
        let same = |piece: &[u8]| piece.eq_ignore_ascii_case(word);
        match self.shape {
            Shape::Exact => id == word,
            Shape::Start => id.get(..word.len()).is_some_and(same),
            Shape::End => id.len().checked_sub(word.len()).is_some_and(|at| same(&id[at..])),
            Shape::Inside => id.windows(word.len()).any(same),
        }
    }
}

impl serde::Serialize for Pattern {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.text)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fits(pattern: &str, id: &str) -> bool {
        Pattern::parse(pattern).unwrap().fits(id)
    }

    #[test]
    fn stars_open_the_ends_they_stand_at() {
        assert!(fits("depecher", "depecher"));
        assert!(!fits("depecher", "harbour-depecher"));
        assert!(!fits("depecher", "Depecher"));
        assert!(fits("*vkteams*", "ru.vk.VKTeams.desktop"));
        assert!(fits("*vkteams*", "vkteams"));
        assert!(fits("ru.trueconf*", "ru.TrueConf.client"));
        assert!(!fits("ru.trueconf*", "my.ru.trueconf"));
        assert!(fits("*trueconf", "ru.trueconf"));
        assert!(!fits("*trueconf", "ru.trueconf.client"));
        assert!(!fits("*oneme*", "one"));
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        for (written, error) in [
            ("", PatternError::Empty),
            ("*", PatternError::Empty),
            ("**", PatternError::Empty),
            ("a*b", PatternError::InnerStar),
            ("***", PatternError::InnerStar),
            ("a b", PatternError::NotAnId),
            ("a\u{0}", PatternError::NotAnId),
        ] {
            assert_eq!(Pattern::parse(written), Err(error), "{written:?}");
        }
        assert_eq!(Pattern::parse(&"a".repeat(MAX_PATTERN + 1)), Err(PatternError::TooLong));
    }

    proptest! {
        #[test]
        fn any_text_parses_or_is_refused(written in ".{0,40}", id in ".{0,40}") {
            if let Ok(pattern) = Pattern::parse(&written) {
                prop_assert_eq!(pattern.as_str(), &written);
                let _ = pattern.fits(&id);
                prop_assert!(pattern.fits(pattern.word()));
            }
        }

        #[test]
        fn a_glob_finds_its_word_anywhere(before in "[a-z.-]{0,8}", word in "[a-z]{1,8}", after in "[a-z.-]{0,8}") {
            let pattern = Pattern::parse(&format!("*{word}*")).unwrap();
            let id = format!("{before}{word}{after}");
            prop_assert!(pattern.fits(&id));
        }
    }
}
