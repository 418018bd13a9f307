//! The edges: one file for each endpoint or page, each a translation of a request to an action or query.

pub(crate) mod accept;
pub mod admin;
pub mod allowed;
pub mod console;
pub mod device;
mod encoding;
pub mod fault;
mod forwarded;
pub mod health;
pub mod listen;
mod mine;
mod observe;
pub mod openapi;
pub mod package;
pub mod places;
mod remains;
mod repeat;
#[cfg(test)]
mod roles_tests;
mod steady;
mod stream;
#[cfg(test)]
pub(crate) mod testing;
mod through;
pub mod version;

pub use observe::{REQUEST_ID, RequestId, note_device};

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use std::sync::Arc;

use crate::app::App;

/// Everything that people and their programs reach: the console, the API under `/api/v1`, and health.
pub fn for_people(app: &Arc<App>) -> Router {
    watched(app, people(app))
}

/// Everything that phones reach, and health.
pub fn for_phones(app: &Arc<App>) -> Router {
    watched(app, phones(app))
}

/// Everything: what people and phones reach.
pub fn router(app: &Arc<App>) -> Router {
    watched(app, phones(app).merge(people(app)))
}

/// The package alone, for the listener without TLS.
pub fn package_alone(app: &Arc<App>) -> Router {
    watched(app, package::alone(Arc::clone(app)))
}

fn people(app: &Arc<App>) -> Router {
    let routes = console::router(Arc::clone(app)).nest("/api/v1", admin::router(Arc::clone(app)));
    routes.layer(from_fn(remains::read_out))
}

fn phones(app: &Arc<App>) -> Router {
    device::router(Arc::clone(app))
        .merge(package::router(Arc::clone(app)))
        .merge(mine::router(Arc::clone(app)))
}

/// With health, and with what goes around every request.
fn watched(app: &Arc<App>, router: Router) -> Router {
    let router = router.merge(health::router(Arc::clone(app)));
    router.layer(from_fn(encoding::plain_only)).layer(from_fn_with_state(Arc::clone(app), observe::around))
}
