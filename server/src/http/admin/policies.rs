//! `/policies`: what is demanded, what a change of it would do, and doing it.

use super::{Id, Query, Text};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::policies::{self, Applied, Plan, PolicyDocument, PolicyView, Tried};
use crate::version::IfMatch;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use muster_proto::id::DeviceId;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Whether what the document leaves out is removed.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    prune: bool,
}

/// Which version of a document.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedVersion {
    version: Option<u64>,
}

/// The documents in force.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct Policies {
    policies: Vec<PolicyView>,
}

/// Says what a document would do.
pub async fn plan(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
    Text(document): Text,
) -> Result<Json<Plan>, Fault> {
    Ok(Json(policies::plan(&app, &actor, &document, asked.prune).await?))
}

/// On which device something is tried.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct On {
    device: DeviceId,
}

/// Says what a document, or one rule, would find on a device.
pub async fn try_on(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(on): Query<On>,
    Text(document): Text,
) -> Result<Json<Tried>, Fault> {
    Ok(Json(policies::try_on(&app, &actor, &document, on.device).await?))
}

/// Puts a document into force.
pub async fn apply(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
    version: IfMatch,
    Text(document): Text,
) -> Result<Json<Applied>, Fault> {
    Ok(Json(policies::apply_to(&app, &actor, document, asked.prune, version).await?))
}

/// Lists the documents in force.
pub async fn list(State(app): State<Arc<App>>, actor: Actor) -> Result<Json<Policies>, Fault> {
    Ok(Json(Policies { policies: policies::list(&app, &actor).await? }))
}

/// A document as it was applied.
pub async fn show(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<String>,
    Query(asked): Query<AskedVersion>,
) -> Result<Response, Fault> {
    Ok(document(policies::show(&app, &actor, &id, asked.version).await?))
}

/// A document as it was applied, with its version in headers.
pub(super) fn document(document: PolicyDocument) -> Response {
    let (version, etag) = (HeaderValue::from(document.version), HeaderValue::try_from(document.etag()));
    // JSON is YAML, too
    let media_type = "text/yaml; charset=utf-8";
    let mut response = ([(header::CONTENT_TYPE, media_type)], document.body).into_response();
    response.headers_mut().insert("muster-policy-version", version);
    response.headers_mut().extend(etag.ok().map(|etag| (header::ETAG, etag)));
    response
}
