//! The edges: one file for each endpoint or page, each a translation of a request to an action or query.

pub mod admin;
pub mod console;
pub mod device;
pub mod fault;
mod forwarded;
pub mod listen;
pub mod openapi;
pub mod package;
pub mod places;
mod repeat;
mod steady;
#[cfg(test)]
pub(crate) mod testing;
pub mod version;

use axum::Router;
use std::sync::Arc;

use crate::app::App;

/// Everything that people and their programs reach: the console, and the API under `/api/v1`.
pub fn for_people(app: &Arc<App>) -> Router {
    console::router(Arc::clone(app)).nest("/api/v1", admin::router(Arc::clone(app)))
}

/// Everything that phones reach.
pub fn for_phones(app: &Arc<App>) -> Router {
    device::router(Arc::clone(app)).merge(package::router(Arc::clone(app)))
}

/// Everything: what phones reach too.
pub fn router(app: &Arc<App>) -> Router {
    for_phones(app).merge(for_people(app))
}
