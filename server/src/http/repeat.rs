//! The header `idempotency-key` of requests that make something: the same request is carried out once, however often it comes.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::admin::read_body;
use super::fault::Fault;
use super::through::{broken_off, to_its_end};
use crate::app::App;
use crate::auth::Actor;
use crate::repeats::{self, Answer, Asked, Earlier, Key};

/// The header of a request.
pub const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Longest body of a request that makes something, packages aside.
const MOST: usize = 1024 * 1024;

/// Carries a request out once.
pub async fn once(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    match key(request.headers()) {
        Ok(None) => next.run(request).await,
        Ok(Some(key)) => carry_out(app, key, request, next).await.unwrap_or_else(IntoResponse::into_response),
        Err(fault) => fault.into_response(),
    }
}

fn key(headers: &HeaderMap) -> Result<Option<Key>, Fault> {
    let mut all = headers.get_all(&KEY).iter();
    let Some(value) = all.next() else { return Ok(None) };
    let key = value.to_str().ok().and_then(Key::presented).filter(|_| all.next().is_none());
    key.map(Some)
        .ok_or_else(|| Fault::malformed("idempotency-key: one key of 16 to 255 visible ASCII characters"))
}

async fn carry_out(app: Arc<App>, key: Key, request: Request, next: Next) -> Result<Response, Fault> {
    let (mut parts, body) = request.into_parts();
    let actor = Actor::from_request_parts(&mut parts, &app).await?;
    let body = read_body(Request::new(body), MOST).await?;
    let address = parts.uri.path_and_query().map_or_else(String::new, ToString::to_string);
    let asked = Asked::new(key, &actor, parts.method.as_str(), &address, &body);
    let request = Request::from_parts(parts, Body::from(body));
    // a key that has begun is answered or forgotten, whoever hangs up meanwhile
    let done = to_its_end(async move { begun(&app, &asked, request, next).await });
    done.await.unwrap_or_else(|error| Ok(broken_off(&error)))
}

async fn begun(app: &App, asked: &Asked, request: Request, next: Next) -> Result<Response, Fault> {
    if let Earlier::Answered(answer) = repeats::begin(app, asked).await? {
        return Ok(replay(answer));
    }
    let response = to_its_end(next.run(request)).await.unwrap_or_else(|error| broken_off(&error));
    Ok(remembered(app, asked, response).await)
}

async fn remembered(app: &App, asked: &Asked, response: Response) -> Response {
    let told = |error| tracing::error!(error = &error as &dyn std::error::Error, "an answer is not kept");
    if !response.status().is_success() {
        repeats::forget(app, asked).await.unwrap_or_else(told);
        return response;
    }
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let answer = Answer { status: parts.status.as_u16(), body: body.to_vec() };
    repeats::keep(app, asked, &answer).await.unwrap_or_else(told);
    Response::from_parts(parts, Body::from(body))
}

fn replay(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    response
}
