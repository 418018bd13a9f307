//! `/exemptions`: written exceptions.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::exemptions::{self, ExemptionChange, ExemptionView, NewExemption};
use crate::http::fault::Fault;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

/// Every exemption.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Exemptions {
    exemptions: Vec<ExemptionView>,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Exemptions>, Fault> {
    Ok(Json(Exemptions { exemptions: exemptions::list(&app, &actor).await? }))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<ExemptionView>, Fault> {
    Ok(Json(exemptions::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<ExemptionChange>,
) -> Result<Json<ExemptionView>, Fault> {
    Ok(Json(exemptions::edit(&app, &actor, &id, version, change).await?))
}

/// Grants one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewExemption>,
) -> Result<Created<ExemptionView>, Fault> {
    Ok(Created(exemptions::add(&app, &actor, new).await?))
}
