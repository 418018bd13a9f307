//! `POST /sign-in-links`: a link with which a person signs in once.

use super::{Body, Created};
use crate::app::App;
use crate::auth::{Actor, LinkView, NewLink, make_link};
use crate::http::fault::Fault;
use axum::extract::State;
use std::sync::Arc;

/// Makes a link.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewLink>,
) -> Result<Created<LinkView>, Fault> {
    Ok(Created(make_link(&app, &actor, new).await?))
}
