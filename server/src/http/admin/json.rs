//! JSON as the API takes it: a key stands once, and `5.0` is 5, because to JSON Schema they are one number.

use serde::de::{DeserializeOwned, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};
use serde_json::{Map, Number, Value};
use std::fmt;

use crate::http::fault::Fault;

/// Reads an object.
///
/// # Errors
/// It is none, or not a `T`; a key stands in it twice, or a text has a character that no store can keep.
pub fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Fault> {
    let Strict(value) = serde_json::from_slice(bytes).map_err(|error| Fault::malformed(error.to_string()))?;
    // serde reads a list as the fields in their order, which the document doesn't say
    if !value.is_object() {
        return Err(Fault::malformed("the body is not an object"));
    }
    let storable = is_storable(&value);
    let read =
        serde_path_to_error::deserialize(value).map_err(|error| Fault::malformed(error.to_string()))?;
    if storable { Ok(read) } else { Err(Fault::malformed("a text has a NUL in it, which no store keeps")) }
}

/// PostgreSQL has no text with a NUL in it.
fn is_storable(value: &Value) -> bool {
    match value {
        Value::String(text) => !text.contains('\0'),
        Value::Array(items) => items.iter().all(is_storable),
        Value::Object(map) => map.values().all(is_storable),
        _ => true,
    }
}

/// A value in which no key stands twice.
struct Strict(Value);

struct Reader;

/// Beyond this a double skips whole numbers.
const EXACT: f64 = 9e15;

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Self)
    }
}

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Value, E> {
        if number.fract() == 0.0 && number.abs() < EXACT {
            return Ok((number as i64).into());
        }
        Number::from_f64(number).map(Value::Number).ok_or_else(|| E::custom("not a number"))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut read = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            read.push(item);
        }
        Ok(Value::Array(read))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut read = Map::new();
        while let Some((key, Strict(value))) = entries.next_entry::<String, _>()? {
            if read.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key {key:?} stands there twice")));
            }
            read.insert(key, value);
        }
        Ok(Value::Object(read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wanted {
        uses: u32,
        #[serde(default)]
        names: Vec<String>,
        #[serde(default)]
        share: Option<f64>,
    }

    fn read(text: &str) -> Result<Wanted, String> {
        object(text.as_bytes()).map_err(|fault| format!("{fault:?}"))
    }

    #[test]
    fn a_whole_number_may_have_a_point() {
        let plain = |uses| Wanted { uses, names: Vec::new(), share: None };
        assert_eq!(read(r#" {"uses": 5.0} "#), Ok(plain(5)));
        assert_eq!(read(r#"{"uses": 5e0}"#), Ok(plain(5)));
        assert_eq!(read(r#"{"uses": 5, "share": 0.5}"#), Ok(Wanted { share: Some(0.5), ..plain(5) }));
        for wrong in ["5.5", "1e300", "-1", "\"5\"", "4294967296"] {
            let said = read(&format!("{{\"uses\": {wrong}}}")).expect_err(wrong);
            assert!(said.contains("uses: "), "{said}");
        }
    }

    #[test]
    fn a_key_stands_once() {
        for wrong in [
            r#"{"uses":1,"uses":100000}"#,
            r#"{"uses":1.0,"uses":100000}"#,
            r#"{"uses":1,"names":[{"a":1,"a":2}]}"#,
        ] {
            let said = read(wrong).expect_err(wrong);
            assert!(said.contains("stands there twice"), "{said}");
        }
    }

    #[test]
    fn it_is_an_object_and_nothing_follows() {
        for wrong in ["[5]", "5", "null", "", "{\"uses\":5} {}", "{\"uses\":5,}"] {
            read(wrong).expect_err(wrong);
        }
        let nested = format!("{{\"uses\":5,\"names\":{}", "[".repeat(100_000));
        read(&nested).expect_err("too deep");
    }

    #[test]
    fn no_store_keeps_a_nul() {
        let said = read(r#"{"uses":1,"names":["a\u0000"]}"#).expect_err("it is refused");
        assert!(said.contains("has a NUL"), "{said}");
    }
}
