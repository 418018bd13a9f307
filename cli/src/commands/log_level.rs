//! `muster log-level`: what the server logs, and more of it for a while about one request, one device or one route.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::Server;
use crate::table::Table;
use crate::when;
use muster_proto::time::Span;
use serde_json::{Value, json};

/// What follows `muster log-level`.
#[derive(clap::Args)]
pub struct Args {
    /// error, warn, info, debug or trace; without it what is logged is shown
    #[arg(value_parser = ["error", "warn", "info", "debug", "trace"])]
    level: Option<String>,
    /// Only requests with this id, which they bring in the header X-Request-Id
    #[arg(long, value_name = "ID", requires = "level", conflicts_with_all = ["device", "route"])]
    request: Option<String>,
    /// Only what this device sends
    #[arg(long, value_name = "ID", requires = "level", conflicts_with = "route")]
    device: Option<String>,
    /// Only requests of this route, as the metrics name it: `/api/v1/devices/{id}`
    #[arg(long, value_name = "ROUTE", requires = "level")]
    route: Option<String>,
    /// For how long: `10m`, at most `24h`
    #[arg(long = "for", value_name = "SPAN", value_parser = when::span, requires = "level")]
    span: Option<Span>,
    /// Log no more than at the start
    #[arg(long, conflicts_with = "level")]
    reset: bool,
}

/// Shows or changes what is logged.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let view = match &args.level {
        Some(level) => server.put("change what is logged", "log", &wanted(args, level))?,
        None if args.reset => server.delete("change what is logged", "log")?,
        None => server.read("ask what is logged", "log", &[])?,
    };
    if json {
        print_json(&view)?;
        return Ok(Outcome::Done);
    }
    print(&format!("from the start: {}\n", view.word("base")))?;
    if !view.list("raised").is_empty() {
        let mut table = Table::new(&["for", "level", "until (UTC)"]);
        for raised in view.list("raised") {
            table.row([
                raised.word("scope").into(),
                raised.word("level").into(),
                raised.moment("until").into(),
            ]);
        }
        print(&table.text())?;
    }
    Ok(Outcome::Done)
}

fn wanted(args: &Args, level: &str) -> Value {
    let mut body = json!({ "level": level });
    for (name, value) in [("request", &args.request), ("device", &args.device), ("route", &args.route)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if let Some(span) = args.span {
        body["seconds"] = json!(span.secs());
    }
    body
}
