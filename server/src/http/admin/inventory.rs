//! `/inventory`: what a management system says is installed, as a file.

use super::{Id, NoContent, Query, read_body};
use crate::app::App;
use crate::auth::Actor;
use crate::http::fault::Fault;
use crate::inventory::{self, DeviceIs, Encoding, Imported, Layout, MAX_FILE};
use axum::Json;
use axum::extract::{Request, State};
use serde::Deserialize;
use std::sync::Arc;

/// How the file is to be read, and whether it is only asked what it would do.
#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    device: String,
    device_is: DeviceIs,
    application: String,
    version: Option<String>,
    date: Option<String>,
    time_zone: Option<String>,
    delimiter: Option<char>,
    encoding: Option<Encoding>,
    #[serde(default)]
    dry_run: bool,
}

/// Takes one in: the body is the file.
pub async fn post(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
    request: Request,
) -> Result<Json<Imported>, Fault> {
    let file = read_body(request, MAX_FILE).await?;
    let dry_run = asked.dry_run;
    Ok(Json(inventory::import(&app, &actor, asked.layout(), file, dry_run).await?))
}

/// Forgets what was said of a device, by its id or its asset tag.
pub async fn forget(
    State(app): State<Arc<App>>,
    actor: Actor,
    Id(name): Id<String>,
) -> Result<NoContent, Fault> {
    inventory::forget(&app, &actor, &name).await?;
    Ok(NoContent)
}

impl Asked {
    fn layout(self) -> Layout {
        Layout {
            device: self.device,
            device_is: self.device_is,
            application: self.application,
            version: self.version,
            date: self.date,
            time_zone: self.time_zone.unwrap_or_else(|| "UTC".to_owned()),
            delimiter: self.delimiter.unwrap_or(','),
            encoding: self.encoding.unwrap_or_default(),
        }
    }
}
