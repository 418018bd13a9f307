//! What goes into a statement and comes out of it: four kinds of values that both engines have.

use muster_proto::id::{ChainId, DeviceId, Digest, Kid, OrderId};
use muster_proto::key::PublicKey;
use muster_proto::time::{Span, Timestamp};
use std::borrow::Cow;

use super::StoreError;

/// A parameter of a statement. Times are milliseconds, flags are 0 and 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A number.
    Int(i64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

/// The parameters of one statement.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => { [$($crate::store::Value::from($value)),*] };
}
pub use crate::values;

/// One row of an answer; its columns are taken from the left.
#[derive(Debug)]
pub struct Row {
    cells: std::vec::IntoIter<Value<'static>>,
}

impl Row {
    /// A row of these columns.
    #[must_use]
    pub fn new(cells: Vec<Value<'static>>) -> Self {
        Self { cells: cells.into_iter() }
    }

    /// Every column that was not taken.
    #[must_use]
    pub fn rest(self) -> Vec<Value<'static>> {
        self.cells.collect()
    }

    /// Takes the next column.
    ///
    /// # Errors
    /// There is none, or it is not a `T`.
    pub fn take<T: Column>(&mut self) -> Result<T, StoreError> {
        T::of(self.cells.next().ok_or(StoreError::Column("a missing column"))?)
    }

    /// Takes the next column, a word of a closed list or another text with a form.
    ///
    /// # Errors
    /// There is none, or it has another form.
    pub fn parse<T: std::str::FromStr>(&mut self, what: &'static str) -> Result<T, StoreError> {
        self.take::<String>()?.parse().map_err(|_| StoreError::Column(what))
    }

    /// Takes the next column, JSON of a `T`.
    ///
    /// # Errors
    /// There is none, or it has another shape.
    pub fn json<T: serde::de::DeserializeOwned>(&mut self, what: &'static str) -> Result<T, StoreError> {
        serde_json::from_str(&self.take::<String>()?).map_err(|_| StoreError::Column(what))
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// It is of another kind.
    fn of(value: Value<'static>) -> Result<Self, StoreError>;
}

impl Column for Value<'static> {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        Ok(value)
    }
}

impl Column for i64 {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        match value {
            Value::Int(number) => Ok(number),
            _ => Err(StoreError::Column("a number")),
        }
    }
}

impl Column for String {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            _ => Err(StoreError::Column("text")),
        }
    }
}

impl Column for Vec<u8> {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        match value {
            Value::Blob(bytes) => Ok(bytes.into_owned()),
            _ => Err(StoreError::Column("bytes")),
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        match value {
            Value::Null => Ok(None),
            value => T::of(value).map(Some),
        }
    }
}

impl Column for bool {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        i64::of(value).map(|number| number != 0)
    }
}

impl Column for u64 {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        i64::of(value)?.try_into().map_err(|_| StoreError::Column("a number that is not negative"))
    }
}

impl Column for u32 {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        i64::of(value)?.try_into().map_err(|_| StoreError::Column("a small number that is not negative"))
    }
}

impl Column for Timestamp {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        i64::of(value).map(Self::from_millis)
    }
}

impl Column for PublicKey {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        Self::from_point(&Vec::<u8>::of(value)?).map_err(|_| StoreError::Column("a public key"))
    }
}

macro_rules! bytes_column {
    ($($type:ident),*) => {$(
        impl Column for $type {
            fn of(value: Value<'static>) -> Result<Self, StoreError> {
                Vec::<u8>::of(value)?.try_into().map($type).map_err(|_| StoreError::Column(stringify!($type)))
            }
        }
        impl From<$type> for Value<'_> {
            fn from(id: $type) -> Self {
                Self::Blob(Cow::Owned(id.0.to_vec()))
            }
        }
        impl<'a> From<&'a $type> for Value<'a> {
            fn from(id: &'a $type) -> Self {
                Self::Blob(Cow::Borrowed(&id.0))
            }
        }
    )*};
}
bytes_column!(DeviceId, ChainId, OrderId, Digest, Kid);

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

/// What is above the largest signed number is held there: both engines count in signed numbers.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Int(time.millis())
    }
}

impl From<Span> for Value<'_> {
    fn from(span: Span) -> Self {
        Self::from(span.millis())
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl<'a> From<&'a Vec<u8>> for Value<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(Cow::Borrowed(bytes))
    }
}

impl From<Vec<u8>> for Value<'_> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(Cow::Owned(bytes))
    }
}

impl<'a> From<&'a PublicKey> for Value<'a> {
    fn from(key: &'a PublicKey) -> Self {
        Self::Blob(Cow::Borrowed(key.point()))
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
