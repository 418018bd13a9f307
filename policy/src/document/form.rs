//! What every document has beside its rules, as it is written.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use muster_proto::facts::ChannelMode;
use muster_proto::policy::{Local, Mode};
use muster_proto::text::Text;
use muster_proto::time::{Day, Span, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

use super::compile::{CHANNEL, REMIND, REPORT_EVERY, SPREAD};
use super::schema::words;
use crate::ruleset::DEFAULT_SILENT_AFTER;
use crate::units::{Length, written_as_text};

/// Longest id of a policy or a rule.
pub(super) const MAX_ID: usize = 32;
/// Shortest time between two periodic reports.
const SHORTEST_REPORT_EVERY: Span = Span::from_secs(1);

/// A document without its rules.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentForm {
    /// Id of the policy: at most 32 of a-z, 0-9 and -.
    #[schemars(length(min = 1, max = MAX_ID))]
    pub policy: String,
    /// What the policy is called.
    pub title: Option<LocalForm>,
    /// Whom to ask, for the person who carries the phone.
    pub contact: Option<LocalForm>,
    /// How often agents report.
    #[serde(default)]
    pub schedule: ScheduleForm,
    /// The organisations to which the document applies, and those below them.
    #[serde(default)]
    pub assign: Vec<Assign>,
}

/// A text in both languages, at most 512 bytes each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalForm(pub Local);

/// A text in both languages, at most 512 bytes each: `{ en: …, ru: … }`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Local")]
struct BothLanguages {
    /// English.
    en: String,
    /// Russian.
    ru: String,
}

impl LocalForm {
    /// What fits of both texts.
    #[must_use]
    pub fn both(en: &str, ru: &str) -> Self {
        Self(Local { en: Text::clipped(en), ru: Text::clipped(ru) })
    }
}

impl<'de> Deserialize<'de> for LocalForm {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let written = BothLanguages::deserialize(d)?;
        let text = |text: &str| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            if text.is_empty() {
                return Err(serde::de::Error::custom("the text is empty"));
            }
            Text::new(&text).map_err(serde::de::Error::custom)
        };
        Ok(Self(Local { en: text(&written.en)?, ru: text(&written.ru)? }))
    }
}

impl JsonSchema for LocalForm {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        BothLanguages::schema_name()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        BothLanguages::json_schema(generator)
    }
}

/// How often agents report. What a document leaves out others may say.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Schedule")]
pub struct ScheduleForm {
    /// Time between two periodic reports; 4h where nobody says it. At least 1s.
    #[schemars(extend("default" = Length(REPORT_EVERY)))]
    pub report_every: Option<Length>,
    /// Reports are spread by up to this; 10m where nobody says it.
    #[schemars(extend("default" = Length(SPREAD)))]
    pub spread: Option<Length>,
    /// Without a fresh report for this long a device counts as silent; 26h where nobody says it. Not shorter than `report_every`.
    #[schemars(extend("default" = Length(DEFAULT_SILENT_AFTER)))]
    pub silent_after: Option<Length>,
    /// How orders reach the device; `awake` where nobody says it.
    #[serde(default)]
    #[schemars(schema_with = "words::<Option<ChannelMode>>", extend("default" = CHANNEL.word()))]
    pub channel: Option<ChannelMode>,
    /// How long before a deadline the person is reminded, at most eight times; 3d and 1d where nobody says it. Without an entry nobody is.
    #[schemars(length(max = MOST_REMINDERS), extend("default" = REMIND.map(Length)))]
    pub remind: Option<Vec<Length>>,
}

/// More reminders of one deadline than anybody reads.
pub(super) const MOST_REMINDERS: usize = 8;

impl ScheduleForm {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        let every = self.report_every.map(|every| every.0);
        if every.is_some_and(|every| every < SHORTEST_REPORT_EVERY) {
            return Err(("report_every", "reports come at most every second".to_owned()));
        }
        if let (Some(every), Some(silent)) = (every, self.silent_after)
            && silent.0 < every
        {
            return Err(("silent_after", "a device cannot be silent sooner than it reports".to_owned()));
        }
        let remind = self.remind.as_deref().unwrap_or_default();
        if remind.len() > MOST_REMINDERS {
            return Err(("remind", format!("at most {MOST_REMINDERS} reminders of one deadline")));
        }
        if remind.iter().any(|ahead| ahead.0 == Span::default()) {
            return Err(("remind", "a reminder comes before the deadline".to_owned()));
        }
        Ok(())
    }
}

/// An organisation to which a document applies.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assign {
    /// The organisation's id.
    pub org: String,
    /// Rules of this document that are tolerated until another day there, earlier or later.
    #[serde(default)]
    pub due: BTreeMap<String, Due>,
    /// What a broken rule of this document does there, whatever the rule itself says.
    #[serde(default)]
    #[schemars(schema_with = "words::<Option<Mode>>")]
    pub mode: Option<Mode>,
    /// The assignment counts from this day or moment on.
    pub from: Option<Due>,
}

/// A day, which ends at midnight in the organisation's time zone, or a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    /// A day: `2023-04-01`.
    Day(Day),
    /// A moment as RFC 3339 writes it.
    At(Timestamp),
}

impl FromStr for Due {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(day) = text.parse() {
            return Ok(Self::Day(day));
        }
        text.parse().map(Self::At).map_err(|_| {
            format!(
                "{:?} is neither a day (2023-04-01) nor a time (2023-04-01T12:00:00Z)",
                text.chars().take(40).collect::<String>()
            )
        })
    }
}

impl fmt::Display for Due {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::At(at) => write!(f, "{at}"),
        }
    }
}

written_as_text!(
    Due,
    "Due",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?$",
    "A day such as `2027-04-01`, in the organisation's time zone, or a moment of RFC 3339 such as `2027-04-01T12:00:00+03:00`."
);

/// Whether `id` is one: how policies, rules and organisations are named.
pub(super) fn check_id(id: &str) -> Result<(), String> {
    let letters = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if (1..=MAX_ID).contains(&id.len()) && id.bytes().all(letters) {
        return Ok(());
    }
    Err(format!("an id is 1 to {MAX_ID} characters of a-z, 0-9 and -"))
}
