//! `GET /devices/{id}/key`: the device's public key, with which anyone can check its reports.

use super::Id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::evidence;
use crate::http::fault::Fault;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// The key in PEM.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Response, Fault> {
    let key = evidence::key(&app, id).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], key.pem()).into_response())
}
