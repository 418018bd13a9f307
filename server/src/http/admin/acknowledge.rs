//! `POST /devices/{id}/acknowledge`: a person has looked into the breaks of a device's chain.

use super::{Body, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::devices;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why the breaks are no reason to worry.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewAcknowledgement")]
pub struct Asked {
    #[schemars(length(min = 1, max = 500))]
    reason: String,
}

/// How many were acknowledged.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Acknowledged {
    breaks: u64,
}

/// Acknowledges every open break.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    Body(asked): Body<Asked>,
) -> Result<Json<Acknowledged>, Fault> {
    let breaks = devices::acknowledge(&app, &actor, id, &asked.reason).await?;
    Ok(Json(Acknowledged { breaks }))
}
