//! No body is ever unpacked: one that says that it is packed is refused, whatever is in it, before any of it is read.

use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::fault::Fault;
use crate::problems::Code;

/// Refuses packed bodies.
pub async fn plain_only(request: Request, next: Next) -> Response {
    let packed = request.headers().get_all(header::CONTENT_ENCODING).iter();
    if packed.into_iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity")) {
        let fault = Fault::of(Code::ContentEncoding);
        let mut response = fault.into_response();
        let headers = response.headers_mut();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        // what was not read of the body ends the connection
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::world;
    use crate::http::{for_people, for_phones};
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    async fn post(edge: Router, path: &str, token: &str, encoding: &str) -> Response {
        let request = Request::post(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, encoding)
            .body(Body::from("{}"))
            .unwrap();
        TowerToHyperService::new(edge).call(request).await.unwrap()
    }

    #[tokio::test]
    async fn packed_bodies_are_refused_at_both_edges() {
        let world = world().await;
        let edges = [
            (for_phones(&world.app), "/v1/reports"),
            (for_phones(&world.app), "/v1/enrol"),
            (for_people(&world.app), "/api/v1/orgs"),
            (for_people(&world.app), "/sign-in"),
        ];
        for (edge, path) in edges {
            for encoding in ["gzip", "br", "identity, gzip"] {
                let answer = post(edge.clone(), path, &world.token, encoding).await;
                assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path} {encoding}");
                assert_eq!(answer.headers()[header::ACCEPT_ENCODING], "identity");
            }
            let answer = post(edge, path, &world.token, "identity").await;
            // what comes as it is may still be no report and no form, but not for being packed
            assert!(!answer.headers().contains_key(header::ACCEPT_ENCODING), "{path}");
            assert_ne!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
