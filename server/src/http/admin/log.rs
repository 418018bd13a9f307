//! `GET`, `PUT`, `DELETE /log`: how much the server logs, and more for a while about one request, device or route.

use super::Body;
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::log::{self, Raise, View};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// What is logged.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Json<View> {
    Json(app.levels.view(app.now()))
}

/// More, for a while.
pub async fn put(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(asked): Body<Raise>,
) -> Result<Json<View>, Fault> {
    Ok(Json(log::raise(&app, &actor, asked).await?))
}

/// No more than at the start.
pub async fn delete(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<View>, Fault> {
    Ok(Json(log::reset(&app, &actor).await?))
}
