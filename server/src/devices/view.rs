//! What the API says about devices, and therefore what the console shows: the same values, read once, for both.

use super::{SilenceView, Status, Stopper};
use crate::away::AwayView;
use crate::inventory::ToldView;
use muster_policy::{BreakKind, Escalation, Shown};
use muster_proto::facts::{
    AppSource, BackgroundLimit, DeviceFacts, Platform, Protection, Sighting, Source, WorkFacts,
};
use muster_proto::id::{ChainId, DeviceId, Digest, Kid, OrderId};
use muster_proto::message::OrderKind;
use muster_proto::policy::{Local, Mode, Severity};
use muster_proto::report::Trigger;
use muster_proto::time::{Day, Timestamp};
use muster_proto::verdict::State;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use std::collections::BTreeMap;

/// One page of the list of devices.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeviceList {
    /// The devices, in the order that was asked for.
    pub devices: Vec<DeviceRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many devices the same search finds under every verdict, where that was asked.
    pub counts: Option<Counts>,
}

/// How many devices have which verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Counts {
    /// Failing.
    pub failing: u64,
    /// Unknown.
    pub unknown: u64,
    /// In grace.
    pub grace: u64,
    /// Compliant.
    pub compliant: u64,
    /// Exempt.
    pub exempt: u64,
    /// Not applicable.
    pub not_applicable: u64,
}

impl Counts {
    /// How many have this verdict.
    #[must_use]
    pub fn of(&self, state: State) -> u64 {
        match state {
            State::Failing => self.failing,
            State::Unknown => self.unknown,
            State::Grace => self.grace,
            State::Compliant => self.compliant,
            State::Exempt => self.exempt,
            State::NotApplicable => self.not_applicable,
        }
    }

    /// The place of this verdict's number.
    pub fn slot(&mut self, state: State) -> &mut u64 {
        match state {
            State::Failing => &mut self.failing,
            State::Unknown => &mut self.unknown,
            State::Grace => &mut self.grace,
            State::Compliant => &mut self.compliant,
            State::Exempt => &mut self.exempt,
            State::NotApplicable => &mut self.not_applicable,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> u64 {
        State::ALL.iter().map(|state| self.of(*state)).sum()
    }
}

/// A device in a list.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeviceRow {
    /// Its id.
    pub id: DeviceId,
    /// Its organisation.
    pub org: String,
    /// Whether it counts: `active`, `replaced`, `retired`, `pending` or `refused`.
    pub status: Status,
    /// Operating system.
    pub platform: Option<Platform>,
    /// Its version.
    pub os_version: Option<String>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Model, from the newest report or else from the enrolment.
    pub model: Option<String>,
    /// Asset tag that was typed at the enrolment.
    pub asset_tag: Option<String>,
    /// Version of the agent.
    pub agent: Option<String>,
    /// The security patch.
    pub security_patch: Option<Day>,
    /// Watched applications that the newest report found, by id.
    pub apps: Vec<String>,
    /// When it was enrolled.
    pub enrolled: Timestamp,
    /// When it was last heard of at all.
    pub last_contact: Option<Timestamp>,
    /// Time of the newest nonce that a report has answered.
    pub last_fresh: Option<Timestamp>,
    /// What people call it by.
    pub labels: BTreeMap<String, String>,
    /// Its verdict.
    pub verdict: VerdictView,
}

/// A verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct VerdictView {
    /// The state.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Until when it is tolerated.
    pub due: Option<Timestamp>,
}

/// All about one device.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct DeviceView {
    /// What the list says too.
    #[serde(flatten)]
    pub row: DeviceRow,
    /// That it counts no more, since when, by whom and why; none while it counts or waits.
    pub ended: Option<super::EndedView>,
    /// What the newest report says; none before the first.
    #[serde(serialize_with = "without_sources")]
    #[schemars(schema_with = "facts_alone")]
    pub facts: Option<DeviceFacts>,
    /// Where facts were read, by name of the fact.
    pub sources: BTreeMap<String, Source>,
    /// Sources of the inventory of applications: read, or why not.
    pub apps_sources: BTreeMap<String, &'static str>,
    /// What the agent could not see, where it runs in an application's sandbox.
    pub limited_sight: Option<LimitedSight>,
    /// Watched applications that were found.
    pub sightings: Vec<SightingView>,
    /// What the management system says is installed.
    pub told: Vec<ToldView>,
    /// The findings, worst first.
    pub findings: Vec<FindingView>,
    /// What keeps the agent from working, of a device that is silent, as its last report named it.
    #[schemars(with = "Vec<String>")]
    pub stopped_by: Vec<Stopper>,
    /// Limits of a silent device that by themselves seldom keep an application from working.
    pub also_limited: Vec<BackgroundLimit>,
    /// The agent's last piece of work, where the system starts it for each.
    pub work: Option<WorkFacts>,
    /// The device that has taken its place: this one is its history.
    pub replaced_by: Option<DeviceId>,
    /// The device whose place it has taken or, once approved, takes.
    pub replaces: Option<DeviceId>,
    /// The chain of its reports; none before the first.
    pub chain: Option<ChainView>,
    /// Its key.
    pub key: KeyView,
    /// The three ages that stand beside a verdict.
    pub ages: Ages,
    /// When silence begins, and how it is counted; none of a device that does not count.
    pub silence: Option<SilenceView>,
    /// The note that whoever has it is away, in force or to come.
    pub away: Option<AwayView>,
    /// The newest changes of its findings.
    pub edges: Vec<EdgeView>,
    /// The newest orders.
    pub orders: Vec<OrderView>,
    /// The newest reports.
    pub reports: Vec<ReportView>,
}

/// What an agent in an application's sandbox was not let see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LimitedSight {
    /// Facts, by name.
    pub facts: Vec<&'static str>,
    /// Sources of the inventory of applications.
    pub apps_sources: Vec<AppSource>,
}

/// A watched application that was found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SightingView {
    /// What the report says: `source` and `also` show it.
    #[serde(flatten)]
    pub sighting: Sighting,
    /// Sources that were read, could know of it, and do not.
    pub not_known_to: Vec<AppSource>,
}

/// The state of one rule.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FindingView {
    /// Id of the rule.
    pub rule: String,
    /// Its kind.
    pub kind: String,
    /// What it is called.
    pub title: Local,
    /// The state.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Until when it is tolerated.
    pub due: Option<Timestamp>,
    /// How grave it is.
    pub severity: Severity,
    /// What a broken rule does.
    pub mode: Mode,
    /// What it will do next if it stays broken.
    pub escalates: Option<Escalation>,
    /// What shows it.
    pub evidence: Vec<Shown>,
    /// What to do about it.
    pub remedy: Option<Local>,
    /// The exemption in force.
    pub exemption: Option<ExemptionView>,
}

/// An exemption, as a finding names it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "FindingExemption")]
pub struct ExemptionView {
    /// Its id.
    pub id: String,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// The chain of a device's reports.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ChainView {
    /// Its id.
    pub chain: ChainId,
    /// The newest number.
    pub number: u64,
    /// Digest of the newest report.
    pub digest: Digest,
    /// Since when nothing in it is missing, doubled or begun anew.
    pub unbroken_since: Timestamp,
    /// Breaks that nobody has acknowledged.
    pub breaks: Vec<BreakView>,
    /// What the server lost when it was restored from a backup, the newest first. It is no break.
    pub restored: Vec<RestoredView>,
}

/// Numbers that the server lost when it was restored from a backup.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct RestoredView {
    /// The first one.
    pub first: u64,
    /// The last one.
    pub last: u64,
    /// How many of them are still missing: a phone may have had some in its queue.
    pub lost: u64,
    /// When the phone was first heard of after it.
    pub at: Timestamp,
}

/// A break of the chain.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct BreakView {
    /// How it was broken.
    pub kind: BreakKind,
    /// When it was seen.
    pub at: Timestamp,
    /// The number at which it was.
    pub number: u64,
}

/// The device's key.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct KeyView {
    /// The first 8 bytes of the digest of the key.
    pub kid: Kid,
    /// Where it lives, as the newest report says.
    pub protection: Option<Protection>,
    /// The certificates that came with it. Nobody has verified them yet.
    pub chain: Option<KeyChain>,
}

/// The certificates that came with a key: Android's attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct KeyChain {
    /// How many.
    pub certificates: usize,
    /// SHA-256 over all of them in DER, one after the other.
    pub sha256: Digest,
}

/// How old what is known is.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct Ages {
    /// When it was last heard of at all.
    pub last_contact: Option<Timestamp>,
    /// Time of the newest nonce that a report has answered.
    pub last_fresh: Option<Timestamp>,
    /// Last proof by hardware.
    pub last_attested: Option<Timestamp>,
}

/// A change of a finding's state.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct EdgeView {
    /// The rule.
    pub rule: String,
    /// The state before.
    pub from: Option<State>,
    /// The state after; the same as before where a broken rule only came to count for more or less.
    pub to: Option<State>,
    /// What the rule did then; unknown of changes that older versions wrote.
    pub mode: Option<Mode>,
    /// When.
    pub at: Timestamp,
}

/// An order and its life.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderView {
    /// Its id.
    pub order: OrderId,
    /// The device.
    pub device: DeviceId,
    /// What was asked.
    pub kind: OrderKind,
    /// Who asked.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub created: Timestamp,
    /// After this it is void.
    pub expires: Timestamp,
    /// Where it stands: `queued`, `delivered`, `running`, `reported`, `failed`, `expired` or `cancelled`.
    pub state: String,
    /// Where it stood when.
    pub states: Vec<OrderStep>,
    /// From the request to the verdict, in milliseconds.
    pub click_to_verdict_ms: Option<u64>,
    /// Number of the report that answered it.
    pub report: Option<u64>,
    /// The scan that it is a part of.
    pub scan: Option<OrderId>,
}

/// One step in an order's life.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct OrderStep {
    /// The state.
    pub state: String,
    /// When.
    pub at: Timestamp,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// A stored report, without what it says.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ReportView {
    /// Its number.
    pub number: u64,
    /// Its chain.
    pub chain: ChainId,
    /// When it came.
    pub received: Timestamp,
    /// When it was true.
    pub evidence_at: Timestamp,
    /// Why it was made.
    pub trigger: Trigger,
    /// Digest of its message.
    pub digest: Digest,
    /// Bytes, signature and all.
    pub size: u64,
    /// Its place in the chain: `current`, `late`, `gap`, `fork`, `reset`.
    pub standing: String,
}

/// Their schema, likewise.
pub(super) fn facts_alone(generator: &mut SchemaGenerator) -> Schema {
    let mut facts = DeviceFacts::json_schema(generator);
    if let Some(serde_json::Value::Object(properties)) = facts.get_mut("properties") {
        properties.remove("sources");
    }
    if let Some(serde_json::Value::Array(required)) = facts.get_mut("required") {
        required.retain(|name| name != "sources");
    }
    json_schema!({ "anyOf": [facts, { "type": "null" }] })
}

fn without_sources<S: serde::Serializer>(facts: &Option<DeviceFacts>, s: S) -> Result<S::Ok, S::Error> {
    facts_without_sources(facts.as_ref()).map_err(serde::ser::Error::custom)?.serialize(s)
}

/// Facts without where they were read, which stands beside them.
pub(super) fn facts_without_sources(
    facts: Option<&DeviceFacts>,
) -> Result<serde_json::Value, serde_json::Error> {
    let mut value = serde_json::to_value(facts)?;
    if let Some(map) = value.as_object_mut() {
        map.remove("sources");
    }
    Ok(value)
}
