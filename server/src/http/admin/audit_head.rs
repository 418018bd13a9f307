//! `GET /audit/head`: the newest entry's number and hash. Kept elsewhere, it shows later whether the record was cut or written anew.

use crate::app::App;
use crate::audit;
use crate::auth::Actor;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use muster_proto::audit::Head;
use std::sync::Arc;

/// The head.
pub async fn get(State(app): State<Arc<App>>, _actor: Actor) -> Result<Json<Head>, Fault> {
    Ok(Json(audit::head(&app).await?))
}
