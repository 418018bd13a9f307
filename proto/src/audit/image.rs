//! What a thing was before or after an action: a small JSON value in its canonical form, so that a tool that writes JSON anew, with other spaces
//! or in another order, changes no hash.

use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

/// A JSON value, held as its canonical text: RFC 8785 for what occurs here (no spaces, keys in order, only whole numbers).
#[derive(Clone, PartialEq, Eq)]
pub struct Image(String);

/// A value that can't be an image: it has a number that is not whole, which not every program writes in the same way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an image has whole numbers only")]
pub struct ImageError;

impl Image {
    /// The image of a value.
    ///
    /// # Errors
    /// It has a number that is not whole.
    pub fn of(value: &Value) -> Result<Self, ImageError> {
        let mut text = String::new();
        write(value, &mut text)?;
        Ok(Self(text))
    }

    /// Takes back what was stored. A text that is not what [`Image::text`] gave becomes the image of that text, which no entry was hashed
    /// with: so every byte of it counts.
    #[must_use]
    pub fn stored(text: String) -> Self {
        let read = serde_json::from_str::<Value>(&text).ok().and_then(|value| Self::of(&value).ok());
        match read {
            Some(image) if image.0 == text => image,
            _ => Self(Value::String(text).to_string()),
        }
    }

    /// The canonical text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The value.
    #[must_use]
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.0).unwrap_or(Value::Null)
    }
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Image {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Image {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::of(&Plain::deserialize(deserializer)?.0).map_err(Error::custom)
    }
}

/// A value in which no key stands twice: of two, one would be hashed and another shown.
struct Plain(Value);

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor).map(Self)
    }
}

struct PlainVisitor;

impl<'de> Visitor<'de> for PlainVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value with whole numbers only, and each key once")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Plain(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((key, Plain(value))) = entries.next_entry::<String, _>()? {
            if all.insert(key, value).is_some() {
                return Err(Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(all))
    }
}

fn write(value: &Value, out: &mut String) -> Result<(), ImageError> {
    match value {
        Value::Number(number) if number.is_f64() => return Err(ImageError),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string())
        }
        Value::Array(items) => {
            out.push('[');
            for (n, item) in items.iter().enumerate() {
                separate(n, out);
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (n, key) in keys.into_iter().enumerate() {
                separate(n, out);
                out.push_str(&Value::from(key.as_str()).to_string());
                out.push(':');
                write(&map[key], out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn separate(n: usize, out: &mut String) {
    if n > 0 {
        out.push(',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_image_is_written_in_one_way() {
        let image = Image::of(&json!({ "b": [1, null, true], "a": "Ж\n\"\u{1}", "": {} })).expect("an image");
        assert_eq!(image.text(), r#"{"":{},"a":"Ж\n\"\u0001","b":[1,null,true]}"#);
        let loose: Image =
            serde_json::from_str(r#"{ "b": [1, null, true], "a": "\u0416\n\"\u0001", "": {} }"#)
                .expect("the same");
        assert_eq!(loose, image);
        assert_eq!(Image::stored(image.text().to_owned()), image);
        assert_eq!(Image::of(&json!({ "a": 0.5 })), Err(ImageError));
    }

    #[test]
    fn another_text_for_the_same_value_is_another_image_in_the_store() {
        let image = Image::of(&json!({ "a": 1 })).expect("an image");
        for text in [r#"{"a": 1}"#, r#"{"a":1,"a":1}"#, "{", ""] {
            assert_ne!(Image::stored(text.to_owned()), image, "{text}");
        }
    }
}
