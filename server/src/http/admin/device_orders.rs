//! `POST /devices/{id}/orders`: ask a device for something.

use super::Body;
use super::device::device_id;
use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::OrderView;
use crate::http::fault::Fault;
use crate::orders::{self, NewOrder};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use std::sync::Arc;

/// Gives an order.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Path(id): Path<String>,
    Body(new): Body<NewOrder>,
) -> Result<(StatusCode, Json<OrderView>), Fault> {
    Ok((StatusCode::CREATED, Json(orders::request(&app, &actor, device_id(&id)?, new).await?)))
}
