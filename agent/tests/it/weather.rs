//! What the network makes of requests.

use muster_agent::core::{Answer, Request, SendError};
use muster_proto::time::Span;

use super::server::Refusal;

/// How the network and the server are just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weather {
    Fair,
    Down,
    /// It does what is asked, and its answer never comes.
    AnswersLost,
    Refusing(u16, &'static str, Option<u64>),
}

pub fn send_error((status, code): Refusal) -> SendError {
    SendError::Refused {
        status,
        code: code.to_owned(),
        detail: String::new(),
        retry_after: None,
        nonce: None,
    }
}

pub fn unreachable_answer(request: &Request) -> Answer {
    failed_answer(request, SendError::Unreachable("no network".to_owned()))
}

pub fn refused_answer(request: &Request, status: u16, code: &str, retry: Option<u64>) -> Answer {
    let error = SendError::Refused {
        status,
        code: code.to_owned(),
        detail: String::new(),
        retry_after: retry.map(Span::from_secs),
        nonce: None,
    };
    failed_answer(request, error)
}

fn failed_answer(request: &Request, error: SendError) -> Answer {
    match request {
        Request::Challenge => Answer::Challenge(Err(error)),
        Request::Reports(_) => Answer::Reports(Err(error)),
        Request::Ack(..) => Answer::Ack(Err(error)),
        Request::Rekey(_) => Answer::Rekey(Err(error)),
    }
}
