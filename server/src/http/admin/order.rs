//! `GET /orders/{id}` and `POST /orders/{id}/cancel`: what became of an order.

use super::{Id, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::OrderView;
use crate::http::fault::Fault;
use crate::orders;
use axum::Json;
use axum::extract::State;
use muster_proto::id::OrderId;
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// What may be asked.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Seconds to wait for the order's end.
    wait: Option<u64>,
}

/// Longest wait, in seconds.
const LONGEST_WAIT: u64 = 120;

/// The order; with `wait` not before it has ended or the time is over.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<OrderId>,
    Query(asked): Query<Asked>,
) -> Result<Json<OrderView>, Fault> {
    Ok(Json(match asked.wait {
        Some(secs) => orders::wait(&app, id, Duration::from_secs(secs.min(LONGEST_WAIT))).await?,
        None => orders::show(&app, id).await?,
    }))
}

/// Calls it back.
pub async fn cancel(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<OrderId>,
) -> Result<Json<OrderView>, Fault> {
    Ok(Json(orders::cancel(&app, &actor, id).await?))
}

/// The order that an address names. What is no id names none.
pub fn order_id(text: &str) -> Result<OrderId, Fault> {
    text.parse().map_err(|_| Fault::missing("order", text))
}
