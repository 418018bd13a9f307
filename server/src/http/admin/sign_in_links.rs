//! `POST /sign-in-links`: a link with which a person signs in once.

use super::Body;
use crate::app::App;
use crate::auth::{Actor, LinkView, NewLink, make_link};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use std::sync::Arc;

/// Makes a link.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewLink>,
) -> Result<(StatusCode, Json<LinkView>), Fault> {
    Ok((StatusCode::CREATED, Json(make_link(&app, &actor, new).await?)))
}
