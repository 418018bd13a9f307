//! The typed form of what goes over the wire.

use super::{CborError, strict};
use crate::text::Text;
use std::collections::BTreeMap;

/// Writes into memory, which cannot fail.
pub type Encoder = minicbor::Encoder<Vec<u8>>;

/// Why bytes are not the message they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not the CBOR that we accept.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// A value of another type than the contract says.
    #[error("{what} is not {expected}")]
    Type {
        /// The thing that was read.
        what: &'static str,
        /// What the contract says.
        expected: &'static str,
    },
    /// A claim that the contract doesn't know.
    #[error("unknown claim {key} in {map}")]
    UnknownClaim {
        /// The map it stands in.
        map: &'static str,
        /// Its key.
        key: String,
    },
    /// A claim that the contract requires.
    #[error("claim {claim} is missing in {map}")]
    MissingClaim {
        /// The map it should stand in.
        map: &'static str,
        /// Its name.
        claim: &'static str,
    },
    /// A location claim (264): a report that has one is refused.
    #[error("a location claim is forbidden")]
    Location,
    /// A value of a closed list that isn't on it.
    #[error("unknown value {value} for {what}")]
    UnknownValue {
        /// The list's name.
        what: &'static str,
        /// The value.
        value: u64,
    },
    /// A value outside its bounds.
    #[error("{what} is out of bounds: {bound}")]
    OutOfBounds {
        /// The thing that was read.
        what: &'static str,
        /// The bound, in words.
        bound: &'static str,
    },
    /// A profile that this program doesn't know.
    #[error("unknown profile {0}")]
    Profile(String),
}

impl DecodeError {
    /// The stable name of this error, as vectors and answers use it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cbor(error) => error.code(),
            Self::Type { .. } => "wrong-type",
            Self::UnknownClaim { .. } => "unknown-claim",
            Self::MissingClaim { .. } => "missing-claim",
            Self::Location => "location-claim",
            Self::UnknownValue { .. } => "unknown-value",
            Self::OutOfBounds { .. } => "out-of-bounds",
            Self::Profile(_) => "unknown-profile",
        }
    }
}

/// A thing that has one form on the wire.
pub trait Wire: Sized {
    /// Appends the form to `e`.
    fn put(&self, e: &mut Encoder);
    /// Reads the form; `d` has passed [`strict`].
    ///
    /// # Errors
    /// What differs from the contract.
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError>;
    /// What a map without this entry means; `None` where the entry is required.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
    /// Whether the entry is left out of its map.
    fn is_absent(&self) -> bool {
        false
    }
}

/// The bytes of `value`.
#[must_use]
pub fn encode<T: Wire>(value: &T) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    value.put(&mut e);
    e.into_writer()
}

/// Reads exactly one `T`, of at most 64 KiB.
///
/// # Errors
/// What is not the CBOR that we accept, or differs from the contract.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_within(bytes, 64 * 1024)
}

/// Reads exactly one `T`, of at most `max` bytes.
///
/// # Errors
/// As [`decode`].
pub fn decode_within<T: Wire>(bytes: &[u8], max: usize) -> Result<T, DecodeError> {
    strict(bytes, max)?;
    T::take(&mut minicbor::Decoder::new(bytes))
}

/// Unwraps the result of writing into memory.
pub fn written<T>(result: Result<T, minicbor::encode::Error<std::convert::Infallible>>) {
    result.expect("writing to a Vec cannot fail");
}

/// Maps minicbor's error: after [`strict`] only the type can be wrong.
pub(crate) fn wrong<E>(what: &'static str, expected: &'static str) -> impl FnOnce(E) -> DecodeError {
    move |_| DecodeError::Type { what, expected }
}

/// What a key is that the contract doesn't know: a location claim has an error of its own, wherever it stands.
pub(crate) fn unknown_key(d: &mut minicbor::Decoder<'_>, map: &'static str) -> DecodeError {
    let key = match (d.probe().int(), d.probe().str()) {
        (Ok(key), _) if key == LOCATION.into() => return DecodeError::Location,
        (Ok(key), _) => key.to_string(),
        (_, Ok(key)) => format!("{:?}", key.chars().take(32).collect::<String>()),
        _ => "of another type".to_owned(),
    };
    DecodeError::UnknownClaim { map, key }
}

/// `location` of RFC 9711 §4.2.10.
const LOCATION: u16 = 264;

/// Refuses a list or map with too many entries before any of them is read. What is neither passes: its type says the rest.
pub(crate) fn at_most(
    d: &mut minicbor::Decoder<'_>,
    most: u64,
    bound: &'static str,
) -> Result<(), DecodeError> {
    let len = match d.datatype() {
        Ok(minicbor::data::Type::Array) => d.probe().array(),
        Ok(minicbor::data::Type::Map) => d.probe().map(),
        _ => return Ok(()),
    };
    match len {
        Ok(Some(len)) if len > most => Err(DecodeError::OutOfBounds { what: "list", bound }),
        _ => Ok(()),
    }
}

impl Wire for u64 {
    fn put(&self, e: &mut Encoder) {
        written(e.u64(*self));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        d.u64().map_err(wrong("number", "an unsigned integer"))
    }
}

impl Wire for u32 {
    fn put(&self, e: &mut Encoder) {
        written(e.u32(*self));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let value = u64::take(d)?;
        Self::try_from(value).map_err(wrong("number", "below 2^32"))
    }
}

impl Wire for bool {
    fn put(&self, e: &mut Encoder) {
        written(e.bool(*self));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        d.bool().map_err(wrong("flag", "true or false"))
    }
}

/// Bytes of any length that the message's own limit allows; hexadecimal in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl serde::Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&crate::id::hex(&self.0))
    }
}

impl Wire for Bytes {
    fn put(&self, e: &mut Encoder) {
        written(e.bytes(&self.0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        d.bytes().map(|bytes| Self(bytes.to_vec())).map_err(wrong("bytes", "a byte string"))
    }
}

impl<const N: usize> Wire for Text<N> {
    fn put(&self, e: &mut Encoder) {
        written(e.str(self.as_str()));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.str().map_err(wrong("text", "a text string"))?;
        Text::new(text).map_err(|_| DecodeError::OutOfBounds {
            what: "text",
            bound: "too long, or with control characters",
        })
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, e: &mut Encoder) {
        match self {
            Some(value) => value.put(e),
            None => written(e.null()),
        }
    }
    /// Only a present entry is read: an absent one is left out of its map, and `null` is no value.
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        T::take(d).map(Some)
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// A list; an empty one is left out of its map.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(transparent)]
pub struct List<T>(pub Vec<T>);

/// Items for which a list makes room before it has read them.
const ROOM: usize = 64;

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> std::ops::Deref for List<T> {
    type Target = Vec<T>;
    fn deref(&self) -> &Vec<T> {
        &self.0
    }
}

impl<T> FromIterator<T> for List<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self(items.into_iter().collect())
    }
}

impl<T: Wire> Wire for List<T> {
    fn put(&self, e: &mut Encoder) {
        written(e.array(self.0.len() as u64));
        for item in &self.0 {
            item.put(e);
        }
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let len = d.array().map_err(wrong("list", "an array"))?.unwrap_or(0);
        // every item takes a byte at least, so the message has bounded the count
        let mut items = Vec::with_capacity(usize::try_from(len).map_or(0, |len| len.min(ROOM)));
        for _ in 0..len {
            items.push(T::take(d)?);
        }
        Ok(Self(items))
    }
    fn absent() -> Option<Self> {
        Some(Self::default())
    }
    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    fn put(&self, e: &mut Encoder) {
        written(e.map(self.len() as u64));
        for (key, value) in self {
            key.put(e);
            value.put(e);
        }
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let len = d.map().map_err(wrong("entries", "a map"))?.unwrap_or(0);
        let entry = |_| match d.probe().u64() {
            Ok(key) if key == u64::from(LOCATION) => Err(DecodeError::Location),
            _ => Ok((K::take(d)?, V::take(d)?)),
        };
        (0..len).map(entry).collect()
    }
    fn absent() -> Option<Self> {
        Some(Self::new())
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
