//! `/disputes`: what the people who carry phones say is wrong.

use super::orders::read;
use super::{Body, Id, Query, page_limit};
use crate::app::App;
use crate::auth::Actor;
use crate::disputes::{self, DisputeView, Disputes, NewAnswer, Standing, Which};
use crate::http::fault::Fault;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use serde::Deserialize;
use std::sync::Arc;

/// What may be asked. An empty value is none.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Of this device.
    device: Option<String>,
    /// About this rule.
    rule: Option<String>,
    /// In this state: `open`, `answered` or `closed`.
    state: Option<String>,
    /// Where the page begins.
    after: Option<String>,
    /// Disputes on the page.
    limit: Option<u32>,
}

/// A page of disputes, the newest first.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Disputes>, Fault> {
    let which = Which {
        device: read::<DeviceId>("device", asked.device.as_ref())?,
        rule: asked.rule.filter(|rule| !rule.is_empty()),
        state: read::<Standing>("state", asked.state.as_ref())?,
    };
    let after = read::<u64>("after", asked.after.as_ref())?;
    Ok(Json(disputes::list(&app, &actor, which, after, page_limit(asked.limit)).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<u64>,
) -> Result<Json<DisputeView>, Fault> {
    Ok(Json(disputes::show(&app, id).await?))
}

/// Answers one.
pub async fn answer(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<u64>,
    version: IfMatch,
    Body(new): Body<NewAnswer>,
) -> Result<Json<DisputeView>, Fault> {
    Ok(Json(disputes::answer(&app, &actor, id, version, new).await?))
}
