//! What the core hears and what it asks for.

use std::sync::Arc;

use muster_proto::answer::{Challenge, RekeyAnswer, ReportsAnswer};
use muster_proto::catalogue::Catalogue;
use muster_proto::cose::Typ;
use muster_proto::facts::{AppFacts, DeviceFacts, Refusal, WorkFacts};
use muster_proto::id::{ChainId, Kid, Nonce, OrderId};
use muster_proto::key::PublicKey;
use muster_proto::message::AckState;
use muster_proto::report::Trigger;
use muster_proto::time::Span;

use super::state::State;

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// The agent runs. The first event of `run`.
    Started,
    /// The moment of the last [`Effect::Wait`] has come.
    Woke,
    /// A watched place changed.
    AppsChanged,
    /// The person who carries the phone wants a report.
    Asked,
    /// A report is due, by the system's own schedule: the answer to a job, a start, the first after enrolment.
    Due(Trigger),
    /// The answer to [`Effect::Collect`]; the text says why it could not be done.
    Collected(Result<Box<Collected>, String>),
    /// The answer to [`Effect::Sign`]: the whole envelope.
    Signed {
        /// What was signed.
        job: Job,
        /// The envelope, or why there is none.
        result: Result<Vec<u8>, String>,
    },
    /// The answer to [`Effect::MakeKey`]: the new key is durable.
    KeyMade(Result<PublicKey, String>),
    /// The state of the last [`Effect::Save`] is durable.
    Saved,
    /// It is not, or not certainly.
    SaveFailed(String),
    /// The answer to [`Effect::Send`].
    Answered(Answer),
    /// The channel has something.
    Channel(ChannelEvent),
}

/// What the collectors read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collected {
    /// The device.
    pub device: DeviceFacts,
    /// The watched applications.
    pub apps: AppFacts,
    /// Time since the device was started.
    pub uptime: Option<Span>,
    /// The last piece of work, where the system starts the agent for each.
    pub work: Option<WorkFacts>,
}

/// What is to be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// A report.
    Report,
    /// The state of an order.
    Ack(OrderId, AckState),
    /// The opening of the channel.
    Hello,
    /// The old key's consent to a new one.
    Consent,
    /// The new key's message around it.
    Rekey,
}

/// What is to be done. Effects are carried out in their order.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Read all facts and look for what this catalogue names.
    Collect(Arc<Catalogue>),
    /// Sign the payload with the key of this `kid`.
    Sign {
        /// Comes back in [`Event::Signed`].
        job: Job,
        /// Kind of message.
        typ: Typ,
        /// Payload.
        payload: Vec<u8>,
        /// The key.
        kid: Kid,
    },
    /// Make a new key and make it durable, beside the one in use.
    MakeKey,
    /// The key of this `kid` is no longer needed.
    ForgetKey(Kid),
    /// Make this state durable.
    Save(Box<State>),
    /// Send this.
    Send(Request),
    /// Open the channel with this signed `hello`.
    OpenChannel(Vec<u8>),
    /// Close it.
    CloseChannel,
    /// Say [`Event::Woke`] when the monotonic clock shows this. Replaces the last one.
    Wait(Span),
    /// For the log and for whoever watches.
    Notice(Notice),
}

/// A request to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// A fresh nonce.
    Challenge,
    /// Signed reports, in the order of their numbers.
    Reports(Vec<Vec<u8>>),
    /// What became of an order.
    Ack(OrderId, Vec<u8>),
    /// A change of the key.
    Rekey(Vec<u8>),
}

/// The answer to a [`Request`].
#[derive(Debug)]
pub enum Answer {
    /// To [`Request::Challenge`].
    Challenge(Result<Challenge, SendError>),
    /// To [`Request::Reports`].
    Reports(Result<Box<ReportsAnswer>, SendError>),
    /// To [`Request::Ack`].
    Ack(Result<(), SendError>),
    /// To [`Request::Rekey`].
    Rekey(Result<RekeyAnswer, SendError>),
}

/// What the channel brings.
#[derive(Debug)]
pub enum ChannelEvent {
    /// It is open.
    Opened,
    /// A signed message of the server.
    Message(Vec<u8>),
    /// It is closed, or could not be opened.
    Closed(SendError),
}

/// Why a request has no answer that counts. None of these is signed: the agent backs off, and forgets nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nobody answered.
    #[error("reach the server: {0}")]
    Unreachable(String),
    /// The server's certificate is not one of the organisation's.
    #[error("trust the server: {0}")]
    Untrusted(String),
    /// The server refused.
    #[error("the server refused ({code}): {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Stable code.
        code: String,
        /// In words.
        detail: String,
        /// Not again before this.
        retry_after: Option<Span>,
        /// A fresh nonce, where an old one was refused.
        nonce: Option<Nonce>,
    },
    /// The answer is not what the contract says.
    #[error("read the server's answer: {0}")]
    Garbled(String),
}

impl SendError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Unreachable(_) => "unreachable",
            Self::Untrusted(_) => "untrusted-server",
            Self::Refused { code, .. } => code,
            Self::Garbled(_) => "garbled-answer",
        }
    }

    /// What the server asks to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Span> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// What is worth a line in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Notice {
    /// A report is saved and will be sent.
    #[error("report {number} made: {trigger}")]
    Made {
        /// Its number.
        number: u64,
        /// Why it was made.
        trigger: Trigger,
    },
    /// The server has a report.
    #[error("report {number} accepted{}", code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default())]
    Accepted {
        /// Its number.
        number: u64,
        /// If it is not simply the next: `late`, `known`, `gap`, `fork` or `reset`.
        code: Option<String>,
    },
    /// The server will never take a report.
    #[error("report {number} refused for good ({code})")]
    RefusedForGood {
        /// Its number.
        number: u64,
        /// Why.
        code: String,
    },
    /// A report gave way in the full queue.
    #[error("queue full: report {number} dropped")]
    Dropped {
        /// Its number.
        number: u64,
    },
    /// The server wants no reports until a person has looked.
    #[error("the server asks to stop ({0})")]
    Stopped(String),
    /// The server knows more of this chain than this state does: a new chain begins.
    #[error("this state is behind what the server has; the chain {0} ends and a new one will name it")]
    ChainEnded(ChainId),
    /// A request failed.
    #[error("{0}")]
    SendFailed(SendError),
    /// The channel is closed.
    #[error("channel: {0}")]
    ChannelClosed(SendError),
    /// The channel is open.
    #[error("channel open")]
    ChannelOpened,
    /// The state could not be saved; nothing is sent before it is.
    #[error("{0}; nothing is sent")]
    SaveFailed(String),
    /// Facts could not be collected.
    #[error("collect facts: {0}")]
    CollectFailed(String),
    /// The key did not sign.
    #[error("sign: {0}")]
    SignFailed(String),
    /// An order arrived.
    #[error("order {id}: {kind} for {requested_by}: {reason}")]
    Ordered {
        /// Its id.
        id: OrderId,
        /// What is asked.
        kind: muster_proto::message::OrderKind,
        /// Who asked.
        requested_by: String,
        /// Why.
        reason: String,
    },
    /// A message of the server was refused.
    #[error("message of the server refused: {0}")]
    Refused(Refusal),
    /// A policy, catalogue or verdict is in force.
    #[error("{0} is in force")]
    InForce(&'static str),
    /// The device key was changed.
    #[error("the device key was changed")]
    KeyChanged,
    /// The device is no longer the organisation's.
    #[error("this device is retired: nothing is reported any more")]
    Retired,
}
