//! `muster schedule`: scans that are repeated.

use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::Table;
use crate::when;
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster schedule`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ScheduleCommand,
}

#[derive(Subcommand)]
enum ScheduleCommand {
    /// Have a scan repeated
    Add {
        /// Whom it asks: `group:vip`, `verdict:unknown`; all phones without it
        #[arg(long, value_name = "QUERY", default_value = "", allow_hyphen_values = true)]
        query: String,
        /// Why; the people who carry the phones see it
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Of phones of this organisation and those below it, in its time zone; of all, in UTC, without it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
        /// How often
        #[arg(long, value_name = "RHYTHM", value_parser = RHYTHMS)]
        every: String,
        /// At which time of the day: `08:30`
        #[arg(long, value_name = "HH:MM")]
        at: String,
        /// On which day: of the week from 1, which is Monday, or of the month
        #[arg(long, value_name = "N")]
        day: Option<u32>,
        /// No run after this: a time, or the last day, which counts whole in the schedule's time zone
        #[arg(long, value_name = "WHEN", value_parser = when::point)]
        until: Option<String>,
    },
    /// List scans that are repeated
    List,
    /// Change a scan that is repeated; refused if somebody else changes it at the same moment
    Edit(EditArgs),
    /// Have it stand still; what is missed is not made up for
    Pause {
        /// Its id
        id: String,
    },
    /// Have it go on
    Resume {
        /// Its id
        id: String,
    },
    /// End it; its runs stay
    End {
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
    /// Whom it asks
    #[arg(long, value_name = "QUERY", group = "what", allow_hyphen_values = true)]
    query: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", group = "what")]
    reason: Option<String>,
    /// How often; the day is then said anew
    #[arg(long, value_name = "RHYTHM", value_parser = RHYTHMS, group = "what")]
    every: Option<String>,
    /// At which time of the day
    #[arg(long, value_name = "HH:MM", group = "what")]
    at: Option<String>,
    /// On which day
    #[arg(long, value_name = "N", group = "what")]
    day: Option<u32>,
    /// No run after this: a time, or the last day, which counts whole in the schedule's time zone
    #[arg(long, value_name = "WHEN", value_parser = when::point, group = "what", conflicts_with = "for_ever")]
    until: Option<String>,
    /// It has no end
    #[arg(long, group = "what")]
    for_ever: bool,
}

const RHYTHMS: [&str; 4] = ["day", "weekday", "week", "month"];
const EDITED: [(&str, &str); 7] = [
    ("query", "query"),
    ("reason", "reason"),
    ("every", "every"),
    ("at", "at"),
    ("day", "day"),
    ("until", "until"),
    ("paused", "paused"),
];

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        ScheduleCommand::Add { query, reason, org, every, at, day, until } => {
            let body = json!({
                "query": query, "reason": reason, "org": org, "every": every, "at": at, "day": day, "until": until,
            });
            let made = server.post("add the schedule", "schedules", &body)?;
            if json {
                print_json(&made)?;
            } else {
                note(&format!("{} runs first at {} UTC", made.word("id"), made.moment("next_run")))?;
            }
        }
        ScheduleCommand::List => list(server, json)?,
        ScheduleCommand::Edit(args) => edit(server, &args.id, &args.change(), json)?,
        ScheduleCommand::Pause { id } => edit(server, id, &json!({ "paused": true }), json)?,
        ScheduleCommand::Resume { id } => edit(server, id, &json!({ "paused": false }), json)?,
        ScheduleCommand::End { id } => {
            let over = server.post("end the schedule", &path(id, "/end"), &json!({}))?;
            if json { print_json(&over)? } else { note(&format!("{id} is over"))? }
        }
    }
    Ok(Outcome::Done)
}

fn path(id: &str, rest: &str) -> String {
    format!("schedules/{}{rest}", escaped(id))
}

fn edit(server: &Server, id: &str, change: &Value, json: bool) -> anyhow::Result<()> {
    let (before, after) = server.edit("edit the schedule", &path(id, ""), change)?;
    if json { print_json(&after) } else { note(&change::told(&before, &after, &EDITED)) }
}

impl EditArgs {
    fn change(&self) -> Value {
        let mut change = json!({});
        let words =
            [("query", &self.query), ("reason", &self.reason), ("every", &self.every), ("at", &self.at)];
        for (name, value) in words {
            if let Some(value) = value {
                change[name] = json!(value);
            }
        }
        if let Some(day) = self.day {
            change["day"] = json!(day);
        }
        if self.for_ever || self.until.is_some() {
            change["until"] = json!(self.until);
        }
        change
    }
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list schedules", "schedules", &[])?;
    if json {
        return print_json(answer.at("schedules"));
    }
    let mut table = Table::new(&[
        "id",
        "every",
        "day",
        "at",
        "zone",
        "query",
        "org",
        "next run (UTC)",
        "last run (UTC)",
        "until (UTC)",
        "trouble",
        "over",
        "by",
        "reason",
    ]);
    for one in answer.list("schedules") {
        let paused = one.at("paused") == &Value::Bool(true);
        table.row([
            one.word("id").into(),
            one.word("every").into(),
            one.word("day").into(),
            one.word("at").into(),
            one.word("time_zone").into(),
            one.word("query").into(),
            one.word("org").into(),
            if paused { "paused".into() } else { one.moment("next_run").into() },
            one.moment("last_run").into(),
            one.moment("until").into(),
            one.word("trouble").into(),
            one.word("why").into(),
            one.word("actor").into(),
            one.word("reason").into(),
        ]);
    }
    if table.is_empty() {
        return print(
            "No scan is repeated: muster schedule add --query QUERY --reason TEXT --every day --at 08:30",
        );
    }
    print(&table.text())
}
