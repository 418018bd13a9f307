//! What a kind of rule brings along for documents: how it is read, and its JSON Schema.

use muster_proto::catalogue::Catalogue;
use schemars::{Schema, SchemaGenerator};

use super::de::from_node;
use super::error::DocumentError;
use super::tree::Node;
use crate::demand::to_cbor;
use crate::rules::{Demand, DemandFlaw};

/// A kind's part in documents.
#[derive(Debug)]
pub(crate) struct KindForm {
    pub read: fn(&Node, &Catalogue) -> Result<Demanded, DocumentError>,
    pub schema: fn(&mut SchemaGenerator) -> Schema,
    pub example: &'static str,
}

/// What a rule demands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demanded {
    /// As it goes to phones.
    pub wire: Vec<u8>,
    /// As it was written, for comparing.
    pub written: serde_json::Value,
}

impl KindForm {
    pub const fn of<T: Demand>() -> Self {
        Self { read: read::<T>, schema: T::json_schema, example: T::EXAMPLE }
    }
}

fn read<T: Demand>(own: &Node, catalogue: &Catalogue) -> Result<Demanded, DocumentError> {
    let demand: T = from_node(own)?;
    if let Some(flaw) = demand.flaws(catalogue).into_iter().next() {
        return Err(place(own, flaw));
    }
    let wrong = |error: String| DocumentError::new(own.place, error);
    let written = serde_json::to_value(&demand).map_err(|error| wrong(error.to_string()))?;
    let wire = to_cbor(&demand).map_err(|error| wrong(error.to_string()))?;
    Ok(Demanded { wire, written })
}

fn place(own: &Node, flaw: DemandFlaw) -> DocumentError {
    let key = own.entry(flaw.key);
    let item = flaw.index.and_then(|index| key?.item(index));
    DocumentError::new(item.or(key).unwrap_or(own).place, flaw.message)
}
