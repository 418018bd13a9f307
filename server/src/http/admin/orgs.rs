//! `GET` and `POST /orgs`: the tree of organisations.

use super::{Body, Created};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::orgs::{self, NewOrg, OrgView};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

/// Every organisation.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Orgs {
    orgs: Vec<OrgView>,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Json<Orgs>, Fault> {
    Ok(Json(Orgs { orgs: orgs::list(&app).await? }))
}

/// Adds one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewOrg>,
) -> Result<Created<OrgView>, Fault> {
    Ok(Created(orgs::add(&app, &actor, new).await?))
}
