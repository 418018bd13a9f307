//! What a rule demands, on the wire: the document's own shape in deterministic CBOR.
//!
//! A phone reads it with the same types that read the document, so a kind has one type and no second form to keep in step.
//! Entries that are `null` are left out; keys are sorted as RFC 8949 §4.2.1 has it.

use muster_proto::cbor::{self, CborError, Encoder, written};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Longest demand, in bytes.
pub(crate) const MAX_DEMAND: usize = 16 * 1024;

/// Why bytes are not the demand of a kind.
#[derive(Debug, thiserror::Error)]
pub enum DemandError {
    /// Not the CBOR that we accept.
    #[error("read the demand of a rule")]
    Cbor(#[from] CborError),
    /// A type that no demand has.
    #[error("read the demand of a rule: a value of another type")]
    Type,
    /// Another shape than this program knows for the kind.
    #[error("read the demand of a rule: {0}")]
    Shape(#[from] serde_json::Error),
    /// A kind that this program doesn't know.
    #[error("kind {0:?} is not known to this program")]
    Kind(String),
}

/// The wire form of a demand.
///
/// # Errors
/// `demand` has floats or keys that are not text: no kind has.
pub fn to_cbor<T: Serialize>(demand: &T) -> Result<Vec<u8>, DemandError> {
    let mut e = Encoder::new(Vec::new());
    put(&serde_json::to_value(demand)?, &mut e)?;
    Ok(e.into_writer())
}

/// Reads the wire form.
///
/// # Errors
/// What is not the CBOR that we accept, or not of the kind's shape.
pub fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DemandError> {
    cbor::strict(bytes, MAX_DEMAND)?;
    let value = take(&mut minicbor::Decoder::new(bytes)).ok_or(DemandError::Type)?;
    Ok(serde_json::from_value(value)?)
}

fn put(value: &Value, e: &mut Encoder) -> Result<(), DemandError> {
    match value {
        Value::Null => written(e.null()),
        Value::Bool(flag) => written(e.bool(*flag)),
        Value::Number(number) => written(e.i64(number.as_i64().ok_or(DemandError::Type)?)),
        Value::String(text) => written(e.str(text)),
        Value::Array(items) => {
            written(e.array(items.len() as u64));
            items.iter().try_for_each(|item| put(item, e))?;
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().filter(|(_, value)| !value.is_null()).collect();
            entries.sort_by_key(|(key, _)| (key.len(), key.as_str()));
            written(e.map(entries.len() as u64));
            for (key, value) in entries {
                written(e.str(key));
                put(value, e)?;
            }
        }
    }
    Ok(())
}

fn take(d: &mut minicbor::Decoder<'_>) -> Option<Value> {
    use minicbor::data::Type;
    Some(match d.datatype().ok()? {
        Type::Null => {
            d.null().ok()?;
            Value::Null
        }
        Type::Bool => Value::Bool(d.bool().ok()?),
        Type::String => Value::String(d.str().ok()?.to_owned()),
        Type::Array => {
            (0..d.array().ok()??).map(|_| take(d)).collect::<Option<Vec<_>>>().map(Value::Array)?
        }
        Type::Map => {
            let len = d.map().ok()??;
            let entry = |_| Some((d.str().ok()?.to_owned(), take(d)?));
            (0..len).map(entry).collect::<Option<Map<_, _>>>().map(Value::Object)?
        }
        _ => Value::from(d.i64().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_demand_comes_back_as_it_was() {
        let demand =
            json!({ "deny": ["telegram"], "min": 3, "modified": true, "require": { "verified": ["green"] } });
        let bytes = to_cbor(&demand).unwrap();
        assert_eq!(from_cbor::<Value>(&bytes).unwrap(), demand);
    }

    #[test]
    fn the_order_of_keys_and_empty_entries_do_not_matter() {
        let one = to_cbor(&json!({ "bb": 1, "a": null, "c": 2 })).unwrap();
        let other = to_cbor(&json!({ "c": 2, "bb": 1 })).unwrap();
        assert_eq!(one, other);
        assert_eq!(one, [0xa2, 0x61, b'c', 0x02, 0x62, b'b', b'b', 0x01]);
    }

    #[test]
    fn what_is_no_demand_is_refused() {
        assert!(from_cbor::<Value>(&[]).is_err());
        assert!(from_cbor::<Value>(&[0xa1, 0x01, 0x01]).is_err());
        assert!(from_cbor::<Value>(&[0x41, 0x01]).is_err());
        assert!(to_cbor(&json!(1.5)).is_err());
    }
}
