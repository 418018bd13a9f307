//! Around every operation: may the caller do it at all? What the operation takes stands in the table of operations; a handler behind this
//! is reached by nobody who has the right nowhere.

use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

use super::fault::Fault;
use crate::app::App;
use crate::auth::{self, Actor, Kind, Known, Right};
use crate::error::ActionError;

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// The right.
    pub right: Right,
    /// Whether it is enough to have it in some organisations: the operation then keeps to those.
    pub scoped: bool,
    /// What the first part of its address names, and where the caller needs the right.
    pub of: Option<Kind>,
}

/// Refuses who may not.
pub async fn allowed(
    State((app, needs)): State<(Arc<App>, Needs)>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    match caller(&app, needs, &mut parts).await {
        Ok(actor) => drop(parts.extensions.insert(Known(actor))),
        Err(fault) => return fault.into_response(),
    }
    next.run(Request::from_parts(parts, body)).await
}

async fn caller(app: &Arc<App>, needs: Needs, parts: &mut Parts) -> Result<Actor, Fault> {
    let actor = Actor::from_request_parts(parts, app).await?;
    may(app, &actor, needs, parts).await?;
    Ok(actor)
}

/// Refuses who has the right nowhere, or not where it is asked for: where the thing lies that the address names, or on the whole server.
///
/// # Errors
/// It has not; the store's.
pub async fn may(app: &Arc<App>, actor: &Actor, needs: Needs, parts: &mut Parts) -> Result<(), ActionError> {
    let within = actor.within(needs.right);
    if within.is_everywhere() || needs.right == Right::Myself {
        return Ok(());
    }
    if !within.is_somewhere() {
        return Err(ActionError::forbidden(needs.right));
    }
    if !needs.scoped {
        return Err(ActionError::forbidden_here(needs.right));
    }
    let Some(kind) = needs.of else { return Ok(()) };
    let named = RawPathParams::from_request_parts(parts, app).await.ok();
    let name = named.as_ref().and_then(|named| named.iter().next()).map(|(_, name)| name.to_owned());
    // what names nothing is refused by the handler, as to anybody
    let Some(thing) = name.and_then(|name| kind.named(&name)) else { return Ok(()) };
    let actor = actor.clone();
    app.store.read(move |tx| auth::check(tx, &actor, needs.right, &thing)).await
}
