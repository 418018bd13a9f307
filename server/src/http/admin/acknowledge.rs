//! `POST /devices/{id}/acknowledge`: a person has looked into the breaks of a device's chain.

use super::Body;
use super::device::device_id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why the breaks are no reason to worry.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    reason: String,
}

/// How many were acknowledged.
#[derive(Debug, Serialize)]
pub struct Acknowledged {
    breaks: u64,
}

/// Acknowledges every open break.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Path(id): Path<String>,
    Body(asked): Body<Asked>,
) -> Result<Json<Acknowledged>, Fault> {
    let breaks = devices::acknowledge(&app, &actor, device_id(&id)?, &asked.reason).await?;
    Ok(Json(Acknowledged { breaks }))
}
