//! `GET /devices/find`: one phone, by a name that somebody has read out.

use super::Query;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::{self, view::DeviceRow};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

/// Which.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "FindAsked")]
pub struct Asked {
    /// The whole id, tag or serial number.
    #[schemars(length(min = 1, max = 200))]
    name: String,
}

/// The phone.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<DeviceRow>, Fault> {
    if asked.name.trim().is_empty() || asked.name.len() > 200 {
        return Err(Fault::malformed("name: 1 to 200 bytes"));
    }
    Ok(Json(devices::find(&app, &actor, &asked.name).await?))
}
