//! `/tokens`: links with which phones enrol. One is made and shown once; those that still work are listed, and can be taken back.

use super::{Body, Created, Id, Query, given};
use crate::app::App;
use crate::auth::Actor;
use crate::enrolment::{self, IssuedToken, NewToken, TokenView};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What may be asked. An empty value is none.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    org: Option<String>,
}

/// The tokens that still work.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Tokens {
    tokens: Vec<TokenView>,
}

/// Lists them.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Tokens>, Fault> {
    let org = given(asked.org.as_deref());
    Ok(Json(Tokens { tokens: enrolment::tokens(&app, &actor, org).await? }))
}

/// Makes a token.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewToken>,
) -> Result<Created<IssuedToken>, Fault> {
    Ok(Created(enrolment::make_token(&app, &actor, new).await?))
}

/// Takes one back.
pub async fn revoke(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<TokenView>, Fault> {
    Ok(Json(enrolment::revoke(&app, &actor, &id).await?))
}
