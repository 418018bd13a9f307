//! `/schedules`: scans that are repeated.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::schedules::{self, NewSchedule, Schedule, ScheduleChange, ScheduleView};
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

/// Schedules.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Schedules {
    schedules: Vec<ScheduleView>,
}

/// Lists them.
pub async fn list(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Schedules>, Fault> {
    Ok(Json(Schedules { schedules: schedules::list(&app, &actor).await? }))
}

/// Makes one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewSchedule>,
) -> Result<Created<ScheduleView>, Fault> {
    Ok(Created(schedules::add(&app, &actor, new).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Schedule>, Fault> {
    Ok(Json(schedules::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<ScheduleChange>,
) -> Result<Json<ScheduleView>, Fault> {
    Ok(Json(schedules::edit(&app, &actor, &id, version, change).await?))
}

/// Ends one.
pub async fn end(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<ScheduleView>, Fault> {
    Ok(Json(schedules::end(&app, &actor, &id).await?))
}
