//! The id of an asset.

use muster_proto::id::{IdError, OrderId, hex};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use crate::store::{Column, StoreError, Value};

/// A phone of the register: 16 random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AssetId(pub [u8; 16]);

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex(&self.0))
    }
}

impl FromStr for AssetId {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        // ids of 16 bytes are all written alike
        text.parse::<OrderId>().map(|id| Self(id.0))
    }
}

impl Serialize for AssetId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AssetId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        <Cow<'de, str>>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for AssetId {
    fn schema_name() -> Cow<'static, str> {
        "AssetId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
    }
}

impl Column for AssetId {
    fn of(value: Value<'static>) -> Result<Self, StoreError> {
        Vec::<u8>::of(value)?.try_into().map(Self).map_err(|_| StoreError::Column("an asset's id"))
    }
}

impl From<AssetId> for Value<'_> {
    fn from(id: AssetId) -> Self {
        Self::Blob(Cow::Owned(id.0.to_vec()))
    }
}

impl<'a> From<&'a AssetId> for Value<'a> {
    fn from(id: &'a AssetId) -> Self {
        Self::Blob(Cow::Borrowed(&id.0))
    }
}
