//! `GET /devices/{id}/chain`: the certificates that came with the device's key, as they came.

use super::device::device_id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::certificates;
use crate::http::fault::Fault;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use std::sync::Arc;

/// The certificates in PEM, the key's own first.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Fault> {
    let pem = certificates::pem(&app, device_id(&id)?).await?;
    Ok(([(header::CONTENT_TYPE, "application/pem-certificate-chain")], pem))
}
