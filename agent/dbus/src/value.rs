//! Single values of an answer, and the few that are wanted of a dictionary. What nobody asked for is passed over unstored.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text, a truth, a number; bare or in a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text.
    Text(String),
    /// A truth.
    Flag(bool),
    /// A number.
    Number(i64),
    /// Something that we ask of nobody.
    Other,
}

/// The keys that are wanted of a dictionary.
pub trait Keys {
    /// The keys, in the order in which [`Entry::text`] counts them.
    const KEYS: &'static [&'static str];
}

/// The wanted texts of one dictionary, in the order of [`Keys::KEYS`].
#[derive(Debug)]
pub struct Entry<K>(Vec<Option<Value>>, PhantomData<K>);

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, if it is one.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

impl<K> Entry<K> {
    /// The text under the wanted key of that number, counted from 0; none where the dictionary has another kind of value or lacks the key.
    #[must_use]
    pub fn text(&self, nth: usize) -> Option<&str> {
        self.0.get(nth)?.as_ref()?.text()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Number))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    /// A variant: its signature, then its value. Arrays and structures look the same, and come only inside of one.
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let signature: Option<String> = seq.next_element()?;
        let simple = signature.is_some_and(|signature| signature.len() == 1 && signature != "v");
        let value = if simple {
            seq.next_element()?
        } else {
            seq.next_element::<IgnoredAny>()?.map(|_| Value::Other)
        };
        Ok(value.unwrap_or(Value::Other))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Other)
    }
}

impl<'de, K: Keys> Deserialize<'de> for Entry<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(AnyEntry(PhantomData))
    }
}

struct AnyEntry<K>(PhantomData<K>);

impl<'de, K: Keys> Visitor<'de> for AnyEntry<K> {
    type Value = Entry<K>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a dictionary")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry<K>, A::Error> {
        let mut wanted = vec![None; K::KEYS.len()];
        while let Some(key) = map.next_key::<String>()? {
            let value: Value = map.next_value()?;
            if let Some(nth) = K::KEYS.iter().position(|wanted| *wanted == key) {
                wanted[nth] = Some(value);
            }
        }
        Ok(Entry(wanted, PhantomData))
    }
}
