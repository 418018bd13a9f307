//! The policy document as people write it, and what becomes of it.
//!
//! ```yaml
//! policy: work-phones
//! rules:
//!   - { id: no-telegram, kind: messengers, deny: [telegram], grace: 72h }
//! assign:
//!   - org: ministry
//! ```

mod compile;
mod de;
mod error;
mod form;
mod kind;
mod merge;
mod plan;
mod reference;
mod rule;
mod schema;
mod tree;

pub use compile::{Org, begin_of_day, compile, end_of_day, for_phone, next_assignment};
pub use error::{DocumentError, Place};
pub use form::{Assign, Due, LocalForm, ScheduleForm};
pub use plan::{Change, ChangeKind, diff};
pub use reference::reference;
pub use rule::{Escalate, Rule};
pub use schema::{schema, schema_text};
pub use tree::MAX_DOCUMENT;

pub(crate) use kind::KindForm;
pub(crate) use schema::words;

use std::collections::BTreeSet;

use muster_proto::catalogue::Catalogue;
use muster_proto::policy::Local;

use form::{DocumentForm, check_id};
use tree::{Node, Value};

/// A policy document: rules, and to which organisations they apply. It has no state of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// Its id.
    pub policy: String,
    /// What it is called.
    pub title: Local,
    /// Whom to ask, for the person who carries the phone.
    pub contact: Option<Local>,
    /// How often agents report, as far as the document says it.
    pub schedule: ScheduleForm,
    /// The rules, in the order in which they are shown.
    pub rules: Vec<Rule>,
    /// The organisations to which it applies.
    pub assign: Vec<Assign>,
}

impl Document {
    /// Reads a document in YAML or JSON.
    ///
    /// # Errors
    /// The first thing that is wrong, with line and column: what is not YAML, unknown keys and kinds, values of another type,
    /// ids that the catalogue doesn't know, ids that occur twice.
    pub fn from_yaml(text: &str, catalogue: &Catalogue) -> Result<Self, DocumentError> {
        let root = Node::parse(text)?;
        let (form, rules) = apart(&root)?;
        let rules: Vec<Rule> =
            rules.iter().map(|rule| Rule::read(rule, catalogue)).collect::<Result<_, _>>()?;
        check(&form, &rules, &root)?;
        let title = match form.title {
            Some(title) => title.0,
            None => LocalForm::both(&form.policy, &form.policy).0,
        };
        let contact = form.contact.map(|contact| contact.0);
        Ok(Self { policy: form.policy, title, contact, schedule: form.schedule, rules, assign: form.assign })
    }

    /// Reads a document, or one rule without a document around it.
    ///
    /// # Errors
    /// As [`Document::from_yaml`].
    pub fn or_rule_from_yaml(text: &str, catalogue: &Catalogue) -> Result<Self, DocumentError> {
        let root = Node::parse(text)?;
        if root.entry("kind").is_none() || root.entry("rules").is_some() {
            return Self::from_yaml(text, catalogue);
        }
        let rule = Rule::read(&root, catalogue)?;
        let (policy, title) = (rule.id.clone(), rule.title.clone());
        let schedule = ScheduleForm::default();
        Ok(Self { policy, title, contact: None, schedule, rules: vec![rule], assign: Vec::new() })
    }

    /// The same, assigned to this organisation alone. Where it is assigned already, mode and dates are as they are there.
    #[must_use]
    pub fn assigned_to(mut self, org: &str) -> Self {
        let known = self.assign.into_iter().find(|assign| assign.org == org);
        let blank = Assign { org: org.to_owned(), due: Default::default(), mode: None, from: None };
        self.assign = vec![Assign { from: None, ..known.unwrap_or(blank) }];
        self
    }

    /// The rule with this id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

/// What has one shape in every document, and the rules, of which each kind has its own.
fn apart(root: &Node) -> Result<(DocumentForm, Vec<Node>), DocumentError> {
    let Value::Map(entries) = &root.value else {
        return Err(DocumentError::new(
            root.place,
            format!("expected keys and values, found {}", root.noun()),
        ));
    };
    let (rules, rest): (Vec<_>, Vec<_>) =
        entries.iter().cloned().partition(|(key, _)| key.text() == Some("rules"));
    let form = de::from_node(&Node { place: root.place, value: Value::Map(rest) })?;
    match rules.into_iter().next().map(|(_, rules)| rules) {
        None => Err(DocumentError::new(root.place, "the key `rules` is missing")),
        Some(Node { value: Value::List(rules), .. }) => Ok((form, rules)),
        Some(other) => {
            Err(DocumentError::new(other.place, format!("`rules` is a list, found {}", other.noun())))
        }
    }
}

/// What no single part can know of itself.
fn check(form: &DocumentForm, rules: &[Rule], root: &Node) -> Result<(), DocumentError> {
    let place = |path: &[Step<'_>]| find(root, path).map_or(root.place, |node| node.place);
    let wrong = |path: &[Step<'_>], message: String| Err(DocumentError::new(place(path), message));
    if let Err(message) = check_id(&form.policy) {
        return wrong(&[Step::Key("policy")], message);
    }
    if let Err((key, message)) = form.schedule.check() {
        return wrong(&[Step::Key("schedule"), Step::Key(key)], message);
    }
    let mut ids = BTreeSet::new();
    for (nth, rule) in rules.iter().enumerate() {
        if !ids.insert(rule.id.as_str()) {
            let path = [Step::Key("rules"), Step::Item(nth), Step::Key("id")];
            return wrong(&path, format!("a rule {:?} stands above already", rule.id));
        }
    }
    let mut orgs = BTreeSet::new();
    for (nth, assign) in form.assign.iter().enumerate() {
        let at = |rest: &[Step<'_>]| {
            let path = [&[Step::Key("assign"), Step::Item(nth)], rest].concat();
            place(&path)
        };
        if !orgs.insert(assign.org.as_str()) {
            let message = format!("the document is assigned to {:?} above already", assign.org);
            return Err(DocumentError::new(at(&[Step::Key("org")]), message));
        }
        if let Some(unknown) = assign.due.keys().find(|id| !ids.contains(id.as_str())) {
            let message = format!("no rule {unknown:?} in this document");
            return Err(DocumentError::new(at(&[Step::Key("due"), Step::Key(unknown)]), message));
        }
    }
    Ok(())
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Item(usize),
}

/// The node at the end of `path`, or the last one on the way to it.
fn find<'n>(root: &'n Node, path: &[Step<'_>]) -> Option<&'n Node> {
    let mut node = root;
    for step in path {
        let next = match step {
            Step::Key(key) => node.entry(key),
            Step::Item(index) => node.item(*index),
        };
        node = match next {
            Some(next) => next,
            None => return Some(node),
        };
    }
    Some(node)
}
