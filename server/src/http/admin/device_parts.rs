//! `GET /devices/{id}/…`: parts of what is known of a device, each by itself; long lists are paged with the newest first.

use super::{Id, Query, page_limit};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::history::{self, Happened};
use crate::devices::parts::{self, BreakEntry, Facts, Findings, Page, Sightings};
use crate::devices::view::{EdgeView, ReportView};
use crate::http::fault::Fault;
use axum::Json;
use axum::extract::State;
use muster_proto::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Which part of a long list. An empty value is none.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    after: Option<String>,
    limit: Option<u32>,
}

/// The same for changes of findings.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedEdges {
    rule: Option<String>,
    after: Option<String>,
    limit: Option<u32>,
}

/// Changes of findings.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "DeviceEdges")]
pub struct Edges {
    edges: Vec<EdgeView>,
    next: Option<String>,
}

/// Breaks of the chain.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "DeviceBreaks")]
pub struct Breaks {
    breaks: Vec<BreakEntry>,
    next: Option<String>,
}

/// Stored reports.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "DeviceReports")]
pub struct Reports {
    reports: Vec<ReportView>,
    next: Option<String>,
}

/// What happened.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "DeviceHistory")]
pub struct History {
    history: Vec<Happened>,
    next: Option<String>,
}

/// What the newest report says.
pub async fn facts(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<Facts>, Fault> {
    Ok(Json(parts::facts(&app, id).await?))
}

/// Watched applications that were found.
pub async fn sightings(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<Sightings>, Fault> {
    Ok(Json(parts::sightings(&app, id).await?))
}

/// The state of every rule.
pub async fn findings(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
) -> Result<Json<Findings>, Fault> {
    Ok(Json(parts::findings(&app, id).await?))
}

/// Changes of findings.
pub async fn edges(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<AskedEdges>,
) -> Result<Json<Edges>, Fault> {
    let (after, limit) = (number(asked.after.as_deref())?, page_limit(asked.limit));
    let rule = asked.rule.filter(|rule| !rule.is_empty());
    let Page { items, next } = parts::edges(&app, id, rule, after, limit).await?;
    Ok(Json(Edges { edges: items, next }))
}

/// Breaks of the chain, and what became of them.
pub async fn breaks(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Breaks>, Fault> {
    let (after, limit) = (number(asked.after.as_deref())?, page_limit(asked.limit));
    let Page { items, next } = parts::breaks(&app, id, after, limit).await?;
    Ok(Json(Breaks { breaks: items, next }))
}

/// Stored reports, without what they say.
pub async fn reports(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Reports>, Fault> {
    let (after, limit) = (number(asked.after.as_deref())?, page_limit(asked.limit));
    let Page { items, next } = parts::reports(&app, id, after, limit).await?;
    Ok(Json(Reports { reports: items, next }))
}

/// What happened to it.
pub async fn happened(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<Asked>,
) -> Result<Json<History>, Fault> {
    let after = asked.after.filter(|after| !after.is_empty());
    let page = history::history(&app, id, after, page_limit(asked.limit)).await?;
    Ok(Json(History { history: page.items, next: page.next }))
}

fn number(after: Option<&str>) -> Result<Option<i64>, Fault> {
    let number = after.filter(|after| !after.is_empty()).map(str::parse).transpose();
    number.map_err(|_| Fault::malformed("after: not a place in the list"))
}
