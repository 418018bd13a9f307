//! `muster hook`: addresses that are told over HTTP when a finding changes.

use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::pages;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster hook`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: HookCommand,
}

#[derive(Subcommand)]
enum HookCommand {
    /// Add a hook, and print its secret: it is shown once
    Add {
        /// Where it is told: `https://…`
        url: String,
        /// Name for people
        #[arg(long, value_name = "TEXT")]
        title: String,
        /// Of devices of this organisation and those below it; of all without it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// Of this rule; of every one without it
        #[arg(long, value_name = "RULE")]
        rule: Option<String>,
        /// When a finding comes into one of these states; of every change without it
        #[arg(long = "to", value_name = "STATE", value_delimiter = ',')]
        states: Vec<String>,
    },
    /// List hooks, and how they fare
    List,
    /// Change a hook; refused if somebody else changes it at the same moment
    Edit(EditArgs),
    /// Tell a hook nothing for now; what happens meanwhile it is told afterwards
    Pause {
        /// Its id
        id: String,
    },
    /// Let a paused hook go on
    Resume {
        /// Its id
        id: String,
    },
    /// Take a hook away, with all that waits for its receiver
    Remove {
        /// Its id
        id: String,
    },
    /// Send a ping, and say what came back
    Test {
        /// Its id
        id: String,
    },
    /// Make a new secret, and print it: it is shown once; the old one signs beside it for a day
    Rotate {
        /// Its id
        id: String,
    },
    /// List the changes that its receiver did not take
    Deliveries {
        /// Its id
        id: String,
        /// Only those that are tried again, or only the dead
        #[arg(long, value_name = "WORD", value_parser = ["waiting", "dead"])]
        standing: Option<String>,
        /// At most so many
        #[arg(long, value_name = "N")]
        limit: Option<usize>,
    },
    /// Tell it again of a change that it did not take, or of all that are dead
    Replay {
        /// Its id
        id: String,
        /// The change, by its number in `muster hook deliveries`; without it all that are dead
        #[arg(long, value_name = "N")]
        edge: Option<u64>,
    },
}

/// What is to be another.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
struct EditArgs {
    /// Its id
    id: String,
    /// Where it is told
    #[arg(long, value_name = "URL", group = "what")]
    url: Option<String>,
    /// Name for people
    #[arg(long, value_name = "TEXT", group = "what")]
    title: Option<String>,
    /// Of devices of this organisation and those below it
    #[arg(long, value_name = "ID", group = "what", conflicts_with = "every_org")]
    org: Option<String>,
    /// Of all devices
    #[arg(long, group = "what")]
    every_org: bool,
    /// Of this rule
    #[arg(long, value_name = "RULE", group = "what", conflicts_with = "every_rule")]
    rule: Option<String>,
    /// Of every rule
    #[arg(long, group = "what")]
    every_rule: bool,
    /// When a finding comes into one of these states
    #[arg(
        long = "to",
        value_name = "STATE",
        value_delimiter = ',',
        group = "what",
        conflicts_with = "every_state"
    )]
    states: Vec<String>,
    /// Of every change
    #[arg(long, group = "what")]
    every_state: bool,
}

const EDITED: [(&str, &str); 6] = [
    ("url", "url"),
    ("title", "title"),
    ("org", "organisation"),
    ("rule", "rule"),
    ("states", "to"),
    ("paused", "paused"),
];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        HookCommand::Add { url, title, org, rule, states } => {
            let mut body = json!({ "url": url, "title": title, "states": states });
            for (name, value) in [("org", org), ("rule", rule)] {
                if let Some(value) = value {
                    body[name] = json!(value);
                }
            }
            issued(&server.post("add the hook", "hooks", &body)?, json)?;
        }
        HookCommand::List => list(server, json)?,
        HookCommand::Edit(args) => edit(server, &args.id, &args.change(), json)?,
        HookCommand::Pause { id } => edit(server, id, &json!({ "paused": true }), json)?,
        HookCommand::Resume { id } => edit(server, id, &json!({ "paused": false }), json)?,
        HookCommand::Remove { id } => {
            let gone = server.delete("remove the hook", &path(id, ""))?;
            if json { print_json(&gone)? } else { note(&format!("removed {id}"))? }
        }
        HookCommand::Test { id } => return test(server, id, json),
        HookCommand::Rotate { id } => {
            issued(&server.post("make a new secret", &path(id, "/rotate"), &json!({}))?, json)?;
        }
        HookCommand::Deliveries { id, standing, limit } => {
            deliveries(server, id, standing.as_deref(), *limit, json)?;
        }
        HookCommand::Replay { id, edge } => {
            let body = edge.map_or_else(|| json!({}), |edge| json!({ "edge": edge }));
            let done = server.post("replay", &path(id, "/replay"), &body)?;
            if json {
                print_json(&done)?;
            } else {
                note(&replayed(&done))?;
            }
        }
    }
    Ok(Outcome::Done)
}

/// What became of those that were given up.
pub fn replayed(done: &Value) -> String {
    format!("sent again: {}; still dead: {}", done.word("replayed"), done.word("dead"))
}

fn path(id: &str, rest: &str) -> String {
    format!("hooks/{}{rest}", escaped(id))
}

/// The secret stands alone on its line, so that a script can take it.
fn issued(hook: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(hook);
    }
    note(&format!("hook {}: its secret is", hook.word("id")))?;
    print(&hook.word("secret"))
}

impl EditArgs {
    fn change(&self) -> Value {
        let mut change = json!({});
        let given = [("url", &self.url), ("title", &self.title), ("org", &self.org), ("rule", &self.rule)];
        for (name, value) in given {
            if let Some(value) = value {
                change[name] = json!(value);
            }
        }
        for (name, every) in [("org", self.every_org), ("rule", self.every_rule)] {
            if every {
                change[name] = Value::Null;
            }
        }
        if self.every_state || !self.states.is_empty() {
            change["states"] = json!(self.states);
        }
        change
    }
}

fn edit(server: &Server, id: &str, change: &Value, json: bool) -> anyhow::Result<()> {
    let (before, after) = server.edit("edit the hook", &path(id, ""), change)?;
    if json { print_json(&after) } else { note(&change::told(&before, &after, &EDITED)) }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list hooks", "hooks", &[])?;
    if json {
        return print_json(answer.at("hooks"));
    }
    let mut table =
        Table::new(&["id", "title", "url", "org", "rule", "to", "paused", "behind", "waiting", "dead"]);
    for hook in answer.list("hooks") {
        let states: Vec<&str> = hook.list("states").iter().filter_map(Value::as_str).collect();
        table.row([
            hook.word("id").into(),
            hook.word("title").into(),
            hook.word("url").into(),
            hook.word("org").into(),
            hook.word("rule").into(),
            states.join(", ").into(),
            hook.word("paused").into(),
            Cell::number(hook.word("behind")),
            Cell::number(hook.word("waiting")),
            Cell::number(hook.word("dead")),
        ]);
    }
    if table.is_empty() {
        return print("No hook yet: muster hook add URL --title TEXT");
    }
    print(&table.text())
}

fn test(server: &Server, id: &str, json: bool) -> anyhow::Result<Outcome> {
    let pinged = server.post("test the hook", &path(id, "/test"), &json!({}))?;
    if json {
        print_json(&pinged)?;
    }
    if pinged.at("delivered") == &Value::Bool(true) {
        if !json {
            note(&format!("the receiver took it: {}", pinged.word("status")))?;
        }
        return Ok(Outcome::Done);
    }
    Ok(Outcome::Failed(format!("test the hook: {}", pinged.word("error"))))
}

fn deliveries(
    server: &Server,
    id: &str,
    standing: Option<&str>,
    limit: Option<usize>,
    json: bool,
) -> anyhow::Result<()> {
    let query: Vec<(&str, &str)> = standing.map(|word| ("standing", word)).into_iter().collect();
    let path = path(id, "/deliveries");
    let all = pages::collect(server, "list deliveries", &path, "deliveries", &query, limit)?;
    if json {
        return print_json(&Value::Array(all));
    }
    let mut table =
        Table::new(&["edge", "device", "rule", "to", "tried", "next (UTC)", "dead since (UTC)", "error"]);
    for one in &all {
        table.row([
            Cell::number(one.word("edge")),
            one.word("device").into(),
            one.word("rule").into(),
            one.word("to").into(),
            Cell::number(one.word("attempts")),
            one.moment("next_try").into(),
            one.moment("dead").into(),
            one.word("error").into(),
        ]);
    }
    if table.is_empty() {
        return print("Nothing waits, and nothing is dead.");
    }
    print(&table.text())
}
