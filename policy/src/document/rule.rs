//! A rule of a document: what every kind has, and what its own kind demands.

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::Platform;
use muster_proto::policy::{Local, Mode, Proof, Severity};
use muster_proto::time::Span;
use schemars::JsonSchema;
use serde::Deserialize;

use super::de::from_node;
use super::error::DocumentError;
use super::form::{Due, LocalForm, MAX_ID, check_id};
use super::kind::Demanded;
use super::schema::words;
use super::tree::{Node, Value};
use crate::rules::built_in::{CHAIN, SILENCE};
use crate::rules::expression::Expression;
use crate::rules::{Demand as _, KINDS, Kind};
use crate::units::Length;

/// An unknown that lasts longer fails, where the rule says nothing else.
pub const UNKNOWN_AFTER: Span = Span::from_hours(7 * 24);

/// A rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// The word of its kind.
    pub kind: &'static str,
    /// What it is called; of its kind where the document says nothing.
    pub title: Local,
    /// What to do about it.
    pub remedy: Option<Local>,
    /// What a broken rule does.
    pub mode: Mode,
    /// When a broken rule is taken more seriously.
    pub escalate: Escalate,
    /// How grave it is.
    pub severity: Severity,
    /// Tolerated for this long from the first sighting.
    pub grace: Option<Span>,
    /// Tolerated until this day or moment.
    pub due: Option<Due>,
    /// A cause that returns within this takes up its old times.
    pub memory: Option<Span>,
    /// An unknown that lasts longer fails.
    pub unknown_after: Span,
    /// How well the facts must be proven.
    pub needs: Proof,
    /// The rule concerns these platforms alone; all where empty.
    pub platforms: Vec<Platform>,
    pub(super) demand: Demanded,
}

/// The keys that a rule of any kind has.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CommonForm {
    /// Id of the rule within the document: at most 32 of a-z, 0-9 and -.
    #[schemars(length(min = 1, max = MAX_ID))]
    id: String,
    /// Kind of the rule: it says which further keys there are.
    kind: String,
    /// What the rule is called.
    title: Option<LocalForm>,
    /// What to do about it.
    remedy: Option<LocalForm>,
    /// What a broken rule does: `observe` shows it to administrators, `warn` to the person too, `enforce` decides the verdict.
    #[serde(default = "enforce")]
    #[schemars(schema_with = "words::<Mode>")]
    mode: Mode,
    /// How long a rule may be broken before it is taken more seriously than `mode` says.
    escalate: Option<Escalate>,
    /// How grave a broken rule is.
    #[serde(default = "medium")]
    #[schemars(schema_with = "words::<Severity>")]
    severity: Severity,
    /// Tolerated for this long from the first sighting.
    grace: Option<Length>,
    /// Tolerated until the end of this day in the organisation's time zone, or until this moment. With `grace` the later counts.
    due: Option<Due>,
    /// A cause that returns within this takes up its old times; as long as the grace where nothing is said.
    memory: Option<Length>,
    /// What is unknown for longer counts as broken; 7d where nothing is said.
    #[schemars(extend("default" = Length(UNKNOWN_AFTER)))]
    unknown_after: Option<Length>,
    /// How well the facts must be proven.
    #[serde(default = "reported")]
    #[schemars(schema_with = "words::<Proof>")]
    needs: Proof,
    /// The rule concerns these platforms alone; all where nothing is said.
    #[serde(default)]
    #[schemars(schema_with = "words::<Vec<Platform>>")]
    platforms: Vec<Platform>,
}

/// How long a rule may be broken before it is taken more seriously. It is counted as a grace is: from when the cause began, but neither
/// before the rule was there nor before an exemption ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Escalate {
    /// A rule that is only observed warns the person after this.
    pub warn: Option<Length>,
    /// A rule that is observed or warns decides the verdict after this.
    pub enforce: Option<Length>,
}

impl Escalate {
    /// What makes no sense, and at which key.
    fn flaw(&self, mode: Mode) -> Option<(Option<&'static str>, &'static str)> {
        match (self.warn, self.enforce) {
            (None, None) => Some((None, "it says neither `warn` nor `enforce`")),
            _ if mode == Mode::Enforce => Some((None, "the rule is enforced from the beginning")),
            (Some(_), _) if mode == Mode::Warn => Some((Some("warn"), "the rule warns from the beginning")),
            (Some(warn), Some(enforce)) if enforce <= warn => {
                Some((Some("enforce"), "it comes after `warn`"))
            }
            _ => None,
        }
    }
}

/// The keys of [`CommonForm`].
pub(super) const COMMON_KEYS: [&str; 13] = [
    "id",
    "kind",
    "title",
    "remedy",
    "mode",
    "escalate",
    "severity",
    "grace",
    "due",
    "memory",
    "unknown_after",
    "needs",
    "platforms",
];

fn enforce() -> Mode {
    Mode::Enforce
}
fn medium() -> Severity {
    Severity::Medium
}
fn reported() -> Proof {
    Proof::Reported
}

/// Whoever mistypes a key that every rule has is told those, too, and not the kind's own alone.
fn with_common(error: DocumentError, own: &[(Node, Node)]) -> DocumentError {
    let unknown = |(key, _): &(Node, Node)| {
        key.text().is_some_and(|key| error.message.starts_with(&format!("unknown key `{key}`")))
    };
    if !own.iter().any(unknown) {
        return error;
    }
    let message = format!("{}; and in every rule {}", error.message, COMMON_KEYS.join(", "));
    DocumentError::new(error.place, message)
}

/// What is wrong inside of an expression has a place of its own there, so that it also says whose it is.
fn named(error: DocumentError, id: &str, kind: &Kind) -> DocumentError {
    if kind.word != Expression::KIND {
        return error;
    }
    DocumentError::new(error.place, format!("rule {id:?}: {}", error.message))
}

impl Rule {
    /// Reads a rule: the keys that every kind has, and then what is left as the kind's own.
    pub(super) fn read(node: &Node, catalogue: &Catalogue) -> Result<Self, DocumentError> {
        let Value::Map(entries) = &node.value else {
            return Err(DocumentError::new(
                node.place,
                format!("a rule is keys and values, found {}", node.noun()),
            ));
        };
        let is_common = |(key, _): &(Node, Node)| key.text().is_some_and(|key| COMMON_KEYS.contains(&key));
        let (common, own): (Vec<_>, Vec<_>) = entries.iter().cloned().partition(is_common);
        let part = |entries| Node { place: node.place, value: Value::Map(entries) };
        let form: CommonForm = from_node(&part(common))?;
        let wrong = |key: &str, message: String| {
            Err(DocumentError::new(node.entry(key).unwrap_or(node).place, message))
        };
        if let Err(message) = check_id(&form.id) {
            return wrong("id", message);
        }
        if [SILENCE, CHAIN].contains(&form.id.as_str()) {
            return wrong("id", format!("every device has a rule {:?} without being asked", form.id));
        }
        let Some(kind) = Kind::named(&form.kind) else {
            let known: Vec<_> = KINDS.iter().map(|kind| kind.word).collect();
            return wrong("kind", format!("unknown kind {:?}, known are {}", form.kind, known.join(", ")));
        };
        if form.needs == Proof::Attested && !kind.attestable {
            return wrong("needs", format!("nothing that {:?} looks at can be attested", kind.word));
        }
        if let Some((key, message)) = form.escalate.and_then(|escalate| escalate.flaw(form.mode)) {
            let steps = node.entry("escalate").unwrap_or(node);
            let at = key.and_then(|key| steps.entry(key)).unwrap_or(steps);
            return Err(DocumentError::new(at.place, message));
        }
        let demand = (kind.document.read)(&part(own.clone()), catalogue)
            .map_err(|error| named(with_common(error, &own), &form.id, kind))?;
        Ok(Self::of(form, kind, demand))
    }

    fn of(form: CommonForm, kind: &'static Kind, demand: Demanded) -> Self {
        let title = form.title.unwrap_or_else(|| LocalForm::both(kind.title.0, kind.title.1));
        Self {
            id: form.id,
            kind: kind.word,
            title: title.0,
            remedy: form.remedy.map(|remedy| remedy.0),
            mode: form.mode,
            escalate: form.escalate.unwrap_or_default(),
            severity: form.severity,
            grace: form.grace.map(|grace| grace.0),
            due: form.due,
            memory: form.memory.map(|memory| memory.0),
            unknown_after: form.unknown_after.map_or(UNKNOWN_AFTER, |length| length.0),
            needs: form.needs,
            platforms: form.platforms,
            demand,
        }
    }
}
