//! `GET /me`: who am I to this server?

use crate::auth::{Actor, ActorKind, Grant};
use axum::Json;
use serde::Serialize;

/// Who calls.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Me {
    actor: String,
    kind: ActorKind,
    /// What the caller may, and where.
    grants: Vec<Grant>,
}

/// Says who calls.
pub async fn get(actor: Actor) -> Json<Me> {
    Json(Me { actor: actor.name().to_owned(), kind: actor.kind(), grants: actor.reach().grants() })
}
