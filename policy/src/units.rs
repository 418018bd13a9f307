//! How policies write lengths of time and versions.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use muster_proto::time::Span;

/// A length of time as a policy writes it: `10m`, `72h`, `180d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Length(pub Span);

/// A version: numbers with dots between them, the first the weightiest.
#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u32>,
    before_release: bool,
    text: String,
}

/// Text that is not a length of time or a version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct UnitError {
    text: String,
    expected: &'static str,
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
/// A hundred years: longer than anything that a policy can mean.
const LONGEST: u64 = 36_525 * 86_400;
const MOST_NUMBERS: usize = 8;

impl FromStr for Length {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let expected = "a length of time, such as 30s, 10m, 72h, 180d or 2w";
        let error = || UnitError { text: text.chars().take(40).collect(), expected };
        let unit = text.chars().last().and_then(|last| UNITS.iter().find(|(letter, _)| *letter == last));
        let (letter, secs) = unit.ok_or_else(error)?;
        let digits = text.strip_suffix(*letter).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let count: u64 = digits.and_then(|digits| digits.parse().ok()).ok_or_else(error)?;
        let total = count.checked_mul(*secs).filter(|total| *total <= LONGEST).ok_or_else(error)?;
        Ok(Self(Span::from_secs(total)))
    }
}

impl fmt::Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.0.secs();
        let fits = |(letter, unit): &&(char, u64)| secs.is_multiple_of(*unit) && *letter != 'w';
        let (letter, unit) = UNITS.iter().find(fits).unwrap_or(&('s', 1));
        write!(f, "{}{letter}", secs / unit)
    }
}

impl Version {
    /// The same version without what follows the numbers: systems write builds there, not previews.
    #[must_use]
    pub fn released(mut self) -> Self {
        self.before_release = false;
        self
    }
}

impl FromStr for Version {
    type Err = UnitError;
    fn from_str(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError {
            text: text.chars().take(40).collect(),
            expected: "a version, such as 12, 5.1 or 0.1.0",
        };
        let (core, rest) = text.find(['-', '+']).map_or((text, ""), |at| text.split_at(at));
        let numbers: Vec<u32> = core.split('.').map_while(leading_number).take(MOST_NUMBERS).collect();
        if numbers.is_empty() {
            return Err(error());
        }
        Ok(Self { numbers, before_release: rest.starts_with('-'), text: text.to_owned() })
    }
}

/// `12` of `12L`: makers append letters to a number.
fn leading_number(part: &str) -> Option<u32> {
    let end = part.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(part.len());
    part[..end].parse().ok()
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        let number = |version: &Self, at: usize| version.numbers.get(at).copied().unwrap_or(0);
        (0..longest)
            .map(|at| number(self, at).cmp(&number(other, at)))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| other.before_release.cmp(&self.before_release))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Version {}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Serde and JSON Schema for a type that is one word: it has `FromStr` and `Display`.
macro_rules! written_as_text {
    ($type:ty, $name:literal, $pattern:literal, $about:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
        #[cfg(feature = "document")]
        impl schemars::JsonSchema for $type {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string", "pattern": $pattern, "description": $about })
            }
        }
    };
}
pub(crate) use written_as_text;

written_as_text!(
    Length,
    "Length",
    "^[0-9]+[smhdw]$",
    "A length of time, at most a hundred years: a number and its unit, which is `s`, `m`, `h`, `d` or `w`, such as `10m`, `72h` or `180d`."
);
written_as_text!(
    Version,
    "Version",
    "^[0-9]+(\\.[0-9]+)*([-+].*)?$",
    "A version: numbers with dots between them, such as `12`, `5.1` or `0.1.0`; what is missing at its end counts as 0. In quotes where YAML would read a number."
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_a_number_and_a_unit() {
        for (text, secs) in
            [("30s", 30), ("10m", 600), ("72h", 259_200), ("180d", 15_552_000), ("2w", 1_209_600), ("0s", 0)]
        {
            assert_eq!(text.parse::<Length>().unwrap().0.secs(), secs, "{text}");
        }
        for wrong in ["", "h", "72", "72 h", "-1h", "1.5h", "1y", "99999999d", "18446744073709551616s", "１h"]
        {
            assert!(wrong.parse::<Length>().is_err(), "{wrong}");
        }
        assert_eq!("72h".parse::<Length>().unwrap().to_string(), "3d");
        assert_eq!("90m".parse::<Length>().unwrap().to_string(), "90m");
    }

    #[test]
    fn versions_compare_number_by_number() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("5.1.3.85") > version("5.1"));
        assert!(version("10") > version("9.9"));
        assert_eq!(version("5"), version("5.0.0"));
        assert_eq!(version("12L"), version("12"));
        assert!(version("0.1.0-rc1") < version("0.1.0"));
        assert_eq!(version("5.1-release").released(), version("5.1"));
        for wrong in ["", "Tiramisu", ".5", "v1"] {
            assert!(wrong.parse::<Version>().is_err(), "{wrong}");
        }
    }
}
