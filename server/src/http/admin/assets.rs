//! `/assets`: the register.

mod operations;

pub use operations::operations;

use super::export::{Format, harmless};
use super::{Body, Created, Id, Name, NoContent, OrJson, Query, given, page_limit, read_body};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::query::LONGEST;
use crate::error::ActionError;
use crate::http::fault::Fault;
use crate::http::stream;
use crate::register::list::MOST;
use crate::register::{
    self, Asset, AssetChange, AssetId, AssetList, AssetRow, History, Imported, Life, MAX_FILE, NewAsset,
    Place, Standing, Unregistered, Which,
};
use crate::version::{IfMatch, version_of};
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use muster_proto::id::DeviceId;
use muster_proto::money::in_units;
use muster_proto::time::Timestamp;
use serde::Deserialize;
use std::io;
use std::str::FromStr;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What may be asked. An empty text asks for nothing.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AssetsAsked")]
pub struct Asked {
    /// Of this organisation and those below it.
    org: Option<String>,
    /// There in their life.
    life: Option<Life>,
    /// How they stand to the devices that report.
    standing: Option<Standing>,
    /// With this in a number, the carrier or its id, maker, model or note.
    #[schemars(length(max = 500))]
    text: Option<String>,
    /// Where the page begins.
    after: Option<String>,
    /// Phones on the page.
    limit: Option<u32>,
    /// Whether to count how many phones of the organisation stand how.
    counts: bool,
    /// `json` or `csv`; the header `Accept` where nothing is said.
    format: Option<Form>,
}

/// How the list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "AssetFormat")]
pub enum Form {
    /// A page as JSON.
    Json,
    /// Everything as comma-separated values.
    Csv,
}

/// Which devices, and where the page begins.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "UnregisteredAsked")]
pub struct Unknown {
    /// Of this organisation and those below it.
    org: Option<String>,
    /// Where the page begins.
    after: Option<String>,
    /// Devices on the page.
    limit: Option<u32>,
}

/// Where a page begins.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "AssetHistoryAsked")]
pub struct Part {
    /// Where the page begins.
    after: Option<String>,
    /// Entries on the page.
    limit: Option<u32>,
}

/// Whose phones a table lists, and whether it is only asked what it would do.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "RegisterAsked")]
pub struct Table {
    /// The organisation of those whose line names none.
    org: Option<String>,
    /// Write nothing, and answer every flawed line.
    dry_run: bool,
}

/// The device that a phone is.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NewAssetLink")]
pub struct Linked {
    device: DeviceId,
}

impl Name for AssetId {
    fn named(text: &str) -> Result<Self, Fault> {
        text.parse().map_err(|_| Fault::missing("asset", text))
    }
}

/// A page of the list, or all of it.
pub async fn list(
    State(app): State<Arc<App>>,
    actor: Actor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<OrJson<AssetList>, Fault> {
    let which = asked.which()?;
    let accepted = || if Format::accepted(&headers) == Format::Csv { Form::Csv } else { Form::Json };
    match asked.format.unwrap_or_else(accepted) {
        Form::Json => {
            let (after, limit) = (place("after", asked.after.as_deref())?, page_limit(asked.limit));
            Ok(OrJson::json(register::list(&app, &actor, which, after, limit, asked.counts).await?))
        }
        Form::Csv if given(asked.after.as_deref()).is_some() || asked.limit.is_some() => {
            Err(Fault::malformed("`after` and `limit` are for pages: a table is always whole"))
        }
        Form::Csv => Ok(OrJson::other(whole(&app, &actor, which))),
    }
}

/// Active devices that the register doesn't know.
pub async fn unregistered(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Unknown>,
) -> Result<Json<Unregistered>, Fault> {
    let after = place("after", asked.after.as_deref())?;
    Ok(Json(register::unregistered(&app, &actor, given(asked.org), after, page_limit(asked.limit)).await?))
}

/// Writes one down.
pub async fn add(
    State(app): State<Arc<App>>,
    actor: Actor,
    Body(new): Body<NewAsset>,
) -> Result<Created<Asset>, Fault> {
    Ok(Created(register::add(&app, &actor, new).await?))
}

/// Shows one. Its version is of what is written down: a verdict that time alone moves is no other version.
pub async fn show(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
) -> Result<OrJson<AssetRow>, Fault> {
    let row = register::show(&app, &actor, id).await?;
    let version = version_of(&serde_json::to_vec(&row.asset).unwrap_or_default());
    Ok(OrJson::other(([(header::ETAG, version)], Json(row))))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
    version: IfMatch,
    Body(change): Body<AssetChange>,
) -> Result<Json<Asset>, Fault> {
    Ok(Json(register::edit(&app, &actor, id, version, change).await?))
}

/// Strikes one out.
pub async fn remove(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
    version: IfMatch,
) -> Result<NoContent, Fault> {
    register::remove(&app, &actor, id, version).await?;
    Ok(NoContent)
}

/// What became of one.
pub async fn history(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Id(id): Id<AssetId>,
    Query(asked): Query<Part>,
) -> Result<Json<History>, Fault> {
    let after = place("after", asked.after.as_deref())?;
    Ok(Json(register::history(&app, id, after, page_limit(asked.limit)).await?))
}

/// Says which device one is.
pub async fn link(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
    Body(linked): Body<Linked>,
) -> Result<Json<Asset>, Fault> {
    Ok(Json(register::link(&app, &actor, id, linked.device).await?))
}

/// Says that one is no device.
pub async fn unlink(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
) -> Result<Json<Asset>, Fault> {
    Ok(Json(register::unlink(&app, &actor, id).await?))
}

/// Takes away who carried one.
pub async fn forget(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(id): Id<AssetId>,
) -> Result<Json<Asset>, Fault> {
    Ok(Json(register::forget(&app, &actor, id).await?))
}

/// Takes a table in: the body is the file.
pub async fn import(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Table>,
    request: Request,
) -> Result<Json<Imported>, Fault> {
    let file = read_body(request, MAX_FILE).await?;
    Ok(Json(register::import(&app, &actor, given(asked.org), file, asked.dry_run).await?))
}

impl Asked {
    fn which(&self) -> Result<Which, Fault> {
        let text = given(self.text.clone());
        if text.as_ref().is_some_and(|text| text.chars().count() > LONGEST) {
            return Err(Fault::malformed(format!("text: more than {LONGEST} characters")));
        }
        Ok(Which { org: given(self.org.clone()), life: self.life, standing: self.standing, text })
    }
}

/// A place in a list, where one is given.
fn place<T: FromStr>(name: &str, text: Option<&str>) -> Result<Option<T>, Fault> {
    let read = given(text).map(str::parse).transpose();
    read.map_err(|_| Fault::malformed(format!("{name}: not a place in the list")))
}

/// The whole list as a table, written while it is read.
fn whole(app: &Arc<App>, actor: &Actor, which: Which) -> Response {
    let (chunks, waiting) = mpsc::channel(2);
    let (app, actor) = (Arc::clone(app), actor.clone());
    tokio::spawn(async move {
        if let Err(error) = pour(&app, &actor, &which, &chunks).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a list broke off");
            // whoever reads it must not take it for whole
            chunks.send(Err(io::Error::other("the list broke off"))).await.ok();
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"register.csv\""),
    ];
    (headers, stream::body(waiting)).into_response()
}

async fn pour(
    app: &App,
    actor: &Actor,
    which: &Which,
    chunks: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), ActionError> {
    let (mut head, mut after): (_, Option<Place>) = (Some(HEAD.map(str::to_owned)), None);
    loop {
        let list = register::list(app, actor, which.clone(), after, MOST, false).await?;
        let mut table =
            csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
        for record in head.take().into_iter().chain(list.assets.iter().map(record)) {
            // memory takes whatever is written to it
            table.write_record(record.iter().map(|cell| harmless(cell))).ok();
        }
        let chunk = Ok(table.into_inner().unwrap_or_default().into());
        if chunks.send(chunk).await.is_err() {
            return Ok(());
        }
        after = list.next.and_then(|next| next.parse().ok());
        if after.is_none() {
            return Ok(());
        }
    }
}

/// The columns that an import takes, and those that it knows for ours.
const HEAD: [&str; 23] = [
    "tag",
    "serial",
    "carrier",
    "carrier_id",
    "org",
    "maker",
    "model",
    "platform",
    "life",
    "replace_by",
    "budget",
    "cost",
    "currency",
    "note",
    "id",
    "life_since",
    "device",
    "reporting",
    "last_contact",
    "verdict",
    "verdict_since",
    "verdict_due",
    "carrier_standing",
];

fn record(row: &AssetRow) -> [String; 23] {
    let asset = &row.asset;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string()).unwrap_or_default();
    let currency = asset.currency.as_deref().unwrap_or_default();
    [
        text(&asset.tag),
        text(&asset.serial),
        text(&asset.carrier),
        text(&asset.carrier_id),
        asset.org.clone(),
        text(&asset.maker),
        text(&asset.model),
        asset.platform.map(|platform| platform.to_string()).unwrap_or_default(),
        asset.life.to_string(),
        asset.replace_by.map(|day| day.to_string()).unwrap_or_default(),
        asset.budget.map(|budget| budget.to_string()).unwrap_or_default(),
        asset.cost.map(|cost| in_units(cost, currency)).unwrap_or_default(),
        currency.to_owned(),
        text(&asset.note),
        asset.id.to_string(),
        asset.life_since.to_string(),
        asset.device.map(|device| device.to_string()).unwrap_or_default(),
        if row.reporting { "yes" } else { "no" }.to_owned(),
        time(row.last_contact),
        row.verdict.map(|verdict| verdict.state.word().to_owned()).unwrap_or_default(),
        time(row.verdict.map(|verdict| verdict.since)),
        time(row.verdict.and_then(|verdict| verdict.due)),
        asset.carrier_standing.map(|standing| standing.to_string()).unwrap_or_default(),
    ]
}
