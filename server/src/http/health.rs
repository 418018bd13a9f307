//! `/healthz`: the process is there. `/readyz`: it takes in reports. Without sign-in and without details, on every listener; what exactly
//! is wrong stands at `/api/v1/health`. And the metrics, on a listener of their own.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

use crate::app::App;
use crate::{health, metrics};

/// The media type of the page of metrics.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The two addresses.
pub fn router(app: Arc<App>) -> Router {
    Router::new().route("/healthz", get(alive)).route("/readyz", get(ready)).with_state(app)
}

/// The two addresses and the metrics, for a listener that only those who watch can reach.
pub fn for_watchers(app: &Arc<App>) -> Router {
    let page = Router::new().route("/metrics", get(page)).with_state(Arc::clone(app));
    page.merge(router(Arc::clone(app))).fallback(async || StatusCode::NOT_FOUND)
}

/// The page of metrics.
pub async fn page(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, TEXT)], metrics::page(&app).await).into_response()
}

async fn alive() -> Response {
    said(StatusCode::OK, "alive\n")
}

async fn ready(State(app): State<Arc<App>>) -> Response {
    if health::is_ready(&app).await {
        said(StatusCode::OK, "ready\n")
    } else {
        said(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
    }
}

fn said(status: StatusCode, text: &'static str) -> Response {
    let mut response = (status, text).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
