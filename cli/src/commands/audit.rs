//! `muster audit`: who did what, when; and whether the record is still what was written.

mod verify;

use crate::field::{Field as _, in_words};
use crate::output::{Outcome, print, print_json, write_file};
use crate::progress;
use crate::server::Server;
use crate::table::{Cell, Table};
use crate::when;
use anyhow::{Context as _, bail};
use clap::Subcommand;
use muster_proto::audit::{Head, Line};
use muster_proto::time::Timestamp;
use serde_json::Value;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

/// What follows `muster audit`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Subcommand)]
enum Command {
    /// List entries; also what `muster audit` does by itself
    List(ListArgs),
    /// Write the whole record to a file, one entry in JSON on each line and its head on the last
    Export(OutArgs),
    /// Write number and hash of the newest entry: kept on another machine, they show later whether entries were cut off or written anew
    Head(OutArgs),
    /// Check that no entry was removed, changed, reordered or put in; exit status 1 if one was
    Verify(verify::Args),
}

#[derive(clap::Args)]
struct ListArgs {
    /// Only what this person or token did
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this action (`token.make`), or all of one kind (`token`)
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Only what was done to this (`org:ID`, `device:ID`)
    #[arg(long, value_name = "KIND:ID")]
    subject: Option<String>,
    /// From this moment on (RFC 3339)
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Before this moment, or to the end of this day
    #[arg(long, value_name = "TIME", value_parser = when::until)]
    until: Option<Timestamp>,
    /// The newest first
    #[arg(long)]
    newest: bool,
    /// Only entries after this number
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: u64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 1000)]
    limit: usize,
}

#[derive(clap::Args)]
struct OutArgs {
    /// File to write; `-` for standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    out: PathBuf,
}

/// Entries asked for at a time.
const PAGE: usize = 200;

/// Checks a file, which needs no server; nothing where something else is asked.
pub fn offline(args: &Args, json: bool) -> Option<anyhow::Result<Outcome>> {
    match &args.command {
        Some(Command::Verify(args)) => verify::file(args, json),
        _ => None,
    }
}

/// Lists, writes or checks.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        None => list(server, &args.list, json),
        Some(Command::List(args)) => list(server, args, json),
        Some(Command::Export(args)) => export(server, args),
        Some(Command::Head(args)) => head(server, args),
        Some(Command::Verify(args)) => verify::of_server(server, args, json),
    }
}

fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<Outcome> {
    let entries = collect(server, args)?;
    if json {
        print_json(&Value::Array(entries))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["no.", "when (UTC)", "who", "from", "what", "on", "details", "changes"]);
    for entry in &entries {
        table.row([
            Cell::number(entry.word("seq")),
            entry.moment("at").into(),
            entry.word("actor").into(),
            entry.word("address").into(),
            entry.word("action").into(),
            entry.word("subject").into(),
            entry.word("detail").into(),
            changes(entry).into(),
        ]);
    }
    print(&table.text())?;
    Ok(Outcome::Done)
}

fn collect(server: &Server, args: &ListArgs) -> anyhow::Result<Vec<Value>> {
    let mut entries: Vec<Value> = Vec::new();
    let mut place = (args.after > 0 || !args.newest).then_some(args.after);
    let done = progress::count("read the audit");
    let (from, until) = (args.from.map(|time| time.to_string()), args.until.map(|time| time.to_string()));
    while entries.len() < args.limit {
        let limit = PAGE.min(args.limit - entries.len()).to_string();
        let (after, before) = if args.newest {
            (Some(args.after), place.filter(|_| !entries.is_empty()))
        } else {
            (place, None)
        };
        let (after, before) = (after.map(|seq| seq.to_string()), before.map(|seq| seq.to_string()));
        let asked = [
            ("actor", args.actor.as_deref()),
            ("action", args.action.as_deref()),
            ("subject", args.subject.as_deref()),
            ("from", from.as_deref()),
            ("until", until.as_deref()),
            ("order", args.newest.then_some("newest")),
            ("after", after.as_deref()),
            ("before", before.as_deref()),
            ("limit", Some(limit.as_str())),
        ];
        let asked: Vec<(&str, &str)> =
            asked.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let page = server.read("read the audit", "audit", &asked)?;
        entries.extend_from_slice(page.list("entries"));
        done.set_position(entries.len() as u64);
        place = page.at("next").as_u64();
        if place.is_none() {
            break;
        }
    }
    Ok(entries)
}

/// `ring 1 → 10`: what was, and what is since.
fn changes(entry: &Value) -> String {
    let (before, after) = (entry.at("before").as_object(), entry.at("after").as_object());
    let mut names: Vec<&String> =
        [before, after].into_iter().flatten().flat_map(serde_json::Map::keys).collect();
    names.sort();
    names.dedup();
    let said = names.into_iter().map(|name| {
        let was = before.map(|before| in_words(before.get(name).unwrap_or(&Value::Null)));
        let is = after.map(|after| in_words(after.get(name).unwrap_or(&Value::Null)));
        match (was, is) {
            (Some(was), Some(is)) if was != is => format!("{name} {was} → {is}"),
            (Some(was), None) => format!("{name} {was}"),
            (_, is) => format!("{name} {}", is.unwrap_or_default()),
        }
    });
    said.collect::<Vec<_>>().join(", ")
}

fn head(server: &Server, args: &OutArgs) -> anyhow::Result<Outcome> {
    let head: Head = serde_json::from_value(server.read("read the audit's head", "audit/head", &[])?)
        .context("read the audit's head: the answer is none")?;
    let mut text = serde_json::to_vec(&head)?;
    text.push(b'\n');
    write_file(&args.out, &text)?;
    Ok(Outcome::Done)
}

/// A file is written aside, and takes its name when all is in it.
fn export(server: &Server, args: &OutArgs) -> anyhow::Result<Outcome> {
    let attempt = "export the audit";
    let mut lines = BufReader::new(server.download(attempt, "audit/export")?);
    if args.out.as_os_str() == "-" {
        copy(&mut lines, &mut io::stdout().lock())?;
        return Ok(Outcome::Done);
    }
    let mut name = args.out.clone().into_os_string();
    name.push(".part");
    let aside = PathBuf::from(name);
    let mut written = || -> anyhow::Result<()> {
        let mut file = File::create(&aside)?;
        copy(&mut lines, &mut file)?;
        file.sync_all()?;
        Ok(std::fs::rename(&aside, &args.out)?)
    };
    written()
        .inspect_err(|_| drop(std::fs::remove_file(&aside)))
        .with_context(|| format!("write {}", args.out.display()))?;
    Ok(Outcome::Done)
}

fn copy(lines: &mut impl io::BufRead, out: &mut impl Write) -> anyhow::Result<()> {
    let (mut line, done) = (String::new(), progress::count("export the audit"));
    loop {
        let before = std::mem::take(&mut line);
        if lines.read_line(&mut line).context("the answer broke off")? == 0 {
            if !matches!(before.trim_end().parse(), Ok(Line::End(_))) {
                bail!("the answer broke off: its last line is missing");
            }
            out.flush()?;
            return Ok(());
        }
        out.write_all(line.as_bytes())?;
        done.inc(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn changes_are_told_in_a_line() {
        let told = |before: Value, after: Value| changes(&json!({ "before": before, "after": after }));
        assert_eq!(told(json!({ "ring": "1" }), json!({ "ring": "10" })), "ring 1 → 10");
        assert_eq!(told(json!({ "a": 1, "b": 2 }), json!({ "a": 1, "b": null })), "a 1, b 2 → –");
        assert_eq!(told(Value::Null, json!({ "title": "A" })), "title A");
        assert_eq!(told(json!({ "sha256": "00" }), Value::Null), "sha256 00");
        assert_eq!(told(Value::Null, Value::Null), "");
    }
}
