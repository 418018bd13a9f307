//! `/mail-recipients`: who is written to of what changes.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::hooks::Replayed;
use crate::http::fault::Fault;
use crate::mail::{self, NewRecipient, Recipient, RecipientChange, RecipientView, Tried};
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::sync::Arc;

/// Everybody who is written to.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Recipients {
    recipients: Vec<RecipientView>,
}

/// Lists them.
pub async fn list(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Recipients>, Fault> {
    Ok(Json(Recipients { recipients: mail::list(&app, &actor).await? }))
}

/// Adds one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewRecipient>,
) -> Result<Created<Recipient>, Fault> {
    Ok(Created(mail::add(&app, &actor, new).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Recipient>, Fault> {
    Ok(Json(mail::show(&app, &id).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(change): Body<RecipientChange>,
) -> Result<Json<Recipient>, Fault> {
    Ok(Json(mail::edit(&app, &actor, &id, version, change).await?))
}

/// Takes one away.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Recipient>, Fault> {
    Ok(Json(mail::remove(&app, &actor, &id).await?))
}

/// Tries one.
pub async fn test(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Tried>, Fault> {
    Ok(Json(mail::ping(&app, &actor, &id).await?))
}

/// Has what was given up sent again.
pub async fn replay(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<Replayed>, Fault> {
    Ok(Json(mail::replay(&app, &actor, &id).await?))
}
