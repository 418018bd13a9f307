//! `GET /health`: what holds and what does not, for administrators. `GET /metrics`: the metrics, for a Prometheus with a token.

use crate::app::App;
use crate::auth::Actor;
use crate::health::{self, Check};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use std::sync::Arc;

/// The server's health.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Health")]
pub struct Report {
    ready: bool,
    version: &'static str,
    checks: Vec<Check>,
}

/// Everything that must hold.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Json<Report> {
    let checks = health::checks(&app).await;
    Json(Report { ready: checks.iter().all(|check| check.ok), version: env!("CARGO_PKG_VERSION"), checks })
}

/// The metrics.
pub async fn metrics(state: State<Arc<App>>, _actor: Actor) -> Response {
    crate::http::health::page(state).await
}
