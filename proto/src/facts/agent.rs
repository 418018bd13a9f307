//! The agent about itself.

use crate::cbor::{List, wire_enum, wire_map};
use crate::text::Text;
use crate::time::Span;

wire_enum! {
    /// Where the device key lives.
    pub enum Protection as "key protection" {
        /// A security chip of its own.
        StrongBox = 1 "strongbox",
        /// The trusted execution environment.
        Tee = 2 "tee",
        /// A file that the agent alone may read.
        Software = 3 "software",
    }
}

wire_enum! {
    /// How orders reach the device.
    pub enum ChannelMode as "channel" {
        /// With the answer to the next report.
        Off = 1 "off",
        /// At once while the agent is awake.
        Awake = 2 "awake",
        /// At once, always.
        Always = 3 "always",
    }
}

wire_map! {
    /// How often the agent reports.
    pub struct Schedule as "schedule" {
        /// Time between two periodic reports.
        1 => report_every: Span,
        /// They are spread by up to this.
        2 => spread: Span,
        /// How orders reach the device.
        3 => channel: ChannelMode,
        /// Without a fresh report for this long the device counts as silent.
        4 => silent_after: Span,
        /// How long before the deadline of a finding the person is reminded of it; empty where nobody is.
        5 => remind: List<Span> where len <= 8,
    }
}

wire_enum! {
    /// Why the agent did not carry out a signed message.
    pub enum Refusal as "refusal" {
        /// It is for another device.
        NotForMe = 1 "not-for-me",
        /// It was seen before.
        SeenBefore = 2 "seen-before",
        /// It has expired.
        Expired = 3 "expired",
        /// Its signature does not hold.
        BadSignature = 4 "bad-signature",
        /// It is not what the contract says.
        Malformed = 5 "malformed",
        /// Its number is below the newest.
        OldNumber = 6 "old-number",
    }
}

wire_map! {
    /// The last piece of work of an agent that the system starts for its work and ends after it (Android's jobs), and what the network cost.
    pub struct WorkFacts as "work" {
        /// How long it took, in milliseconds.
        1 => took_ms: u64,
        /// Why the system ended the job before (Android: `JobParameters.getStopReason`); none where it ended by itself.
        2 => stop_reason: Option<u32>,
        /// Bytes that the agent has sent since the report before, as the system counts them.
        3 => sent: Option<u64>,
        /// Bytes that it has received.
        4 => received: Option<u64>,
    }
}

wire_map! {
    /// The agent about itself.
    pub struct AgentFacts as "agent" {
        /// Version.
        1 => version: Text<24>,
        /// Where its key lives.
        2 => protection: Protection,
        /// Reports that wait to be sent, before this one.
        3 => queued: u32,
        /// Code of the last error.
        4 => last_error: Option<Text<32>>,
        /// Schedule in force.
        5 => schedule: Schedule,
        /// What it refused since its last report.
        6 => refused: List<Refusal> where len <= 64,
        /// Its last piece of work, where the system starts it for each.
        7 => work: Option<WorkFacts>,
    }
}
