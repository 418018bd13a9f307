//! The JSON Schema of the document, generated from the types that read it.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::form::DocumentForm;
use super::rule::CommonForm;
use crate::rules::{KINDS, Kind};

/// JSON Schema (2020-12) of a policy document.
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let rules: Vec<Value> = KINDS.iter().map(|kind| rule(kind, &mut generator)).collect();
    let mut document = DocumentForm::json_schema(&mut generator).to_value();
    let list = json!({ "description": "The rules, in the order in which they are shown.", "type": "array", "items": { "oneOf": rules } });
    insert(&mut document, "properties", "rules", list);
    require(&mut document, "rules");
    let mut root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Muster policy",
        "description": "Rules for work phones, and the organisations to which they apply.",
    });
    let definitions = generator.take_definitions(true);
    if let (Value::Object(root), Value::Object(document)) = (&mut root, document) {
        root.extend(document.into_iter().filter(|(key, _)| key != "title" && key != "description"));
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    sorted(root)
}

/// [`schema`] as it is committed in `policy/schema/policy.schema.json`.
///
/// # Errors
/// None that is known: a JSON value can be written.
pub fn schema_text() -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&schema()).map(|text| text + "\n")
}

/// A rule of one kind: the common keys and its own.
fn rule(kind: &Kind, generator: &mut SchemaGenerator) -> Value {
    let mut rule = CommonForm::json_schema(generator).to_value();
    let own = (kind.document.schema)(generator).to_value();
    if let Some(Value::Object(properties)) = own.get("properties") {
        for (key, value) in properties {
            insert(&mut rule, "properties", key, value.clone());
        }
    }
    for key in own.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        require(&mut rule, key);
    }
    insert(&mut rule, "properties", "kind", json!({ "const": kind.word, "description": KIND }));
    if let Value::Object(rule) = &mut rule {
        rule.insert("title".to_owned(), json!(kind.word));
        if let Some(description) = own.get("description") {
            rule.insert("description".to_owned(), description.clone());
        }
    }
    rule
}

const KIND: &str = "Kind of the rule: it says which further keys there are.";

fn insert(schema: &mut Value, part: &str, key: &str, value: Value) {
    if let Some(Value::Object(part)) = schema.get_mut(part) {
        part.insert(key.to_owned(), value);
    }
}

fn require(schema: &mut Value, key: &str) {
    if let Value::Object(schema) = schema
        && let Value::Array(keys) = schema.entry("required").or_insert_with(|| json!([]))
        && !keys.contains(&json!(key))
    {
        keys.push(json!(key));
    }
}

/// Keys in one order, whatever features the map type was built with.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().map(|(key, value)| (key, sorted(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// The schema of a word, of a word that may be missing, or of a list of words.
pub(crate) fn words<T: Words>(_: &mut SchemaGenerator) -> Schema {
    T::schema()
}

/// A type that is written as words of a closed list.
pub(crate) trait Words {
    fn schema() -> Schema;
}

impl<T: Words> Words for Vec<T> {
    fn schema() -> Schema {
        json_schema!({ "type": "array", "items": T::schema() })
    }
}

impl<T: Words> Words for Option<T> {
    fn schema() -> Schema {
        T::schema()
    }
}

macro_rules! closed_lists {
    ($($type:path),* $(,)?) => {
        $(impl Words for $type {
            fn schema() -> Schema {
                let words: Vec<&str> = <$type>::ALL.iter().map(|value| value.word()).collect();
                json_schema!({ "type": "string", "enum": words })
            }
        })*
    };
}

closed_lists! {
    muster_proto::facts::BootState,
    muster_proto::facts::ChannelMode,
    muster_proto::facts::Encryption,
    muster_proto::facts::Platform,
    muster_proto::facts::RootKind,
    muster_proto::facts::Strength,
    muster_proto::policy::Mode,
    muster_proto::policy::Proof,
    muster_proto::policy::Severity,
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_committed_schema_is_what_the_types_say() {
        let committed = include_str!("../../schema/policy.schema.json");
        let told = "run `cargo run -p muster-policy --features document --example schema > policy/schema/policy.schema.json`";
        assert_eq!(super::schema_text().unwrap(), committed, "{told}");
    }
}
