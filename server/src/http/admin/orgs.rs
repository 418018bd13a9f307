//! `/orgs`: the tree of organisations.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::orgs::{self, NewOrg, Org, OrgChange, OrgView};
use crate::version::IfMatch;
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
pub async fn get(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Orgs>, Fault> {
    Ok(Json(Orgs { orgs: orgs::list(&app, &actor).await? }))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Org>, Fault> {
    Ok(Json(orgs::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<OrgChange>,
) -> Result<Json<Org>, Fault> {
    Ok(Json(orgs::edit(&app, &actor, &id, version, change).await?))
}

/// Adds one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewOrg>,
) -> Result<Created<OrgView>, Fault> {
    Ok(Created(orgs::add(&app, &actor, new).await?))
}
