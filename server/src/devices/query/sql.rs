//! From a query to conditions with parameters, in the words of both engines.
//!
//! Which table leads is decided here, not by the engine: SQLite has no statistics until a server stops. A rule or an application that is
//! asked for leads through its marks, which are kept in the order of the default list; everything else through the devices.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::State;
use std::collections::BTreeSet;

use super::sort::{By, Sort};
use super::{Key, Op, Query, Term, Value as Asked, What};
use crate::devices::rank;
use crate::orgs::Tree;
use crate::store::Value;

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
/// Where words are looked for.
const SEARCHED: [&str; 6] =
    ["d.model", "d.manufacturer", "d.asset_tag", "d.os_version", "d.platform", "d.org"];

/// Which table a list is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::devices) enum Driver {
    /// The devices, in the order of an index where there is one.
    Devices,
    /// The devices, the few that match first and sorted afterwards.
    Few,
    /// The marks of a rule or an application, in the order of the default list.
    Marks,
}

/// Conditions that all hold, and their parameters.
#[derive(Debug, Clone)]
pub(in crate::devices) struct Conditions<'a> {
    pub text: String,
    pub params: Vec<Value<'static>>,
    pub driver: Driver,
    now: Timestamp,
    orgs: &'a Tree,
}

impl<'a> Conditions<'a> {
    /// The conditions of a query. `sort` is the order that rows are wanted in, if they are; `orgs` says who is below whom.
    pub fn of(query: &Query, sort: Option<&Sort>, now: Timestamp, orgs: &'a Tree) -> Self {
        let mut what = Self { text: String::new(), params: Vec::new(), driver: Driver::Devices, now, orgs };
        what.text.push_str(if query.asks(Key::Status) { "1 = 1" } else { "d.status = 'active'" });
        let leading =
            sort.is_some_and(Sort::is_worst_first).then(|| query.terms.iter().position(leads)).flatten();
        if query.terms.iter().any(is_few) {
            what.driver = Driver::Few;
        }
        if let Some(nth) = leading {
            what.driver = Driver::Marks;
            what.lead(&query.terms[nth]);
        }
        for (nth, term) in query.terms.iter().enumerate() {
            if leading != Some(nth) {
                let condition = what.term(term);
                what.text.push_str(" AND ");
                what.text.push_str(&condition);
            }
        }
        what
    }

    /// What rows are selected from.
    pub fn from(&self) -> &'static str {
        match self.driver {
            // who stands left is read first: SQLite takes `CROSS JOIN` at its word
            Driver::Marks => "device_marks AS m CROSS JOIN devices AS d",
            Driver::Devices | Driver::Few => "devices AS d",
        }
    }

    /// What a list is sorted by, in the words of the table that leads.
    pub fn sorted_by(&self, by: By) -> String {
        match self.driver {
            Driver::Marks if by == By::Verdict => "m.verdict_rank".to_owned(),
            // the sign keeps an index that is sorted so from being taken
            Driver::Few if by == By::Verdict => "+d.verdict_rank".to_owned(),
            _ => by.sql().to_owned(),
        }
    }

    /// Whether few devices are found first and sorted afterwards.
    pub fn finds_few(&self) -> bool {
        self.driver == Driver::Few
    }

    /// The rank of the verdict, in the words of the table that leads.
    pub fn rank(&self) -> &'static str {
        if self.driver == Driver::Marks { "m.verdict_rank" } else { "d.verdict_rank" }
    }

    /// The id, likewise.
    pub fn id(&self) -> &'static str {
        if self.driver == Driver::Marks { "m.device" } else { "d.id" }
    }

    /// Adds a condition; each `?` becomes the next parameter.
    pub fn add(&mut self, condition: &str, params: impl IntoIterator<Item = Value<'static>>) {
        let condition = self.bound(condition, params);
        self.text.push_str(" AND ");
        self.text.push_str(&condition);
    }

    /// The place of one more parameter.
    pub fn bind(&mut self, param: Value<'static>) -> String {
        self.params.push(param);
        format!("${}", self.params.len())
    }

    fn bound(&mut self, condition: &str, params: impl IntoIterator<Item = Value<'static>>) -> String {
        let mut parts = condition.split('?');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for (part, param) in parts.zip(params) {
            text += &self.bind(param);
            text += part;
        }
        text
    }

    /// The term whose marks lead.
    fn lead(&mut self, term: &Term) {
        let What::Key(key, _, values) = &term.what else { return };
        self.text.push_str(" AND m.device = d.id");
        match (key, values.as_slice()) {
            (Key::Rule, [Asked::Rule(rule, _)]) => {
                self.add("m.kind = 'rule' AND m.name = ? AND m.broken = 1", [rule.clone().into()]);
            }
            (_, [Asked::Text(app)]) => {
                self.add("m.kind = 'app' AND m.name = ? AND m.broken = 1", [app.clone().into()])
            }
            _ => {}
        }
    }

    fn term(&mut self, term: &Term) -> String {
        let condition = match &term.what {
            What::Word(word) => self.word(word),
            What::Key(Key::Org, op, values) => self.org(*op, values),
            What::Key(key, op, values) => {
                let any: Vec<String> = values.iter().map(|value| self.one(*key, *op, value)).collect();
                any.join(" OR ")
            }
            What::Any(queries) => {
                let any: Vec<String> = queries.iter().map(|query| self.all(query)).collect();
                any.join(" OR ")
            }
        };
        // what is not known is not like that, and so it is found where something else is looked for
        if term.not { format!("NOT COALESCE(({condition}), FALSE)") } else { format!("({condition})") }
    }

    /// All terms of a query that is a part of another.
    fn all(&mut self, query: &Query) -> String {
        let terms: Vec<String> = query.terms.iter().map(|term| self.term(term)).collect();
        if terms.is_empty() { "1 = 1".to_owned() } else { terms.join(" AND ") }
    }

    /// One value of a term.
    fn one(&mut self, key: Key, op: Op, value: &Asked) -> String {
        let is = |column: &str| format!("{column} = ?");
        match (key, value) {
            // no index is entered by it: lists that are sorted by it ask for one verdict after the other
            (Key::Verdict, value) => {
                self.bound("d.verdict_rank + 0 = ?", [rank_of(value).unwrap_or(0).into()])
            }
            (Key::Platform, Asked::Word(word)) => self.bound(&is("d.platform"), [(*word).into()]),
            (Key::Protection, Asked::Word(word)) => self.bound(&is("d.protection"), [(*word).into()]),
            (Key::Status, Asked::Word(word)) => self.bound(&is("d.status"), [(*word).into()]),
            (Key::Exempt, Asked::Word(word)) => {
                let not = if *word == "yes" { "" } else { "NOT " };
                format!(
                    "{not}EXISTS (SELECT 1 FROM device_marks AS e WHERE e.device = d.id AND e.kind = 'rule' AND e.state = 'exempt')"
                )
            }
            (Key::Away, Asked::Word(word)) => {
                let not = if *word == "yes" { "" } else { "NOT " };
                let on =
                    "EXISTS (SELECT 1 FROM away AS w WHERE w.device = d.id AND w.starts <= ? AND w.ends > ?)";
                self.bound(&format!("{not}{on}"), [self.now.into(), self.now.into()])
            }
            (Key::Chain, Asked::Word(word)) => {
                format!("d.breaks {} 0", if *word == "broken" { ">" } else { "=" })
            }
            (Key::App, Asked::Text(app)) => self.app(app),
            (Key::Rule, Asked::Rule(rule, state)) => self.rule(rule, *state),
            (Key::Label, Asked::Label { name, value, rare }) => self.label(name, value.as_deref(), *rare),
            (Key::Maker, Asked::Text(text)) => self.text("d.manufacturer", op, text),
            (Key::Model, Asked::Text(text)) => self.text("d.model", op, text),
            (Key::Tag, Asked::Text(text)) => self.text("d.asset_tag", op, text),
            (Key::Id, Asked::Text(start)) => {
                let (first, last) = ids_that_begin(start);
                self.bound("d.id BETWEEN ? AND ?", [first, last])
            }
            (Key::Os, Asked::Version(version)) => self.version("d.os_order", op, version),
            (Key::Agent, Asked::Version(version)) => self.version("d.agent_order", op, version),
            (key, value) => self.time(key, op, value),
        }
    }

    /// Some organisations, each once, however many of them are below each other.
    fn org(&mut self, op: Op, values: &[Asked]) -> String {
        let column = if self.driver == Driver::Marks { "m.org" } else { "d.org" };
        let mut named = BTreeSet::new();
        for value in values {
            match value {
                Asked::Text(org) if op == Op::Is => drop(named.insert(org.clone())),
                Asked::Text(org) => named.extend(self.orgs.below(org)),
                _ => {}
            }
        }
        let named: Vec<String> = named.into_iter().collect();
        match named.as_slice() {
            [org] => self.bound(&format!("{column} = ?"), [org.clone().into()]),
            many => {
                let places = vec!["?"; many.len()].join(", ");
                self.bound(&format!("{column} IN ({places})"), many.iter().map(|org| org.clone().into()))
            }
        }
    }

    fn app(&mut self, app: &str) -> String {
        self.bound(
            "EXISTS (SELECT 1 FROM device_marks AS a WHERE a.device = d.id AND a.kind = 'app' AND a.name = ?)",
            [app.to_owned().into()],
        )
    }

    fn rule(&mut self, rule: &str, state: Option<State>) -> String {
        let which = if state.is_some() { "r.state = ?" } else { "r.broken = 1" };
        let params = [Some(rule.to_owned().into()), state.map(|state| state.word().into())];
        self.bound(
            &format!("EXISTS (SELECT 1 FROM device_marks AS r WHERE r.device = d.id AND r.kind = 'rule' AND r.name = ? AND {which})"),
            params.into_iter().flatten(),
        )
    }

    /// Of a label that few have, those are read first; of another each device is asked.
    fn label(&mut self, name: &str, value: Option<&str>, rare: bool) -> String {
        let value_is = if value.is_some() { " AND l.value = ?" } else { "" };
        let sql = if rare {
            format!("d.id IN (SELECT l.device FROM device_labels AS l WHERE l.name = ?{value_is})")
        } else {
            format!(
                "EXISTS (SELECT 1 FROM device_labels AS l WHERE l.device = d.id AND l.name = ?{value_is})"
            )
        };
        let params = [Some(name), value].into_iter().flatten();
        self.bound(&sql, params.map(|text| text.to_owned().into()).collect::<Vec<_>>())
    }

    fn text(&mut self, column: &str, op: Op, text: &str) -> String {
        if op == Op::Is {
            let is = format!(r#"COALESCE({column}, '') COLLATE "C" = ?"#);
            return self.bound(&is, [text.to_owned().into()]);
        }
        self.bound(&like(column), [pattern(text)])
    }

    /// A word is somewhere in what lists show, or begins the id.
    fn word(&mut self, word: &str) -> String {
        let (first, last) = ids_that_begin(word);
        let mut any: Vec<String> = SEARCHED.iter().map(|column| like(column)).collect();
        any.push("d.id BETWEEN ? AND ?".to_owned());
        self.bound(&any.join(" OR "), SEARCHED.iter().map(|_| pattern(word)).chain([first, last]))
    }

    fn version(&mut self, column: &str, op: Op, version: &super::Version) -> String {
        let this: Value<'static> = version.sortable().into();
        let column = format!(r#"{column} COLLATE "C""#);
        match op {
            Op::Has => self.bound(&format!("{column} >= ? AND {column} < ?"), [this, version.next().into()]),
            op => self.bound(&format!("{column} {} ?", op.sign()), [this]),
        }
    }

    fn time(&mut self, key: Key, op: Op, value: &Asked) -> String {
        let (now, sign) = (self.now, op.sign());
        let column = match key {
            Key::Enrolled => "d.enrolled",
            Key::Silent => By::Silent.sql(),
            Key::Seen => "d.last_contact",
            Key::Since => "d.verdict_since",
            Key::Due => "d.verdict_due",
            _ => "d.security_patch * 86400000",
        };
        match value {
            Asked::Day(day) => {
                let (start, end) = (day.start().millis(), day.start().millis() + DAY);
                match op {
                    Op::Has | Op::Is => {
                        self.bound(&format!("{column} >= ? AND {column} < ?"), [start.into(), end.into()])
                    }
                    Op::Less | Op::AtLeast => self.bound(&format!("{column} {sign} ?"), [start.into()]),
                    // the day itself is not after it
                    Op::More => self.bound(&format!("{column} >= ?"), [end.into()]),
                    Op::AtMost => self.bound(&format!("{column} < ?"), [end.into()]),
                }
            }
            Asked::Moment(at) => {
                let sign = if matches!(op, Op::Has | Op::Is) { "=" } else { sign };
                let condition =
                    if key == Key::Due { by_due(sign, column) } else { format!("{column} {sign} ?") };
                self.bound(&condition, [(*at).into()])
            }
            Asked::Span(span) if key == Key::Due => self.bound(&by_due(sign, column), [(now + *span).into()]),
            Asked::Span(span) => {
                let condition = self.bound(&format!("{column} {} ?", turned(op)), [(now - *span).into()]);
                if key == Key::Silent && matches!(op, Op::More | Op::AtLeast) {
                    let day = (now - *span).millis().div_euclid(DAY);
                    return self.bound(&format!("d.heard <= ? AND {condition}"), [day.into()]);
                }
                condition
            }
            _ => "1 = 0".to_owned(),
        }
    }
}

/// Compares deadlines in the words of their index.
fn by_due(sign: &str, column: &str) -> String {
    format!("{} {sign} ? AND {column} IS NOT NULL", By::Due.sql())
}

/// Whether a term can lead through its marks.
fn leads(term: &Term) -> bool {
    match &term.what {
        What::Key(Key::Rule, _, values) => !term.not && matches!(values.as_slice(), [Asked::Rule(_, None)]),
        What::Key(Key::App, _, values) => !term.not && values.len() == 1,
        _ => false,
    }
}

/// Whether a term leaves few devices, which an index finds: those that have been silent for a day, whose time is nearly over, or that have
/// a rare label.
fn is_few(term: &Term) -> bool {
    let What::Key(key, op, values) = &term.what else { return false };
    if let [Asked::Label { rare: true, .. }] = values.as_slice() {
        return !term.not;
    }
    match (key, values.as_slice()) {
        (Key::Silent, [Asked::Span(span)]) => {
            !term.not && matches!(op, Op::More | Op::AtLeast) && *span >= Span::from_hours(24)
        }
        (Key::Due, [Asked::Span(_) | Asked::Moment(_)]) => !term.not && matches!(op, Op::Less | Op::AtMost),
        _ => false,
    }
}

pub(super) fn rank_of(value: &Asked) -> Option<i64> {
    match value {
        Asked::Word(word) => word.parse::<State>().ok().map(rank),
        _ => None,
    }
}

/// Longer ago is an earlier time.
const fn turned(op: Op) -> &'static str {
    match op {
        Op::Less => ">",
        Op::More => "<",
        Op::AtMost => ">=",
        _ => "<=",
    }
}

/// Whether capital letters are written or small ones makes no difference, in any alphabet and whatever language a database was made for.
pub(crate) fn like(column: &str) -> String {
    let small = |text: &str| format!(r#"LOWER({text} COLLATE "und-x-icu")"#);
    format!(r"{} LIKE {} ESCAPE '\'", small(&format!("COALESCE({column}, '')")), small("CAST(? AS TEXT)"))
}

/// The pattern characters of LIKE stand for themselves.
pub(crate) fn pattern(text: &str) -> Value<'static> {
    let text = text.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_");
    Value::from(format!("%{text}%"))
}

/// The first and the last id that begin with these hexadecimal digits; an empty span for another word.
fn ids_that_begin(word: &str) -> (Value<'static>, Value<'static>) {
    let is_prefix = word.len() <= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let padded = |with: &str| format!("{word}{}", with.repeat(32 - word.len())).parse::<DeviceId>();
    match (is_prefix.then(|| padded("0")), is_prefix.then(|| padded("f"))) {
        (Some(Ok(first)), Some(Ok(last))) => (first.into(), last.into()),
        _ => (Value::from(vec![0xff; 17]), Value::from(vec![0_u8; 0])),
    }
}
