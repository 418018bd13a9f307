//! How this edge says that something was not done: a problem with a stable code for the phone, the cause for the log.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_proto::cose::EnvelopeError;
use muster_proto::id::Nonce;
use muster_proto::problem::{PROBLEM_TYPE, Problem};
use muster_proto::time::Span;

use crate::devices::certificates::NotDer;
use crate::error::ActionError;
use crate::problems::PhoneCode;
use crate::store::StoreError;

/// A problem, and after what time to try again.
#[derive(Debug)]
pub struct Refused {
    problem: Box<Problem>,
    retry_after: Option<Span>,
}

/// A full or failing store is tried again after this: soon enough for a phone, late enough for a disk.
const STORE_AGAIN: Span = Span::from_secs(30);
const BUSY_AGAIN: Span = Span::from_secs(2);

impl Refused {
    /// A problem of this code.
    pub fn of(code: PhoneCode) -> Self {
        Self { problem: Box::new(code.problem()), retry_after: None }
    }

    /// The same, with what was wrong this time: the phone shows it behind the sentence, which it must not repeat.
    pub fn because(mut self, detail: impl std::fmt::Display) -> Self {
        self.problem.detail = Some(detail.to_string());
        self
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.problem.code
    }

    /// The same, with a new nonce.
    pub fn with_nonce(mut self, nonce: Nonce) -> Self {
        self.problem.nonce = Some(nonce);
        self
    }

    /// The same, to be tried again after this.
    pub fn after(mut self, span: Span) -> Self {
        self.retry_after = Some(span);
        self
    }

    /// Too much came from there.
    pub fn too_many(after: Span) -> Self {
        Self::of(PhoneCode::TooMany).after(after)
    }
}

impl From<EnvelopeError> for Refused {
    fn from(error: EnvelopeError) -> Self {
        let problem = Problem::new(400, error.code(), "The message does not hold.");
        Self { problem: Box::new(problem), retry_after: None }.because(error)
    }
}

impl From<NotDer> for Refused {
    fn from(error: NotDer) -> Self {
        Self::of(PhoneCode::ChainMalformed).because(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        ActionError::from(error).into()
    }
}

impl From<ActionError> for Refused {
    fn from(error: ActionError) -> Self {
        let problem = error.problem();
        if problem.status >= 500 {
            tracing::error!(error = &error as &dyn std::error::Error, "a device's request failed");
        }
        let retry_after = match &error {
            ActionError::Store(StoreError::Busy) => Some(BUSY_AGAIN),
            ActionError::Store(_) => Some(STORE_AGAIN),
            _ => None,
        };
        Self { problem: Box::new(problem), retry_after }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(after) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.secs().max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Muster"));
        }
        // what was not read of a body ends the connection, or the next request would begin in its middle
        if matches!(status, StatusCode::PAYLOAD_TOO_LARGE | StatusCode::REQUEST_TIMEOUT) {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.extensions_mut().insert(*self.problem);
        response
    }
}
