//! `GET /devices`: which phones …?

use super::Query;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::DeviceList;
use crate::devices::{self, Filter};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use std::sync::Arc;

/// What may be asked. An empty value is none: forms send those.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    org: Option<String>,
    #[schemars(with = "Option<muster_proto::verdict::State>")]
    verdict: Option<String>,
    q: Option<String>,
    #[schemars(regex(pattern = r"^(\d\.[0-9a-f]{32})?$"))]
    after: Option<String>,
    limit: Option<u32>,
}

/// Devices on a page where nothing else is asked.
const PAGE: u32 = 100;

/// A page of the list.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<DeviceList>, Fault> {
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let verdict = given(asked.verdict).map(|word| word.parse()).transpose();
    let after = given(asked.after).map(|text| text.parse()).transpose();
    let filter = Filter {
        org: given(asked.org),
        verdict: verdict.map_err(|error| Fault::malformed(format!("verdict: {error}")))?,
        text: given(asked.q),
    };
    let after = after.map_err(|error| Fault::malformed(format!("after: {error}")))?;
    Ok(Json(devices::list(&app, filter, after, asked.limit.unwrap_or(PAGE)).await?))
}
