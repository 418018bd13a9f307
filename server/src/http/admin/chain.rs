//! `GET /devices/{id}/chain`: the certificates that came with the device's key, as they came.

use super::Id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::certificates;
use crate::http::fault::Fault;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// The certificates in PEM, the key's own first.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Response, Fault> {
    let pem = certificates::pem(&app, id).await?;
    Ok(([(header::CONTENT_TYPE, "application/pem-certificate-chain")], pem).into_response())
}
