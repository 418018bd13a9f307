//! `GET /v1/challenge`: a fresh nonce, and the order key to be checked against the enrolment link's digest.

use axum::extract::State;
use axum::response::Response;
use muster_proto::answer::Challenge;
use std::sync::Arc;

use super::request::answer;
use crate::app::App;

/// The challenge. It costs one MAC and is stored nowhere.
pub async fn get(State(app): State<Arc<App>>) -> Response {
    answer(200, &Challenge { nonce: app.keys.nonces.make(app.now()), order_key: app.keys.order_key })
}
