//! `GET /audit`: who did what, when.

use super::{Query, given};
use crate::app::App;
use crate::audit::{self, Asked, Entries};
use crate::auth::Actor;
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// A page of the record. An empty text asks for nothing.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Entries>, Fault> {
    let (by, action, subject) = (given(asked.actor), given(asked.action), given(asked.subject));
    let asked = Asked { actor: by, action, subject, ..asked };
    Ok(Json(audit::list(&app, &actor, asked).await?))
}
