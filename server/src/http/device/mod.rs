//! What phones speak: CBOR in signed envelopes. One file for each endpoint; none needs a secret that isn't signed for.

mod ca;
mod challenge;
mod channel;
mod enrol;
mod key;
mod limits;
mod order;
mod page_link;
mod refused;
mod reports;
mod request;

pub(super) use channel::UNBUFFERED;
pub use limits::Limits;
pub(super) use page_link::opened;
pub(super) use request::peer;

use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

use crate::app::App;

/// The phones' routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/ca", get(ca::get))
        .route("/v1/challenge", get(challenge::get))
        .route("/v1/enrol", post(enrol::post))
        .route("/v1/reports", post(reports::post))
        .route("/v1/channel", get(channel::get))
        .route("/v1/orders/{id}", post(order::post))
        .route("/v1/key", post(key::post))
        .with_state(app)
}
