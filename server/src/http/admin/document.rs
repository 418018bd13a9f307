//! `GET /openapi.json`: the document of this API.

use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::http::openapi::COMMITTED;

/// The document: it says nothing that is secret, so nobody has to sign in.
pub async fn get() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], COMMITTED).into_response()
}
