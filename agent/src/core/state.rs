//! All that the agent must not forget.

use std::collections::BTreeSet;

use muster_proto::facts::{AppSource, Refusal};
use muster_proto::id::{DeviceId, Digest, Kid, Nonce, OrderId};
use muster_proto::key::PublicKey;
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::Chain;
use super::form::{Blob, from_words, spki};
use super::orders::KnownOrder;
use super::queue::Queue;

/// What the state file holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stored {
    /// An enrolment that is not through.
    Pending(Box<Pending>),
    /// An enrolled device.
    Enrolled(Box<State>),
}

/// An enrolment that is not through: saved before it is sent, so that a lost answer costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pending {
    /// The link, token and all.
    pub link: String,
    /// The key that is to be enrolled.
    #[serde(with = "spki")]
    pub key: PublicKey,
    /// What the person typed.
    pub asset_tag: Option<String>,
    /// The short code of the key that whoever approves sees too.
    pub code: Option<String>,
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Whom it reports to.
    pub server: Server,
    /// Its id.
    pub device: DeviceId,
    /// When it was enrolled, by the phone's clock.
    pub enrolled: Timestamp,
    /// SHA-256 of the token that enrolled it.
    pub token: Digest,
    /// The key in use.
    #[serde(with = "spki")]
    pub key: PublicKey,
    /// A change of the key that the server has not confirmed yet.
    pub rekey: Option<Rekeying>,
    /// The last change of the key that the server has confirmed. A server that was restored from an older backup does not know it, and is
    /// told again, byte for byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<Blob>,
    /// The chain of its reports.
    pub chain: Chain,
    /// Reports that wait.
    pub queue: Queue,
    /// The newest nonce.
    pub nonce: Nonce,
    /// When it came: trusted time and the phone's clock.
    pub nonce_at: (Timestamp, Timestamp),
    /// The policy in force.
    pub policy: Option<Kept>,
    /// The catalogue that adds to the one built in.
    pub catalogue: Option<Kept>,
    /// The newest verdict.
    pub verdict: Option<Kept>,
    /// Number of the newest announcement of an order key.
    pub order_key_number: u64,
    /// Orders that were accepted.
    pub orders: Vec<KnownOrder>,
    /// What was refused since the last report.
    pub refused: Vec<Refusal>,
    /// Code of the last error since a report was accepted without one.
    pub last_error: Option<String>,
    /// The newest report, for the person.
    pub last: Option<LastReport>,
    /// Sources of applications that were read once and that a phone can't do without: one that is gone is reported as absent.
    #[serde(default, deserialize_with = "from_words", skip_serializing_if = "BTreeSet::is_empty")]
    pub sources: BTreeSet<AppSource>,
    /// The newest trusted time.
    pub trusted: Timestamp,
    /// Whether it reports at all.
    pub standing: Standing,
}

/// The organisation's server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// `HOST:PORT`.
    pub authority: String,
    /// The organisation's CA certificate in DER: the only one that is trusted.
    pub ca: Blob,
    /// The key that signs orders, policies, catalogues and verdicts.
    #[serde(with = "spki")]
    pub order_key: PublicKey,
}

/// A signed message of the server that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its number: only a higher one replaces it.
    pub number: u64,
    /// The envelope. Its signature was checked when it came.
    pub bytes: Blob,
}

/// A change of the key that is on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rekeying {
    /// The new key.
    #[serde(with = "spki")]
    pub key: PublicKey,
    /// Reports from this number on are signed by it.
    pub from: u64,
    /// The signed request, sent again byte for byte until it is answered.
    pub message: Blob,
}

/// The newest report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastReport {
    /// The envelope, as it was or will be sent.
    pub bytes: Blob,
    /// Its digest.
    pub digest: Digest,
    /// When the server took it, by the phone's clock; none while it waits.
    pub accepted: Option<Timestamp>,
    /// What the server said beside that.
    pub code: Option<String>,
}

/// Whether the device reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It does.
    Active,
    /// The server asked it to stop until a person has looked, and this is the code that it gave. Nobody signed that: it tries again rarely.
    Stopped(String),
    /// The order to retire is signed; the report that answers it is still to be delivered.
    Retiring(OrderId),
    /// It does no more.
    Retired,
}

impl State {
    /// The key that signs the report of this number.
    #[must_use]
    pub fn kid_for(&self, number: u64) -> Kid {
        match &self.rekey {
            Some(rekey) if number >= rekey.from => rekey.key.kid(),
            _ => self.key.kid(),
        }
    }
}
