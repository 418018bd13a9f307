//! The console: pages for people, made on the server. They show what the API says: the same queries, the same numbers. One file per
//! page; each works without scripts, except that then nothing moves by itself.

pub mod api;
pub mod assets;
pub mod audit;
pub mod board;
pub mod chart;
pub mod device;
pub mod devices;
pub mod enrolment;
pub mod frame;
pub mod marks;
pub mod order;
pub mod overview;
pub mod packages;
pub mod query;
pub mod register;
pub mod report;
pub mod sign_in;
pub mod sign_in_links;
pub mod standing;
pub mod trouble;
pub mod visit;
pub mod when;

use axum::Router;
use axum::http::Uri;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::sync::Arc;

use crate::app::App;
use crate::http::fault::Fault;
use crate::http::through;
use crate::problems::Code;

/// The console's routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/", get(overview::get))
        .route("/sign-in", get(sign_in::get).post(sign_in::post))
        .route("/sign-out", post(sign_in::end))
        .route("/sign-in-links", get(sign_in_links::get).post(sign_in_links::post))
        .route("/board", get(board::get))
        .route("/devices", get(devices::get))
        .route("/devices/{id}", get(device::get))
        .route("/devices/{id}/scan", post(device::scan))
        .route("/devices/{id}/acknowledge", post(device::acknowledge))
        .route("/devices/{id}/reports/{number}", get(report::get))
        .route("/orders/{id}", get(order::get))
        .route("/orders/{id}/cancel", post(order::cancel))
        .route("/register", get(register::get))
        .route("/register/{id}", get(register::show))
        .route("/register/{id}/handout", get(register::handout).post(register::handed_out))
        .route("/enrolment", get(enrolment::get).post(enrolment::post))
        .route("/enrolment/{id}/approve", post(enrolment::approve))
        .route("/enrolment/{id}/refuse", post(enrolment::refuse))
        .route("/enrolment/links/{id}/revoke", post(enrolment::revoke))
        .route("/packages", get(packages::get))
        .route("/packages/{version}/ring", post(packages::ring))
        .route("/audit", get(audit::get))
        .route("/api", get(api::get))
        .route("/assets/{file}", get(asset))
        .fallback(async || Fault::of(Code::NoSuchAddress))
        .method_not_allowed_fallback(async || Fault::of(Code::Method))
        .layer(from_fn(through::form_through))
        .layer(from_fn_with_state(Arc::clone(&app), visit::around))
        .with_state(app)
}

async fn asset(uri: Uri) -> Response {
    assets::serve(uri.path()).unwrap_or_else(|| Fault::of(Code::NoSuchAddress).into_response())
}

#[cfg(test)]
mod tests;
