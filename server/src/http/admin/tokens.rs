//! `POST /tokens`: make a link with which phones enrol.

use super::Body;
use crate::app::App;
use crate::auth::Actor;
use crate::enrolment::{self, IssuedToken, NewToken};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Makes a token.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<IssuedToken>), Fault> {
    Ok((StatusCode::CREATED, Json(enrolment::make_token(&app, &actor, new).await?)))
}
