//! `GET /me`: who am I to this server?

use crate::auth::{Actor, ActorKind};
use axum::Json;
use serde::Serialize;

/// Who calls.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Me {
    actor: String,
    kind: ActorKind,
}

/// Says who calls.
pub async fn get(actor: Actor) -> Json<Me> {
    Json(Me { actor: actor.name().to_owned(), kind: actor.kind() })
}
