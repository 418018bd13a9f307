//! `GET /devices`: which phones …? A page as JSON, or all of them as CSV or lines of JSON.

use super::export::{self, Format};
use super::{OrJson, Query, given};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::DeviceList;
use crate::devices::{self, Columns, Cursor, Search, Sort};
use crate::http::fault::Fault;
use crate::problems::Code;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use std::sync::Arc;

/// What may be asked. An empty text asks for nothing.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// The query.
    q: Option<String>,
    /// Of this organisation and those below it.
    org: Option<String>,
    /// With this verdict.
    verdict: Option<muster_proto::verdict::State>,
    /// The order: `-verdict,due`.
    sort: Option<String>,
    /// Where the page begins.
    after: Option<String>,
    /// Devices on the page.
    limit: Option<u32>,
    /// Whether to count what is found under every verdict.
    counts: bool,
    /// The columns of a table: `asset_tag,verdict,labels`; of a page in JSON there are none.
    columns: Option<String>,
    /// `json`, `csv` or `ndjson`; the header `Accept` where nothing is said.
    format: Option<Format>,
}

/// Devices on a page where nothing else is asked.
const PAGE: u32 = 100;

/// A page of the list, or all of it.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Result<OrJson<DeviceList>, Fault> {
    let search = asked.search()?;
    let columns = given(asked.columns.as_deref()).map(str::parse::<Columns>).transpose();
    let columns = columns.map_err(|error| bad_columns(&error))?;
    devices::check_names(&app, &actor, &search.query).await?;
    match asked.format.unwrap_or_else(|| Format::accepted(&headers)) {
        Format::Json if columns.is_some() => {
            Err(Fault::malformed("`columns` are of tables: `format=csv` or `format=ndjson`"))
        }
        Format::Json => {
            let (after, limit) = (asked.after()?, asked.limit.unwrap_or(PAGE));
            Ok(OrJson::json(devices::list(&app, &actor, search, after, limit, asked.counts).await?))
        }
        _ if given(asked.after.as_deref()).is_some() || asked.limit.is_some() => {
            Err(Fault::malformed("`after` and `limit` are for pages: a table is always whole"))
        }
        format => Ok(OrJson::other(export::whole(&app, &actor, search, format, columns))),
    }
}

impl Asked {
    fn search(&self) -> Result<Search, Fault> {
        let sort: Option<Sort> =
            given(self.sort.as_deref()).map(str::parse).transpose().map_err(|error| bad_sort(&error))?;
        let (text, org) = (given(self.q.as_deref()), given(self.org.as_deref()));
        Search::new(text, org, self.verdict, sort.unwrap_or_default()).map_err(|error| bad_query(&error))
    }

    fn after(&self) -> Result<Option<Cursor>, Fault> {
        let after = given(self.after.as_deref()).map(str::parse).transpose();
        after.map_err(|error| Fault::malformed(format!("after: {error}")))
    }
}

/// The text is no query.
fn bad_query(error: &devices::QueryError) -> Fault {
    Fault::of(Code::BadQuery).because(error.to_string())
}

/// The text names no columns.
pub fn bad_columns(error: &devices::ColumnsError) -> Fault {
    Fault::of(Code::BadColumns).because(error.to_string())
}

/// The text is no order.
pub fn bad_sort(error: &devices::query::SortError) -> Fault {
    Fault::of(Code::BadSort).because(error.to_string())
}
