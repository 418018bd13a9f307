//! The language in which people ask for devices: `verdict:failing org:minenergo rule:maker silent>2d`.
//!
//! ```text
//! query  = { term }                        every term has to hold
//! term   = [ "-" ] ( key op value { "," value } | word )
//! op     = ":" | "=" | "<" | ">" | "<=" | ">="
//! value  = a word, or "anything in quotes"   one of them is enough
//! ```
//!
//! Text becomes a [`Query`], a query becomes conditions with parameters (`sql`); nothing that somebody wrote becomes a part of a
//! statement. A query prints as it is written, and what is printed reads as the same query.

mod keys;
mod parse;
mod sort;
mod sql;
#[cfg(test)]
mod tests;
pub(super) mod version;
mod wrong;

pub use keys::Key;
pub use sort::{Cursor, CursorError, Sort, SortError};
pub use version::Version;
pub use wrong::{Expected, Found, QueryError};

pub(super) use sort::Position;
pub(super) use sql::Conditions;
pub(crate) use sql::{like, pattern};

use super::rank;
use muster_proto::time::{Day, Span, Timestamp};
use muster_proto::verdict::State;
use std::fmt;

/// Longest query, in characters.
pub const LONGEST: usize = 500;
/// Most terms of a query.
pub const MOST_TERMS: usize = 16;
/// Most values of a term.
pub const MOST_VALUES: usize = 32;

/// What devices are asked for: each term holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The terms, as they were written.
    pub terms: Vec<Term>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Whether it must not hold.
    pub not: bool,
    /// What it is about.
    pub what: What,
}

/// What a term is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A word that stands somewhere in what lists show, or begins the id.
    Word(String),
    /// A key and its values.
    Key(Key, Op, Vec<Value>),
    /// One of these queries holds: groups, once it is known what they are. Nobody writes it.
    Any(Vec<Query>),
}

/// How a key is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `:`: has, begins with, or is.
    Has,
    /// `=`: is exactly.
    Is,
    /// `<`
    Less,
    /// `>`
    More,
    /// `<=`
    AtMost,
    /// `>=`
    AtLeast,
}

/// What a key is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A word of a closed list.
    Word(&'static str),
    /// Any text.
    Text(String),
    /// A rule, and the state of its finding: failing or in grace where none is said.
    Rule(String, Option<State>),
    /// A label, and its value where one is named.
    Label {
        /// Its name.
        name: String,
        /// Its value.
        value: Option<String>,
        /// Whether few devices have it, so that a list is read from them. Whoever writes a query does not know.
        rare: bool,
    },
    /// A version.
    Version(Version),
    /// A day in UTC.
    Day(Day),
    /// A moment, which stands in quotes.
    Moment(Timestamp),
    /// A length of time before or after now.
    Span(Span),
}

impl Query {
    /// The same query and one term more.
    #[must_use]
    pub fn and(mut self, key: Key, value: Value) -> Self {
        self.terms.push(Term { not: false, what: What::Key(key, Op::Has, vec![value]) });
        self
    }

    /// Whether it asks about something, itself or through a group.
    pub(crate) fn asks(&self, about: Key) -> bool {
        self.terms.iter().any(|term| match &term.what {
            What::Key(key, ..) => *key == about,
            What::Any(queries) => queries.iter().any(|query| query.asks(about)),
            What::Word(_) => false,
        })
    }

    /// Whether a term of its own names this: an organisation, an application or a group.
    pub(crate) fn names(&self, about: Key, name: &str) -> bool {
        self.terms.iter().any(|term| match &term.what {
            What::Key(key, _, values) => {
                *key == about && values.iter().any(|value| matches!(value, Value::Text(text) if text == name))
            }
            What::Word(_) | What::Any(_) => false,
        })
    }

    /// The same query, in which nothing stands twice.
    #[must_use]
    pub fn once(mut self) -> Self {
        for term in &mut self.terms {
            match &mut term.what {
                What::Key(_, _, values) => unique(values),
                What::Any(queries) => {
                    for query in queries.iter_mut() {
                        *query = std::mem::take(query).once();
                    }
                    unique(queries);
                }
                What::Word(_) => {}
            }
        }
        unique(&mut self.terms);
        self
    }

    /// The same query among those that count alone, whatever it says about others.
    #[must_use]
    pub fn of_active(self) -> Self {
        self.and(Key::Status, Value::Word("active"))
    }

    /// The ranks of verdicts that it leaves possible.
    pub(super) fn ranks(&self) -> Vec<i64> {
        let mut ranks: Vec<i64> = State::ALL.iter().map(|state| rank(*state)).collect();
        for term in &self.terms {
            if let Term { not: false, what: What::Key(Key::Verdict, _, values) } = term {
                ranks.retain(|rank| values.iter().any(|value| sql::rank_of(value) == Some(*rank)));
            }
        }
        ranks
    }

    /// The same query without its last term that asks for this verdict.
    #[must_use]
    pub fn without_verdict(mut self, verdict: State) -> Self {
        let wanted = [Value::Word(verdict.word())];
        let asks = |term: &Term| matches!(&term.what, What::Key(Key::Verdict, Op::Has, values) if !term.not && *values == wanted);
        if let Some(nth) = self.terms.iter().rposition(asks) {
            self.terms.remove(nth);
        }
        self
    }

    /// The same query without what it asks for of verdicts: for lists that read one verdict after the other.
    #[must_use]
    pub fn under_any_verdict(&self) -> Self {
        let of_verdict =
            |term: &&Term| !matches!(term, Term { not: false, what: What::Key(Key::Verdict, ..) });
        Self { terms: self.terms.iter().filter(of_verdict).cloned().collect() }
    }
}

/// Each once, where it stands first.
fn unique<T: PartialEq>(all: &mut Vec<T>) {
    let mut kept: Vec<T> = Vec::with_capacity(all.len());
    for one in all.drain(..) {
        if !kept.contains(&one) {
            kept.push(one);
        }
    }
    *all = kept;
}

impl Op {
    const fn sign(self) -> &'static str {
        match self {
            Self::Has => ":",
            Self::Is => "=",
            Self::Less => "<",
            Self::More => ">",
            Self::AtMost => "<=",
            Self::AtLeast => ">=",
        }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, term) in self.terms.iter().enumerate() {
            write!(f, "{}{}", if nth == 0 { "" } else { " " }, if term.not { "-" } else { "" })?;
            match &term.what {
                What::Word(word) => f.write_str(&parse::quoted(word, true))?,
                What::Key(key, op, values) => {
                    write!(f, "{}{}", key.word(), op.sign())?;
                    for (nth, value) in values.iter().enumerate() {
                        write!(f, "{}{value}", if nth == 0 { "" } else { "," })?;
                    }
                }
                What::Any(queries) => {
                    for (nth, query) in queries.iter().enumerate() {
                        write!(f, "{}({query})", if nth == 0 { "" } else { "|" })?;
                    }
                }
            }
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => f.write_str(&parse::quoted(text, false)),
            Self::Rule(rule, None) => f.write_str(&parse::quoted(rule, false)),
            Self::Rule(rule, Some(state)) => write!(f, "{}={state}", parse::quoted(rule, false)),
            Self::Label { name, value: None, .. } => f.write_str(name),
            Self::Label { name, value: Some(value), .. } => write!(f, "{name}={value}"),
            Self::Version(version) => write!(f, "{version}"),
            Self::Day(day) => write!(f, "{day}"),
            Self::Moment(at) => write!(f, "\"{at}\""),
            Self::Span(span) => f.write_str(&parse::span_text(*span)),
        }
    }
}
