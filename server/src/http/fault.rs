//! How the edges for people and programs say that something was not done.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_proto::problem::{PROBLEM_TYPE, Problem};
use muster_proto::time::Span;

use crate::error::ActionError;
use crate::problems::Code;

/// A problem, and after what time to try again.
#[derive(Debug, Clone)]
pub struct Fault(Box<Problem>, Option<Span>);

impl Fault {
    /// A problem of this code.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self(Box::new(code.problem()), None)
    }

    /// The same, with what was wrong this time.
    #[must_use]
    pub fn because(self, detail: impl Into<String>) -> Self {
        Self(Box::new(self.0.with_detail(detail)), self.1)
    }

    /// The request is malformed.
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::of(Code::Malformed).because(detail)
    }

    /// There is no such thing.
    #[must_use]
    pub fn missing(what: &'static str, name: impl std::fmt::Display) -> Self {
        ActionError::missing(what, name).into()
    }

    /// There were too many failures; another try counts after this.
    #[must_use]
    pub fn too_many(after: Span) -> Self {
        Self(Box::new(Code::TooManyAttempts.problem()), Some(after))
    }
}

impl From<ActionError> for Fault {
    fn from(error: ActionError) -> Self {
        let problem = error.problem();
        if problem.status >= 500 {
            tracing::error!(error = &error as &dyn std::error::Error, "a request failed");
        }
        let busy = problem.status == 503;
        Self(Box::new(problem), busy.then_some(Span::from_secs(2)))
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let Self(problem, after) = self;
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, PROBLEM_TYPE)], body).into_response();
        let headers = response.headers_mut();
        if let Some(after) = after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(after.secs().max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        // the console makes a page of it
        response.extensions_mut().insert(*problem);
        response
    }
}
