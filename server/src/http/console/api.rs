//! `/api`: the API to read and to try, made of its document. Reading works without scripts; sending is what the browser does with one.

use maud::{Markup, html};
use serde_json::{Map, Value};
use std::sync::LazyLock;

use crate::http::console::assets;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::{Page, Person};
use crate::http::openapi::COMMITTED;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(COMMITTED).unwrap_or_default());

/// Shows it.
pub async fn get(person: Person) -> Page {
    Page(page(&person.frame))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { "API" } }
        p.lead {
            (lang.say("api-lead")) " "
            a href="/api/v1/openapi.json" { "openapi.json" }
        }
        div.api data-base="/api/v1" data-csrf=(frame.csrf) lang="en" {
            @for (path, operations) in object(&DOCUMENT, "paths") {
                @for (method, operation) in operations.as_object().into_iter().flatten() {
                    (shown(frame, path, method, operation))
                }
            }
        }
        script src=(assets::API.path()) defer {}
    };
    frame.page(Place::Elsewhere, "API", &main)
}

fn shown(frame: &Frame, path: &str, method: &str, operation: &Value) -> Markup {
    let text = |key: &str| operation.get(key).and_then(Value::as_str).unwrap_or_default();
    let id = text("operationId");
    html! {
        details id=(id) {
            summary {
                code.method { (method.to_uppercase()) } " " code { (path) } " " span.soft { (text("summary")) }
            }
            @if !text("description").is_empty() { p { (text("description")) } }
            form.try data-method=(method) data-path=(path) {
                @for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
                    (field(id, parameter))
                }
                @if let Some(body) = operation.get("requestBody") { (body_field(frame, id, body)) }
                p { button type="submit" { (frame.lang.say("api-send")) } }
                pre.answer hidden aria-live="polite" {}
            }
            (answers(operation))
        }
    }
}

fn field(operation: &str, parameter: &Value) -> Markup {
    let text = |key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, place) = (text("name"), text("in"));
    let field = format!("{operation}-{name}");
    let required = parameter.get("required") == Some(&Value::Bool(true));
    html! {
        p.field {
            label for=(field) { code { (name) } " " span.soft { (place) } }
            input id=(field) name=(name) data-in=(place) required[required] autocomplete="off" spellcheck="false";
            @if !text("description").is_empty() { span.hint { (text("description")) } }
        }
    }
}

fn body_field(frame: &Frame, operation: &str, body: &Value) -> Markup {
    let (field, kind) = (format!("{operation}-body"), format!("{operation}-type"));
    let contents = object(body, "content");
    let sample = contents.iter().find_map(|(media_type, content)| {
        (media_type == "application/json").then(|| sample(content.get("schema")?)).flatten()
    });
    html! {
        p.field {
            label for=(kind) { code { "content-type" } }
            select id=(kind) data-in="type" {
                @for (media_type, _) in contents { option { (media_type) } }
            }
        }
        p.field {
            label for=(field) { (frame.lang.say("api-body")) }
            textarea id=(field) data-in="body" rows="6" spellcheck="false" { (sample.unwrap_or_default()) }
        }
    }
}

/// What a body looks like: what must be there, each with a value of its type.
fn sample(schema: &Value) -> Option<String> {
    let schema = resolved(schema);
    let required = schema.get("required").and_then(Value::as_array)?;
    let properties = object(schema, "properties");
    let named = required.iter().filter_map(Value::as_str).filter_map(|name| {
        let property = resolved(properties.get(name)?);
        let first = property.get("enum").and_then(|words| words.get(0)).cloned();
        let number = property.get("type").is_some_and(|kind| kind == "integer").then(|| 1.into());
        Some((name.to_owned(), first.or(number).unwrap_or_else(|| "".into())))
    });
    serde_json::to_string_pretty(&Value::Object(named.collect())).ok()
}

fn answers(operation: &Value) -> Markup {
    html! {
        dl.answers {
            @for (status, answer) in object(operation, "responses") {
                @let answer = resolved(answer);
                dt { code { (status) } }
                dd.soft { (answer.get("description").and_then(Value::as_str).unwrap_or_default()) }
            }
        }
    }
}

/// What a reference leads to; anything else is itself.
fn resolved(value: &Value) -> &Value {
    let reference = value.get("$ref").and_then(Value::as_str);
    reference.and_then(|to| DOCUMENT.pointer(to.trim_start_matches('#'))).unwrap_or(value)
}

fn object<'a>(value: &'a Value, key: &str) -> &'a Map<String, Value> {
    static NONE: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    value.get(key).and_then(Value::as_object).unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_shows_what_it_needs() {
        let schema = serde_json::json!({ "$ref": "#/components/schemas/NewOrder" });
        assert_eq!(sample(&schema).as_deref(), Some("{\n  \"kind\": \"scan\",\n  \"reason\": \"\"\n}"));
    }
}
