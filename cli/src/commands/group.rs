//! `muster group`: queries under a name.

use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster group`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: GroupCommand,
}

#[derive(Subcommand)]
enum GroupCommand {
    /// Put a query under a name: `group:NAME` stands for it in every query
    Add {
        /// Its name: `vip`
        name: String,
        /// The query: `label:role=minister`
        #[arg(long, value_name = "QUERY", allow_hyphen_values = true)]
        query: String,
        /// What it is called, in English; its name without it
        #[arg(long, value_name = "TEXT")]
        title: Option<String>,
        /// What it is called, in Russian; as in English without it
        #[arg(long, value_name = "TEXT")]
        title_ru: Option<String>,
        /// Of phones of this organisation and those below it; of all without it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// The order of its list: `org,-seen`
        #[arg(long, value_name = "KEYS", allow_hyphen_values = true)]
        sort: Option<String>,
        /// The columns of its list: `asset_tag,verdict,labels`
        #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
        columns: Vec<String>,
    },
    /// List groups, and how many devices each finds
    List,
    /// Change a group; refused if somebody else changes it at the same moment
    Edit(EditArgs),
    /// Take a group away; queries that name it are refused from then on
    Remove {
        /// Its name
        name: String,
    },
}

/// What is to be another.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
struct EditArgs {
    /// Its name
    name: String,
    /// The query
    #[arg(long, value_name = "QUERY", group = "what", allow_hyphen_values = true)]
    query: Option<String>,
    /// What it is called, in English
    #[arg(long, value_name = "TEXT", group = "what")]
    title: Option<String>,
    /// What it is called, in Russian
    #[arg(long, value_name = "TEXT", group = "what")]
    title_ru: Option<String>,
    /// The order of its list; the usual one with an empty text
    #[arg(long, value_name = "KEYS", group = "what", allow_hyphen_values = true)]
    sort: Option<String>,
    /// The columns of its list
    #[arg(long, value_name = "COLUMNS", group = "what", value_delimiter = ',')]
    columns: Vec<String>,
}

const EDITED: [(&str, &str); 4] =
    [("query", "query"), ("title", "title"), ("sort", "order"), ("columns", "columns")];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        GroupCommand::Add { name, query, title, title_ru, org, sort, columns } => {
            let title = title.as_ref().unwrap_or(name);
            let title = json!({ "en": title, "ru": title_ru.as_ref().unwrap_or(title) });
            let mut body = json!({ "id": name, "title": title, "query": query, "columns": columns });
            for (key, value) in [("org", org), ("sort", sort)] {
                if let Some(value) = value {
                    body[key] = json!(value);
                }
            }
            let made = server.post("add the group", "groups", &body)?;
            if json {
                print_json(&made)?;
            } else {
                note(&format!("muster device list group:{name} lists it"))?;
            }
        }
        GroupCommand::List => list(server, json)?,
        GroupCommand::Edit(args) => {
            let (before, after) =
                server.edit_from("edit the group", &path(&args.name), |before| args.change(before))?;
            if json { print_json(&after)? } else { note(&change::told(&before, &after, &EDITED))? }
        }
        GroupCommand::Remove { name } => {
            let gone = server.delete("remove the group", &path(name))?;
            if json { print_json(&gone)? } else { note(&format!("removed {name}"))? }
        }
    }
    Ok(Outcome::Done)
}

fn path(name: &str) -> String {
    format!("groups/{}", escaped(name))
}

impl EditArgs {
    /// What is not said stays, also of the two titles.
    fn change(&self, before: &Value) -> Value {
        let mut change = json!({});
        for (key, value) in [("query", &self.query), ("sort", &self.sort)] {
            if let Some(value) = value {
                change[key] = json!(value);
            }
        }
        if self.title.is_some() || self.title_ru.is_some() {
            let stays = |said: &Option<String>, at: &str| said.clone().unwrap_or_else(|| before.word(at));
            change["title"] =
                json!({ "en": stays(&self.title, "title/en"), "ru": stays(&self.title_ru, "title/ru") });
        }
        if !self.columns.is_empty() {
            change["columns"] = json!(self.columns);
        }
        change
    }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list groups", "groups", &[("counts", "true")])?;
    if json {
        return print_json(answer.at("groups"));
    }
    let mut table = Table::new(&["name", "title", "query", "org", "devices", "by"]);
    for group in answer.list("groups") {
        table.row([
            group.word("id").into(),
            group.word("title/en").into(),
            group.word("query").into(),
            group.word("org").into(),
            Cell::number(group.word("devices")),
            group.word("actor").into(),
        ]);
    }
    if table.is_empty() {
        return print("No group yet: muster group add NAME --query QUERY");
    }
    print(&table.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{Cli, Command};
    use clap::Parser as _;

    fn change(rest: &str) -> Value {
        let before = json!({ "title": { "en": "Old", "ru": "Было" }, "query": "label:role" });
        let line = Cli::try_parse_from(format!("muster group edit vip {rest}").split(' ')).expect(rest);
        let Command::Group(Args { command: GroupCommand::Edit(args) }) = line.command else {
            panic!("{rest}")
        };
        args.change(&before)
    }

    #[test]
    fn what_is_not_said_stays() {
        assert_eq!(change("--title New"), json!({ "title": { "en": "New", "ru": "Было" } }));
        assert_eq!(change("--title-ru Стало"), json!({ "title": { "en": "Old", "ru": "Стало" } }));
        assert_eq!(change("--query -label:role"), json!({ "query": "-label:role" }));
        assert!(Cli::try_parse_from(["muster", "group", "edit", "vip"]).is_err());
    }
}
