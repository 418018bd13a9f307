//! What stands in an address, and the answers that have a status of their own.

use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::{StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use muster_proto::id::{DeviceId, OrderId};
use schemars::JsonSchema;
use serde::Serialize;
use std::marker::PhantomData;

use crate::http::fault::Fault;

/// A part of the address: the next one that no extractor before has taken. What is no name of such a thing names none; nothing has a name
/// with control characters.
pub struct Id<T>(pub T);

/// Something else than JSON, or, where that was asked for, a `T` in JSON.
pub struct OrJson<T>(Response, PhantomData<T>);

/// What an address can name.
pub trait Name: JsonSchema + Sized {
    /// The thing, if this is a name of one.
    ///
    /// # Errors
    /// There is no such thing.
    fn named(text: &str) -> Result<Self, Fault>;
}

/// Something was made (201).
pub struct Created<T>(pub T);

/// It was done, and there is nothing to say (204).
pub struct NoContent;

impl Name for DeviceId {
    fn named(text: &str) -> Result<Self, Fault> {
        super::device_id(text)
    }
}

impl Name for OrderId {
    fn named(text: &str) -> Result<Self, Fault> {
        super::order_id(text)
    }
}

impl Name for u64 {
    fn named(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| Fault::missing("number", text))
    }
}

impl Name for String {
    fn named(text: &str) -> Result<Self, Fault> {
        Ok(text.to_owned())
    }
}

/// How many parts of the address were taken.
#[derive(Clone, Copy)]
struct Taken(usize);

impl<S: Send + Sync, T: Name> FromRequestParts<S> for Id<T> {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let taken = parts.extensions.get::<Taken>().map_or(0, |taken| taken.0);
        parts.extensions.insert(Taken(taken + 1));
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|error| Fault::malformed(error.body_text()))?;
        let text = params.iter().nth(taken).map(|(_, text)| text).unwrap_or_default();
        if text.contains(char::is_control) {
            return Err(Fault::missing("such name", text));
        }
        T::named(text).map(Self)
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}

impl<T: Serialize> OrJson<T> {
    /// In JSON.
    pub fn json(value: T) -> Self {
        Self(Json(value).into_response(), PhantomData)
    }

    /// Something else.
    pub fn other(answer: impl IntoResponse) -> Self {
        Self(answer.into_response(), PhantomData)
    }
}

impl<T> IntoResponse for OrJson<T> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
