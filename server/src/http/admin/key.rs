//! `GET /devices/{id}/key`: the device's public key, with which anyone can check its reports.

use super::device::device_id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::evidence;
use crate::http::fault::Fault;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;

/// The key in PEM.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Fault> {
    let key = evidence::key(&app, device_id(&id)?).await?;
    Ok(([(header::CONTENT_TYPE, "application/x-pem-file")], key.pem()))
}
