//! `/devices/{id}/away` and `/assets/{id}/away`: notes that somebody is away.

use super::{Body, Id, NoContent};
use crate::app::App;
use crate::auth::{Actor, Kind, Right};
use crate::away::{self, AwayView, Carried, DeviceAway, NewAway};
use crate::http::fault::Fault;
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use crate::register::AssetId;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use std::sync::Arc;

/// Its operations.
pub fn away(api: Api) -> Api {
    const NOTE: &[Code] = &[Code::AwayMalformed, Code::AwayAlready, Code::DeviceInactive];
    api.get(
        "/devices/{id}/away",
        about("listAway", "The notes that whoever has a device is away, the newest first.")
            .needs(Right::OneDevice)
            .of(Kind::Device),
        list,
    )
    .put(
        "/devices/{id}/away",
        about("setAway", "Writes that whoever has a device is away: until then silence is not counted.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .more("A device has one note at a time: a new one that begins now takes the place of the one before.")
            .problems(NOTE),
        set,
    )
    .delete(
        "/devices/{id}/away",
        about("endAway", "Whoever has a device is back: the note ends now.")
            .needs(Right::Enrol)
            .of(Kind::Device)
            .problems(&[Code::NotAway]),
        back,
    )
    .put(
        "/assets/{id}/away",
        about("setCarrierAway", "Writes that the carrier of a phone is away, on every device that the person carries.")
            .needs(Right::Register)
            .of(Kind::Asset)
            .more("These are the devices of all phones that the register of the same organisation has under the same name.")
            .problems(&[Code::AwayMalformed, Code::AwayAlready, Code::NotEnrolled]),
        carrier,
    )
    .delete(
        "/assets/{id}/away",
        about("endCarrierAway", "The carrier of a phone is back: the notes of all those devices end now.")
            .needs(Right::Register)
            .of(Kind::Asset)
            .problems(&[Code::NotAway, Code::NotEnrolled]),
        carrier_back,
    )
}

async fn list(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<DeviceAway>, Fault> {
    Ok(Json(away::list(&app, id).await?))
}

async fn set(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<DeviceId>,
    Body(new): Body<NewAway>,
) -> Result<Json<AwayView>, Fault> {
    Ok(Json(away::set(&app, &actor, id, new).await?))
}

async fn back(State(app): State<Arc<App>>, actor: Actor, Id(id): Id<DeviceId>) -> Result<NoContent, Fault> {
    away::back(&app, &actor, id).await?;
    Ok(NoContent)
}

async fn carrier(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
    Body(new): Body<NewAway>,
) -> Result<Json<Carried>, Fault> {
    Ok(Json(away::carrier_away(&app, &actor, id, new).await?))
}

async fn carrier_back(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
) -> Result<Json<Carried>, Fault> {
    Ok(Json(away::carrier_back(&app, &actor, id).await?))
}
