//! Around every request: an id, a span for the log, what the metrics count. The id is answered in `X-Request-Id`, and in the body of a
//! problem, so that whoever asks for help can name it.

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use muster_proto::id::hex;
use muster_proto::problem::{PROBLEM_TYPE, Problem};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::app::App;
use crate::metrics::Metrics;

/// The header with a request's id.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of a request: the caller's, or one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A caller's id: 8 to 64 letters, digits, dots, hyphens and underscores. It tells requests apart in the log and nothing else, so
    /// anybody may bring one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        let fits = (8..=64).contains(&text.len()) && text.bytes().all(allowed);
        fits.then(|| Self(text.to_owned()))
    }

    fn of(headers: &HeaderMap) -> Option<Self> {
        headers.get(REQUEST_ID)?.to_str().ok().and_then(Self::parse)
    }

    fn draw(app: &App) -> Self {
        Self(hex(&app.draw().unwrap_or_default()[..8]))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Answers a request, and notes how that went.
pub async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let id = RequestId::of(request.headers()).unwrap_or_else(|| RequestId::draw(&app));
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = word(request.method());
    let span = tracing::info_span!("request", %id, method, route, device = tracing::field::Empty);
    let open = Open::begin(&app.metrics, &route);
    let mut response = next.run(request).instrument(span.clone()).await;
    let seconds = open.end();
    let status = response.status();
    app.metrics.requests.with_label_values(&[method, &route, class(status)]).inc();
    app.metrics.request_seconds.with_label_values(&[&route]).observe(seconds);
    let code = problem(&app.metrics, &mut response, &id);
    span.in_scope(|| {
        let (status, ms) = (status.as_u16(), (seconds * 1000.0).round());
        match code {
            Some(code) => tracing::debug!(status, ms, code, "answered"),
            None => tracing::debug!(status, ms, "answered"),
        }
    });
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Notes in the span of the request that is being answered whose request it is.
pub fn note_device(device: muster_proto::id::DeviceId) {
    tracing::Span::current().record("device", tracing::field::display(device));
}

/// Counts a problem, and gives its body the request's id. Says its code.
fn problem(metrics: &Metrics, response: &mut Response, id: &RequestId) -> Option<String> {
    let mut problem = response.extensions_mut().remove::<Problem>()?;
    metrics.problems.with_label_values(&[&problem.code]).inc();
    let code = problem.code.clone();
    // the console has made a page of it
    let is_problem = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes() == PROBLEM_TYPE.as_bytes());
    if is_problem {
        problem.request = Some(id.to_string());
        if let Ok(body) = serde_json::to_vec(&problem) {
            response.headers_mut().remove(header::CONTENT_LENGTH);
            *response.body_mut() = Body::from(body);
        }
    }
    Some(code)
}

/// A request that is being answered. One that is dropped before its end was abandoned.
struct Open<'a> {
    metrics: &'a Metrics,
    route: &'a str,
    began: Instant,
    ended: bool,
}

impl<'a> Open<'a> {
    fn begin(metrics: &'a Metrics, route: &'a str) -> Self {
        metrics.in_flight.inc();
        Self { metrics, route, began: Instant::now(), ended: false }
    }

    fn end(mut self) -> f64 {
        self.ended = true;
        self.began.elapsed().as_secs_f64()
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.metrics.in_flight.dec();
        if !self.ended {
            self.metrics.abandoned.with_label_values(&[self.route]).inc();
        }
    }
}

/// Anybody may make up a method; the log and the metrics know these.
fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_s_id_can_t_write_into_the_log() {
        for good in ["12345678", "a.b-c_d9", &"x".repeat(64)] {
            assert_eq!(RequestId::parse(good).map(|id| id.to_string()).as_deref(), Some(good));
        }
        for bad in ["", "short", "with space", "new\nline", "quote\"d", "Ж1234567", &"x".repeat(65)] {
            assert_eq!(RequestId::parse(bad), None, "{bad:?}");
        }
    }
}
