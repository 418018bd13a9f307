//! Facts: what was read from a device. Each is a value, or the reason why there is none.

mod agent;
mod apps;
mod device;

pub use agent::{AgentFacts, ChannelMode, Protection, Refusal, Schedule, WorkFacts};
pub use apps::{AppFacts, AppSource, MatchKind, Profile, Read, Sighting, Signature, WatchListRef};
pub use device::{
    BackgroundLimit, BootState, Container, DeviceFacts, Encryption, InstallKind, InstallSources, Management,
    PackageCertificate, PendingUpdate, Platform, RootKind, RootSign, Scope, Source, Strength,
};

use crate::cbor::{DecodeError, Encoder, Wire, written};

/// One thing read from the device. On the wire a value, or a negative integer for the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// It was read.
    Known(T),
    /// It was not, and this is why.
    Unknown(Reason),
}

/// Why a fact has no value. On the wire −1 to −4, which no value uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// This platform or version has no such thing (−1).
    Unsupported,
    /// The agent is not allowed to read it (−2).
    Denied,
    /// The place where it should stand isn't there (−3).
    Absent,
    /// Reading it went wrong (−4).
    Failed,
}

impl Reason {
    /// Every reason, in the order of the numbers −1, −2, ….
    pub const ALL: [Self; 4] = [Self::Unsupported, Self::Denied, Self::Absent, Self::Failed];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> i64 {
        -1 - self as i64
    }

    /// The word for people and APIs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Unsupported => "unsupported",
            Self::Denied => "denied",
            Self::Absent => "absent",
            Self::Failed => "failed",
        }
    }
}

impl<T> Fact<T> {
    /// The value, where there is one.
    #[must_use]
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// The reason, where there is no value.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Known(_) => None,
            Self::Unknown(reason) => Some(*reason),
        }
    }
}

/// `{"value": …}` or `{"reason": "denied"}`.
impl<T: serde::Serialize> serde::Serialize for Fact<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        let mut map = s.serialize_map(Some(1))?;
        match self {
            Self::Known(value) => map.serialize_entry("value", value)?,
            Self::Unknown(reason) => map.serialize_entry("reason", reason)?,
        }
        map.end()
    }
}

impl<T: Wire> Wire for Fact<T> {
    fn put(&self, e: &mut Encoder) {
        match self {
            Self::Known(value) => value.put(e),
            Self::Unknown(reason) => written(e.i64(reason.number())),
        }
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match d.probe().i64() {
            Ok(number) if number < 0 => {
                d.i64().map_err(crate::cbor::wrong("reason", "a negative integer"))?;
                let reason = Reason::ALL.into_iter().find(|reason| reason.number() == number);
                reason
                    .map(Self::Unknown)
                    .ok_or(DecodeError::UnknownValue { what: "reason", value: number.unsigned_abs() })
            }
            _ => T::take(d).map(Self::Known),
        }
    }
}
