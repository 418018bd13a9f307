//! `/orgs/{id}/calendar`: on which days phones of an organisation are expected to be heard.

use super::{Body, Id};
use crate::app::App;
use crate::auth::{Actor, Kind, Right};
use crate::calendar::{self, Calendar, OrgCalendar};
use crate::http::fault::Fault;
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use std::sync::Arc;

/// Its operations.
pub fn calendars(api: Api) -> Api {
    api.get(
        "/orgs/{id}/calendar",
        about("showCalendar", "The calendar of an organisation: its own, and the one that it has from above.")
            .needs(Right::Read)
            .of(Kind::Org)
            .versioned(),
        show,
    )
    .put(
        "/orgs/{id}/calendar",
        about("setCalendar", "Gives an organisation a calendar of its own: silence is counted in its working time.")
            .needs(Right::Orgs)
            .of(Kind::Org)
            .more("It takes the place of the one before as a whole, and counts for those below that have none of their own.")
            .problems(&[Code::BadCalendar]),
        set,
    )
    .delete(
        "/orgs/{id}/calendar",
        about("removeCalendar", "Takes an organisation's own calendar away: it has that of the one above, or none.")
            .needs(Right::Orgs)
            .of(Kind::Org),
        remove,
    )
}

async fn show(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<String>,
) -> Result<Json<OrgCalendar>, Fault> {
    Ok(Json(calendar::show(&app, &id).await?))
}

async fn set(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
    Body(calendar): Body<Calendar>,
) -> Result<Json<OrgCalendar>, Fault> {
    Ok(Json(calendar::set(&app, &actor, &id, version, calendar).await?))
}

async fn remove(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    version: IfMatch,
) -> Result<Json<OrgCalendar>, Fault> {
    Ok(Json(calendar::clear(&app, &actor, &id, version).await?))
}
