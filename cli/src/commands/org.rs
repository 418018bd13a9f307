//! `muster org`: the tree of organisations.

mod calendar;

use self::calendar::CalendarCommand;
use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster org`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: OrgCommand,
}

#[derive(Subcommand)]
enum OrgCommand {
    /// Add an organisation
    Add {
        /// Short name, used in policies and searches: `minenergo`
        id: String,
        /// Name for people
        #[arg(long, value_name = "TEXT")]
        title: String,
        /// The organisation that it belongs to
        #[arg(long, value_name = "ID")]
        parent: Option<String>,
        /// Time zone in which its days end, `Europe/Moscow`
        #[arg(long, value_name = "ZONE")]
        time_zone: Option<String>,
    },
    /// Change an organisation; refused if somebody else changes it at the same moment
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Edit {
        /// Its id
        id: String,
        /// Name for people
        #[arg(long, value_name = "TEXT", group = "what")]
        title: Option<String>,
        /// The organisation that it belongs to
        #[arg(long, value_name = "ID", group = "what", conflicts_with = "top")]
        parent: Option<String>,
        /// It belongs to none
        #[arg(long, group = "what")]
        top: bool,
        /// Time zone in which its days end, `Europe/Moscow`
        #[arg(long, value_name = "ZONE", group = "what")]
        time_zone: Option<String>,
    },
    /// On which days its phones are expected to be heard: silence is counted in that time
    Calendar {
        #[command(subcommand)]
        command: CalendarCommand,
    },
    /// List organisations
    List,
}

const EDITED: [(&str, &str); 3] = [("title", "title"), ("parent", "belongs to"), ("time_zone", "time zone")];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        OrgCommand::List => list(server, json)?,
        OrgCommand::Calendar { command } => calendar::run(server, command, json)?,
        OrgCommand::Add { id, title, parent, time_zone } => {
            let mut body = json!({ "id": id, "title": title });
            for (name, value) in [("parent", parent), ("time_zone", time_zone)] {
                if let Some(value) = value {
                    body[name] = json!(value);
                }
            }
            let org = server.post("add the organisation", "orgs", &body)?;
            if json { print_json(&org)? } else { note(&format!("added {id}"))? }
        }
        OrgCommand::Edit { id, title, parent, top, time_zone } => {
            let mut change = json!({});
            for (name, value) in [("title", title), ("parent", parent), ("time_zone", time_zone)] {
                if let Some(value) = value {
                    change[name] = json!(value);
                }
            }
            if *top {
                change["parent"] = Value::Null;
            }
            let path = format!("orgs/{}", escaped(id));
            let (before, after) = server.edit("edit the organisation", &path, &change)?;
            if json { print_json(&after)? } else { note(&change::told(&before, &after, &EDITED))? }
        }
    }
    Ok(Outcome::Done)
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list organisations", "orgs", &[])?;
    if json {
        return print_json(answer.at("orgs"));
    }
    let mut table = Table::new(&["id", "title", "belongs to", "time zone", "devices"]);
    for org in answer.list("orgs") {
        table.row([
            org.word("id").into(),
            org.word("title").into(),
            org.word("parent").into(),
            org.word("time_zone").into(),
            Cell::number(org.word("devices")),
        ]);
    }
    if table.is_empty() {
        return print("No organisation yet: muster org add ID --title TEXT");
    }
    print(&table.text())
}
