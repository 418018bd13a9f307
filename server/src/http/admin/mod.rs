//! The administrators' API, `/api/v1`: JSON for programs, scripts, the command line and the console. One file per endpoint; each
//! translates a request into an action or a query. Who may call is the [`Actor`](crate::auth::Actor) in a handler's signature.

mod accounts;
mod acknowledge;
mod address;
mod agent_packages;
mod api_tokens;
mod assets;
mod audit;
mod audit_export;
mod audit_head;
mod away;
mod board;
mod body;
mod ca;
mod calendar;
mod carriers;
mod chain;
mod device;
mod device_orders;
mod device_parts;
mod devices;
mod disputes;
mod document;
mod ending;
mod enrolments;
mod events;
mod exemptions;
mod export;
mod find;
mod grouping;
mod groups;
mod health;
mod hooks;
mod import;
mod inventory;
mod json;
mod key;
mod labels;
mod log;
mod mail;
mod me;
mod operations;
mod order;
mod orders;
mod orgs;
mod people;
mod policies;
mod policy_versions;
mod report;
mod scans;
mod schedules;
mod sign_in_links;
mod telling;
mod tokens;

pub use address::{Created, Id, Name, NoContent, OrJson};
pub use body::{Body, Query, Text, no_nul, read_body};
pub use device::device_id;
pub use devices::{bad_columns, bad_sort};
pub use export::harmless;
pub use operations::operations;
pub use order::order_id;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::map_response;
use axum::response::Response;
use std::sync::Arc;

use crate::app::App;
use crate::http::fault::Fault;
use crate::problems::Code;

/// The API's routes, as they stand under `/api/v1`.
pub fn router(app: Arc<App>) -> Router {
    operations(Some(Arc::clone(&app)))
        .into_router()
        .fallback(async || Fault::of(Code::NoSuchAddress))
        .method_not_allowed_fallback(async || Fault::of(Code::Method))
        .layer(map_response(unstored))
        .with_state(app)
}

/// How much a page has where nothing else is asked.
const PAGE: u32 = 100;

/// How much a page is to have.
fn page_limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE).max(1)
}

/// A parameter that is empty asks for nothing.
fn given<T: AsRef<str>>(text: Option<T>) -> Option<T> {
    text.filter(|text| !text.as_ref().is_empty())
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
mod list_tests;
#[cfg(test)]
mod tests;
