//! `GET /devices/{id}`: why this verdict, since when, and what shows it?

use super::Id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::{self, view::DeviceView};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// All about one device.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<DeviceView>, Fault> {
    Ok(Json(devices::show(&app, id).await?))
}

/// The device that an address names. What is no id names none.
pub fn device_id(text: &str) -> Result<DeviceId, Fault> {
    text.parse().map_err(|_| Fault::missing("device", text))
}
