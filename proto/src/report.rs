//! The report: an EAT (RFC 9711) as CWT, the evidence that everything else rests on.
//!
//! A full profile derived from the Constrained Device Standard Profile of RFC 9711 §6.3: CBOR with definite lengths, COSE_Sign1 with
//! ES256, key found by `kid`, one nonce of the server. Location is prohibited; within a version an unknown claim is refused.

use crate::cbor::{DecodeError, Encoder, List, Wire, unknown_key, wire_enum, wire_map, written, wrong};
use crate::facts::{AgentFacts, AppFacts, DeviceFacts};
use crate::id::{ChainId, DeviceId, Digest, Nonce, OrderId};
use crate::time::{Span, Timestamp};

/// `eat_profile` of the first version of the profile.
pub const PROFILE: &str = "urn:uuid:5d0cbb51-0e3c-4f6b-9c7e-3a1f8f1d2b64";

/// Longest report that is accepted, signature and all.
pub const MAX_REPORT: usize = 16 * 1024;

wire_enum! {
    /// Why a report was made.
    pub enum Trigger as "trigger" {
        /// Its time had come.
        Periodic = 1 "periodic",
        /// The device or the agent started.
        Boot = 2 "boot",
        /// Applications changed.
        AppsChanged = 3 "apps-changed",
        /// An order asked for it.
        Order = 4 "order",
        /// The person who carries the device asked for it.
        Person = 5 "person",
        /// The first report after enrolment.
        Enrolled = 6 "enrolled",
    }
}

wire_map! {
    /// The evidence of one moment.
    pub struct Report as "report" {
        /// When, by the phone's clock.
        6 => iat: Timestamp,
        /// The newest nonce that the server gave.
        10 => nonce: Nonce,
        /// The device.
        256 => device: DeviceId,
        /// Time since the start of the device.
        261 => uptime: Option<Span>,
        /// The profile of this report.
        265 => profile: Profile,
        /// What was read.
        266 => submods: Submods,
        /// The run of numbered reports to which this one belongs.
        -70001 => chain: ChainId,
        /// Its number there; the first is 1.
        -70002 => number: u64,
        /// Digest of the report before it in this chain; none for the first.
        -70003 => previous: Option<Digest>,
        /// Why it was made.
        -70004 => trigger: Trigger,
        /// The order that asked for it.
        -70005 => order: Option<OrderId>,
        /// Digest of the policy in force on the device.
        -70006 => policy: Option<Digest>,
        /// Digest of the catalogue in force on the device.
        -70007 => catalogue: Digest,
        /// Numbers of this chain that were dropped from a full queue and will never come.
        -70008 => dropped: List<Range> where len <= 64,
        /// In the first report of a chain: the chain that was lost, where the device knows of one.
        -70009 => lost: Option<ChainId>,
    }
}

/// Numbers from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Range {
    /// The first number.
    pub first: u64,
    /// The last number.
    pub last: u64,
}

impl Wire for Range {
    fn put(&self, e: &mut Encoder) {
        written(e.array(2));
        self.first.put(e);
        self.last.put(e);
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match d.array().map_err(wrong("range", "an array"))? {
            Some(2) => {}
            _ => return Err(DecodeError::Type { what: "range", expected: "two numbers" }),
        }
        let range = Self { first: u64::take(d)?, last: u64::take(d)? };
        if range.first <= range.last {
            Ok(range)
        } else {
            Err(DecodeError::OutOfBounds { what: "range", bound: "first not above last" })
        }
    }
}

/// The one profile of this version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Profile;

impl serde::Serialize for Profile {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(PROFILE)
    }
}

impl Wire for Profile {
    fn put(&self, e: &mut Encoder) {
        written(e.str(PROFILE));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match d.str().map_err(wrong("eat_profile", "a text string"))? {
            PROFILE => Ok(Self),
            other => Err(DecodeError::Profile(other.chars().take(64).collect())),
        }
    }
}

/// The three parts of a report, keyed by their names (RFC 9711 §4.2.18).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Submods {
    /// What was read from the device.
    pub device: DeviceFacts,
    /// What was found of the watched applications.
    pub apps: AppFacts,
    /// The agent about itself.
    pub agent: AgentFacts,
}

impl Wire for Submods {
    fn put(&self, e: &mut Encoder) {
        written(e.map(3));
        written(e.str("apps"));
        self.apps.put(e);
        written(e.str("agent"));
        self.agent.put(e);
        written(e.str("device"));
        self.device.put(e);
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        let (mut device, mut apps, mut agent) = (None, None, None);
        for _ in 0..d.map().map_err(wrong("submods", "a map"))?.unwrap_or(0) {
            let start = d.position();
            match d.str() {
                Ok("device") => device = Some(device_facts(d)?),
                Ok("apps") => apps = Some(AppFacts::take(d)?),
                Ok("agent") => agent = Some(AgentFacts::take(d)?),
                _ => {
                    d.set_position(start);
                    return Err(unknown_key(d, "submods"));
                }
            }
        }
        let missing = |claim| move || DecodeError::MissingClaim { map: "submods", claim };
        Ok(Self {
            device: device.ok_or_else(missing("device"))?,
            apps: apps.ok_or_else(missing("apps"))?,
            agent: agent.ok_or_else(missing("agent"))?,
        })
    }
}

/// A source belongs to a fact: a key that names none would be a place for anything.
fn device_facts(d: &mut minicbor::Decoder<'_>) -> Result<DeviceFacts, DecodeError> {
    let facts = DeviceFacts::take(d)?;
    let names_a_fact =
        |key: &u64| *key != 0 && DeviceFacts::KEYS.iter().any(|(fact, _)| u64::try_from(*fact) == Ok(*key));
    match facts.sources.keys().find(|key| !names_a_fact(key)) {
        Some(key) => Err(DecodeError::UnknownClaim { map: "sources", key: key.to_string() }),
        None => Ok(facts),
    }
}
