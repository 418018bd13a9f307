//! Types are checked by trying: each part of an expression is evaluated on a phone of which everything is known, also where the whole would not
//! come to it. So a name that is not there, or a number compared with a text, is found when a policy is planned.

use cel::common::ast::{Expr, operators};
use cel::objects::ValueType;
use cel::{Context, ExecutionError, IdedExpr, Value};
use std::collections::HashMap;

use super::bounds::Flaw;
use super::program::Program;
use super::variables::{APP_KEYS, FIELDS, STRENGTHS};

/// Whether it makes sense.
pub fn check(program: &Program) -> Result<(), Flaw> {
    let checked = Checked { source: program.compiled().source_info() };
    let root = program.compiled().expression();
    let context = sample();
    checked.parts(root, &context)?;
    match context.resolve(root) {
        Ok(Value::Bool(_)) => Ok(()),
        Ok(other) => Err(Flaw::whole(format!("it has to be true or false, and is a {}", other.type_of()))),
        Err(error) if is_of_values(&error) => Ok(()),
        Err(error) => Err(Flaw::at(checked.source, root.id, words(&error))),
    }
}

/// A phone of which everything is known, with one application.
fn sample() -> Context<'static, 'static> {
    let value = |is: &str| match is {
        "number" => Value::Int(3),
        "flag" => Value::Bool(true),
        _ => Value::from("2027"),
    };
    let device: HashMap<String, Value> =
        FIELDS.iter().map(|field| (field.name.to_owned(), value(field.is))).collect();
    let facts: HashMap<String, Value> =
        FIELDS.iter().map(|field| (field.fact.to_owned(), Value::from("known"))).collect();
    let app: HashMap<String, Value> =
        APP_KEYS.iter().map(|(key, is, _)| ((*key).to_owned(), value(is))).collect();
    let mut context = Context::default();
    context.add_variable_from_value("device", device);
    context.add_variable_from_value("facts", facts);
    context.add_variable_from_value("apps", vec![Value::from(app)]);
    context.add_variable_from_value("now", Value::Int(1_800_000_000));
    for name in STRENGTHS {
        context.add_variable_from_value(name, Value::Int(1));
    }
    context
}

struct Checked<'s> {
    source: &'s cel::common::ast::SourceInfo,
}

impl Checked<'_> {
    /// The innermost part that is wrong.
    fn parts(&self, node: &IdedExpr, context: &Context<'_, '_>) -> Result<(), Flaw> {
        match &node.expr {
            Expr::Select(select) => self.parts(&select.operand, context)?,
            Expr::List(list) => list.elements.iter().try_for_each(|part| self.parts(part, context))?,
            Expr::Call(call) => {
                for part in call.target.as_deref().into_iter().chain(&call.args) {
                    self.parts(part, context)?;
                }
                if let [left, right] = call.args.as_slice() {
                    self.comparable(node, &call.func_name, [left, right], context)?;
                }
            }
            Expr::Comprehension(each) => {
                self.parts(&each.iter_range, context)?;
                let first = match context.resolve(&each.iter_range) {
                    Ok(Value::List(list)) => list.first().cloned(),
                    _ => None,
                };
                let mut inner = context.new_inner_scope();
                inner.add_variable_from_value(each.iter_var.as_str(), first.unwrap_or(Value::Null));
                let begun = context.resolve(&each.accu_init).unwrap_or(Value::Null);
                inner.add_variable_from_value(each.accu_var.as_str(), begun);
                self.parts(&each.loop_step, &inner)?;
            }
            _ => {}
        }
        match context.resolve(node) {
            Err(error) if !is_of_values(&error) => Err(Flaw::at(self.source, node.id, words(&error))),
            _ => Ok(()),
        }
    }

    /// The language says that a number is no text, and is content; whoever writes that means something else.
    fn comparable(
        &self,
        node: &IdedExpr,
        operator: &str,
        sides: [&IdedExpr; 2],
        context: &Context<'_, '_>,
    ) -> Result<(), Flaw> {
        let [Ok(left), Ok(right)] = sides.map(|side| context.resolve(side)) else { return Ok(()) };
        let right = match (operator, right) {
            (operators::EQUALS | operators::NOT_EQUALS, right) => right,
            (operators::IN, Value::List(list)) if !list.is_empty() => list[0].clone(),
            _ => return Ok(()),
        };
        let (one, other) = (left.type_of(), right.type_of());
        let number = |is: &ValueType| matches!(is, ValueType::Int | ValueType::UInt | ValueType::Float);
        if one.to_string() == other.to_string() || (number(&one) && number(&other)) {
            return Ok(());
        }
        Err(Flaw::at(self.source, node.id, format!("a {one} is compared with a {other}")))
    }
}

/// Whether it is about the values of this phone, which are made up, and not about types.
fn is_of_values(error: &ExecutionError) -> bool {
    matches!(
        error,
        ExecutionError::DivisionByZero(_)
            | ExecutionError::RemainderByZero(_)
            | ExecutionError::Overflow(..)
            | ExecutionError::IndexOutOfBounds(_)
            | ExecutionError::FunctionError { .. }
    )
}

fn words(error: &ExecutionError) -> String {
    error.to_string().chars().take(160).collect()
}
