//! `muster audit`: who did what, when.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::progress;
use crate::server::Server;
use crate::table::{Cell, Table};
use serde_json::Value;

/// What follows `muster audit`.
#[derive(clap::Args)]
pub struct Args {
    /// Only entries after this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

/// Entries asked for at a time.
const PAGE: usize = 200;

/// Prints the entries, oldest first.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let entries = collect(server, args)?;
    if json {
        print_json(&Value::Array(entries))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["no.", "when (UTC)", "who", "what", "on", "details"]);
    for entry in &entries {
        table.row([
            Cell::number(entry.word("seq")),
            entry.moment("at").into(),
            entry.word("actor").into(),
            entry.word("action").into(),
            entry.word("subject").into(),
            entry.word("detail").into(),
        ]);
    }
    print(&table.text())?;
    Ok(Outcome::Done)
}

fn collect(server: &Server, args: &Args) -> anyhow::Result<Vec<Value>> {
    let mut entries: Vec<Value> = Vec::new();
    let mut after = args.after;
    let got = progress::count("entries of the audit");
    while entries.len() < args.limit {
        let limit = PAGE.min(args.limit - entries.len()).to_string();
        let page =
            server.read("read the audit", "audit", &[("after", &after.to_string()), ("limit", &limit)])?;
        let page = page.list("entries");
        let Some(last) = page.last().and_then(|entry| entry.at("seq").as_u64()).filter(|last| *last > after)
        else {
            break;
        };
        after = last;
        entries.extend_from_slice(page);
        got.set_position(entries.len() as u64);
    }
    Ok(entries)
}
