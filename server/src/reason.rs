//! Why somebody does something: one line that people read in the console, in the audit, and on a phone.

use std::fmt;

use crate::error::ActionError;
use crate::problems::Code;
use crate::store::Value;

/// A reason: text of one line, which shows as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason(String);

/// Longest reason, in bytes.
pub const LONGEST: usize = 500;
/// Longest reason that a phone is told.
pub const LONGEST_ON_PHONES: usize = 256;

impl Reason {
    /// Takes a reason of 1 to `longest` bytes, without the space around it. `code` says whose reason is missing.
    ///
    /// # Errors
    /// It is empty, longer, or has characters that break a line or turn what stands beside them around.
    pub fn read(text: &str, longest: usize, code: Code) -> Result<Self, ActionError> {
        let text = text.trim();
        if text.is_empty() || text.len() > longest || text.chars().any(misleads) {
            let detail = format!("a reason is one line of 1 to {longest} bytes");
            return Err(ActionError::invalid(code, detail));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }
}

/// Control characters, line ends of every kind, and what changes the direction of the text around it (Unicode, annex 9).
pub fn misleads(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'a> From<&'a Reason> for Value<'a> {
    fn from(reason: &'a Reason) -> Self {
        Self::from(&reason.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_that_shows_as_it_was_written() {
        let read = |text: &str| Reason::read(text, 16, Code::OrderReason);
        assert_eq!(read(" ремонт ").map(Reason::into_text).ok().as_deref(), Some("ремонт"));
        assert!(read(&"x".repeat(16)).is_ok());
        for wrong in ["", " \u{a0}", "a\nb", "a\0", "a\u{202e}b", "a\u{2066}b", "a\u{2028}b", &"x".repeat(17)]
        {
            let refused = read(wrong).expect_err(wrong);
            assert_eq!(refused.problem().code, "order-reason", "{wrong:?}");
        }
    }
}
