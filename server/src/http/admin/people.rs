//! `/people`: who may sign in, and what was given to them; and their sessions.

use super::{Body, Created, Id, Query, given, page_limit};
use crate::app::App;
use crate::auth::{Actor, LinkView};
use crate::http::fault::Fault;
use crate::people::{self, NewPerson, People, Person, PersonChange, SessionView};
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which part of the list.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    after: Option<String>,
    limit: Option<u32>,
}

/// Sessions that are open.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Sessions {
    sessions: Vec<SessionView>,
}

/// A page of people, by name.
pub async fn list(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<People>, Fault> {
    Ok(Json(people::list(&app, given(asked.after), page_limit(asked.limit)).await?))
}

/// Adds one.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewPerson>,
) -> Result<Created<Person>, Fault> {
    Ok(Created(people::add(&app, &actor, new).await?))
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<Person>, Fault> {
    Ok(Json(people::show(&app, &name).await?))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
    version: IfMatch,
    Body(change): Body<PersonChange>,
) -> Result<Json<Person>, Fault> {
    Ok(Json(people::edit(&app, &actor, &name, version, change).await?))
}

/// Takes one away.
pub async fn delete(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<Person>, Fault> {
    Ok(Json(people::remove(&app, &actor, &name).await?))
}

/// Shuts one out.
pub async fn disable(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<Person>, Fault> {
    Ok(Json(people::disable(&app, &actor, &name).await?))
}

/// Lets one in again.
pub async fn enable(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<Person>, Fault> {
    Ok(Json(people::enable(&app, &actor, &name).await?))
}

/// Makes a link with which one chooses a password.
pub async fn set_up_link(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<Created<LinkView>, Fault> {
    Ok(Created(people::make_set_up_link(&app, &actor, &name).await?))
}

/// The open sessions of one.
pub async fn sessions(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(name): Id<String>,
) -> Result<Json<Sessions>, Fault> {
    Ok(Json(Sessions { sessions: people::sessions_of(&app, &name).await? }))
}

/// Ends a session of one.
pub async fn end_session(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
    Id(session): Id<String>,
) -> Result<Json<SessionView>, Fault> {
    Ok(Json(people::end_session(&app, &actor, &name, &session).await?))
}

/// The caller's own open sessions.
pub async fn own_sessions(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Sessions>, Fault> {
    Ok(Json(Sessions { sessions: people::own_sessions(&app, &actor).await? }))
}

/// Ends a session of the caller's own.
pub async fn end_own_session(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(session): Id<String>,
) -> Result<Json<SessionView>, Fault> {
    Ok(Json(people::end_own_session(&app, &actor, &session).await?))
}
