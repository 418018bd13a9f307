//! From text to a query. What is wrong is named with its place and with what was expected there.

use muster_proto::time::Span;
use muster_proto::verdict::State;
use std::str::FromStr;

use super::keys::{Key, Kind};
use super::wrong::{Expected, Found, QueryError};
use super::{LONGEST, MOST_TERMS, MOST_VALUES, Op, Query, Term, Value, What};
use crate::devices::labels;

impl FromStr for Query {
    type Err = QueryError;
    fn from_str(text: &str) -> Result<Self, QueryError> {
        let mut reader = Reader { chars: text.chars().collect(), at: 0 };
        if reader.chars.len() > LONGEST {
            return Err(reader.fault_at(LONGEST, Expected::Shorter));
        }
        let mut terms = Vec::new();
        while reader.skip_space() {
            if terms.len() == MOST_TERMS {
                return Err(reader.fault(Expected::FewerTerms));
            }
            terms.push(reader.term()?);
        }
        Ok(Self { terms })
    }
}

/// A value as it has to be written: in quotes where something in it would be read as another thing.
pub(super) fn quoted(text: &str, is_word: bool) -> String {
    let plain = |char: char| !char.is_whitespace() && !matches!(char, '"' | ',' | '=' | ':' | '<' | '>');
    if !text.is_empty() && text.chars().all(plain) && !(is_word && text.starts_with('-')) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A length of time as it is written: in the largest unit that says it exactly.
pub(super) fn span_text(span: Span) -> String {
    let secs = span.secs();
    let unit = UNITS.iter().find(|(_, of)| secs.is_multiple_of(*of) && secs > 0).unwrap_or(&('s', 1));
    format!("{}{}", secs / unit.1, unit.0)
}

const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];
/// A hundred years.
const LONGEST_SPAN: u64 = 36_600 * 86_400;

struct Reader {
    chars: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    /// Goes to the next term; false at the end.
    fn skip_space(&mut self) -> bool {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn fault(&self, expected: Expected) -> QueryError {
        self.fault_at(self.at, expected)
    }

    fn fault_at(&self, at: usize, expected: Expected) -> QueryError {
        let rest = self.chars.get(at..).unwrap_or_default();
        let found = rest.iter().take_while(|char| !char.is_whitespace()).take(40).collect();
        QueryError { at: at + 1, expected, found: Found(found) }
    }

    fn term(&mut self) -> Result<Term, QueryError> {
        let not = self.peek() == Some('-');
        self.at += usize::from(not);
        if self.peek().is_none_or(char::is_whitespace) {
            return Err(self.fault(Expected::Term));
        }
        let what = match self.key()? {
            Some((key, op)) => What::Key(key, op, self.values(key, op)?),
            None => What::Word(self.text(false)?),
        };
        self.end_of_term()?;
        Ok(Term { not, what })
    }

    /// A key and its sign, or nothing where a word stands.
    fn key(&mut self) -> Result<Option<(Key, Op)>, QueryError> {
        let start = self.at;
        let word: String =
            self.chars.iter().skip(start).take_while(|char| char.is_ascii_alphabetic()).collect();
        self.at += word.chars().count();
        let Some(op) = self.op().filter(|_| !word.is_empty()) else {
            self.at = start;
            return Ok(None);
        };
        let key = Key::named(&word.to_ascii_lowercase());
        let key = key.ok_or_else(|| self.fault_at(start, Expected::Key))?;
        if !key.takes(op) {
            let signs = if key.takes(Op::Is) { Expected::Equals } else { Expected::Colon };
            return Err(self.fault_at(start + word.len(), signs));
        }
        Ok(Some((key, op)))
    }

    fn op(&mut self) -> Option<Op> {
        let equals = self.chars.get(self.at + 1) == Some(&'=');
        let op = match self.peek()? {
            ':' => Op::Has,
            '=' => Op::Is,
            '<' if equals => Op::AtMost,
            '>' if equals => Op::AtLeast,
            '<' => Op::Less,
            '>' => Op::More,
            _ => return None,
        };
        self.at += op.sign().len();
        Some(op)
    }

    fn values(&mut self, key: Key, op: Op) -> Result<Vec<Value>, QueryError> {
        let many = matches!(op, Op::Has | Op::Is);
        let mut values = vec![self.value(key, op)?];
        while self.peek() == Some(',') {
            if !many || values.len() == MOST_VALUES {
                let most = if many { MOST_VALUES } else { 1 };
                return Err(self.fault(Expected::FewerValues(most)));
            }
            self.at += 1;
            values.push(self.value(key, op)?);
        }
        Ok(values)
    }

    fn value(&mut self, key: Key, op: Op) -> Result<Value, QueryError> {
        let start = self.at;
        let text = self.text(true)?;
        let fault = |reader: &Self| reader.fault_at(start, Expected::after(key));
        match key.kind() {
            Kind::Word => {
                let word = text.to_ascii_lowercase();
                key.words().into_iter().find(|one| *one == word).map(Value::Word)
            }
            Kind::Name | Kind::Text => Some(Value::Text(text)),
            Kind::Rule => {
                let state = if self.peek() == Some('=') { Some(self.rule_state()?) } else { None };
                Some(Value::Rule(text, state))
            }
            Kind::Label => {
                let value = if self.peek() == Some('=') { Some(self.label_value()?) } else { None };
                label_word(&text).map(|name| Value::Label { name, value, rare: false })
            }
            Kind::Version => text.parse().ok().map(Value::Version),
            Kind::Hex => {
                let hex = text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
                hex.then(|| Value::Text(text.to_ascii_lowercase()))
            }
            Kind::Past | Kind::Coming => match (text.parse(), text.parse()) {
                (Ok(day), _) => Some(Value::Day(day)),
                (_, Ok(at)) => Some(Value::Moment(at)),
                _ => span(&text).filter(|_| !matches!(op, Op::Has | Op::Is)).map(Value::Span),
            },
        }
        .ok_or_else(|| fault(self))
    }

    fn rule_state(&mut self) -> Result<State, QueryError> {
        self.at += 1;
        let start = self.at;
        let word = self.text(true)?;
        let kept =
            |state: &State| matches!(state, State::Failing | State::Grace | State::Unknown | State::Exempt);
        word.parse().ok().filter(kept).ok_or_else(|| self.fault_at(start, Expected::State))
    }

    fn label_value(&mut self) -> Result<String, QueryError> {
        self.at += 1;
        let start = self.at;
        let word = self.text(true)?;
        label_word(&word).ok_or_else(|| self.fault_at(start, Expected::Label))
    }

    /// A word, or what stands in quotes. A value ends before a comma or a sign, too.
    fn text(&mut self, is_value: bool) -> Result<String, QueryError> {
        if self.peek() == Some('"') {
            return self.quotes();
        }
        let start = self.at;
        let ends = |char: char| {
            char.is_whitespace()
                || char.is_control()
                || char == '"'
                || (is_value && matches!(char, ',' | '=' | '<' | '>' | ':'))
        };
        while self.peek().is_some_and(|char| !ends(char)) {
            self.at += 1;
        }
        if self.at == start {
            return Err(self.fault(Expected::Text));
        }
        Ok(self.chars[start..self.at].iter().collect())
    }

    fn quotes(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        while let Some(char) = self.peek() {
            if char.is_control() {
                return Err(self.fault(Expected::Text));
            }
            self.at += 1;
            match char {
                '"' => return Ok(text),
                '\\' => {
                    let next = self.peek().filter(|next| matches!(next, '"' | '\\'));
                    text.push(next.ok_or_else(|| self.fault(Expected::Escape))?);
                    self.at += 1;
                }
                char => text.push(char),
            }
        }
        Err(self.fault_at(start, Expected::Quote))
    }

    fn end_of_term(&self) -> Result<(), QueryError> {
        match self.peek() {
            Some(char) if !char.is_whitespace() => Err(self.fault(Expected::Space)),
            _ => Ok(()),
        }
    }
}

/// Labels are in small letters, however they are asked for.
fn label_word(text: &str) -> Option<String> {
    let word = text.to_ascii_lowercase();
    labels::is_word(&word).then_some(word)
}

fn span(text: &str) -> Option<Span> {
    let (last, number) = (text.chars().last()?, text.get(..text.len() - 1)?);
    let (_, unit) = UNITS.iter().find(|(unit, _)| *unit == last)?;
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| plain)?;
    number.checked_mul(*unit).filter(|secs| *secs <= LONGEST_SPAN).map(Span::from_secs)
}
