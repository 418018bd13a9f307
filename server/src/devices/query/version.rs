//! Versions as people write them, and the form in which the store compares them.

use std::fmt;
use std::str::FromStr;

/// A version that somebody asked for: numbers with dots between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version(Vec<u64>);

/// Text that is no version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a version")]
pub struct NoVersion;

/// Numbers that are compared at most.
const MOST: usize = 8;
/// The largest number: it has ten digits in the sortable form.
const LARGEST: u64 = 9_999_999_999;

impl Version {
    /// The form that sorts as versions do: `5.1` and `5.1.0` are the same, `5.10` comes after `5.9`.
    #[must_use]
    pub fn sortable(&self) -> String {
        sortable_of(&self.0)
    }

    /// The first that does not begin with this one any more.
    #[must_use]
    pub fn next(&self) -> String {
        let mut numbers = self.0.clone();
        if let Some(last) = numbers.last_mut() {
            *last = (*last + 1).min(LARGEST);
        }
        sortable_of(&numbers)
    }
}

/// The sortable form of what a phone reports: the numbers that it begins with; none where it begins with none.
#[must_use]
pub fn sortable(text: &str) -> Option<String> {
    let head: String = text.chars().take_while(|char| char.is_ascii_digit() || *char == '.').collect();
    let numbers: Vec<u64> =
        head.split('.').map_while(|part| part.parse().ok()).map(|n: u64| n.min(LARGEST)).take(MOST).collect();
    (!numbers.is_empty()).then(|| sortable_of(&numbers))
}

fn sortable_of(numbers: &[u64]) -> String {
    let end = numbers.iter().rposition(|number| *number > 0).map_or(1, |last| last + 1);
    numbers.iter().take(end).map(|number| format!("{number:010}")).collect()
}

impl FromStr for Version {
    type Err = NoVersion;
    fn from_str(text: &str) -> Result<Self, NoVersion> {
        let number = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number| plain && *number <= LARGEST).ok_or(NoVersion)
        };
        let numbers: Vec<u64> = text.split('.').map(number).collect::<Result<_, _>>()?;
        if numbers.len() > MOST { Err(NoVersion) } else { Ok(Self(numbers)) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u64::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_sort_as_versions() {
        let version = |text: &str| sortable(text).expect("a version");
        let sorted = ["4", "4.5.0.24", "5.0.1", "5.1", "5.1.0.125", "5.2", "5.9", "5.10", "14", "24.04 LTS"];
        for pair in sorted.windows(2) {
            assert!(version(pair[0]) < version(pair[1]), "{pair:?}");
        }
        assert_eq!(version("5.1"), version("5.1.0.0"));
        assert_eq!(version("0.0"), version("0"));
        for none in ["", "x5", ".5", "LTS"] {
            assert_eq!(sortable(none), None, "{none}");
        }
        for wrong in ["", ".", "5.", "5.x", "+5", "1.2.3.4.5.6.7.8.9", "99999999999"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_beginning_spans_what_begins_so() {
        let five: Version = "5.0".parse().expect("a version");
        for (text, within) in [("5", true), ("5.0.3", true), ("5.1", false), ("4.9", false), ("50", false)] {
            let one = sortable(text).expect("a version");
            assert_eq!(five.sortable() <= one && one < five.next(), within, "{text}");
        }
    }
}
