//! Versions of what people edit (RFC 9110 §8.8.3, §13): an answer carries an `etag`, a change may say which one it was made from, so that
//! nobody undoes what another has done meanwhile.

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::Response;

use super::fault::Fault;
use crate::version::{IfMatch, version_of};

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        listed(&parts.headers, &header::IF_MATCH).map(Self::of)
    }
}

/// Gives an answer its version, where it has none yet; whoever has this version already is told so (304).
pub async fn versioned(request: Request, next: Next) -> Response {
    let known = listed(request.headers(), &header::IF_NONE_MATCH).ok().flatten().unwrap_or_default();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let own = parts.headers.get(header::ETAG).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let version = own.unwrap_or_else(|| version_of(&body));
    // "weak comparison": a proxy that compressed an answer marks the version so
    let has = known.iter().any(|one| one == "*" || one.trim_start_matches("W/") == version);
    if let Ok(value) = HeaderValue::from_str(&version) {
        parts.headers.insert(header::ETAG, value);
    }
    if has {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(body))
}

fn listed(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Vec<String>>, Fault> {
    let mut all: Option<Vec<String>> = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| Fault::malformed(format!("{name}: not in ASCII")))?;
        all.get_or_insert_default().extend(text.split(',').map(|one| one.trim().to_owned()));
    }
    Ok(all)
}
