//! `muster mail`: who is written to of what changes.

use crate::change;
use crate::commands::hook::replayed;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster mail`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: MailCommand,
}

#[derive(Subcommand)]
enum MailCommand {
    /// Write to somebody
    #[command(group = clap::ArgGroup::new("when").required(true).multiple(true))]
    Add {
        /// The mail address
        address: String,
        /// The language of the mails
        #[arg(long, value_name = "LANG", value_parser = ["en", "ru"])]
        language: String,
        /// Of devices of this organisation and those below it; of all without it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// A digest each day from this hour on, in the organisation's time zone: 0 to 23
        #[arg(long, value_name = "HOUR", group = "when")]
        digest: Option<u32>,
        /// At once when a finding comes into one of these states
        #[arg(long, value_name = "STATE", value_delimiter = ',', group = "when")]
        at_once: Vec<String>,
    },
    /// List who is written to, and what waits
    List,
    /// Change somebody; refused if somebody else changes it at the same moment
    Edit(EditArgs),
    /// Write to somebody no more
    Remove {
        /// Its id
        id: String,
    },
    /// Send a mail that tells of nothing, and say whether the mail server took it
    Test {
        /// Its id
        id: String,
    },
    /// Send the mails again that were given up, to the address of now
    Replay {
        /// Its id
        id: String,
    },
}

/// What is to be another.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
struct EditArgs {
    /// Its id
    id: String,
    /// The mail address
    #[arg(long, value_name = "ADDRESS", group = "what")]
    address: Option<String>,
    /// The language of the mails
    #[arg(long, value_name = "LANG", value_parser = ["en", "ru"], group = "what")]
    language: Option<String>,
    /// Of devices of this organisation and those below it
    #[arg(long, value_name = "ID", group = "what", conflicts_with = "every_org")]
    org: Option<String>,
    /// Of all devices
    #[arg(long, group = "what")]
    every_org: bool,
    /// A digest each day from this hour on
    #[arg(long, value_name = "HOUR", group = "what", conflicts_with = "no_digest")]
    digest: Option<u32>,
    /// No digest
    #[arg(long, group = "what")]
    no_digest: bool,
    /// At once when a finding comes into one of these states
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        group = "what",
        conflicts_with = "never_at_once"
    )]
    at_once: Vec<String>,
    /// Never at once
    #[arg(long, group = "what")]
    never_at_once: bool,
}

const EDITED: [(&str, &str); 5] = [
    ("address", "address"),
    ("language", "language"),
    ("org", "organisation"),
    ("digest_hour", "digest"),
    ("at_once", "at once"),
];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        MailCommand::Add { address, language, org, digest, at_once } => {
            let mut body = json!({ "address": address, "language": language, "at_once": at_once });
            if let Some(org) = org {
                body["org"] = json!(org);
            }
            if let Some(hour) = digest {
                body["digest_hour"] = json!(hour);
            }
            let made = server.post("add the recipient", "mail-recipients", &body)?;
            if json {
                print_json(&made)?;
            } else {
                let id = made.word("id");
                note(&format!("{address} is written to ({id}); muster mail test {id} tries it"))?;
            }
        }
        MailCommand::List => list(server, json)?,
        MailCommand::Edit(args) => {
            let (before, after) = server.edit("edit the recipient", &path(&args.id, ""), &args.change())?;
            if json { print_json(&after)? } else { note(&change::told(&before, &after, &EDITED))? }
        }
        MailCommand::Remove { id } => {
            let gone = server.delete("remove the recipient", &path(id, ""))?;
            if json { print_json(&gone)? } else { note(&format!("removed {}", gone.word("address")))? }
        }
        MailCommand::Replay { id } => {
            let done = server.post("replay", &path(id, "/replay"), &json!({}))?;
            if json { print_json(&done)? } else { note(&replayed(&done))? }
        }
        MailCommand::Test { id } => return test(server, id, json),
    }
    Ok(Outcome::Done)
}

fn path(id: &str, rest: &str) -> String {
    format!("mail-recipients/{}{rest}", escaped(id))
}

impl EditArgs {
    fn change(&self) -> Value {
        let mut change = json!({});
        for (name, value) in [("address", &self.address), ("language", &self.language), ("org", &self.org)] {
            if let Some(value) = value {
                change[name] = json!(value);
            }
        }
        if self.every_org {
            change["org"] = Value::Null;
        }
        if self.no_digest || self.digest.is_some() {
            change["digest_hour"] = json!(self.digest);
        }
        if self.never_at_once || !self.at_once.is_empty() {
            change["at_once"] = json!(self.at_once);
        }
        change
    }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list recipients", "mail-recipients", &[])?;
    if json {
        return print_json(answer.at("recipients"));
    }
    let mut table =
        Table::new(&["id", "address", "language", "org", "digest", "at once", "waiting", "dead", "error"]);
    for one in answer.list("recipients") {
        let states: Vec<&str> = one.list("at_once").iter().filter_map(Value::as_str).collect();
        table.row([
            one.word("id").into(),
            one.word("address").into(),
            one.word("language").into(),
            one.word("org").into(),
            Cell::number(one.word("digest_hour")),
            states.join(", ").into(),
            Cell::number(one.word("waiting")),
            Cell::number(one.word("dead")),
            one.word("error").into(),
        ]);
    }
    if table.is_empty() {
        return print("Nobody yet: muster mail add ADDRESS --language LANG --digest HOUR");
    }
    print(&table.text())
}

fn test(server: &Server, id: &str, json: bool) -> anyhow::Result<Outcome> {
    let tried = server.post("test the recipient", &path(id, "/test"), &json!({}))?;
    if json {
        print_json(&tried)?;
    }
    if tried.at("delivered") == &Value::Bool(true) {
        if !json {
            note("the mail server took it")?;
        }
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Failed(format!("test the recipient: {}", tried.word("error"))))
}
