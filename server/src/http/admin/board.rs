//! `/board`: who is ready, who is late, by organisation; and over time.

use super::{Query, given};
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::board::{self, Board, Kind, MOST_AHEAD, MOST_LEVELS, Series, Step, Wanted};
use crate::http::fault::Fault;
use crate::http::openapi::{Api, about};
use crate::problems::Code;
use axum::Json;
use axum::extract::State;
use muster_proto::time::Day;
use serde::Deserialize;
use std::sync::Arc;

/// The operations of the roll-out.
pub fn operations(api: Api) -> Api {
    api.get(
        "/board",
        about("showBoard", "Who is ready and who is late, by organisation, now or at the end of a past day; and what ends soon.").needs(Right::Read).scoped()
            .more("Each organisation's figures have those below it in them.")
            .problems(&[Code::NotFound]),
        get,
    )
    .get(
        "/board/series",
        about("showSeries", "Verdicts, makers or applications that were found, over time.").needs(Right::Read).scoped()
            .more("Each point is the end of a day; the last one is this moment. A day whose end nobody saw has the count of the one before it.")
            .problems(&[Code::NotFound]),
        series,
    )
}

/// Which part of it.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// This organisation and those below it.
    org: Option<String>,
    /// As of the end of this day, in each organisation's calendar.
    day: Option<Day>,
    /// How many levels of the tree below the first, at most 16; all of them where nothing is said.
    #[schemars(range(max = 16))]
    levels: Option<u32>,
    /// For how many days ahead deadlines are wanted, at most 366; 14 where nothing is said.
    #[schemars(range(max = 366))]
    ahead: Option<u32>,
}

/// Days ahead for which deadlines are shown.
pub const AHEAD: u32 = 14;

/// The roll-out.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Json<Board>, Fault> {
    let (levels, ahead) = (asked.levels.unwrap_or(MOST_LEVELS), asked.ahead.unwrap_or(AHEAD));
    within("levels", levels, MOST_LEVELS)?;
    within("ahead", ahead, MOST_AHEAD)?;
    let wanted = Wanted { org: given(asked.org), day: asked.day, levels, ahead };
    Ok(Json(board::show(&app, &actor, wanted).await?))
}

/// Which shares, and for how long.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskedSeries {
    /// What is shown.
    kind: Kind,
    /// Of this organisation and those below it.
    #[serde(default)]
    org: Option<String>,
    /// Days back from today, at most 1100; 90 where nothing is said.
    #[serde(default)]
    #[schemars(range(max = 1100))]
    back: Option<u32>,
    /// A point for each day, or for each week.
    #[serde(default)]
    every: Step,
}

/// Days back.
pub const BACK: u32 = 90;

/// Shares over time.
pub async fn series(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<AskedSeries>,
) -> Result<Json<Series>, Fault> {
    let back = asked.back.unwrap_or(BACK);
    within("back", back, board::KEPT)?;
    let asked = board::Asked { kind: asked.kind, org: given(asked.org), back, step: asked.every };
    Ok(Json(board::series(&app, &actor, asked).await?))
}

fn within(name: &str, asked: u32, most: u32) -> Result<(), Fault> {
    if asked > most {
        return Err(Fault::malformed(format!("{name}: {asked} is more than {most}")));
    }
    Ok(())
}
