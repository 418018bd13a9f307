//! The OpenAPI 3.1 document, put together of what the operations say.

use muster_proto::problem::{PROBLEM_TYPE, Problem};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::sheet::{Schemas, Sheet};
use super::{About, Api, Operation};
use crate::auth::{CSRF_HEADER, Role, cookie};
use crate::problems::Code;

/// The document of these operations.
///
/// # Panics
/// Two types have one name: one of them needs another.
#[must_use]
pub fn document(api: &Api) -> Value {
    let mut schemas = Schemas::default();
    let mut paths = BTreeMap::<&str, Map<String, Value>>::new();
    let mut problems = Problems::default();
    for operation in api.operations() {
        let sheet = Sheet::of(operation, &mut schemas);
        let described = described(sheet, &mut problems);
        paths.entry(operation.path).or_default().insert(operation.method.to_owned(), described);
    }
    schemas.given_too::<Problem>();
    let (mut named, twice) = schemas.into_named();
    named.extend(problems.schemas);
    assert!(twice.is_empty(), "two types have one name: {twice:?}");
    sorted(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Muster",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Whether each work phone meets the organisation's rules, since when not, and until when that may stay so. \
                            A problem's `code` is stable; every code stands in the documentation.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/api/v1" }],
        "paths": paths,
        "components": {
            "schemas": named.into_iter().map(|(name, schema)| (name, words(schema))).collect::<Map<_, _>>(),
            "responses": problems.responses,
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer", "description": "An API token." },
                "session": { "type": "apiKey", "in": "cookie", "name": cookie::NAME, "description": "A signed-in browser." },
                "csrf": { "type": "apiKey", "in": "header", "name": CSRF_HEADER, "description": "The token of the session, in whatever changes something." },
            },
        },
    }))
}

/// The document as it is committed: one line for each path and each schema, so that a change shows where it is.
#[must_use]
pub fn text(document: &Value) -> String {
    let mut text = String::from("{\n");
    write(&mut text, document, 1);
    text + "\n"
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let Value::Object(map) = value else { return };
    let indent = "  ".repeat(depth);
    for (n, (key, value)) in map.iter().enumerate() {
        let comma = if n + 1 < map.len() { "," } else { "" };
        let deeper = value.is_object()
            && (depth == 1 || (depth == 2 && matches!(key.as_str(), "schemas" | "responses")));
        if deeper {
            text.push_str(&format!("{indent}{}: {{\n", Value::from(key.as_str())));
            write(text, value, depth + 1);
            text.push_str(&format!("{comma}\n"));
        } else {
            text.push_str(&format!("{indent}{}: {value}{comma}\n", Value::from(key.as_str())));
        }
    }
    text.push_str(&"  ".repeat(depth - 1));
    text.push('}');
}

fn described(sheet: Sheet<'_>, problems: &mut Problems) -> Value {
    let Operation { method, path, about, .. } = sheet.operation;
    let tag = path.split('/').find(|part| !part.is_empty()).unwrap_or_default();
    let mut operation = json!({
        "operationId": about.id,
        "summary": about.summary,
        "tags": [tag],
        "responses": responses(&sheet, problems),
    });
    if let Value::Object(operation) = &mut operation {
        let mut add = |key: &str, value: Value| drop(operation.insert(key.to_owned(), value));
        if !about.more.is_empty() {
            add("description", json!(about.more));
        }
        if !sheet.parameters.is_empty() {
            add("parameters", Value::Array(sheet.parameters));
        }
        if let Some(body) = sheet.body {
            add("requestBody", body);
        }
        if sheet.secured {
            let session = if *method == "get" {
                json!({ "session": [] })
            } else {
                json!({ "session": [], "csrf": [] })
            };
            add("security", json!([{ "token": [] }, session]));
            add("x-roles", roles(about));
        }
    }
    operation
}

/// The roles that may, and where: `organisation` stands for it being enough to have one there.
fn roles(about: &About) -> Value {
    let needs = about.taken();
    let names: Vec<&str> = needs.right.roles().map(Role::name).collect();
    json!({ "roles": names, "within": if needs.scoped { "organisation" } else { "server" } })
}

fn responses(sheet: &Sheet<'_>, all: &mut Problems) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, content) in &sheet.answers {
        let said = match status {
            201 => "It was made.",
            304 => "It is what you know already.",
            _ => "It was done.",
        };
        let mut response = json!({ "description": said });
        if sheet.operation.about.versioned {
            response["headers"] =
                json!({ "etag": { "description": "The version.", "schema": { "type": "string" } } });
        }
        if sheet.operation.about.makes {
            let text = "The answer was given before.";
            response["headers"] =
                json!({ "idempotency-replayed": { "description": text, "schema": { "const": "true" } } });
        }
        if let (Value::Object(response), Value::Object(content)) = (&mut response, content) {
            response.insert("content".to_owned(), json!(content));
        }
        responses.insert(status.to_string(), response);
    }
    let mut problems = BTreeMap::<u16, Vec<Code>>::new();
    for code in &sheet.problems {
        problems.entry(code.status()).or_default().push(*code);
    }
    for (status, codes) in problems {
        responses.insert(status.to_string(), all.answer(&codes));
    }
    responses
}

/// Answers that are problems, each set of codes once.
#[derive(Default)]
struct Problems {
    responses: Map<String, Value>,
    schemas: Map<String, Value>,
}

impl Problems {
    fn answer(&mut self, codes: &[Code]) -> Value {
        let name = codes.iter().map(|code| format!("{code:?}")).collect::<Vec<_>>().join("Or");
        if !self.responses.contains_key(&name) {
            let schema = format!("{name}Problem");
            let words: Vec<&str> = codes.iter().map(|code| code.word()).collect();
            let lines = codes.iter().map(|code| format!("- `{}`: {}\n", code.word(), code.title()));
            let content =
                json!({ PROBLEM_TYPE: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } });
            self.schemas.insert(
                schema,
                json!({
                    "allOf": [
                        { "$ref": "#/components/schemas/Problem" },
                        { "type": "object", "properties": { "code": { "type": "string", "enum": words } } },
                    ],
                }),
            );
            let described =
                json!({ "description": lines.collect::<String>().trim_end(), "content": content });
            self.responses.insert(name.clone(), described);
        }
        json!({ "$ref": format!("#/components/responses/{name}") })
    }
}

/// A closed list of words, each of them explained, in the form that generators of clients take for one.
fn words(mut schema: Value) -> Value {
    let Some(options) = schema.get("oneOf").and_then(Value::as_array) else { return schema };
    let explained = options.iter().map(|option| {
        let word = option.get("const")?.as_str()?;
        Some((word.to_owned(), option.get("description").and_then(Value::as_str).unwrap_or_default()))
    });
    let Some(explained) = explained.collect::<Option<Vec<_>>>() else { return schema };
    let lines = explained.iter().map(|(word, text)| format!("\n- `{word}`: {text}")).collect::<String>();
    let (words, text) = (explained.iter().map(|(word, _)| json!(word)).collect(), schema.get("description"));
    let text = format!("{}\n{lines}", text.and_then(Value::as_str).unwrap_or_default());
    if let Value::Object(map) = &mut schema {
        map.remove("oneOf");
        map.insert("type".to_owned(), json!("string"));
        map.insert("enum".to_owned(), Value::Array(words));
        map.insert("description".to_owned(), json!(text));
    }
    schema
}

/// Keys in one order, whatever features the map type was built with.
/// A format bounds a number for those who know its word; the bound itself everybody knows.
fn bounded(mut schema: Map<String, Value>) -> Map<String, Value> {
    let most = match schema.get("format").and_then(Value::as_str) {
        Some("uint16") => u64::from(u16::MAX),
        Some("uint32") => u64::from(u32::MAX),
        Some("uint64") => u64::MAX,
        _ => return schema,
    };
    schema.entry("maximum").or_insert(most.into());
    schema
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            let map = entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(bounded(map))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
