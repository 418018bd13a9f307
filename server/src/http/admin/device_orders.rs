//! `POST /devices/{id}/orders`: ask a device for something.

use super::{Body, Created, Id};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::OrderView;
use crate::http::fault::Fault;
use crate::orders::{self, NewOrder};
use axum::extract::State;
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// Gives an order.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewOrder>,
) -> Result<Created<OrderView>, Fault> {
    Ok(Created(orders::request(&app, &actor, id, new).await?))
}
