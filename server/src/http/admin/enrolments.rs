//! `/enrolments`: phones that wait for a person.

use super::{Id, NoContent, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::enrolment::{self, Pending};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The phones that wait.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Enrolments")]
pub struct Waiting {
    pending: Vec<Pending>,
}

/// How one is approved.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Approved {
    replaces: Option<DeviceId>,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Waiting>, Fault> {
    Ok(Json(Waiting { pending: enrolment::pending(&app, &actor).await? }))
}

/// Approves one.
pub async fn approve(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(device): Id<DeviceId>,
    Query(approved): Query<Approved>,
) -> Result<NoContent, Fault> {
    enrolment::approve(&app, &actor, device, approved.replaces).await?;
    Ok(NoContent)
}

/// Refuses one.
pub async fn refuse(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(device): Id<DeviceId>,
) -> Result<NoContent, Fault> {
    enrolment::refuse(&app, &actor, device).await?;
    Ok(NoContent)
}
