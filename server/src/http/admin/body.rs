//! Bodies and queries: bounded in size and time, and strict about what they say.

use axum::body::to_bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{header, request::Parts};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use std::time::Duration;

use super::json;
use crate::http::fault::Fault;
use crate::problems::Code;

/// A JSON body.
pub struct Body<T>(pub T);

/// A body of text, in UTF-8.
pub struct Text(pub String);

/// A query.
pub struct Query<T>(pub T);

/// Longest JSON body.
const MAX_JSON: usize = 64 * 1024;
/// Longest text: a policy.
const MAX_TEXT: usize = 1024 * 1024;
/// Time to send a body, and a second for each whole [`RATE`] bytes that it may have.
const PATIENCE: Duration = Duration::from_secs(10);
const RATE: usize = 512 * 1024;

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Fault> {
        let media_type = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        // a form of another site can't send this type without asking first
        if media_type.split(';').next().map(str::trim) != Some("application/json") {
            return Err(Fault::of(Code::NotJson));
        }
        let bytes = read_body(request, MAX_JSON).await?;
        json::object(&bytes).map(Self)
    }
}

impl<S: Send + Sync> FromRequest<S> for Text {
    type Rejection = Fault;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Fault> {
        let bytes = read_body(request, MAX_TEXT).await?;
        String::from_utf8(bytes.into()).map(Self).map_err(|_| Fault::malformed("the body is not UTF-8"))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        no_nul(parts.uri.query().unwrap_or_default().as_bytes())?;
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        query
            .map(|axum::extract::Query(query)| Self(query))
            .map_err(|error| Fault::malformed(error.body_text()))
    }
}

/// Refuses what no store can keep or look for, in a query or a form.
///
/// # Errors
/// Something in it has a NUL.
pub fn no_nul(encoded: &[u8]) -> Result<(), Fault> {
    match form_urlencoded::parse(encoded).find(|(_, value)| value.contains('\0')) {
        Some((name, _)) => Err(Fault::malformed(format!("{name:?} has a NUL in it"))),
        None => Ok(()),
    }
}

/// The whole body, of at most `most` bytes, if it comes in time.
///
/// # Errors
/// It is longer (413), takes too long (408), or the connection broke.
pub async fn read_body(request: Request, most: usize) -> Result<Bytes, Fault> {
    let patience = PATIENCE + Duration::from_secs((most / RATE) as u64);
    match tokio::time::timeout(patience, to_bytes(request.into_body(), most)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => Err(Fault::of(Code::TooLong)),
        Ok(Err(error)) => Err(Fault::malformed(format!("the body could not be read: {error}"))),
        Err(_) => Err(Fault::of(Code::TooSlow)),
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = cause {
        if one.to_string().contains("length limit exceeded") {
            return true;
        }
        cause = one.source();
    }
    false
}
