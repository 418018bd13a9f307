//! The administrators' API, `/api/v1`: JSON for programs, scripts, the command line and the console. One file per endpoint; each
//! translates a request into an action or a query. Who may call is the [`Actor`](crate::auth::Actor) in a handler's signature.

mod acknowledge;
mod agent_packages;
mod api_tokens;
mod audit;
mod body;
mod chain;
mod device;
mod device_orders;
mod devices;
mod enrolments;
mod events;
mod exemptions;
mod import;
mod inventory;
mod key;
mod me;
mod order;
mod orgs;
mod policies;
mod report;
mod sign_in_links;
mod tokens;

pub use body::{Body, Query, Text, read_body};
pub use device::device_id;
pub use order::order_id;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{delete, get, post};
use std::sync::Arc;

use crate::app::App;
use crate::http::fault::Fault;

/// The API's routes, as they stand under `/api/v1`.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/me", get(me::get))
        .route("/sign-in-links", post(sign_in_links::post))
        .route("/api-tokens", get(api_tokens::get).post(api_tokens::post))
        .route("/api-tokens/{name}", delete(api_tokens::delete))
        .route("/orgs", get(orgs::get).post(orgs::post))
        .route("/tokens", get(tokens::get).post(tokens::post))
        .route("/tokens/{id}/revoke", post(tokens::revoke))
        .route("/enrolments", get(enrolments::get))
        .route("/enrolments/{device}/approve", post(enrolments::approve))
        .route("/enrolments/{device}/refuse", post(enrolments::refuse))
        .route("/devices", get(devices::get))
        .route("/devices/{id}", get(device::get))
        .route("/devices/{id}/report", get(report::get))
        .route("/devices/{id}/key", get(key::get))
        .route("/devices/{id}/chain", get(chain::get))
        .route("/devices/{id}/orders", post(device_orders::post))
        .route("/devices/{id}/acknowledge", post(acknowledge::post))
        .route("/orders/{id}", get(order::get))
        .route("/orders/{id}/cancel", post(order::cancel))
        .route("/policies", get(policies::list).post(policies::apply))
        .route("/policies/plan", post(policies::plan))
        .route("/policies/{id}", get(policies::show))
        .route("/exemptions", get(exemptions::get).post(exemptions::post))
        .route("/agent-packages", get(agent_packages::get).post(agent_packages::post))
        .route("/agent-packages/{version}", delete(agent_packages::delete))
        .route("/agent-packages/{version}/ring", post(agent_packages::ring))
        .route("/import", post(import::post))
        .route("/inventory", post(inventory::post))
        .route("/inventory/{device}/forget", post(inventory::forget))
        .route("/audit", get(audit::get))
        .route("/events", get(events::get))
        .fallback(async || Fault::new(404, "no-such-address", "The API has no such address."))
        .method_not_allowed_fallback(async || {
            Fault::new(405, "method", "The address does not take this method.")
        })
        .layer(map_response(unstored))
        .with_state(app)
}

/// Nothing of the API is kept by browsers or proxies.
async fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    response
}

#[cfg(test)]
mod tests;
