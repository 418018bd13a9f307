//! What a verdict is made from: everything that is known about one device at one moment.

use muster_proto::catalogue::Catalogue;
use muster_proto::facts::{BootState, MatchKind, Platform};
use muster_proto::id::Digest;
use muster_proto::report::Report;
use muster_proto::time::{Day, Timestamp};
use std::collections::BTreeSet;

use crate::finding::Finding;

/// One device at one moment.
#[derive(Debug, Clone)]
pub struct Case<'a> {
    /// The moment of judging, by the judge's clock.
    pub now: Timestamp,
    /// When the device was enrolled: silence counts from here.
    pub enrolled: Timestamp,
    /// The platform named at enrolment, for rules that concern some platforms alone, while there is no report.
    pub platform: Platform,
    /// The newest report that counts; none before the first.
    pub evidence: Option<Evidence<'a>>,
    /// Time of the newest nonce that a report has answered: when the device was last heard for certain.
    pub last_fresh: Option<Timestamp>,
    /// When silence begins by the calendar of the organisation and the notes of who is away; `silent_after` later, where the judge knows neither:
    /// a phone.
    pub silent_at: Option<Timestamp>,
    /// Breaks of the chain that no person has acknowledged.
    pub breaks: &'a [ChainBreak],
    /// What hardware attestation has proven.
    pub attested: Option<&'a Attested>,
    /// Ids that the device's watch list can find; `None` where the judge doesn't know the list that the report names.
    pub watched: Option<&'a BTreeSet<String>>,
    /// What the management system says is installed: a second source, which can break a rule and never shows that one is kept.
    pub told: &'a [Told],
    /// What the register says of the device.
    pub register: Register<'a>,
    /// The catalogue that gives messengers and makers their meaning.
    pub catalogue: &'a Catalogue,
    /// Exemptions for this device, past ones included: a grace begins again at the end of one.
    pub exemptions: &'a [Exemption],
    /// The findings of the last judgement; empty before the first.
    pub previous: &'a [Finding],
}

/// The report that is judged.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What it says.
    pub report: &'a Report,
    /// Digest of its message.
    pub digest: Digest,
    /// When it was true: the phone's time, moved into the span between the nonce's time and the receipt.
    pub at: Timestamp,
}

/// A watched application that the management system, and not the phone itself, says is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Id in the catalogue.
    pub messenger: String,
    /// Package or application id.
    pub package: String,
    /// Version.
    pub version: Option<String>,
    /// How sure the match is.
    pub matched: MatchKind,
    /// When the management system saw it, by its own word. A cause begins then, but neither before the enrolment nor in the future.
    pub seen_at: Timestamp,
}

/// What the organisation's register of phones says of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Register<'a> {
    /// The judge doesn't know the register: a phone.
    #[default]
    Unasked,
    /// The device is not in it.
    NoEntry,
    /// The device is this phone.
    Entry(&'a Entry),
}

/// What is planned for a phone of the register.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// When the day is over by which it has to be replaced.
    pub replace_by: Option<Timestamp>,
    /// Why nobody should have it any more, and since when.
    pub left: Option<(Left, Timestamp)>,
}

/// Why nobody should have a phone any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// Another one has taken its place.
    Replaced,
    /// It is retired.
    Retired,
    /// It is lost.
    Lost,
    /// It is in stock.
    Spare,
}

/// How the chain of a device's reports was broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum BreakKind {
    /// Two reports under one number.
    Fork,
    /// A new chain, though the server knew a later report of the old one.
    Reset,
    /// Numbers are missing that the device does not explain.
    Gap,
}

/// One break of the chain.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ChainBreak {
    /// How it was broken.
    pub kind: BreakKind,
    /// When it was seen.
    pub at: Timestamp,
    /// The number at which it was.
    pub number: u64,
}

/// What hardware attestation has proven about a device.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Attested {
    /// When.
    pub at: Timestamp,
    /// The boot loader is locked.
    pub bootloader_locked: Option<bool>,
    /// Verified boot's state.
    pub verified_boot: Option<BootState>,
    /// Day of the security patch level.
    pub security_patch: Option<Day>,
}

/// A written exception that covers this device.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Exemption {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}
