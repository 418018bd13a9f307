//! `muster scan`: ask a device for a report, and watch the order until it is answered.

use super::order;
use crate::field::Field as _;
use crate::output::Outcome;
use crate::server::{Server, escaped};
use crate::watch::WatchArgs;
use crate::when;
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// What follows `muster scan`.
#[derive(clap::Args)]
pub struct Args {
    /// Id of the device
    device: String,
    /// Why; the person who carries the phone sees it
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Wait so many seconds for the answer
    #[arg(long, value_name = "SECS", conflicts_with = "watch", value_parser = clap::value_parser!(u64).range(..=86_400))]
    wait: Option<u64>,
    /// How long the order stands: `15m`, `2h`
    #[arg(long, value_name = "SPAN", value_parser = when::span)]
    expires: Option<Span>,
    #[command(flatten)]
    watch: WatchArgs,
}

/// The server holds an answer back for at most so long at a time.
const ONE_WAIT: Duration = Duration::from_secs(25);

/// Orders the scan.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let mut body = json!({ "kind": "scan", "reason": args.reason });
    if let Some(expires) = args.expires {
        body["expires_in"] = json!(expires.secs());
    }
    let started = now();
    let mut scan =
        server.post("order the scan", &format!("devices/{}/orders", escaped(&args.device)), &body)?;
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
