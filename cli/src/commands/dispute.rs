//! `muster dispute`: what the people who carry phones say is wrong, and answers to them.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::pages::collect;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::{Value, json};

/// What follows `muster dispute`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: DisputeCommand,
}

#[derive(Subcommand)]
enum DisputeCommand {
    /// List disputes, the newest first
    List(ListArgs),
    /// Show a dispute with what was said and answered
    Show {
        /// Its number
        id: String,
    },
    /// Answer a dispute; the person who carries the phone reads it on the phone's page
    Answer {
        /// Its number
        id: String,
        /// What is answered, at most 1,000 characters
        text: String,
        /// It is settled: nothing more is answered
        #[arg(long)]
        close: bool,
    },
}

/// Which disputes.
#[derive(clap::Args)]
struct ListArgs {
    /// Of this device
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// About this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// In this state: open, answered or closed
    #[arg(long, value_name = "STATE", value_parser = ["open", "answered", "closed"])]
    state: Option<String>,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    limit: usize,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        DisputeCommand::List(args) => list(server, args, json)?,
        DisputeCommand::Show { id } => {
            let dispute = server.read("show the dispute", &format!("disputes/{}", escaped(id)), &[])?;
            if json { print_json(&dispute)? } else { print(&in_words(&dispute))? }
        }
        DisputeCommand::Answer { id, text, close } => {
            let path = format!("disputes/{}/answer", escaped(id));
            let body = json!({ "answer": text, "close": close });
            let dispute = server.post("answer the dispute", &path, &body)?;
            if json {
                print_json(&dispute)?
            } else {
                note(&format!("dispute {id} is {}", dispute.word("state")))?
            }
        }
    }
    Ok(Outcome::Done)
}

fn list(server: &Server, args: &ListArgs, json: bool) -> anyhow::Result<()> {
    let filters = [("device", &args.device), ("rule", &args.rule), ("state", &args.state)];
    let query: Vec<(&str, &str)> =
        filters.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?))).collect();
    let disputes = collect(server, "list disputes", "disputes", "disputes", &query, Some(args.limit))?;
    if json {
        return print_json(&Value::Array(disputes));
    }
    let mut table = Table::new(&["no.", "opened (UTC)", "state", "device", "tag", "org", "rule", "finding"]);
    for one in &disputes {
        table.row([
            Cell::number(one.word("id")),
            one.moment("opened").into(),
            one.word("state").into(),
            one.word("device").into(),
            one.word("asset_tag").into(),
            one.word("org").into(),
            one.word("rule").into(),
            Cell::state(&one.word("finding")),
        ]);
    }
    print(&if table.is_empty() { "No such dispute.".to_owned() } else { table.text() })
}

fn in_words(dispute: &Value) -> String {
    let mut table = Table::pairs();
    for (name, key) in
        [("state", "state"), ("device", "device"), ("tag", "asset_tag"), ("org", "org"), ("rule", "rule")]
    {
        table.row([name.into(), dispute.word(key).into()]);
    }
    table.row(["finding".into(), Cell::state(&dispute.word("finding"))]);
    table.row(["opened (UTC)".into(), dispute.moment("opened").into()]);
    let mut text = format!("{}\n{}\n", table.text().trim_end(), lines(dispute, "text"));
    if dispute["answer"].is_string() {
        let (by, at) = (dispute.word("answered_by"), dispute.moment("answered"));
        text += &format!("\nanswered by {by}, {at} (UTC)\n{}\n", lines(dispute, "answer"));
    }
    text.trim_end().to_owned()
}

/// Text of several lines, set in.
fn lines(dispute: &Value, key: &str) -> String {
    let text = crate::printable::printable_lines(dispute[key].as_str().unwrap_or_default());
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
