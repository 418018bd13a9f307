//! `muster device`: what is known of devices, and the evidence for it.

mod columns;
mod label;
mod parts;
mod show;

use self::columns::Columns;
use self::parts::{List, Part};
use super::{away, order};
use crate::field::Field as _;
use crate::output::{Outcome, print, print_json, write_file};
use crate::pages::collect;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use crate::watch::{View, Watch, WatchArgs};
use crate::when;
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
    /// The one device of exactly this id, tag or serial number
    Find {
        /// The whole name
        name: String,
    },
    /// Give devices labels, and take some away: `muster device label ID role=minister old-`
    Label(label::Args),
    /// The facts that its newest report has
    Facts {
        /// Id of the device
        id: String,
    },
    /// Watched applications that were found on it
    Sightings {
        /// Id of the device
        id: String,
    },
    /// The state of every rule
    Findings {
        /// Id of the device
        id: String,
    },
    /// What happened: changes of findings, breaks of its chain, orders; the newest first
    History(PartArgs),
    /// Changes of its findings, the newest first
    Edges {
        #[command(flatten)]
        part: PartArgs,
        /// Of this rule alone
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
    },
    /// Breaks of its chain of reports, also those that were acknowledged
    Breaks(PartArgs),
    /// Its stored reports, the newest first
    Reports(PartArgs),
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
    /// End a device without its word: a phone that is lost, broken or gone. Its agent is told to stop should it be heard of again
    End {
        /// Id of the device
        id: String,
        /// Why
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Erase what is known of it at once
        #[arg(long)]
        erase: bool,
    },
    /// Erase what is known of a device that has ended. That it was there stays, with its public keys, digests of its reports, and the audit
    Erase {
        /// Id of the device
        id: String,
    },
    /// All that is held on a device, one JSON document on each line
    Export {
        /// Id of the device
        id: String,
        /// Where to write it; standard output without it
        #[arg(long, value_name = "FILE", default_value = "-")]
        out: PathBuf,
    },
    /// Note that whoever has a device is away: until then silence is not counted. Without --until, the notes that are there
    Away {
        /// Id of the device
        id: String,
        #[command(flatten)]
        note: away::NoteArgs,
    },
    /// Whoever has a device is back: the note ends now
    Back {
        /// Id of the device
        id: String,
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
struct PartArgs {
    /// Id of the device
    id: String,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

#[derive(clap::Args)]
struct ListArgs {
    /// Which: `verdict:failing org:minenergo -label:role silent>2d`; a word that is not to be there comes after `--`: `-- -telegram`
    #[arg(value_name = "QUERY")]
    words: Vec<String>,
    /// Of this organisation and those below it
    #[arg(long, value_name = "ID")]
    org: Option<String>,
    /// With this verdict
    #[arg(long, value_name = "STATE")]
    verdict: Option<String>,
    /// The query, as one argument
    #[arg(short, long, value_name = "QUERY", conflicts_with = "words", allow_hyphen_values = true)]
    query: Option<String>,
    /// The order: `-verdict,due,model`
    #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
    sort: Option<String>,
    /// Print comma-separated values, with exact times
    #[arg(long, conflicts_with_all = ["json", "watch"])]
    csv: bool,
    /// The columns of the table: `asset_tag,verdict,labels`
    #[arg(long, value_name = "COLUMNS", conflicts_with = "json")]
    columns: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", conflicts_with = "csv")]
    limit: Option<usize>,
    #[command(flatten)]
    watch: WatchArgs,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        DeviceCommand::List(args) => list(server, args, json)?,
        DeviceCommand::Show { id, watch } => show(server, id, *watch, json)?,
        DeviceCommand::Find { name } => find(server, name, json)?,
        DeviceCommand::Label(args) => return label::run(server, args, json),
        DeviceCommand::Facts { id } => parts::part(server, id, Part::Facts, json)?,
        DeviceCommand::Sightings { id } => parts::part(server, id, Part::Sightings, json)?,
        DeviceCommand::Findings { id } => parts::part(server, id, Part::Findings, json)?,
        DeviceCommand::History(args) => part_list(server, args, List::History, None, json)?,
        DeviceCommand::Edges { part, rule } => part_list(server, part, List::Edges, rule.as_deref(), json)?,
        DeviceCommand::Breaks(args) => part_list(server, args, List::Breaks, None, json)?,
        DeviceCommand::Reports(args) => part_list(server, args, List::Reports, None, json)?,
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
        DeviceCommand::End { id, reason, erase } => {
            let ended = server.post(
                "end the device",
                &at(id, "/end"),
                &json!({ "reason": reason, "erase": erase }),
            )?;
            if json {
                print_json(&ended)?;
            }
        }
        DeviceCommand::Erase { id } => {
            server.post("erase the device", &at(id, "/erase"), &json!({}))?;
        }
        DeviceCommand::Export { id, out } => {
            write_file(out, &server.bytes("export what is held", &at(id, "/export"), &[])?)?
        }
        DeviceCommand::Away { id, note } => away::device(server, &at(id, "/away"), note, json)?,
        DeviceCommand::Back { id } => drop(server.delete("end the note", &at(id, "/away"))?),
        DeviceCommand::Acknowledge { id, reason } => {
            server.post("acknowledge the breaks", &at(id, "/acknowledge"), &json!({ "reason": reason }))?;
        }
    }
    Ok(Outcome::Done)
}

impl ListArgs {
    /// The query, whole.
    fn text(&self) -> String {
        self.query.clone().unwrap_or_else(|| self.words.join(" "))
    }
}

/// The query of a list.
#[cfg(test)]
pub fn asked(command: &crate::args::Command) -> String {
    match command {
        crate::args::Command::Device(Args { command: DeviceCommand::List(args) }) => args.text(),
        _ => String::new(),
    }
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

fn find(server: &Server, name: &str, json: bool) -> anyhow::Result<()> {
    let device = server.read("find the device", "devices/find", &[("name", name)])?;
    if json { print_json(&device) } else { print(&words(&[device], true)) }
}

fn part_list(
    server: &Server,
    args: &PartArgs,
    list: List,
    rule: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    parts::list(server, &args.id, list, rule, Some(args.limit), json)
}

fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<()> {
    let text = args.text();
    let filters = [("org", &args.org), ("verdict", &args.verdict), ("q", &Some(text)), ("sort", &args.sort)];
    let mut query: Vec<(&str, &str)> =
        filters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    query.retain(|(_, value)| !value.is_empty());
    if args.csv {
        query.push(("format", "csv"));
        query.extend(args.columns.as_deref().map(|columns| ("columns", columns)));
        return write_file(Path::new("-"), &server.bytes("list devices", "devices", &query)?);
    }
    let columns = args.columns.as_deref().map(Columns::parse).transpose()?;
    let text = |devices: &[Value], everything| match &columns {
        Some(columns) if !devices.is_empty() => columns.table(devices),
        _ => words(devices, everything),
    };
    let everything = query.iter().all(|(name, _)| *name == "sort");
    let collect = || collect(server, "list devices", "devices", "devices", &query, args.limit);
    if let Some(every) = args.watch.watch {
        let watch = Watch { server, every, device: None, key: "id", json };
        let view =
            |devices: Vec<Value>| View { text: text(&devices, everything), items: devices, over: false };
        watch.follow(|| collect().map(view))?;
        return Ok(());
    }
    let devices = collect()?;
    if json { print_json(&Value::Array(devices)) } else { print(&text(&devices, everything)) }
}

fn words(devices: &[Value], everything: bool) -> String {
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
    if table.is_empty() && !everything {
        return "No device is like that".to_owned();
    }
    if table.is_empty() {
        return "No device: muster enrol-token --org ID makes a link with which phones enrol".to_owned();
    }
    table.text()
}
