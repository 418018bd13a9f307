//! `/exemptions`: written exceptions.

use super::{Body, Created};
use crate::app::App;
use crate::auth::Actor;
use crate::exemptions::{self, ExemptionView, NewExemption};
use crate::http::fault::Fault;
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
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Json<Exemptions>, Fault> {
    Ok(Json(Exemptions { exemptions: exemptions::list(&app).await? }))
}

/// Grants one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewExemption>,
) -> Result<Created<ExemptionView>, Fault> {
    Ok(Created(exemptions::add(&app, &actor, new).await?))
}
