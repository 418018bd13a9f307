//! `GET /v1/ca`: the CA certificate in PEM. It is fetched without trust and checked against the enrolment link's digest.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;

use crate::app::App;

/// The certificate.
pub async fn get(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/pem-certificate-chain")], app.reached.phone_ca.pem.clone())
}
