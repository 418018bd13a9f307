//! `GET /devices/{id}/report`: the signed bytes, or what they say.

use super::{Id, OrJson, Query};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::evidence::{self, StoredReport, Which};
use crate::http::accept;
use crate::http::fault::Fault;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use muster_proto::answer::REPORT_TYPE;
use muster_proto::id::{ChainId, DeviceId, Digest, Kid};
use muster_proto::report::{PROFILE, Report};
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What may be asked.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    number: Option<u64>,
    chain: Option<ChainId>,
}

/// What a report says, with what the server knows about it.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReportRendering")]
pub struct Rendering {
    number: u64,
    chain: ChainId,
    digest: Digest,
    kid: Kid,
    signature_holds: bool,
    evidence_at: Timestamp,
    received: Timestamp,
    standing: String,
    size: usize,
    report: Report,
}

/// The signed bytes; with `Accept: application/json` what they say.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Result<OrJson<Rendering>, Fault> {
    one(&app, id, Which { number: asked.number, chain: asked.chain }, &headers).await
}

/// What may be asked of one that is named.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedChain {
    /// Its chain: a phone that began anew has numbers twice.
    chain: Option<ChainId>,
}

/// `GET /devices/{id}/reports/{number}`: the same for one that is named in the address.
pub async fn numbered(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<DeviceId>,
    Id(number): Id<u64>,
    Query(asked): Query<AskedChain>,
    headers: HeaderMap,
) -> Result<OrJson<Rendering>, Fault> {
    one(&app, id, Which { number: Some(number), chain: asked.chain }, &headers).await
}

async fn one(app: &App, id: DeviceId, which: Which, headers: &HeaderMap) -> Result<OrJson<Rendering>, Fault> {
    let stored = evidence::report(app, id, which).await?;
    if accept::best(headers, [(REPORT_TYPE, false), ("application/json", true)]) {
        return Ok(OrJson::json(rendering(stored)));
    }
    let media_type = format!("{REPORT_TYPE}; eat_profile=\"{PROFILE}\"");
    let name = format!("attachment; filename=\"{id}-{}.cbor\"", stored.number);
    Ok(OrJson::other((
        [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, name)],
        stored.bytes,
    )))
}

fn rendering(stored: StoredReport) -> Rendering {
    Rendering {
        number: stored.number,
        chain: stored.chain,
        digest: stored.digest,
        kid: stored.kid,
        signature_holds: stored.holds,
        evidence_at: stored.evidence_at,
        received: stored.received,
        standing: stored.standing,
        size: stored.bytes.len(),
        report: stored.report,
    }
}
