//! In which order devices are listed, and where a page begins.
//!
//! A place in a list is named by the values that the list is sorted by and the id: a page is found by them however deep it lies, and a
//! device that comes or goes shifts nothing. What is not known sorts as a value of its own, so that every comparison has an answer.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::id::{DeviceId, Digest, hex};
use std::fmt;
use std::str::FromStr;

use super::Query;
use crate::store::Value;

/// Most keys of a sort.
const MOST: usize = 4;

/// The order of a list. Devices that are the same in all of it follow by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort(Vec<(By, bool)>);

/// Text that is no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no order: up to {MOST} of {words}, separated by commas, with `-` before what goes down", words = words())]
pub struct SortError(String);

macro_rules! by {
    ($($name:ident $word:literal $kind:ident $sql:literal,)*) => {
        /// What can be sorted by.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(in crate::devices) enum By { $($name,)* }

        impl By {
            const ALL: &'static [Self] = &[$(Self::$name),*];

            const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// Never null, and word for word what an index is made of where there is one. Text is in the order of its bytes, on every
            /// engine and whatever language a database was made for.
            pub(super) const fn sql(self) -> &'static str {
                match self { $(Self::$name => $sql,)* }
            }

            const fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }
        }
    };
}

by! {
    Verdict "verdict" Number "d.verdict_rank",
    Due "due" Number "COALESCE(d.verdict_due, 9223372036854775807)",
    Since "since" Number "d.verdict_since",
    Org "org" Text r#"d.org COLLATE "C""#,
    Platform "platform" Text r#"d.platform COLLATE "C""#,
    Os "os" Text r#"COALESCE(d.os_order, '') COLLATE "C""#,
    Agent "agent" Text r#"COALESCE(d.agent_order, '') COLLATE "C""#,
    Maker "maker" Text r#"COALESCE(d.manufacturer, '') COLLATE "C""#,
    Model "model" Text r#"COALESCE(d.model, '') COLLATE "C""#,
    Tag "tag" Text r#"COALESCE(d.asset_tag, '') COLLATE "C""#,
    Patch "patch" Number "COALESCE(d.security_patch, 0)",
    Enrolled "enrolled" Number "d.enrolled",
    Silent "silent" Number "COALESCE(d.last_fresh, d.enrolled)",
    Seen "seen" Number "COALESCE(d.last_contact, 0)",
}

/// What a key's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Text,
}

impl Kind {
    fn has(self, value: &Value<'_>) -> bool {
        match self {
            Self::Number => matches!(value, Value::Int(_)),
            // no phone's or person's text has such characters
            Self::Text => matches!(value, Value::Text(text) if !text.contains(char::is_control)),
        }
    }
}

impl Sort {
    /// The keys, and whether each goes down.
    pub(in crate::devices) fn keys(&self) -> &[(By, bool)] {
        &self.0
    }

    /// Whether it is by verdict first, and if so, whether that goes down.
    pub(in crate::devices) fn by_verdict_first(&self) -> Option<bool> {
        self.0.first().filter(|(by, _)| *by == By::Verdict).map(|(_, down)| *down)
    }

    /// Whether it begins with the worst verdict, and nothing else follows.
    pub(in crate::devices) fn is_worst_first(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the list is sorted by this word first, and if so, whether it goes down.
    #[must_use]
    pub fn first(&self, word: &str) -> Option<bool> {
        self.0.first().filter(|(by, _)| by.word() == word).map(|(_, down)| *down)
    }
}

/// The worst first.
impl Default for Sort {
    fn default() -> Self {
        Self(vec![(By::Verdict, true)])
    }
}

impl FromStr for Sort {
    type Err = SortError;
    fn from_str(text: &str) -> Result<Self, SortError> {
        let wrong = || SortError(text.chars().take(100).collect());
        let mut keys: Vec<(By, bool)> = Vec::new();
        for part in text.split(',') {
            let (word, down) = part.strip_prefix('-').map_or((part, false), |word| (word, true));
            let by = By::ALL.iter().copied().find(|by| by.word() == word).ok_or_else(wrong)?;
            if keys.len() == MOST || keys.iter().any(|(key, _)| *key == by) {
                return Err(wrong());
            }
            keys.push((by, down));
        }
        Ok(Self(keys))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (by, down)) in self.0.iter().enumerate() {
            write!(f, "{}{}{}", if nth == 0 { "" } else { "," }, if *down { "-" } else { "" }, by.word())?;
        }
        Ok(())
    }
}

fn words() -> String {
    By::ALL.iter().map(|by| by.word()).collect::<Vec<_>>().join(", ")
}

/// A place in a list: after this device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// What it is sorted by, in the order of the sort.
    pub values: Vec<Value<'static>>,
    /// Which device.
    pub id: DeviceId,
}

/// Where a page begins, as it is handed out: of one list, and of no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    list: String,
    position: Position,
}

/// Text that is no cursor, or one of another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// It was never handed out.
    #[error("not a place in a list")]
    Malformed,
    /// It was, for another query or sort.
    #[error("the place is of a list with another query or another order: begin at the first page")]
    OtherList,
}

impl Cursor {
    pub(in crate::devices) fn new(query: &Query, sort: &Sort, position: Position) -> Self {
        Self { list: fingerprint(query, sort), position }
    }

    /// The place, if it is one of this list.
    ///
    /// # Errors
    /// It is of another.
    pub(in crate::devices) fn within(self, query: &Query, sort: &Sort) -> Result<Position, CursorError> {
        let values = &self.position.values;
        let of_kind = || sort.0.iter().zip(values).all(|((by, _), value)| by.kind().has(value));
        let fits = self.list == fingerprint(query, sort) && values.len() == sort.0.len() && of_kind();
        if fits { Ok(self.position) } else { Err(CursorError::OtherList) }
    }
}

/// Tells lists apart: a mistake is noticed, nobody is kept out.
fn fingerprint(query: &Query, sort: &Sort) -> String {
    let digest = Digest::of(format!("{query}\n{sort}").as_bytes());
    hex(digest.0.get(..6).unwrap_or_default())
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let values: Vec<serde_json::Value> = self
            .position
            .values
            .iter()
            .map(|value| match value {
                Value::Int(number) => (*number).into(),
                Value::Text(text) => text.as_ref().into(),
                Value::Null | Value::Blob(_) => serde_json::Value::Null,
            })
            .collect();
        let all = serde_json::json!([self.list, values, self.position.id]);
        f.write_str(&BASE64_URL_SAFE_NO_PAD.encode(all.to_string()))
    }
}

impl FromStr for Cursor {
    type Err = CursorError;
    fn from_str(text: &str) -> Result<Self, CursorError> {
        let malformed = CursorError::Malformed;
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed)?;
        let (list, values, id): (String, Vec<serde_json::Value>, DeviceId) =
            serde_json::from_slice(&bytes).map_err(|_| malformed)?;
        let value = |value: serde_json::Value| match value {
            serde_json::Value::String(text) => Ok(Value::from(text)),
            other => other.as_i64().map(Value::Int).ok_or(malformed),
        };
        let values = values.into_iter().map(value).collect::<Result<_, _>>()?;
        Ok(Self { list, position: Position { values, id } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_goes_there_and_back() {
        for text in ["-verdict,due,model", "seen", "-enrolled"] {
            assert_eq!(text.parse::<Sort>().map(|sort| sort.to_string()), Ok(text.to_owned()));
        }
        for wrong in ["", "colour", "--due", "due,-due", "due,", "due;model", "due,since,org,os,tag"] {
            assert!(wrong.parse::<Sort>().is_err(), "{wrong}");
        }
        assert_eq!("-verdict".parse(), Ok(Sort::default()));
    }

    #[test]
    fn a_cursor_is_of_one_list() {
        let (query, sort): (Query, Sort) = ("verdict:failing".parse().unwrap(), "due,model".parse().unwrap());
        let position =
            Position { values: vec![Value::Int(7), Value::from("Ж".to_owned())], id: DeviceId([3; 16]) };
        let cursor = Cursor::new(&query, &sort, position.clone()).to_string();
        let read = || cursor.parse::<Cursor>().expect("a cursor");
        assert_eq!(read().within(&query, &sort), Ok(position));
        assert_eq!(read().within(&Query::default(), &sort), Err(CursorError::OtherList));
        assert_eq!(read().within(&query, &Sort::default()), Err(CursorError::OtherList));
        // whoever writes one himself names no place with a text where a number is, nor the other way round
        for values in [
            vec!["7".to_owned().into(), "Ж".to_owned().into()],
            vec![Value::Int(7), Value::Int(7)],
            vec![Value::Int(7), "\0".to_owned().into()],
        ] {
            let made = Cursor::new(&query, &sort, Position { values, id: DeviceId([3; 16]) });
            let read: Cursor = made.to_string().parse().expect("a cursor");
            assert_eq!(read.within(&query, &sort), Err(CursorError::OtherList));
        }
        for wrong in
            ["", "6", "!", "6.abababababababababababababababab", &BASE64_URL_SAFE_NO_PAD.encode("[1,[],2]")]
        {
            assert_eq!(wrong.parse::<Cursor>(), Err(CursorError::Malformed), "{wrong}");
        }
    }
}
