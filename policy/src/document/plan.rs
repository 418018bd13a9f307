//! What applying a document would change, key by key.

use std::collections::BTreeMap;

use super::Document;
use super::rule::Rule;

/// One thing that is added, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Change {
    /// What happens to it.
    pub change: ChangeKind,
    /// What it is: `rules.maker`, `rules.maker.due`, `assign.minfin`, `schedule.spread`.
    pub what: String,
    /// What it was.
    pub from: Option<String>,
    /// What it will be.
    pub to: Option<String>,
}

/// What happens to a part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It is new.
    Add,
    /// It becomes another.
    Change,
    /// It goes.
    Remove,
}

/// What lies between two states of a document; `old` is `None` where it is new. Empty where they say the same.
#[must_use]
pub fn diff(old: Option<&Document>, new: &Document) -> Vec<Change> {
    let before = old.map(parts).unwrap_or_default();
    let after = parts(new);
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for name in names {
        match (before.get(name), after.get(name)) {
            (Some(from), None) => changes.push(whole(ChangeKind::Remove, name, from)),
            (None, Some(to)) => changes.push(whole(ChangeKind::Add, name, to)),
            (Some(from), Some(to)) => changes.extend(keys(name, from, to)),
            (None, None) => {}
        }
    }
    changes.extend(order(old, new));
    changes
}

impl Document {
    /// What a rule says, key by key, as the text has it; none where there is no such rule.
    #[must_use]
    pub fn said_by(&self, rule: &str) -> Option<BTreeMap<String, String>> {
        self.rule(rule).map(rule_keys)
    }
}

type Keys = BTreeMap<String, String>;

fn whole(change: ChangeKind, name: &str, keys: &Keys) -> Change {
    let text = keys
        .iter()
        .map(|(key, value)| if key.is_empty() { value.clone() } else { format!("{key}: {value}") });
    let text = Some(text.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty());
    let (from, to) = if change == ChangeKind::Add { (None, text) } else { (text, None) };
    Change { change, what: name.to_owned(), from, to }
}

fn keys(name: &str, before: &Keys, after: &Keys) -> Vec<Change> {
    let all: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |key: &String| {
        let (from, to) = (before.get(key).cloned(), after.get(key).cloned());
        let change = match (&from, &to) {
            (None, _) => ChangeKind::Add,
            (_, None) => ChangeKind::Remove,
            _ => ChangeKind::Change,
        };
        let what = if key.is_empty() { name.to_owned() } else { format!("{name}.{key}") };
        (from != to).then_some(Change { change, what, from, to })
    };
    all.into_iter().filter_map(change).collect()
}

/// The order of rules is the order in which people see them.
fn order(old: Option<&Document>, new: &Document) -> Option<Change> {
    let ids = |doc: &Document, other: &Document| {
        let kept = doc.rules.iter().filter(|rule| other.rule(&rule.id).is_some());
        kept.map(|rule| rule.id.as_str()).collect::<Vec<_>>().join(", ")
    };
    let old = old?;
    let (from, to) = (ids(old, new), ids(new, old));
    let change =
        Change { change: ChangeKind::Change, what: "rules".to_owned(), from: Some(from), to: Some(to) };
    (change.from != change.to).then_some(change)
}

/// The parts of a document that come and go as a whole, each with its keys.
fn parts(document: &Document) -> BTreeMap<String, Keys> {
    let mut parts = BTreeMap::new();
    let local = |text: &muster_proto::policy::Local| format!("{} / {}", text.en, text.ru);
    let mut single = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            parts.insert(name.to_owned(), Keys::from([(String::new(), value)]));
        }
    };
    let schedule = &document.schedule;
    single("title", Some(local(&document.title)));
    single("contact", document.contact.as_ref().map(local));
    single("schedule.report_every", schedule.report_every.map(|length| length.to_string()));
    single("schedule.spread", schedule.spread.map(|length| length.to_string()));
    single("schedule.silent_after", schedule.silent_after.map(|length| length.to_string()));
    single("schedule.channel", schedule.channel.map(|channel| channel.to_string()));
    for rule in &document.rules {
        parts.insert(format!("rules.{}", rule.id), rule_keys(rule));
    }
    for assign in &document.assign {
        let mut keys: Keys =
            assign.due.iter().map(|(rule, due)| (format!("due.{rule}"), due.to_string())).collect();
        keys.extend(assign.mode.map(|mode| ("mode".to_owned(), mode.to_string())));
        keys.extend(assign.from.map(|from| ("from".to_owned(), from.to_string())));
        parts.insert(format!("assign.{}", assign.org), keys);
    }
    parts
}

fn rule_keys(rule: &Rule) -> Keys {
    use crate::units::Length;
    let local = |text: &muster_proto::policy::Local| format!("{} / {}", text.en, text.ru);
    let length = |span: muster_proto::time::Span| Length(span).to_string();
    let platforms = rule.platforms.iter().map(|platform| platform.word()).collect::<Vec<_>>().join(", ");
    let common = [
        ("kind", Some(rule.kind.to_owned())),
        ("title", Some(local(&rule.title))),
        ("remedy", rule.remedy.as_ref().map(local)),
        ("mode", Some(rule.mode.to_string())),
        ("escalate.warn", rule.escalate.warn.map(|length| length.to_string())),
        ("escalate.enforce", rule.escalate.enforce.map(|length| length.to_string())),
        ("severity", Some(rule.severity.to_string())),
        ("grace", rule.grace.map(length)),
        ("due", rule.due.map(|due| due.to_string())),
        ("memory", rule.memory.map(length)),
        ("unknown_after", Some(length(rule.unknown_after))),
        ("needs", Some(rule.needs.to_string())),
        ("platforms", Some(platforms).filter(|words| !words.is_empty())),
    ];
    let mut keys: Keys =
        common.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    if let serde_json::Value::Object(own) = &rule.demand.written {
        keys.extend(own.iter().map(|(key, value)| (key.clone(), text(value))));
    }
    keys
}

fn text(value: &serde_json::Value) -> String {
    use serde_json::Value;
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            map.iter().map(|(key, value)| format!("{key}: {}", text(value))).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}
