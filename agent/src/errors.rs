//! Errors in one line, with their causes.

use std::error::Error;

/// What was attempted and why it failed, down to the cause of the causes.
#[must_use]
pub fn in_full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    one_line(&text)
}

/// The text without line breaks and other control characters: some of it was said by whoever answered, and a log or a terminal obeys them.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_said_stays_in_its_line() {
        let said = std::io::Error::other("no\r\nerror: \u{1b}[2Jall is well");
        assert_eq!(in_full(&said), "no  error:  [2Jall is well");
    }
}
