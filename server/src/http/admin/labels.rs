//! `/devices/{id}/labels`: what people call a device by; and the labels of many.

use super::{Body, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::labels::{self, DeviceLabels, LabelChange, LabelMany, Labelled};
use crate::http::fault::Fault;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// Shows them.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<DeviceLabels>, Fault> {
    Ok(Json(labels::show(&app, id).await?))
}

/// Changes them.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    version: IfMatch,
    Body(change): Body<LabelChange>,
) -> Result<Json<DeviceLabels>, Fault> {
    Ok(Json(labels::edit(&app, &actor, id, version, change).await?))
}

/// Changes those of many devices.
pub async fn many(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(many): Body<LabelMany>,
) -> Result<Json<Labelled>, Fault> {
    Ok(Json(labels::edit_many(&app, &actor, many).await?))
}
