//! What the types of a handler say about its operation: every extractor an [`Input`], every answer an [`Output`].

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

use super::Operation;
use crate::auth::{Actor, Right};
use crate::http::admin::{Body, Created, Id, Name, NoContent, OrJson, Query, Text};
use crate::http::fault::Fault;
use crate::http::repeat;
use crate::problems::Code;
use crate::version::IfMatch;

/// One operation, while it is described.
pub struct Sheet<'a> {
    /// The operation.
    pub operation: &'a Operation,
    /// Schemas of what is taken and of what is given.
    pub schemas: &'a mut Schemas,
    /// Parameters in path, query and headers.
    pub parameters: Vec<Value>,
    /// The body that it takes.
    pub body: Option<Value>,
    /// Answers, beside problems.
    pub answers: BTreeMap<u16, Value>,
    /// Problems.
    pub problems: BTreeSet<Code>,
    /// Whether somebody has to call.
    pub secured: bool,
    names: Vec<&'static str>,
}

/// Two views of the same types: what may be left out when it is sent here, and what is always there when it is answered.
pub struct Schemas {
    taken: SchemaGenerator,
    given: SchemaGenerator,
}

/// What a handler is given.
pub trait Input {
    /// Says what it needs.
    fn describe(_sheet: &mut Sheet<'_>) {}
}

/// What a handler answers.
pub trait Output {
    /// Says what it is.
    fn describe(_sheet: &mut Sheet<'_>) {}
}

/// A handler whose types describe it.
pub trait Described<T> {
    /// Describes it.
    fn describe(sheet: &mut Sheet<'_>);
}

impl Default for Schemas {
    fn default() -> Self {
        let generator = |contract| {
            let settings = SchemaSettings::draft2020_12().with(|settings| {
                settings.definitions_path = "/components/schemas".into();
                settings.meta_schema = None;
                settings.contract = contract;
            });
            settings.into_generator()
        };
        Self { taken: generator(Contract::Deserialize), given: generator(Contract::Serialize) }
    }
}

impl Schemas {
    /// Names a type that is answered.
    pub fn given_too<T: JsonSchema>(&mut self) {
        self.given.subschema_for::<T>();
    }

    /// Everything that was named, and whether a name stands for two things.
    pub fn into_named(mut self) -> (Map<String, Value>, Vec<String>) {
        let mut named = self.given.take_definitions(true);
        let mut twice = Vec::new();
        for (name, schema) in self.taken.take_definitions(true) {
            match named.get(&name) {
                Some(other) if *other != schema => twice.push(name),
                _ => drop(named.insert(name, schema)),
            }
        }
        (named, twice)
    }
}

impl<'a> Sheet<'a> {
    /// Describes an operation.
    pub fn of(operation: &'a Operation, schemas: &'a mut Schemas) -> Self {
        let names = operation.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut sheet = Self {
            operation,
            schemas,
            names: names.collect::<Vec<_>>().into_iter().rev().collect(),
            parameters: Vec::new(),
            body: None,
            answers: BTreeMap::new(),
            problems: operation.about.problems.iter().copied().collect(),
            secured: false,
        };
        (operation.describe)(&mut sheet);
        sheet.other_media_types();
        sheet.headers();
        sheet
    }

    /// What it answers, by itself.
    pub fn alone(operation: &Operation) -> Known {
        let mut schemas = Schemas::default();
        let sheet = Sheet::of(operation, &mut schemas);
        Known { statuses: sheet.answers.into_keys().collect(), problems: sheet.problems }
    }

    /// Adds problems.
    pub fn may_fail(&mut self, codes: &[Code]) {
        self.problems.extend(codes);
    }

    /// Adds an answer in JSON.
    pub fn answers<T: JsonSchema>(&mut self, status: u16) {
        let schema = self.schemas.given.subschema_for::<T>();
        self.answers.insert(status, json!({ "application/json": { "schema": schema } }));
    }

    fn headers(&mut self) {
        if self.operation.about.makes {
            self.parameters.push(json!({
                "name": repeat::KEY.as_str(),
                "in": "header",
                "description": "Of your own choice, for each thing that is to be made. Where no answer came, the same request with the same key \
                                is answered as the first was, for a day, and makes nothing more.",
                "schema": { "type": "string", "pattern": "^[!#-~]{16,255}$" },
            }));
            self.may_fail(&[Code::Malformed, Code::RepeatRunning, Code::RepeatDiffers]);
        }
        if self.operation.about.versioned {
            self.parameters.push(version_header("if-none-match", "Versions that are known already."));
            self.answers.insert(304, Value::Null);
        }
    }

    fn other_media_types(&mut self) {
        let about = &self.operation.about;
        // a body that is taken is bytes, whatever they spell: generators of clients have no other word for that
        let raw = |media_type: &str, taken: bool| {
            if media_type == "application/json" {
                json!({ "type": "object" })
            } else if !taken && media_type == "text/yaml" {
                // whoever reads YAML sees an object in it, and who doesn't sees text
                json!({})
            } else if !taken && (media_type.starts_with("text/") || media_type.contains("pem")) {
                json!({ "type": "string" })
            } else {
                json!({ "type": "string", "format": "binary" })
            }
        };
        if !about.takes.is_empty() {
            let content: Map<String, Value> = about
                .takes
                .iter()
                .map(|one| ((*one).to_owned(), json!({ "schema": raw(one, true) })))
                .collect();
            self.body = Some(json!({ "required": true, "content": content }));
            self.may_fail(&[Code::Malformed, Code::TooLong, Code::TooSlow]);
        }
        for one in about.gives {
            let answer = self.answers.entry(200).or_insert_with(|| json!({}));
            if let Value::Object(answer) = answer {
                answer.insert((*one).to_owned(), json!({ "schema": raw(one, false) }));
            }
        }
    }
}

/// What an operation answers.
pub struct Known {
    statuses: BTreeSet<u16>,
    /// Problems.
    pub problems: BTreeSet<Code>,
}

impl Known {
    /// Statuses of answers that are no problems.
    pub fn statuses(&self) -> BTreeSet<u16> {
        self.statuses.clone()
    }
}

fn version_header(name: &str, description: &str) -> Value {
    // what is no version is one that nothing has (RFC 9110, section 13.1)
    json!({ "name": name, "in": "header", "description": description, "schema": { "type": "string" } })
}

impl Input for IfMatch {
    fn describe(sheet: &mut Sheet<'_>) {
        let text = "The version from which the change was made. If it is another by now, nothing is changed.";
        sheet.parameters.push(version_header("if-match", text));
        sheet.may_fail(&[Code::Malformed, Code::OtherVersion]);
    }
}

impl<S> Input for State<S> {}
impl Input for HeaderMap {}
impl Input for Request {}

impl Input for Actor {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.secured = true;
        sheet.may_fail(&[Code::NotSignedIn, Code::BadToken, Code::TooManyAttempts]);
        if sheet.operation.method != "get" {
            sheet.may_fail(&[Code::Csrf]);
        }
        if sheet.operation.about.needs != Some(Right::Myself) {
            sheet.may_fail(&[Code::Forbidden, Code::StoreBusy, Code::StoreFull, Code::StoreFailed]);
        }
        if sheet.operation.about.of.is_some() {
            sheet.may_fail(&[Code::NotFound]);
        }
    }
}

impl<T: JsonSchema> Input for Body<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = sheet.schemas.taken.subschema_for::<T>();
        sheet.body =
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        sheet.may_fail(&[Code::Malformed, Code::NotJson, Code::TooLong, Code::TooSlow]);
    }
}

impl Input for Text {}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let schema = T::json_schema(&mut sheet.schemas.taken).to_value();
        let required = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        for (name, schema) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            let mut schema = without_null(schema.clone());
            let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
            let mut parameter = json!({ "name": name, "in": "query", "schema": schema });
            if let Value::Object(parameter) = &mut parameter {
                parameter.extend(description.map(|text| ("description".to_owned(), text)));
                if required.contains(&json!(name)) {
                    parameter.insert("required".to_owned(), json!(true));
                }
            }
            sheet.parameters.push(parameter);
        }
        sheet.may_fail(&[Code::Malformed]);
    }
}

impl<T: Name> Input for Id<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        let Some(name) = sheet.names.pop() else { return };
        let schema = sheet.schemas.taken.subschema_for::<T>();
        let parameter = json!({ "name": name, "in": "path", "required": true, "schema": schema });
        sheet.parameters.push(parameter);
        sheet.may_fail(&[Code::Malformed, Code::NotFound]);
    }
}

/// A query has no `null`: what is not said is left out.
fn without_null(mut schema: Value) -> Value {
    if let Value::Object(map) = &mut schema {
        if let Some(Value::Array(types)) = map.get_mut("type") {
            types.retain(|one| one != "null");
            if let [one] = types.as_slice() {
                let one = one.clone();
                map.insert("type".to_owned(), one);
            }
        }
        if let Some(Value::Array(options)) = map.remove("anyOf") {
            let mut options: Vec<Value> =
                options.into_iter().filter(|one| *one != json!({ "type": "null" })).collect();
            match (options.len(), options.pop()) {
                (1, Some(Value::Object(one))) => map.extend(one),
                (_, Some(last)) => {
                    options.push(last);
                    map.insert("anyOf".to_owned(), Value::Array(options));
                }
                (_, None) => {}
            }
        }
        map.retain(|key, value| key != "default" || !value.is_null());
    }
    schema
}

impl<T: JsonSchema> Output for Json<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(200);
    }
}

impl<T: JsonSchema> Output for Created<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(201);
    }
}

impl Output for NoContent {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers.insert(204, Value::Null);
    }
}

impl<T: JsonSchema> Output for OrJson<T> {
    fn describe(sheet: &mut Sheet<'_>) {
        sheet.answers::<T>(200);
    }
}

/// Bytes or text of a media type that the line about the operation names.
impl Output for Response {}

impl<T: Output> Output for Result<T, Fault> {
    fn describe(sheet: &mut Sheet<'_>) {
        T::describe(sheet);
        sheet.may_fail(&[Code::StoreBusy, Code::StoreFull, Code::StoreFailed]);
        if sheet.operation.method != "get" {
            sheet.may_fail(&[Code::KeyFailed]);
        }
        if sheet.operation.changes() {
            sheet.may_fail(&[Code::Bug]);
        }
    }
}

macro_rules! described {
    ($($input:ident)*) => {
        impl<F, Fut, Out, Via, $($input,)*> Described<(Via, $($input,)*)> for F
        where
            F: Fn($($input,)*) -> Fut,
            Fut: Future<Output = Out>,
            Out: Output,
            $($input: Input,)*
        {
            fn describe(sheet: &mut Sheet<'_>) {
                $($input::describe(sheet);)*
                Out::describe(sheet);
            }
        }
    };
}

described!();
described!(A);
described!(A B);
described!(A B C);
described!(A B C D);
described!(A B C D E);
described!(A B C D E G);
