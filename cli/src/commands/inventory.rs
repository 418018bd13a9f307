//! `muster inventory`: what the management system of an organisation says is installed.

use crate::field::Field as _;
use crate::output::{Outcome, WrongUse, print, print_json, read_file};
use crate::server::{Refusal, Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What follows `muster inventory`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: InventoryCommand,
}

#[derive(Subcommand)]
enum InventoryCommand {
    /// Take in a table (CSV) that the management system exported. Only watched applications are kept
    Import {
        /// The table; `-` for standard input
        file: PathBuf,
        /// Which column says what: a TOML file, see docs/aurora-center.md
        #[arg(long, value_name = "FILE")]
        map: PathBuf,
        /// Say what it would change, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Forget what the management system said of a device
    Forget {
        /// Id of the device, or its asset tag
        device: String,
    },
}

/// Which column says what. What it says is checked by the server.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    /// How the table is written.
    #[serde(default)]
    file: Written,
    /// Names of columns.
    columns: Columns,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    delimiter: Option<String>,
    encoding: Option<String>,
    time_zone: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Columns {
    device: String,
    device_is: String,
    application: String,
    version: Option<String>,
    date: Option<String>,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        InventoryCommand::Import { file, map, dry_run } => import(server, file, map, *dry_run, json)?,
        InventoryCommand::Forget { device } => {
            let path = format!("inventory/{}/forget", escaped(device));
            server.post("forget the inventory", &path, &json!({}))?;
            let said = format!("forgot what the management system said of {device}");
            if json { print_json(&json!({ "device": device }))? } else { print(&said)? }
        }
    }
    Ok(Outcome::Done)
}

fn import(server: &Server, file: &Path, map: &Path, dry_run: bool, json: bool) -> anyhow::Result<()> {
    let attempt = format!("import {}", file.display());
    let layout = Map::read(map)?;
    let mut query = layout.query();
    query.extend(dry_run.then_some(("dry_run", "true")));
    let file = read_file(file, MAX_INVENTORY)?;
    let answer = server.post_file_within(PATIENCE, &attempt, "inventory", "text/csv", file, &query);
    let answer = answer.map_err(|error| blamed(error, map))?;
    if json { print_json(&answer) } else { print(&words(&answer)) }
}

/// Longest file that says which column is what.
const MAX_MAP: u64 = 64 * 1024;
/// Longest export: what the server takes.
const MAX_INVENTORY: u64 = 32 * 1024 * 1024;
/// Time for an answer: every device that the table changes is judged before it comes.
const PATIENCE: Duration = Duration::from_secs(5 * 60);

/// Codes with which the server refuses what the map says, and not what the table does.
const OF_THE_MAP: [&str; 2] = ["malformed", "inventory-layout"];

/// The same error, or wrong use where it is the map's fault.
fn blamed(error: anyhow::Error, map: &Path) -> anyhow::Error {
    match error.downcast_ref::<Refusal>() {
        Some(refusal) if OF_THE_MAP.contains(&refusal.code.as_str()) => wrong_map(map, &refusal.detail),
        _ => error,
    }
}

fn wrong_map(map: &Path, why: &dyn std::fmt::Display) -> anyhow::Error {
    WrongUse(format!("--map {}: {why}", map.display())).into()
}

impl Map {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let bytes = read_file(path, MAX_MAP).map_err(|error| wrong_map(path, error.root_cause()))?;
        let text = String::from_utf8(bytes).map_err(|error| wrong_map(path, &error))?;
        let map: Self = toml::from_str(&text).map_err(|error| wrong_map(path, &in_a_line(&text, &error)))?;
        let unnamed = map.query().into_iter().find(|(_, value)| value.is_empty()).map(|(key, _)| key);
        unnamed.map_or(Ok(map), |key| Err(wrong_map(path, &format!("{key} is empty"))))
    }

    fn query(&self) -> Vec<(&'static str, &str)> {
        let (columns, file) = (&self.columns, &self.file);
        let named = [
            ("device", Some(&columns.device)),
            ("device_is", Some(&columns.device_is)),
            ("application", Some(&columns.application)),
            ("version", columns.version.as_ref()),
            ("date", columns.date.as_ref()),
            ("delimiter", file.delimiter.as_ref()),
            ("encoding", file.encoding.as_ref()),
            ("time_zone", file.time_zone.as_ref()),
        ];
        named.into_iter().filter_map(|(name, value)| Some((name, value?.as_str()))).collect()
    }
}

/// What is wrong, and in which line, without the picture of it.
fn in_a_line(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| format!("line {}: ", 1 + before.matches('\n').count()));
    format!("{}{}", line.unwrap_or_default(), error.message())
}

fn words(answer: &Value) -> String {
    let done = if answer.at("dry_run").as_bool() == Some(true) { "would change" } else { "changed" };
    let mut text = format!(
        "{} rows, {} devices, {} watched applications; {done} {} devices",
        answer.word("rows"),
        answer.word("devices"),
        answer.word("applications"),
        answer.word("changed")
    );
    if !answer.list("unknown_devices").is_empty() {
        let mut table = Table::new(&["line", "device", "why it was left out"]);
        for one in answer.list("unknown_devices") {
            let several = one.at("several").as_bool() == Some(true);
            let why = if several { "several devices have this asset tag" } else { "not enrolled" };
            table.row([Cell::number(one.word("line")), one.word("name").into(), why.into()]);
        }
        text += &format!("\n{} names mean no device, or several:\n{}", answer.word("unknown"), table.text());
        let listed = answer.list("unknown_devices").len() as u64;
        let more = answer.at("unknown").as_u64().map_or(0, |all| all.saturating_sub(listed));
        if more > 0 {
            text += &format!("and {more} more, which are not listed\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_documentation_is_read() {
        let map: Map = toml::from_str(include_str!("../../../docs/examples/aurora-center.toml")).unwrap();
        let query = map.query();
        for part in [("device_is", "asset-tag"), ("delimiter", ";"), ("time_zone", "Europe/Moscow")] {
            assert!(query.contains(&part), "{query:?}");
        }
        assert!(toml::from_str::<Map>("[columns]\ndevice = 'a'\ncolumn = 'b'").is_err());
    }

    #[test]
    fn names_that_are_nobodys_are_said() {
        let answer = json!({"rows": 3, "devices": 1, "applications": 1, "changed": 1, "unknown": 1, "dry_run": true,
            "unknown_devices": [{"name": "MF-9", "line": 4, "several": false}]});
        let text = words(&answer);
        assert!(
            text.starts_with("3 rows, 1 devices, 1 watched applications; would change 1 devices\n"),
            "{text}"
        );
        assert!(text.contains("MF-9") && text.contains("not enrolled"), "{text}");
        assert!(!text.contains("more"), "{text}");
        let more = json!({"unknown": 1001, "unknown_devices": answer["unknown_devices"]});
        assert!(words(&more).ends_with("\nand 1000 more, which are not listed\n"), "{}", words(&more));
    }

    #[test]
    fn a_wrong_map_is_blamed_by_its_option() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("map.toml");
        let missing = Map::read(&path).unwrap_err();
        std::fs::write(&path, "[columns]\ndevice = ''\ndevice_is = 'id'\napplication = 'b'\n").unwrap();
        let unnamed = Map::read(&path).unwrap_err();
        assert!(unnamed.to_string().ends_with(": device is empty"), "{unnamed}");
        std::fs::write(&path, "[columns]\ndevice = 'a'\ncolumn = 'b'\n").unwrap();
        let flawed = Map::read(&path).unwrap_err();
        assert!(flawed.to_string().contains("line 3: unknown field `column`"), "{flawed}");
        for error in [missing, flawed] {
            assert!(error.is::<WrongUse>() && error.to_string().starts_with("--map "), "{error}");
        }
    }
}
