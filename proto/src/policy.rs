//! The policy as one phone gets it: compiled, its rules, texts and dates resolved, with nothing about other organisations.

use crate::cbor::{Bytes, List, encode, wire_enum, wire_map};
use crate::facts::{Platform, Schedule};
use crate::id::Digest;
use crate::text::Text;
use crate::time::{Span, Timestamp};

wire_enum! {
    /// What a broken rule does.
    pub enum Mode as "mode" {
        /// It is shown to administrators alone.
        Observe = 1 "observe",
        /// It is shown to the person too.
        Warn = 2 "warn",
        /// It decides the verdict.
        Enforce = 3 "enforce",
    }
}

wire_enum! {
    /// How grave a broken rule is.
    pub enum Severity as "severity" {
        /// Low.
        Low = 1 "low",
        /// Medium.
        Medium = 2 "medium",
        /// High.
        High = 3 "high",
        /// Critical.
        Critical = 4 "critical",
    }
}

wire_enum! {
    /// How well a fact must be proven.
    pub enum Proof as "proof" {
        /// The phone's word is enough.
        Reported = 1 "reported",
        /// It must come from hardware attestation.
        Attested = 2 "attested",
    }
}

wire_map! {
    /// A text in both languages.
    pub struct Local as "text" {
        /// English.
        1 => en: Text<512>,
        /// Russian.
        2 => ru: Text<512>,
    }
}

wire_map! {
    /// One rule. What its kind demands stands in `demand`, which only the kind's own code reads: an agent that doesn't know a
    /// kind still shows the rule.
    pub struct DeviceRule as "rule" {
        /// Id within the policy.
        1 => id: Text<48>,
        /// Kind: the word of the policy document.
        2 => kind: Text<32>,
        /// What is demanded, in CBOR of the kind's own shape.
        3 => demand: Bytes,
        /// What a broken rule does.
        4 => mode: Mode,
        /// How grave it is.
        5 => severity: Severity,
        /// What it is called.
        6 => title: Local,
        /// What to do about it.
        7 => remedy: Option<Local>,
        /// Tolerated for this long from `since`.
        8 => grace: Option<Span>,
        /// Tolerated until this moment.
        9 => due: Option<Timestamp>,
        /// A cause that returns within this takes up its old `since` and `due`.
        10 => memory: Option<Span>,
        /// An unknown that lasts longer fails.
        11 => unknown_after: Span,
        /// How well the facts must be proven.
        12 => needs: Proof,
        /// The rule concerns these platforms alone; all where empty.
        13 => platforms: List<Platform> where len <= 16,
        /// When the rule came to be enforced for this device: no grace begins earlier.
        14 => enforced_since: Timestamp,
        /// A broken rule that is only observed warns after this. The server counts it, and phones are told the mode that it comes to.
        15 => warn_after: Option<Span>,
        /// A broken rule that is observed or warns is enforced after this. The server counts it.
        16 => enforce_after: Option<Span>,
    }
}

wire_map! {
    /// All that is demanded of one device.
    pub struct DevicePolicy as "policy" {
        /// What it is called.
        1 => title: Local,
        /// How often the agent reports.
        2 => schedule: Schedule,
        /// The rules, in the order in which they are shown.
        3 => rules: List<DeviceRule> where len <= 256,
        /// Version of the compiled policy, for people: grows with each change.
        4 => version: u64,
        /// Whom to ask, for the person who carries the phone.
        5 => contact: Option<Local>,
    }
}

impl DevicePolicy {
    /// What reports name: SHA-256 of the policy's bytes.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&encode(self))
    }
}
