//! What an expression may be: bounds on its text before it is parsed, and on what it costs before it is ever evaluated. There is no clock
//! in it: an expression within its bounds always ends soon.
//!
//! Loops are the language's macros alone, over `apps` or a list that is written out, and so each has a known length. What could grow a text
//! without end, `+` inside of a loop, is refused. There are no regular expressions: the library is built without them.

use std::fmt;

use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, Expr, SourceInfo, operators};

use super::variables::{FIELDS, STRENGTHS};

/// Longest text, in bytes.
pub const MOST_BYTES: usize = 1000;
/// Deepest brackets: the parser goes deeper with each.
const MOST_BRACKETS: usize = 24;
/// Deepest tree: evaluation goes deeper with each level.
const MOST_LEVELS: usize = 64;
/// Most steps of an evaluation, counted as if every list were as long as it can be.
const MOST_STEPS: u64 = 100_000;
/// Applications that a report can name.
const MOST_APPS: u64 = 256;
/// Lines of a text.
const MOST_LINES: usize = 40;

/// Functions and operators that may be called.
const CALLS: [&str; 25] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
    operators::IN,
    operators::NOT_STRICTLY_FALSE,
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "int",
    "string",
];

/// What is wrong with an expression, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Line and column in the expression, from 1.
    pub place: Option<(usize, usize)>,
    /// What.
    pub message: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((1, column)) => write!(f, "{} (column {column} of the expression)", self.message),
            Some((line, column)) => {
                write!(f, "{} (line {line}, column {column} of the expression)", self.message)
            }
            None => f.write_str(&self.message),
        }
    }
}

impl Flaw {
    /// `message` about the whole.
    pub fn whole(message: impl Into<String>) -> Self {
        Self { place: None, message: message.into() }
    }

    /// `message` about a part.
    pub fn at(source: &SourceInfo, id: u64, message: impl Into<String>) -> Self {
        let place = source.offset_for(id).map(|(start, _)| {
            let before: String = source.source.chars().take(start as usize).collect();
            let line = before.rsplit('\n').next().unwrap_or_default();
            (before.matches('\n').count() + 1, line.chars().count() + 1)
        });
        Self { place, message: message.into() }
    }
}

/// Whether the text may be parsed at all.
pub fn text(text: &str) -> Result<(), Flaw> {
    if text.trim().is_empty() {
        return Err(Flaw::whole("the expression is empty"));
    }
    if text.len() > MOST_BYTES || text.lines().count() > MOST_LINES {
        let message = format!("an expression has at most {MOST_BYTES} bytes and {MOST_LINES} lines");
        return Err(Flaw::whole(message));
    }
    // what stands in quotes counts, too: that refuses no expression that anybody needs
    let (mut depth, mut signs) = (0_usize, 0_usize);
    for (at, letter) in text.chars().enumerate() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        signs = if matches!(letter, '!' | '-' | '?') { signs + 1 } else { signs };
        if depth > MOST_BRACKETS || signs > MOST_LEVELS {
            return Err(Flaw { place: Some((1, at + 1)), message: "it is nested too deeply".to_owned() });
        }
    }
    Ok(())
}

/// Whether it may be evaluated.
pub fn tree(root: &IdedExpr, source: &SourceInfo) -> Result<(), Flaw> {
    let mut walk = Walk { source, bound: Vec::new() };
    let steps = walk.cost(root, 0)?;
    if steps > MOST_STEPS {
        let message = format!("it could take {steps} steps, and at most {MOST_STEPS} are allowed");
        return Err(Flaw::whole(message));
    }
    Ok(())
}

struct Walk<'s> {
    source: &'s SourceInfo,
    /// Variables of the loops around.
    bound: Vec<String>,
}

impl Walk<'_> {
    fn flaw<T>(&self, node: &IdedExpr, message: impl Into<String>) -> Result<T, Flaw> {
        Err(Flaw::at(self.source, node.id, message))
    }

    /// The most steps that evaluating it takes.
    fn cost(&mut self, node: &IdedExpr, level: usize) -> Result<u64, Flaw> {
        if level > MOST_LEVELS {
            return self.flaw(node, "it is nested too deeply");
        }
        let inner = match &node.expr {
            Expr::Literal(_) => 0,
            Expr::Ident(name) => return self.variable(node, name),
            Expr::Select(select) => {
                if let Some(message) = unknown_key(&select.operand.expr, &select.field) {
                    return self.flaw(node, message);
                }
                match &select.operand.expr {
                    Expr::Ident(name) if is_record(name) => FIELDS.len() as u64,
                    _ => self.cost(&select.operand, level + 1)?,
                }
            }
            Expr::List(list) => {
                // what a loop makes would double with each loop around it
                let written_out = list.elements.iter().all(|one| matches!(one.expr, Expr::Literal(_)));
                if !self.bound.is_empty() && !written_out {
                    return self.flaw(node, "a list in a loop has values alone");
                }
                self.elements(&list.elements, level)?
            }
            Expr::Call(call) => {
                if !CALLS.contains(&call.func_name.as_str()) {
                    return self.flaw(node, format!("`{}` may not be called here", call.func_name));
                }
                let of_macro = matches!(call.args.first().map(|arg| &arg.expr), Some(Expr::Ident(name)) if name.starts_with('@'));
                if call.func_name == operators::ADD && !self.bound.is_empty() && !of_macro {
                    return self.flaw(node, "`+` has no place in a loop");
                }
                match call.args.get(1).map(|arg| &arg.expr) {
                    // what a loop adds to its result
                    Some(Expr::List(list)) if of_macro => self.elements(&list.elements, level + 1)?,
                    _ => self.all(call.target.as_deref().into_iter().chain(&call.args), level)?,
                }
            }
            Expr::Comprehension(each) => return self.each(node, each, level),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                return self.flaw(node, "maps and messages have no place in an expression");
            }
        };
        Ok(inner.saturating_add(1))
    }

    fn all<'e>(&mut self, nodes: impl Iterator<Item = &'e IdedExpr>, level: usize) -> Result<u64, Flaw> {
        nodes
            .map(|node| self.cost(node, level + 1))
            .try_fold(0, |sum: u64, cost| Ok(sum.saturating_add(cost?)))
    }

    /// Of a list: values, and nothing that holds many.
    fn elements(&mut self, elements: &[IdedExpr], level: usize) -> Result<u64, Flaw> {
        let many = |node: &&IdedExpr| match &node.expr {
            Expr::List(_) | Expr::Comprehension(_) => true,
            Expr::Ident(name) => name == "apps",
            _ => false,
        };
        match elements.iter().find(many) {
            Some(node) => self.flaw(node, "a list of lists has no place in an expression"),
            None => self.all(elements.iter(), level),
        }
    }

    fn variable(&self, node: &IdedExpr, name: &str) -> Result<u64, Flaw> {
        match name {
            "apps" => Ok(MOST_APPS),
            name if is_record(name) => {
                self.flaw(node, format!("`{name}` is asked for its fields: `{name}.patch_age`"))
            }
            "now" => Ok(1),
            _ if STRENGTHS.contains(&name) || self.bound.iter().any(|bound| bound == name) => Ok(1),
            _ => self.flaw(node, format!("`{name}` is not known: there are device, facts, apps and now")),
        }
    }

    fn each(&mut self, node: &IdedExpr, each: &ComprehensionExpr, level: usize) -> Result<u64, Flaw> {
        let Some(length) = length(&each.iter_range) else {
            return self.flaw(node, "a loop goes over `apps` or over a list that is written out");
        };
        let vars = [Some(&each.iter_var), each.iter_var2.as_ref()];
        if let Some(name) = vars.into_iter().flatten().find(|name| is_global(name)) {
            return self.flaw(node, format!("`{name}` is the name of something else"));
        }
        let range = self.cost(&each.iter_range, level + 1)?;
        let before = self.bound.len();
        self.bound.extend([each.iter_var.clone(), each.accu_var.clone()]);
        self.bound.extend(each.iter_var2.clone());
        let turn = self.all([&each.loop_cond, &each.loop_step].into_iter(), level)?;
        let rest = self.all([&each.accu_init, &each.result].into_iter(), level)?;
        self.bound.truncate(before);
        Ok(range.saturating_add(turn.saturating_mul(length)).saturating_add(rest).saturating_add(1))
    }
}

/// Whether this is one of the two that have fields.
fn is_record(name: &str) -> bool {
    matches!(name, "device" | "facts")
}

fn is_global(name: &str) -> bool {
    is_record(name) || matches!(name, "apps" | "now") || STRENGTHS.contains(&name)
}

/// The most turns of a loop over it.
fn length(range: &IdedExpr) -> Option<u64> {
    match &range.expr {
        Expr::Ident(name) if name == "apps" => Some(MOST_APPS),
        Expr::List(list) => Some(list.elements.len() as u64),
        Expr::Comprehension(each) => length(&each.iter_range),
        _ => None,
    }
}

/// Why there is no such key, where that can be known.
fn unknown_key(of: &Expr, key: &str) -> Option<String> {
    let known = |name: &str| match name {
        "device" => Some(FIELDS.iter().any(|field| field.name == key)),
        "facts" => Some(FIELDS.iter().any(|field| field.fact == key)),
        _ => None,
    };
    match of {
        Expr::Ident(name) if known(name) == Some(false) => Some(format!("`{name}` has no `{key}`")),
        _ => None,
    }
}
