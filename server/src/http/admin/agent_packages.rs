//! `/agent-packages`: the agent for Android, as phones are offered it, and for Aurora OS.

use super::{Body, Created, Id, NoContent, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::packages::{self, Added, NewPackage, PackageList, Ring};
use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use std::sync::Arc;

/// How a package is to be added.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    #[serde(default)]
    ring: Option<Ring>,
    #[serde(default)]
    new_signer: bool,
}

/// To whom it is to be offered.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewRing")]
pub struct Wanted {
    ring: Ring,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Json<PackageList>, Fault> {
    Ok(Json(packages::list(&app).await?))
}

/// Takes one in: the body is the file.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Created<Added>, Fault> {
    let new = NewPackage { ring: asked.ring, new_signer: asked.new_signer };
    Ok(Created(packages::add(&app, &actor, new, request.into_body()).await?))
}

/// Offers one to more, to fewer, or to nobody.
pub async fn ring(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(version): Id<String>,
    Body(wanted): Body<Wanted>,
) -> Result<NoContent, Fault> {
    packages::set_ring(&app, &actor, &version, wanted.ring).await?;
    Ok(NoContent)
}

/// Takes one away: one for Android by its version, one for Aurora OS by its full name.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(version): Id<String>,
) -> Result<NoContent, Fault> {
    packages::remove(&app, &actor, &version).await?;
    Ok(NoContent)
}
