//! A hook is tried: a message that tells of nothing is sent at once, and what came back is answered.

use muster_proto::id::hex;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

use super::edit::subject;
use super::find;
use super::outbound::Message;
use super::secret::signing;
use super::turn::signatures;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;

/// What came back.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Pinged {
    /// The message's id.
    pub message: String,
    /// Whether the receiver took it.
    pub delivered: bool,
    /// The HTTP status that it answered.
    pub status: Option<u16>,
    /// Why it did not take it.
    pub error: Option<String>,
}

/// Sends a `ping`, also where the hook is paused.
///
/// # Errors
/// There is no such hook, or the store's. That the receiver did not take it is no error.
pub async fn ping(app: &App, actor: &Actor, id: &str) -> Result<Pinged, ActionError> {
    let (actor, now, id, keys) = (actor.clone(), app.now(), id.to_owned(), Arc::clone(&app.keys));
    let (hook, secrets) = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Hook(id.clone()))?;
            let hook = find(tx, &id)?;
            let secrets = signing(tx, &id, &keys, now)?;
            audit::append(tx, now, &actor, Act::new("hook.test", subject(&hook)).detail(hook.title.clone()))?;
            Ok::<_, ActionError>((hook, secrets))
        })
        .await?;
    let body = json!({ "type": "ping", "timestamp": now, "data": { "hook": hook.id, "title": hook.title } });
    let message = Message { id: format!("msg_{}", hex(&app.draw()?)), body: body.to_string().into_bytes() };
    let signed = signatures(&secrets, &message, now);
    let answered = app.outbound.post(&hook.url, &message, now, &signed).await;
    let (status, error) = match answered {
        Ok(answered) if (200..300).contains(&answered.status) => (Some(answered.status), None),
        Ok(answered) => (Some(answered.status), Some(format!("the receiver answered {}", answered.status))),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(Pinged { message: message.id, delivered: error.is_none(), status, error })
}
