//! A YAML text as a tree in which everything knows its place. JSON is YAML, so it takes the same way.
//!
//! Anchors, aliases, tags and several documents in one text are refused: a policy is data that people compare line by line.

use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle, Span};

use super::error::{DocumentError, Place};

/// Longest document, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;
pub(super) const MAX_DEPTH: usize = 16;

/// A value and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it is.
    pub value: Value,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text; `plain` where it stands without quotes.
    Scalar {
        /// The text.
        text: String,
        /// It stands without quotes, and so may mean a number, a flag or nothing.
        plain: bool,
    },
    /// A list.
    List(Vec<Node>),
    /// Keys and values in the order in which they are written; no key twice.
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// Reads exactly one document.
    ///
    /// # Errors
    /// What is not YAML, or uses a part of it that a policy has no use for.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        if text.len() > MAX_DOCUMENT {
            let message = format!("the document is longer than {MAX_DOCUMENT} bytes");
            return Err(DocumentError::new(Place::START, message));
        }
        let mut events = Events { parser: Parser::new_from_str(text) };
        let root = loop {
            match events.next()? {
                Some((Event::StreamStart | Event::DocumentStart(..), _)) => {}
                Some((Event::StreamEnd | Event::DocumentEnd, _)) | None => {
                    return Err(DocumentError::new(Place::START, "the document is empty"));
                }
                Some((event, span)) => break events.node(event, span, 0)?,
            }
        };
        while let Some((event, span)) = events.next()? {
            if matches!(event, Event::DocumentStart(..)) {
                return Err(DocumentError::new(place(&span), "a second document begins here"));
            }
        }
        Ok(root)
    }

    /// The value of `key` in a map.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => {
                entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
            }
            _ => None,
        }
    }

    /// The node at `index` of a list.
    #[must_use]
    pub fn item(&self, index: usize) -> Option<&Self> {
        match &self.value {
            Value::List(items) => items.get(index),
            _ => None,
        }
    }

    /// The text of a scalar.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// What it is, for a message.
    pub(super) fn noun(&self) -> String {
        match &self.value {
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "keys and values".to_owned(),
            Value::Scalar { .. } if self.is_null() => "nothing".to_owned(),
            Value::Scalar { text, .. } => format!("{:?}", text.chars().take(40).collect::<String>()),
        }
    }

    /// Whether a scalar without quotes means that there is no value.
    pub(super) fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar { text, plain: true } if matches!(text.as_str(), "" | "~" | "null"))
    }
}

struct Events<'t> {
    parser: Parser<'t, serde_saphyr::granit_parser::StrInput<'t>>,
}

impl<'t> Events<'t> {
    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, DocumentError> {
        loop {
            match self.parser.next_event() {
                Some(Ok((Event::Comment(..), _))) => {}
                Some(Ok(found)) => return Ok(Some(found)),
                None => return Ok(None),
                Some(Err(error)) => {
                    let marker = error.marker();
                    let at = Place { line: marker.line(), column: marker.col() + 1 };
                    return Err(DocumentError::new(at, error.info()));
                }
            }
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, DocumentError> {
        let at = place(&span);
        let refuse = |what: &str| DocumentError::new(at, format!("{what} have no place in a policy"));
        if depth > MAX_DEPTH {
            return Err(DocumentError::new(at, format!("more than {MAX_DEPTH} levels")));
        }
        if event.anchor_id().is_some() || event.is_alias() {
            return Err(refuse("anchors and aliases"));
        }
        if event.tag().is_some() {
            return Err(refuse("tags"));
        }
        let value = match event {
            Event::Scalar(text, style, ..) => {
                Value::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain }
            }
            Event::SequenceStart(..) => Value::List(self.list(depth)?),
            Event::MappingStart(..) => Value::Map(self.map(depth)?),
            _ => return Err(refuse("such marks")),
        };
        Ok(Node { place: at, value })
    }

    fn child(&mut self, depth: usize) -> Result<Option<Node>, DocumentError> {
        match self.next()? {
            None | Some((Event::SequenceEnd | Event::MappingEnd, _)) => Ok(None),
            Some((event, span)) => self.node(event, span, depth + 1).map(Some),
        }
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, DocumentError> {
        let mut items = Vec::new();
        while let Some(item) = self.child(depth)? {
            items.push(item);
        }
        Ok(items)
    }

    fn map(&mut self, depth: usize) -> Result<Vec<(Node, Node)>, DocumentError> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        while let Some(key) = self.child(depth)? {
            let Some(name) = key.text() else {
                return Err(DocumentError::new(key.place, "a key must be a word"));
            };
            if entries.iter().any(|(other, _)| other.text() == Some(name)) {
                return Err(DocumentError::new(
                    key.place,
                    format!("the key `{name}` stands here a second time"),
                ));
            }
            let Some(value) = self.child(depth)? else {
                return Err(DocumentError::new(key.place, "a key without a value"));
            };
            entries.push((key, value));
        }
        Ok(entries)
    }
}

fn place(span: &Span) -> Place {
    Place { line: span.start.line(), column: span.start.col() + 1 }
}
