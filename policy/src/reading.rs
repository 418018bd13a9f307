//! What a rule makes of the facts, before time, memory and exemptions turn it into a finding.

use std::borrow::Cow;

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{Fact, Reason};
use muster_proto::policy::Proof;
use muster_proto::report::Report;
use muster_proto::time::Timestamp;
use std::collections::BTreeSet;

use crate::case::{Attested, Register, Told};

/// A name or a value: most are known when the program is built.
pub type Word = Cow<'static, str>;

/// What a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The report.
    pub report: &'a Report,
    /// When it was true.
    pub at: Timestamp,
    /// The moment of judging.
    pub now: Timestamp,
    /// What hardware attestation has proven.
    pub attested: Option<&'a Attested>,
    /// How well the rule wants its facts proven.
    pub needs: Proof,
    /// Ids that the device's watch list can find, where that is known.
    pub watched: Option<&'a BTreeSet<String>>,
    /// What the management system says is installed.
    pub told: &'a [Told],
    /// What the register says.
    pub register: Register<'a>,
    /// When the device was enrolled: nothing counts before.
    pub enrolled: Timestamp,
    /// The catalogue.
    pub catalogue: &'a Catalogue,
}

/// What a rule makes of the facts. Without a cause and without anything unread the rule is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reading {
    /// Why the rule is broken: one cause is one messenger, one maker, one setting.
    pub causes: Vec<Cause>,
    /// What the rule needs and could not be read.
    pub unread: Vec<Unread>,
    /// What shows that the rule is kept.
    pub shown: Vec<Seen>,
    /// What is worth showing and decides nothing.
    pub notes: Vec<Seen>,
    /// The rule doesn't concern this device, and that is known.
    pub not_applicable: bool,
    /// The next moment at which time alone changes this reading.
    pub next: Option<Timestamp>,
}

/// One reason why a rule is broken, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// Its name: stable over reports and over edits of the policy that don't touch it.
    pub name: Word,
    /// What shows it.
    pub seen: Seen,
    /// When it began, where that is not the report's time.
    pub began: Option<Timestamp>,
    /// Only the management system says so.
    pub told: bool,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The cause that it may hide; any cause where it is `None`.
    pub hides: Option<Word>,
    /// What it is, and the reason.
    pub seen: Seen,
}

/// Something shown: what, and its value in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Which fact, sighting or source.
    pub what: Word,
    /// Its value, or the reason why there is none.
    pub value: Word,
}

impl Seen {
    /// `what` is `value`.
    pub fn new(what: impl Into<Word>, value: impl Into<Word>) -> Self {
        Self { what: what.into(), value: value.into() }
    }
}

impl Reading {
    /// The rule doesn't concern this device.
    #[must_use]
    pub fn not_applicable(shown: Seen) -> Self {
        Self { not_applicable: true, shown: vec![shown], ..Self::default() }
    }

    /// Nothing that the rule needs could be read.
    #[must_use]
    pub fn unknown(seen: Seen) -> Self {
        Self { unread: vec![Unread { hides: None, seen }], ..Self::default() }
    }

    /// The rule is broken by `name`.
    pub fn broken(&mut self, name: impl Into<Word>, seen: Seen) {
        self.causes.push(Cause { name: name.into(), seen, began: None, told: false });
    }

    /// The management system says that the rule is broken by `name`, since `began`.
    pub fn told(&mut self, name: impl Into<Word>, seen: Seen, began: Timestamp) {
        self.causes.push(Cause { name: name.into(), seen, began: Some(began), told: true });
    }

    /// The rule needs something that could not be read; any cause may hide behind it.
    pub fn unread(&mut self, seen: Seen) {
        self.unread.push(Unread { hides: None, seen });
    }

    /// The rule needs something that could not be looked for, and only `cause` may hide behind it.
    /// A fact that could not be read is [`unread`](Self::unread): it must not end what was seen of the same rule.
    pub fn unread_cause(&mut self, cause: impl Into<Word>, seen: Seen) {
        self.unread.push(Unread { hides: Some(cause.into()), seen });
    }

    /// Something shows that a part of the rule is kept.
    pub fn shown(&mut self, seen: Seen) {
        self.shown.push(seen);
    }

    /// When `cause` began, where that is not the report's time. Of several rows with one name the oldest says it.
    #[must_use]
    pub fn began(&self, cause: &Cause) -> Option<Timestamp> {
        let same = |other: &&Cause| other.told == cause.told && other.name == cause.name;
        self.causes.iter().filter(same).filter_map(|other| other.began).min()
    }

    /// Whether `cause` may be there without being seen.
    #[must_use]
    pub fn hides(&self, cause: &str) -> bool {
        let may_hide = |unread: &Unread| unread.hides.as_ref().is_none_or(|hidden| hidden == cause);
        self.unread.iter().any(may_hide)
    }
}

/// The reason of a fact without a value, as something shown.
pub fn missing(what: impl Into<Word>, reason: Reason) -> Seen {
    Seen::new(what, reason.word())
}

/// `yes` or `no`.
pub fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// The value of a fact, or the reason as something shown.
pub fn value_of<'f, T>(what: &'static str, fact: &'f Fact<T>) -> Result<&'f T, Seen> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(reason) => Err(missing(what, *reason)),
    }
}
