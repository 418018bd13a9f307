//! `/devices/{id}/end`, `/devices/{id}/erase`, `/devices/{id}/export`: how a device ends, and what is held on it.

use super::{Body, Id, NoContent};
use crate::app::App;
use crate::auth::{Actor, Kind, Right};
use crate::http::fault::Fault;
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use crate::retention::{self, End, Ended};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// Its operations.
pub fn ending(api: Api) -> Api {
    api.post(
        "/devices/{id}/end",
        about("endDevice", "Ends a device without its word: a phone that is lost, broken or gone.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .more("It is judged no more, its orders are cancelled, and its agent is told to stop should it be heard of again.")
            .problems(&[Code::EndReason, Code::DeviceInactive]),
        end,
    )
    .post(
        "/devices/{id}/erase",
        about("eraseDevice", "Erases what is known of a device that has ended.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .more("That it was there stays, with its public keys, the digests of its reports and what the audit says of it.")
            .problems(&[Code::DeviceCounts, Code::DeviceErased]),
        erase,
    )
    .get(
        "/devices/{id}/export",
        about("exportDevice", "All that is held on a device, one JSON document on each line.")
            .needs(Right::Audit)
            .of(Kind::Device)
            .gives(&["application/x-ndjson"]),
        export,
    )
}

async fn end(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    Body(asked): Body<End>,
) -> Result<Json<Ended>, Fault> {
    Ok(Json(retention::end(&app, &actor, id, asked).await?))
}

async fn erase(State(app): State<Arc<App>>, actor: Actor, Id(id): Id<DeviceId>) -> Result<NoContent, Fault> {
    retention::erase(&app, &actor, id).await?;
    Ok(NoContent)
}

async fn export(State(app): State<Arc<App>>, actor: Actor, Id(id): Id<DeviceId>) -> Result<Response, Fault> {
    let lines = retention::export(&app, &actor, id).await?;
    let name = format!("attachment; filename=\"{id}.ndjson\"");
    let headers =
        [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, lines).into_response())
}
