//! `muster device`: what is known of devices, and the evidence for it.

mod show;

use super::order;
use crate::field::Field as _;
use crate::output::{Outcome, print, print_json, write_file};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use crate::watch::{View, Watch, WatchArgs};
use crate::{progress, when};
use clap::Subcommand;
use muster_proto::time::Span;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What follows `muster device`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: DeviceCommand,
}

#[derive(Subcommand)]
enum DeviceCommand {
    /// List devices
    List(ListArgs),
    /// Show a device: verdict, findings, facts, sightings, history
    Show {
        /// Id of the device
        id: String,
        #[command(flatten)]
        watch: WatchArgs,
    },
    /// A report of a device: its signed bytes to a file, or what it says
    Report {
        /// Id of the device
        id: String,
        /// Number of the report; the newest without it
        #[arg(long, value_name = "N")]
        number: Option<u64>,
        /// Where to write the signed bytes; `-` for standard output. Without it the report is printed in words
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// The public key of a device, in PEM
    Key {
        /// Id of the device
        id: String,
        /// Where to write it; standard output without it
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// The certificates that came with the key of a device (Android's attestation), in PEM. The server has not verified them
    Chain {
        /// Id of the device
        id: String,
        /// Where to write them; standard output without it
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Send a device away: it makes a last report, and reports no more. Then it may be enrolled anew, here or elsewhere
    Retire {
        /// Id of the device
        id: String,
        /// Why; the person who carries the phone sees it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// How long the order stands: `7d`
        #[arg(long, value_name = "SPAN", value_parser = when::span)]
        expires: Option<Span>,
    },
    /// Acknowledge breaks of a device's chain of reports
    Acknowledge {
        /// Id of the device
        id: String,
        /// Why they are no reason to worry
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

#[derive(clap::Args)]
struct ListArgs {
    /// Of this organisation and those below it
    #[arg(long, value_name = "ID")]
    org: Option<String>,
    /// With this verdict
    #[arg(long, value_name = "STATE")]
    verdict: Option<String>,
    /// Whose id, model, maker or asset tag has this
    #[arg(short, long, value_name = "TEXT")]
    query: Option<String>,
    #[command(flatten)]
    watch: WatchArgs,
}

/// Devices asked for at a time.
const PAGE: &str = "500";

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        DeviceCommand::List(args) => list(server, args, json)?,
        DeviceCommand::Show { id, watch } => show(server, id, *watch, json)?,
        DeviceCommand::Report { id, number, out } => report(server, id, *number, out.as_deref())?,
        DeviceCommand::Key { id, out } => {
            write_file(out, &server.bytes("fetch the key", &at(id, "/key"), &[])?)?
        }
        DeviceCommand::Chain { id, out } => {
            write_file(out, &server.bytes("fetch the certificates", &at(id, "/chain"), &[])?)?
        }
        DeviceCommand::Retire { id, reason, expires } => {
            let mut body = json!({ "kind": "retire", "reason": reason });
            if let Some(expires) = expires {
                body["expires_in"] = json!(expires.secs());
            }
            order::show(&server.post("retire the device", &at(id, "/orders"), &body)?, json)?;
        }
        DeviceCommand::Acknowledge { id, reason } => {
            server.post("acknowledge the breaks", &at(id, "/acknowledge"), &json!({ "reason": reason }))?;
        }
    }
    Ok(Outcome::Done)
}

fn at(id: &str, rest: &str) -> String {
    format!("devices/{}{rest}", escaped(id))
}

fn report(server: &Server, id: &str, number: Option<u64>, out: Option<&Path>) -> anyhow::Result<()> {
    let number = number.map(|number| number.to_string());
    let query: Vec<(&str, &str)> = number.iter().map(|number| ("number", number.as_str())).collect();
    match out {
        Some(out) => write_file(out, &server.bytes("fetch the report", &at(id, "/report"), &query)?),
        None => print_json(&server.rendering("fetch the report", &at(id, "/report"), &query)?),
    }
}

fn show(server: &Server, id: &str, watch: WatchArgs, json: bool) -> anyhow::Result<()> {
    let read = || server.read("show the device", &at(id, ""), &[]);
    let Some(every) = watch.watch else {
        let device = read()?;
        return if json { print_json(&device) } else { print(&show::text(&device)) };
    };
    let watch = Watch { server, every, device: Some(id), key: "id", json };
    watch.follow(|| {
        read().map(|device| View { text: show::text(&device), items: vec![device], over: false })
    })?;
    Ok(())
}

fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<()> {
    if let Some(every) = args.watch.watch {
        let watch = Watch { server, every, device: None, key: "id", json };
        let read = || collect(server, args);
        watch.follow(|| read().map(|devices| View { text: words(&devices), items: devices, over: false }))?;
        return Ok(());
    }
    let devices = collect(server, args)?;
    if json { print_json(&Value::Array(devices)) } else { print(&words(&devices)) }
}

fn words(devices: &[Value]) -> String {
    let mut table = Table::new(&[
        "device",
        "asset tag",
        "org",
        "platform",
        "version",
        "maker",
        "model",
        "verdict",
        "until (UTC)",
        "last contact",
    ]);
    for device in devices {
        table.row([
            device.word("id").into(),
            device.word("asset_tag").into(),
            device.word("org").into(),
            device.word("platform").into(),
            device.word("os_version").into(),
            device.word("manufacturer").into(),
            device.word("model").into(),
            Cell::state(&device.word("verdict/state")),
            device.moment("verdict/due").into(),
            device.moment("last_contact").into(),
        ]);
    }
    if table.is_empty() {
        return "No device: muster enrol-token --org ID makes a link with which phones enrol".to_owned();
    }
    table.text()
}

fn collect(server: &Server, args: &ListArgs) -> anyhow::Result<Vec<Value>> {
    let mut devices = Vec::new();
    let mut after: Option<String> = None;
    let got = progress::count("devices");
    loop {
        let filters = [("org", &args.org), ("verdict", &args.verdict), ("q", &args.query), ("after", &after)];
        let mut query: Vec<(&str, &str)> =
            filters.iter().filter_map(|(name, value)| value.as_deref().map(|value| (*name, value))).collect();
        query.push(("limit", PAGE));
        let page = server.read("list devices", "devices", &query)?;
        devices.extend_from_slice(page.list("devices"));
        got.set_position(devices.len() as u64);
        match page.text("next") {
            Some(next) if after.as_deref() != Some(next) => after = Some(next.to_owned()),
            _ => return Ok(devices),
        }
    }
}
