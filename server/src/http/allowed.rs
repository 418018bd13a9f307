//! Around every operation: may the caller do it at all? What the operation takes stands in the table of operations; a handler behind this
//! is reached by nobody who has the right nowhere.

use axum::extract::{FromRequestParts as _, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use muster_proto::id::DeviceId;
use std::sync::Arc;

use super::fault::Fault;
use crate::app::App;
use crate::audit;
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
    let actor = match caller(&app, needs, &mut parts).await {
        Ok(actor) => actor,
        Err(fault) => return fault.into_response(),
    };
    parts.extensions.insert(Known(actor.clone()));
    let device = looked_at(&app, needs, &mut parts).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    note(&app, &actor, device, response.status()).await;
    response
}

/// The one phone about which somebody asks, where nothing is changed: what is changed has entries of its own.
pub async fn looked_at(app: &Arc<App>, needs: Needs, parts: &mut Parts) -> Option<DeviceId> {
    if needs.of != Some(Kind::Device) || parts.method != Method::GET {
        return None;
    }
    named(app, parts).await?.parse().ok()
}

/// Writes down who looked at a phone, where they saw it.
pub async fn note(app: &App, actor: &Actor, device: Option<DeviceId>, status: StatusCode) {
    let seen = status.is_success() || status == StatusCode::NOT_MODIFIED;
    if let Some(device) = device.filter(|_| seen) {
        audit::note_read(app, actor, device).await;
    }
}

/// What the first part of the address names.
async fn named(app: &Arc<App>, parts: &mut Parts) -> Option<String> {
    let named = RawPathParams::from_request_parts(parts, app).await.ok()?;
    named.iter().next().map(|(_, name)| name.to_owned())
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
    // what names nothing is refused by the handler, as to anybody
    let Some(thing) = named(app, parts).await.and_then(|name| kind.named(&name)) else { return Ok(()) };
    let actor = actor.clone();
    app.store.read(move |tx| auth::check(tx, &actor, needs.right, &thing)).await
}
