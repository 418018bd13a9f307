//! Serde on top of the tree, so that every error of every type knows its line and column.

use std::fmt;

use serde::de::{self, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};

use super::error::{DocumentError, Place};
use super::tree::{Node, Value};

/// Reads a `T` from a tree.
///
/// # Errors
/// What differs from `T`'s shape.
pub fn from_node<'n, T: serde::Deserialize<'n>>(node: &'n Node) -> Result<T, DocumentError> {
    T::deserialize(At(node))
        .map_err(|error| DocumentError::new(error.place.unwrap_or(node.place), error.message))
}

/// An error that takes the place of the innermost node that it passes.
#[derive(Debug)]
pub struct Misfit {
    place: Option<Place>,
    message: String,
}

impl Misfit {
    fn at(mut self, place: Place) -> Self {
        self.place.get_or_insert(place);
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Misfit {}

impl de::Error for Misfit {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { place: None, message: message.to_string() }
    }
    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let field: String = field.chars().take(40).collect();
        if expected.is_empty() {
            return Self::custom(format!("unknown key `{field}`"));
        }
        Self::custom(format!("unknown key `{field}`, known here are {}", expected.join(", ")))
    }
    fn missing_field(field: &'static str) -> Self {
        Self::custom(format!("the key `{field}` is missing"))
    }
    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let variant: String = variant.chars().take(40).collect();
        Self::custom(format!("unknown word {variant:?}, known here are {}", expected.join(", ")))
    }
}

struct At<'n>(&'n Node);

impl At<'_> {
    fn expected(&self, what: &str) -> Misfit {
        let message = format!("expected {what}, found {}", self.0.noun());
        Misfit { place: Some(self.0.place), message }
    }

    fn text(&self) -> Result<&str, Misfit> {
        match &self.0.value {
            Value::Scalar { text, .. } if !self.0.is_null() => Ok(text),
            _ => Err(self.expected("a text")),
        }
    }

    /// Only a text without quotes is a number or a flag.
    fn plain(&self, what: &str) -> Result<&str, Misfit> {
        match &self.0.value {
            Value::Scalar { text, plain: true } => Ok(text),
            _ => Err(self.expected(what)),
        }
    }
}

macro_rules! whole_numbers {
    ($($method:ident => $visit:ident: $type:ty,)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
            let number = self.plain("a whole number")?.parse::<$type>();
            let number = number.map_err(|_| self.expected("a whole number"))?;
            visitor.$visit(number).map_err(|error: Misfit| error.at(self.0.place))
        })*
    };
}

impl<'de> de::Deserializer<'de> for At<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match &self.0.value {
            Value::List(_) => self.deserialize_seq(visitor),
            Value::Map(_) => self.deserialize_map(visitor),
            Value::Scalar { text, plain: true } if text == "true" || text == "false" => {
                self.deserialize_bool(visitor)
            }
            Value::Scalar { text, plain: true } if text.parse::<i64>().is_ok() => {
                self.deserialize_i64(visitor)
            }
            Value::Scalar { .. } if self.0.is_null() => visitor.visit_unit(),
            Value::Scalar { .. } => self.deserialize_str(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let flag = match self.plain("true or false")? {
            "true" => true,
            "false" => false,
            _ => return Err(self.expected("true or false")),
        };
        visitor.visit_bool(flag).map_err(|error: Misfit| error.at(self.0.place))
    }

    whole_numbers! {
        deserialize_i8 => visit_i64: i64,
        deserialize_i16 => visit_i64: i64,
        deserialize_i32 => visit_i64: i64,
        deserialize_i64 => visit_i64: i64,
        deserialize_u8 => visit_u64: u64,
        deserialize_u16 => visit_u64: u64,
        deserialize_u32 => visit_u64: u64,
        deserialize_u64 => visit_u64: u64,
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let text = self.text()?;
        visitor.visit_str(text).map_err(|error: Misfit| error.at(self.0.place))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        if self.0.is_null() { visitor.visit_unit() } else { Err(self.expected("nothing")) }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Value::List(items) = &self.0.value else { return Err(self.expected("a list")) };
        visitor.visit_seq(Items(items.iter())).map_err(|error| error.at(self.0.place))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        let Value::Map(entries) = &self.0.value else { return Err(self.expected("keys and values")) };
        visitor
            .visit_map(Entries { rest: entries.iter(), value: None })
            .map_err(|error| error.at(self.0.place))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let text = self.text()?;
        visitor.visit_enum(text.into_deserializer()).map_err(|error: Misfit| error.at(self.0.place))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { i128 u128 f32 f64 bytes byte_buf }
}

struct Items<'n>(std::slice::Iter<'n, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Misfit;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Misfit> {
        let read = |item: &'de Node| seed.deserialize(At(item)).map_err(|error| error.at(item.place));
        self.0.next().map(read).transpose()
    }
}

struct Entries<'n> {
    rest: std::slice::Iter<'n, (Node, Node)>,
    value: Option<&'n Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Misfit;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Misfit> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(At(key)).map(Some).map_err(|error| error.at(key.place))
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Misfit> {
        let value = self.value.take().ok_or_else(|| de::Error::custom("a value before its key"))?;
        seed.deserialize(At(value)).map_err(|error| error.at(value.place))
    }
}
