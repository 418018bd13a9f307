//! The committed document is what the code says, and says enough.

use super::*;
use crate::http::admin;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn the_committed_document_is_what_the_operations_say() {
    let told = "run `cargo run -p muster-server --example openapi > server/openapi.json`";
    assert!(text(&document(&admin::operations(None))) == COMMITTED, "{told}");
}

#[test]
fn every_operation_has_a_name_of_its_own_and_a_sentence() {
    let api = admin::operations(None);
    let mut seen = BTreeSet::new();
    for operation in api.operations() {
        let About { id, summary, .. } = operation.about;
        assert!(seen.insert(id), "{id} twice");
        assert!(id.chars().all(|letter| letter.is_ascii_alphanumeric()), "{id}");
        assert!(summary.ends_with(['.', '?']), "{id}: {summary}");
    }
}

#[test]
fn every_operation_says_what_it_takes() {
    let api = admin::operations(None);
    for operation in api.operations() {
        let About { id, needs, open, of, .. } = operation.about;
        assert!(needs.is_some(), "{id}: who may? Say `.needs(Right::…)`");
        assert_eq!(Sheet::of(operation, &mut sheet::Schemas::default()).secured, !open, "{id}");
        assert!(of.is_none() || operation.path.contains('{'), "{id}");
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut references = BTreeSet::new();
    collect(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

fn collect<'a>(value: &'a Value, into: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(map) => {
            into.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| collect(value, into));
        }
        Value::Array(items) => items.iter().for_each(|value| collect(value, into)),
        _ => {}
    }
}
