//! `muster scan`: ask devices for a report, and watch until it is answered.

pub mod many;

use super::order::{self, CancelArgs, ShowArgs};
use crate::field::Field as _;
use crate::output::Outcome;
use crate::server::{Server, escaped};
use crate::watch::WatchArgs;
use crate::when;
use clap::Subcommand;
use muster_proto::id::DeviceId;
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What follows `muster scan`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<ScanCommand>,
    /// Ids, asset tags or serial numbers of the devices
    #[arg(required_unless_present = "query", conflicts_with = "query")]
    devices: Vec<String>,
    /// All devices that a query finds: `verdict:unknown org:minenergo`
    #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
    query: Option<String>,
    /// Why; the person who carries the phone sees it
    #[arg(long, value_name = "TEXT", required = true)]
    reason: Option<String>,
    /// Spread many devices over so long; 50 devices a second without it
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    spread: Option<Span>,
    /// Wait so many seconds for the answer
    #[arg(long, value_name = "SECS", conflicts_with = "watch", value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: Option<u64>,
    /// How long the order stands: `15m`, `2h`
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    expires: Option<Span>,
    #[command(flatten)]
    watch: WatchArgs,
}

#[derive(Subcommand)]
enum ScanCommand {
    /// List scans of many devices, the newest first
    List {
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50)]
        limit: usize,
    },
    /// Show a scan and how many have answered
    Show(ShowArgs),
    /// Call a scan back
    Cancel(CancelArgs),
    /// Ask those once more who did not answer
    Repeat(RepeatArgs),
}

#[derive(clap::Args)]
struct RepeatArgs {
    /// The scan's id
    id: String,
    /// Why; as the first time without it
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Spread many devices over so long; 50 devices a second without it
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    spread: Option<Span>,
    /// How long the orders stand: `15m`, `2h`
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    expires: Option<Span>,
}

/// The server holds an answer back for at most so long at a time.
const ONE_WAIT: Duration = Duration::from_secs(25);

/// Orders the scan.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        Some(ScanCommand::List { limit }) => many::list(server, *limit, json)?,
        Some(ScanCommand::Show(ShowArgs { id, watch })) => many::show(server, id, watch.watch, json)?,
        Some(ScanCommand::Cancel(CancelArgs { id })) => many::cancel(server, id, json)?,
        Some(ScanCommand::Repeat(again)) => return repeat(server, again, json),
        None => return ask(server, args, json),
    }
    Ok(Outcome::Done)
}

fn ask(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let mut body = json!({ "reason": args.reason });
    if let Some(expires) = args.expires {
        body["expires_in"] = json!(expires.secs());
    }
    match args.devices.as_slice() {
        [device] if device.parse::<DeviceId>().is_ok() => one(server, args, device, body, json),
        devices => {
            if let Some(spread) = args.spread {
                body["spread"] = json!(spread.secs());
            }
            match &args.query {
                Some(query) => body["query"] = json!(query),
                None => body["devices"] = json!(devices),
            }
            many::ask(server, &body, args.wait, args.watch.watch, json)
        }
    }
}

fn repeat(server: &Server, again: &RepeatArgs, json: bool) -> anyhow::Result<Outcome> {
    let spans = [("spread", again.spread), ("expires_in", again.expires)];
    let spans = spans.into_iter().filter_map(|(name, span)| Some((name, json!(span?.secs()))));
    let reason = again.reason.iter().map(|reason| ("reason", json!(reason)));
    let body = spans.chain(reason).map(|(name, value)| (name.to_owned(), value)).collect();
    many::repeat(server, &again.id, &Value::Object(body), json)
}

/// One device is an order, which says more: what it did and when.
fn one(server: &Server, args: &Args, device: &str, mut body: Value, json: bool) -> anyhow::Result<Outcome> {
    body["kind"] = json!("scan");
    let started = now();
    let mut scan = server.post("order the scan", &format!("devices/{}/orders", escaped(device)), &body)?;
    if let Some(every) = args.watch.watch {
        scan = order::follow(server, &scan.word("order"), scan.text("device"), every, json)?;
    } else {
        if let Some(secs) = args.wait {
            scan = wait_for(server, scan, started, Duration::from_secs(secs))?;
        }
        order::show(&scan, json)?;
    }
    Ok(match scan.text("state") {
        Some("reported") => Outcome::Done,
        Some(state) if order::is_over(&scan) => {
            Outcome::Failed(format!("the scan has {state}{}", code(&scan)))
        }
        _ if args.wait.is_some() => {
            Outcome::Failed(format!("no report in time; the order stands until {}", scan.word("expires")))
        }
        _ => Outcome::Done,
    })
}

fn wait_for(server: &Server, mut scan: Value, started: Instant, wait: Duration) -> anyhow::Result<Value> {
    let path = format!("orders/{}", escaped(scan.text("order").unwrap_or_default()));
    while !order::is_over(&scan) {
        let left = wait.saturating_sub(now() - started);
        if left.is_zero() {
            break;
        }
        // whole seconds go over the wire: the last wait may be a little long, never a loop without one
        scan = server.wait("watch the order", &path, left.min(ONE_WAIT).max(Duration::from_secs(1)))?;
    }
    Ok(scan)
}

fn code(scan: &Value) -> String {
    let code = scan.list("states").iter().rev().find_map(|state| state.text("code"));
    code.map_or_else(String::new, |code| format!(": {code}"))
}

#[expect(clippy::disallowed_methods, reason = "a program of people's: it waits for as long as they said")]
fn now() -> Instant {
    Instant::now()
}
