//! A whole list as a table or as lines of JSON: written page by page while it is read, so that it may be as long as it likes.
//!
//! Each page is what is committed at its moment. A device that moves in the order of the list meanwhile may be missing or there twice;
//! none that stays where it is does either.

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

use crate::app::App;
use crate::auth::Actor;
use crate::devices::view::DeviceRow;
use crate::devices::{self, Column, Columns, Search};
use crate::error::ActionError;
use crate::http::{accept, stream};
use crate::problems::Code;

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A page as JSON.
    Json,
    /// Everything as comma-separated values.
    Csv,
    /// Everything as one JSON document on each line.
    Ndjson,
}

impl Format {
    /// What the header asks for.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Self {
        let forms = [
            ("application/json", Self::Json),
            ("text/csv", Self::Csv),
            ("application/x-ndjson", Self::Ndjson),
        ];
        accept::best(headers, forms)
    }
}

/// Rows that are read at a time.
const PAGE: u32 = 500;

/// The whole list.
pub fn whole(
    app: &Arc<App>,
    actor: &Actor,
    search: Search,
    format: Format,
    columns: Option<Columns>,
) -> Response {
    let (chunks, waiting) = mpsc::channel(2);
    let (app, actor) = (Arc::clone(app), actor.clone());
    tokio::spawn(async move {
        if let Err(error) = pour(&app, &actor, search, (format, columns), &chunks).await {
            tracing::error!(error = &error as &dyn std::error::Error, "a list broke off");
            // whoever reads it must not take it for whole
            chunks.send(Err(io::Error::other("the list broke off"))).await.ok();
        }
    });
    let (media_type, name) = match format {
        Format::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"devices.csv\""),
        _ => ("application/x-ndjson", "attachment; filename=\"devices.ndjson\""),
    };
    let headers = [(header::CONTENT_TYPE, media_type), (header::CONTENT_DISPOSITION, name)];
    (headers, stream::body(waiting)).into_response()
}

async fn pour(
    app: &App,
    actor: &Actor,
    search: Search,
    (format, columns): (Format, Option<Columns>),
    chunks: &mpsc::Sender<io::Result<Bytes>>,
) -> Result<(), ActionError> {
    let mut head = format == Format::Csv;
    let mut after = None;
    loop {
        let list = devices::list(app, actor, search.clone(), after, PAGE, false).await?;
        let chunk = match format {
            Format::Ndjson => lines(&list.devices, columns.as_ref()),
            _ => table(std::mem::take(&mut head), &list.devices, columns.as_ref()),
        };
        if chunks.send(Ok(chunk)).await.is_err() {
            return Ok(());
        }
        let Some(next) = list.next else { return Ok(()) };
        let next = next.parse().map_err(|_| ActionError::invalid(Code::OtherList, "a place in the list"))?;
        after = Some(next);
    }
}

/// A document on each line: all of a device, or the columns that were asked for.
fn lines(devices: &[DeviceRow], columns: Option<&Columns>) -> Bytes {
    let line = |device: &DeviceRow| {
        let whole = || serde_json::to_value(device).unwrap_or_default();
        let shown = columns.map_or_else(whole, |columns| chosen(&whole(), columns));
        shown.to_string() + "\n"
    };
    devices.iter().map(line).collect::<String>().into()
}

/// The verdict's parts stand beside the others, as in a table.
fn chosen(device: &Value, columns: &Columns) -> Value {
    let part = |column: Column| match column {
        Column::Verdict => device.pointer("/verdict/state"),
        Column::Since => device.pointer("/verdict/since"),
        Column::Due => device.pointer("/verdict/due"),
        column => device.get(column.word()),
    };
    columns
        .iter()
        .map(|column| (column.word().to_owned(), part(column).cloned().unwrap_or_default()))
        .collect()
}

fn table(head: bool, devices: &[DeviceRow], columns: Option<&Columns>) -> Bytes {
    // quotes around every cell: a spreadsheet that ends cells at another sign as well still takes each for one
    let mut table = csv::WriterBuilder::new()
        .quote_style(csv::QuoteStyle::Always)
        .from_writer(Vec::with_capacity(devices.len() * 256));
    let every = Columns::default();
    let columns = columns.unwrap_or(&every);
    let head = head.then(|| columns.words().map(str::to_owned).collect::<Vec<_>>());
    let row = |device| columns.iter().map(|column| column.cell(device)).collect::<Vec<_>>();
    for record in head.into_iter().chain(devices.iter().map(row)) {
        // memory takes whatever is written to it
        table.write_record(record.iter().map(|cell| harmless(cell))).ok();
    }
    table.into_inner().unwrap_or_default().into()
}

/// What a spreadsheet would take for a formula becomes text: an apostrophe stands before it. Where a list has `;` between its cells, as in
/// Russia, a spreadsheet takes our quotes for letters: a cell may then begin behind any of `ENDS`.
#[must_use]
pub fn harmless(cell: &str) -> String {
    let mut written = String::with_capacity(cell.len() + 1);
    let mut begins = true;
    for char in cell.chars() {
        if begins && BEGIN_FORMULAS.contains(&char) {
            written.push('\'');
        }
        // before the first sign that counts there may be spaces, and quotes that are taken away
        begins = ENDS.contains(&char) || (begins && (char.is_whitespace() || char == '"'));
        written.push(char);
    }
    written
}

/// What ends a cell, in one country or another.
const ENDS: [char; 5] = [';', '|', '\t', '\r', '\n'];
/// What a formula begins with; the wide ones where such letters are written.
const BEGIN_FORMULAS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\t=1", "\t'=1"),
            ("A;=cmd|'/C calc'!A0;", "A;'=cmd|'/C calc'!A0;"),
            ("A; \"+1\";;-1", "A; \"'+1\";;'-1"),
            ("A\n@x", "A\n'@x"),
            ("＝1", "'＝1"),
            ("A-17; B=2", "A-17; B=2"),
            ("R570E", "R570E"),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), written);
        }
    }
}
