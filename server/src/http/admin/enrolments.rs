//! `/enrolments`: phones that wait for a person.

use super::Query;
use super::device::device_id;
use crate::app::App;
use crate::auth::Actor;
use crate::enrolment::{self, Pending};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use muster_proto::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The phones that wait.
#[derive(Debug, Serialize)]
pub struct Waiting {
    pending: Vec<Pending>,
}

/// How one is approved.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Approved {
    replaces: Option<DeviceId>,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Json<Waiting>, Fault> {
    Ok(Json(Waiting { pending: enrolment::pending(&app).await? }))
}

/// Approves one.
pub async fn approve(
    State(app): State<Arc<App>>,
    actor: Actor,
    Path(device): Path<String>,
    Query(approved): Query<Approved>,
) -> Result<StatusCode, Fault> {
    enrolment::approve(&app, &actor, device_id(&device)?, approved.replaces).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses one.
pub async fn refuse(
    State(app): State<Arc<App>>,
    actor: Actor,
    Path(device): Path<String>,
) -> Result<StatusCode, Fault> {
    enrolment::refuse(&app, &actor, device_id(&device)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
