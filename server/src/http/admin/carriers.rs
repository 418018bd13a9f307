//! `/carriers`: who carries the phones of the register, held against the directory.

use super::Query;
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::http::fault::Fault;
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use crate::register::carriers::{self, Asked, Imported, View};
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// Adds its operations.
pub fn operations(api: Api) -> Api {
    api.get(
        "/carriers",
        about("showCarriers", "How the register stands to the directory: what became of the last comparison.")
            .needs(Right::Read)
            .scoped(),
        get,
    )
    .post(
        "/carriers/import",
        about("importCarriers", "Holds who carries the phones of the register against the directory.")
            .needs(Right::Register)
            .scoped()
            .more("Of phones that somebody has, where the caller keeps the register. With `dry_run` nothing is written, and what would change is answered.")
            .problems(&[Code::NoDirectory, Code::DirectoryFailed, Code::CarriersGone]),
        import,
    )
}

/// How it stands.
async fn get(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<View>, Fault> {
    Ok(Json(carriers::view(&app, &actor).await?))
}

/// Compares.
async fn import(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Imported>, Fault> {
    Ok(Json(carriers::import(&app, &actor, asked).await?))
}
