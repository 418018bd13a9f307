//! `GET /audit`: who did what, when.

use super::Query;
use crate::app::App;
use crate::audit::{self, Asked, Entries};
use crate::auth::Actor;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// A page of the record.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Entries>, Fault> {
    Ok(Json(audit::list(&app, asked).await?))
}
