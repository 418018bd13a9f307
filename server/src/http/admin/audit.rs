//! `GET /audit`: who did what, when.

use super::Query;
use crate::app::App;
use crate::audit::{self, AuditEntry};
use crate::auth::Actor;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What may be asked.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    after: Option<u64>,
    limit: Option<u32>,
}

/// Entries, oldest first.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AuditEntries")]
pub struct Entries {
    entries: Vec<AuditEntry>,
}

/// Entries on a page where nothing else is asked.
const PAGE: u32 = 100;

/// A page of the record.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Entries>, Fault> {
    let entries = audit::list(&app, asked.after.unwrap_or(0), asked.limit.unwrap_or(PAGE)).await?;
    Ok(Json(Entries { entries }))
}
