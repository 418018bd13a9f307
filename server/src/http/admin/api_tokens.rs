//! `/api-tokens`: what programs, pipelines and far command lines present. One is made and shown once; those that work are listed, and can be taken back.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::{Actor, ApiTokenView, IssuedApiToken, NewApiToken, api_tokens};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

/// The tokens that work.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct ApiTokens {
    api_tokens: Vec<ApiTokenView>,
}

/// Lists them.
pub async fn get(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<ApiTokens>, Fault> {
    Ok(Json(ApiTokens { api_tokens: api_tokens::list(&app, &actor).await? }))
}

/// Makes one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewApiToken>,
) -> Result<Created<IssuedApiToken>, Fault> {
    Ok(Created(api_tokens::make(&app, &actor, new).await?))
}

/// Takes one back.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<ApiTokenView>, Fault> {
    Ok(Json(api_tokens::take_back(&app, &actor, &name).await?))
}
