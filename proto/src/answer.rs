//! What the server answers to a device. Answers are not signed: what must be believed is a signed message inside them.

use crate::cbor::{Bytes, List, wire_enum, wire_map};
use crate::id::{ChainId, DeviceId, Digest, Nonce};
use crate::key::PublicKey;
use crate::text::Text;
use crate::time::Span;

/// Media type of one report.
pub const REPORT_TYPE: &str = "application/eat+cwt";
/// Media type of several reports (RFC 8742).
pub const SEQUENCE_TYPE: &str = "application/cbor-seq";
/// Media type of every other message of a device.
pub const COSE_TYPE: &str = "application/cose; cose-type=\"cose-sign1\"";
/// Media type of answers.
pub const ANSWER_TYPE: &str = "application/cbor";
/// Header in which the enrolment token travels.
pub const TOKEN_HEADER: &str = "muster-token";
/// Longest body that is accepted from a device, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

wire_map! {
    /// `GET /v1/challenge`.
    pub struct Challenge as "challenge" {
        /// A fresh nonce.
        1 => nonce: Nonce,
        /// The server's order key, to be checked against the enrolment link's digest.
        2 => order_key: PublicKey,
    }
}

wire_enum! {
    /// What became of an enrolment.
    pub enum Enrolment as "enrolment" {
        /// The device is enrolled.
        Enrolled = 1 "enrolled",
        /// A person must approve; ask again.
        Pending = 2 "pending",
    }
}

wire_map! {
    /// `POST /v1/enrol`: 200, or 202 while a person must approve.
    pub struct EnrolAnswer as "enrol answer" {
        /// What became of it.
        1 => status: Enrolment,
        /// The device's id.
        2 => device: Option<DeviceId>,
        /// The nonce for the first report.
        3 => nonce: Option<Nonce>,
        /// The signed policy.
        4 => policy: Option<Bytes>,
        /// The signed catalogue, where it differs from none.
        5 => catalogue: Option<Bytes>,
        /// Ask again after this.
        6 => retry_after: Option<Span>,
        /// Short code of the key, shown on the phone and to whoever approves.
        7 => code: Option<Text<16>>,
    }
}

wire_enum! {
    /// What the agent does with a report.
    pub enum Action as "action" {
        /// It was accepted: take it out of the queue.
        Accepted = 1 "accepted",
        /// It will never be accepted: take it out of the queue.
        Drop = 2 "drop",
        /// Send it again later.
        Retry = 3 "retry",
        /// Stop sending until a person has looked at it.
        Stop = 4 "stop",
    }
}

wire_map! {
    /// What became of one report of the request.
    pub struct Outcome as "outcome" {
        /// What the agent does with it.
        1 => action: Action,
        /// Stable code where it was not accepted; where it was, `late`, `known`, `gap`, `fork` or `reset` if it is not simply the next.
        2 => code: Option<Text<32>>,
    }
}

wire_map! {
    /// The newest report of a device that the server has.
    pub struct Head as "head" {
        /// Chain.
        1 => chain: ChainId,
        /// Number.
        2 => number: u64,
        /// Digest of the message.
        3 => digest: Digest,
    }
}

wire_map! {
    /// `POST /v1/reports`: 200 when everything that is called accepted is durable.
    pub struct ReportsAnswer as "reports answer" {
        /// One for each report of the request, in its order.
        1 => outcomes: List<Outcome> where len <= 64,
        /// The head that the server knows.
        2 => head: Option<Head>,
        /// The nonce for the next report.
        3 => nonce: Nonce,
        /// The signed verdict where it changed.
        4 => verdict: Option<Bytes>,
        /// The signed policy where its digest differs.
        5 => policy: Option<Bytes>,
        /// The signed catalogue where its digest differs.
        6 => catalogue: Option<Bytes>,
        /// The signed orders that wait for this device.
        7 => orders: List<Bytes> where len <= 64,
    }
}

wire_map! {
    /// `POST /v1/key`.
    pub struct RekeyAnswer as "rekey answer" {
        /// The number from which the new key counts.
        1 => from: u64,
    }
}
