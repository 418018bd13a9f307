//! `POST /v1/orders/{id}`: a device says what became of an order.

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use muster_proto::id::OrderId;
use muster_proto::message::OrderAck;
use std::sync::Arc;

use super::refused::Refused;
use super::request::{open, receive};
use crate::app::App;
use crate::orders;
use crate::problems::PhoneCode;

/// Takes it in.
///
/// # Errors
/// The message does not hold, or there is no such order of this device.
pub async fn post(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, Refused> {
    let received = receive(&app, request).await?;
    let envelope = received.envelope(&app)?;
    let ack: OrderAck = open(&app, received.from, &envelope, |ack: &OrderAck| ack.device).await?;
    if id.parse::<OrderId>() != Ok(ack.order) {
        return Err(Refused::of(PhoneCode::OtherOrder));
    }
    orders::acknowledge(&app, ack).await?;
    Ok(StatusCode::NO_CONTENT)
}
