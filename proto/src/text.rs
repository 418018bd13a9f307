//! Bounded text: what a phone says in words has a length that is known beforehand.

use std::fmt;

/// Text of at most `N` bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const N: usize>(String);

/// Text that is too long or has control characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("text is longer than {max} bytes or has control characters")]
pub struct TextError {
    /// Bytes accepted.
    pub max: usize,
}

/// A word that isn't on a closed list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} {word:?}")]
pub struct UnknownWord {
    /// The list's name.
    pub what: &'static str,
    /// The word.
    pub word: String,
}

impl<const N: usize> Text<N> {
    /// Takes `text` as it is.
    ///
    /// # Errors
    /// It is longer than `N` bytes or has control characters.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let control = if text.is_ascii() {
            text.bytes().any(|byte| byte.is_ascii_control())
        } else {
            text.chars().any(char::is_control)
        };
        if text.len() > N || control {
            return Err(TextError { max: N });
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes what fits of `text`, without its control characters: for words that were read from a device.
    #[must_use]
    pub fn clipped(text: &str) -> Self {
        let mut kept = String::new();
        for char in text.trim().chars().filter(|char| !char.is_control()) {
            if kept.len() + char.len_utf8() > N {
                break;
            }
            kept.push(char);
        }
        Self(kept)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> std::ops::Deref for Text<N> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const N: usize> serde::Serialize for Text<N> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de, const N: usize> serde::Deserialize<'de> for Text<N> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clipping_keeps_whole_characters() {
        assert_eq!(Text::<5>::clipped(" привет\n").as_str(), "пр");
        assert_eq!(Text::<5>::clipped("a\u{7}b").as_str(), "ab");
    }

    #[test]
    fn new_refuses_what_does_not_fit() {
        assert!(Text::<3>::new("abcd").is_err());
        assert!(Text::<3>::new("a\nb").is_err());
        assert!(Text::<3>::new("abc").is_ok());
    }
}
