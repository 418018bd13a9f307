//! `POST /import`: reports of a phone without a network, carried here as a file.

use super::read_body;
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::ingest::{self, Imported};
use axum::Json;
use axum::extract::{Request, State};
use serde::Serialize;
use std::sync::Arc;

/// What became of each report.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Outcomes {
    outcomes: Vec<Imported>,
}

/// Longest file that is taken in at once.
const MAX_FILE: usize = 4 * 1024 * 1024;

/// Takes in a CBOR sequence of signed reports.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    request: Request,
) -> Result<Json<Outcomes>, Fault> {
    let body = read_body(request, MAX_FILE).await?;
    Ok(Json(Outcomes { outcomes: ingest::import(&app, &actor, &body).await? }))
}
