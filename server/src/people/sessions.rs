//! Sessions as people see them: where each began and how, and an end to it. The secret is in a browser alone; its name here says nothing of it.

use muster_proto::id::{Digest, hex};
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::rows::find;
use super::subject;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, ActorKind, session};
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// A session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct SessionView {
    /// Its name: it tells nothing of the secret.
    pub id: String,
    /// From which address it began.
    pub address: Option<String>,
    /// What the browser said that it is.
    pub browser: String,
    /// How it began: `link`, `password`, `oidc` or `ldap`.
    pub how: String,
    /// When it began.
    pub begun: Timestamp,
    /// When it was last used, to the minute.
    pub last_used: Timestamp,
    /// When it ends, used or not.
    pub expires: Timestamp,
}

/// The name of a session whose secret has this digest.
#[must_use]
pub fn session_id(digest: Digest) -> String {
    hex(&Digest::of(&digest.0).0[..8])
}

/// The open sessions of a person, the one that was used last first.
///
/// # Errors
/// There is no such person; the store's.
pub async fn sessions_of(app: &App, name: &str) -> Result<Vec<SessionView>, ActionError> {
    let (now, name) = (app.now(), name.to_owned());
    app.store
        .read(move |tx| {
            let id = find(tx, &name)?.id;
            Ok(open(tx, &id, now)?.into_iter().map(|(_, view)| view).collect())
        })
        .await
}

/// The caller's own open sessions: none where that is nobody who signs in.
///
/// # Errors
/// The store's.
pub async fn own_sessions(app: &App, actor: &Actor) -> Result<Vec<SessionView>, ActionError> {
    // a token may have a person's name from before; it is not that person
    if actor.kind() != ActorKind::Session {
        return Ok(Vec::new());
    }
    match sessions_of(app, actor.name()).await {
        Err(ActionError::Missing { .. }) => Ok(Vec::new()),
        other => other,
    }
}

/// Ends a session of the caller's own.
///
/// # Errors
/// There is no such session, or the caller is nobody who signs in; the store's.
pub async fn end_own_session(app: &App, actor: &Actor, session: &str) -> Result<SessionView, ActionError> {
    if actor.kind() != ActorKind::Session {
        return Err(ActionError::missing("session", session));
    }
    end_session(app, actor, actor.name(), session).await
}

/// Ends a session of a person.
///
/// # Errors
/// There is no such person or session; the store's.
pub async fn end_session(
    app: &App,
    actor: &Actor,
    name: &str,
    session: &str,
) -> Result<SessionView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let (name, session) = (name.to_owned(), session.to_owned());
    app.store
        .write(move |tx| {
            let id = find(tx, &name)?.id;
            let found = open(tx, &id, now)?.into_iter().find(|(_, view)| view.id == session);
            let (digest, view) = found.ok_or_else(|| ActionError::missing("session", &session))?;
            session::end(tx, digest)?;
            let act = Act::new("session.end", subject(&name))
                .detail(format!("session {session}"))
                .before(json!({ "begun": view.begun, "how": view.how }));
            audit::append(tx, now, &actor, act)?;
            Ok(view)
        })
        .await
}

fn open(tx: &mut dyn Tx, user_id: &str, now: Timestamp) -> Result<Vec<(Digest, SessionView)>, StoreError> {
    let sql = "SELECT hash, address, agent, how, created, last_used, expires FROM sessions \
               WHERE user_id = $1 AND expires > $2 AND last_used > $3 ORDER BY last_used DESC, hash";
    tx.query(sql, &values![user_id, now, now - session::IDLE])?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<(Digest, SessionView), StoreError> {
    let digest = row.take()?;
    let view = SessionView {
        id: session_id(digest),
        address: row.take()?,
        browser: row.take()?,
        how: row.take()?,
        begun: row.take()?,
        last_used: row.take()?,
        expires: row.take()?,
    };
    Ok((digest, view))
}
