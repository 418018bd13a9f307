//! A compiled expression, and what it makes of the facts.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};

use cel::common::ast::Expr;
use cel::{Context, ExecutionError, IdedExpr, Value};
use muster_proto::facts::{MatchKind, Sighting};
use muster_proto::time::{Span, Timestamp};

use super::bounds::{self, Flaw};
use super::variables::{self, FIELDS, STRENGTHS};
use crate::reading::{Cause, Facts, Reading, Seen, missing, yes_no};
use crate::rules::messengers::sources_unread;

/// An expression within its bounds.
#[derive(Debug)]
pub struct Program {
    compiled: cel::Program,
    /// Names of fields of `device` and `facts` that it looks at.
    fields: BTreeSet<&'static str>,
    apps: bool,
    time: bool,
    /// The text, in which applications are named.
    source: String,
    /// What a broken rule is called: another text is another cause.
    cause: String,
}

const WHAT: &str = "expression";
const DAY: Span = Span::from_hours(24);
/// The parser is generated, and its frames are large: it gets a stack that the bounds can't use up.
const PARSER_STACK: usize = 64 * 1024 * 1024;

impl Program {
    /// Reads an expression.
    pub fn compile(source: &str) -> Result<Self, Flaw> {
        bounds::text(source)?;
        let compiled = parse(source.to_owned())?;
        bounds::tree(compiled.expression(), compiled.source_info())?;
        let mut looks = Looks::default();
        looks.at(compiled.expression());
        let Looks { fields, apps, time } = looks;
        let digest = muster_proto::id::Digest::of(source.as_bytes()).to_string();
        let cause = format!("{WHAT}-{}", digest.get(..8).unwrap_or_default());
        Ok(Self { compiled, fields, apps, time, source: source.to_owned(), cause })
    }

    /// The tree, and where its parts stand.
    pub const fn compiled(&self) -> &cel::Program {
        &self.compiled
    }

    /// What the facts say.
    pub fn read(&self, facts: &Facts<'_>) -> Reading {
        let mut reading = Reading::default();
        let context = context(facts);
        // a library's mistake about one phone must not end the judgement of others
        let result = catch_unwind(AssertUnwindSafe(|| self.compiled.execute(&context)))
            .unwrap_or_else(|_| Err(ExecutionError::InternalError("it could not be evaluated".to_owned())));
        match result {
            Ok(Value::Bool(true)) => reading.shown(Seen::new(WHAT, "the expression is true")),
            Ok(Value::Bool(false)) => {
                let seen = Seen::new(WHAT, "the expression is false");
                reading.causes.push(Cause {
                    name: self.cause.clone().into(),
                    seen,
                    began: None,
                    told: false,
                });
            }
            Ok(_) => reading.unread(Seen::new(WHAT, "it is neither true nor false")),
            Err(error) => self.unread(&mut reading, &error, facts),
        }
        if self.apps {
            sources_unread(&mut reading, facts);
            self.unwatched(&mut reading, facts);
        }
        self.values(&mut reading, facts);
        reading.next = self.time.then(|| next_day(facts.now));
        reading
    }

    /// What the text names and the phone did not look for: where nobody looked, nothing is compliant.
    fn unwatched(&self, reading: &mut Reading, facts: &Facts<'_>) {
        let Some(watched) = facts.watched else {
            reading.unread(Seen::new("apps", "which applications the phone watches for is not known"));
            return;
        };
        let named =
            |id: &str| ['\'', '"'].iter().any(|quote| self.source.contains(&format!("{quote}{id}{quote}")));
        for messenger in facts.catalogue.messengers() {
            if named(&messenger.id) && !watched.contains(&messenger.id) {
                reading
                    .unread(Seen::new(format!("apps.{}", messenger.id), "the phone does not watch for it"));
            }
        }
    }

    /// What keeps it from being evaluated: facts without a value, or else what the language says.
    fn unread(&self, reading: &mut Reading, error: &ExecutionError, facts: &Facts<'_>) {
        let device = &facts.report.submods.device;
        let looked_at = FIELDS.iter().filter(|field| self.fields.contains(field.name));
        let unknown = looked_at.filter_map(|field| Some((field, (field.read)(device, facts.now).err()?)));
        let mut told = BTreeSet::new();
        for (field, reason) in unknown {
            if told.insert(field.fact) {
                reading.unread(missing(format!("device.{}", field.fact), reason));
            }
        }
        if told.is_empty() {
            let why: String = error.to_string().chars().take(160).collect();
            reading.unread(Seen::new(WHAT, why));
        }
    }

    /// The values that it looked at: without them nobody knows why.
    fn values(&self, reading: &mut Reading, facts: &Facts<'_>) {
        let device = &facts.report.submods.device;
        for field in FIELDS.iter().filter(|field| self.fields.contains(field.name)) {
            let Ok(value) = (field.read)(device, facts.now) else { continue };
            let text = match value {
                variables::Value::Text(text) => text,
                variables::Value::Number(number) => number.to_string(),
                variables::Value::Flag(flag) => yes_no(flag).to_owned(),
            };
            reading.notes.push(Seen::new(format!("device.{}", field.name), text));
        }
    }
}

fn parse(source: String) -> Result<cel::Program, Flaw> {
    let parser = std::thread::Builder::new().name("expression".to_owned()).stack_size(PARSER_STACK);
    let parsed = parser.spawn(move || {
        cel::Program::compile(&source).map_err(|errors| match errors.errors.into_iter().next() {
            Some(error) => {
                let place = usize::try_from(error.pos.0).ok().zip(usize::try_from(error.pos.1).ok());
                let message = error.msg.chars().take(160).collect();
                Flaw { place: place.filter(|(line, column)| *line > 0 && *column > 0), message }
            }
            None => Flaw::whole("it is no expression"),
        })
    });
    let parsed = parsed.map_err(|error| Flaw::whole(format!("it could not be read: {error}")))?;
    parsed.join().unwrap_or_else(|_| Err(Flaw::whole("it is no expression")))
}

/// The variables of one device.
pub fn context(facts: &Facts<'_>) -> Context<'static, 'static> {
    let report = facts.report;
    let (mut device, mut readable): (HashMap<String, Value>, HashMap<String, Value>) = Default::default();
    for field in FIELDS {
        let (value, word) = match (field.read)(&report.submods.device, facts.now) {
            Ok(value) => (Some(value), "known"),
            Err(reason) => (None, reason.word()),
        };
        readable.insert(field.fact.to_owned(), word.into());
        device.extend(value.map(|value| (field.name.to_owned(), of(value))));
    }
    let apps: Vec<Value> = report.submods.apps.sightings.iter().map(app).collect();
    let mut context = Context::default();
    context.add_variable_from_value("device", device);
    context.add_variable_from_value("facts", readable);
    context.add_variable_from_value("apps", apps);
    context.add_variable_from_value("now", Value::Int(facts.now.secs()));
    for (name, strength) in STRENGTHS.into_iter().zip(0..) {
        context.add_variable_from_value(name, Value::Int(strength));
    }
    context
}

fn of(value: variables::Value) -> Value {
    match value {
        variables::Value::Text(text) => text.into(),
        variables::Value::Number(number) => Value::Int(number),
        variables::Value::Flag(flag) => Value::Bool(flag),
    }
}

fn app(sighting: &Sighting) -> Value {
    let mut keys: HashMap<String, Value> = HashMap::new();
    let mut text = |key: &str, value: String| keys.insert(key.to_owned(), value.into());
    text("id", sighting.messenger.to_string());
    text("package", sighting.package.to_string());
    text("signature", sighting.signature.to_string());
    text("source", sighting.source.to_string());
    if let Some(version) = &sighting.version {
        text("version", version.to_string());
    }
    let certain = sighting.matched != MatchKind::UnverifiedPattern;
    keys.insert("certain".to_owned(), Value::Bool(certain));
    keys.into()
}

fn next_day(now: Timestamp) -> Timestamp {
    let day = i64::try_from(DAY.secs()).unwrap_or(i64::MAX);
    Timestamp::from_secs(now.secs() - now.secs().rem_euclid(day)) + DAY
}

/// What an expression looks at.
#[derive(Default)]
struct Looks {
    fields: BTreeSet<&'static str>,
    apps: bool,
    time: bool,
}

impl Looks {
    fn at(&mut self, node: &IdedExpr) {
        match &node.expr {
            Expr::Ident(name) => match name.as_str() {
                "apps" => self.apps = true,
                "now" => self.time = true,
                _ => {}
            },
            Expr::Select(select) => {
                let field = FIELDS.iter().find(|field| field.name == select.field);
                let of_device = matches!(&select.operand.expr, Expr::Ident(name) if name == "device");
                if let Some(field) = field.filter(|_| of_device) {
                    self.fields.insert(field.name);
                    self.time |= field.name == "patch_age";
                }
                self.at(&select.operand);
            }
            Expr::List(list) => list.elements.iter().for_each(|node| self.at(node)),
            Expr::Call(call) => {
                call.target.as_deref().into_iter().chain(&call.args).for_each(|node| self.at(node));
            }
            Expr::Comprehension(each) => {
                let parts =
                    [&each.iter_range, &each.accu_init, &each.loop_cond, &each.loop_step, &each.result];
                parts.into_iter().for_each(|node| self.at(node));
            }
            _ => {}
        }
    }
}
