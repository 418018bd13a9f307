//! `muster plan`, `apply`, `policy`: what is demanded, and what a change of it would do.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json, read_file};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::Value;
use std::path::PathBuf;

/// What follows `muster plan`.
#[derive(clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    document: Document,
    /// Name each device that would change state
    #[arg(long)]
    names: bool,
}

/// What follows `muster apply`.
#[derive(clap::Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    document: Document,
}

/// A policy document.
#[derive(clap::Args)]
struct Document {
    /// The policy in YAML or JSON; `-` for standard input
    file: PathBuf,
    /// Remove what the document no longer names
    #[arg(long)]
    prune: bool,
}

/// What follows `muster policy`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// List policies in force
    List,
    /// Print a policy's document
    Show {
        /// Id of the policy
        id: String,
    },
}

/// Longest policy that the server takes.
const MAX_DOCUMENT: u64 = 1024 * 1024;

/// Says what would change.
pub fn plan(server: &Server, args: &PlanArgs, json: bool) -> anyhow::Result<Outcome> {
    let plan = send(server, "plan", "policies/plan", &args.document)?;
    if json {
        print_json(&plan)?;
    } else {
        print(&(changes(&plan) + &devices(&plan, args.names)))?;
    }
    Ok(if plan.list("changes").is_empty() { Outcome::Done } else { Outcome::Changes })
}

/// Puts it into force.
pub fn apply(server: &Server, args: &ApplyArgs, json: bool) -> anyhow::Result<Outcome> {
    let applied = send(server, "apply", "policies", &args.document)?;
    if json {
        print_json(&applied)?;
    } else {
        print(&changes(&applied))?;
        print(&format!("{}, version {}, is in force", applied.word("policy"), applied.word("version")))?;
    }
    Ok(Outcome::Done)
}

/// Lists or shows policies.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        PolicyCommand::List => list(server, json)?,
        PolicyCommand::Show { id } => {
            let document = server.bytes("show the policy", &format!("policies/{}", escaped(id)), &[])?;
            print(&String::from_utf8_lossy(&document))?;
        }
    }
    Ok(Outcome::Done)
}

fn send(server: &Server, verb: &str, path: &str, document: &Document) -> anyhow::Result<Value> {
    let body = read_file(&document.file, MAX_DOCUMENT)?;
    let is_json = document.file.extension().is_some_and(|extension| extension == "json");
    let media_type = if is_json { "application/json" } else { "text/yaml" };
    let query: &[_] = if document.prune { &[("prune", "true")] } else { &[] };
    server.post_file(&format!("{verb} {}", document.file.display()), path, media_type, body, query)
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list policies", "policies", &[])?;
    if json {
        return print_json(answer.at("policies"));
    }
    let mut table = Table::new(&["policy", "version", "title"]);
    for policy in answer.list("policies") {
        let title = policy.text("title/en").map_or_else(|| policy.word("title"), str::to_owned);
        let id = policy.text("policy").map_or_else(|| policy.word("id"), str::to_owned);
        table.row([id.into(), Cell::number(policy.word("version")), title.into()]);
    }
    print(&if table.is_empty() { "No policy yet: muster apply FILE".to_owned() } else { table.text() })
}

fn changes(answer: &Value) -> String {
    let changes = answer.list("changes");
    if changes.is_empty() {
        return "Nothing would change.\n".to_owned();
    }
    let mut table = Table::pairs();
    for change in changes {
        let sign = match change.text("change") {
            Some("add") => "+",
            Some("remove") => "-",
            _ => "~",
        };
        let values = match (change.at("from"), change.at("to")) {
            (Value::Null, Value::Null) => String::new(),
            (Value::Null, _) => change.word("to"),
            (_, Value::Null) => change.word("from"),
            _ => format!("{} → {}", change.word("from"), change.word("to")),
        };
        table.row([sign.into(), change.word("what").into(), clipped(&values).into()]);
    }
    table.text()
}

fn devices(plan: &Value, names: bool) -> String {
    let mut text = match plan.at("devices/total").as_u64() {
        Some(1) => "1 device would get another verdict\n".to_owned(),
        _ => format!("{} devices would get another verdict\n", plan.word("devices/total")),
    };
    let mut table = Table::pairs();
    for org in plan.list("devices/by_org") {
        for ((from, to), count) in moves(org) {
            let count = Cell::number(count.to_string());
            table.row([
                "".into(),
                org.word("org").into(),
                count,
                Cell::state(&from),
                "→".into(),
                Cell::state(&to),
            ]);
        }
    }
    text += &table.text();
    if names {
        let mut table = Table::new(&["device", "model", "from", "to"]);
        for one in plan.list("devices/by_org").iter().flat_map(|org| org.list("changes")) {
            let states = ["from", "to"].map(|name| Cell::state(&one.word(name)));
            table.row([one.word("device").into(), one.word("model").into()].into_iter().chain(states));
        }
        text += &table.text();
    }
    text
}

fn moves(org: &Value) -> std::collections::BTreeMap<(String, String), usize> {
    let mut moves = std::collections::BTreeMap::new();
    for change in org.list("changes") {
        *moves.entry((change.word("from"), change.word("to"))).or_default() += 1;
    }
    moves
}

/// A line of a plan is for the eye; the whole values are in `--json`.
fn clipped(text: &str) -> String {
    let mut chars = text.chars();
    let start: String =
        chars.by_ref().take(100).map(|char| if char.is_control() { ' ' } else { char }).collect();
    if chars.next().is_some() { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_reads_as_lines() {
        let plan = json!({
            "policy": "p",
            "changes": [{"change": "add", "what": "rule maker", "from": null, "to": "vendor"}],
            "devices": {"total": 2, "by_org": [{"org": "a", "changes": [
                {"device": "00", "model": "M", "from": "compliant", "to": "failing"},
                {"device": "01", "model": "M", "from": "compliant", "to": "failing"},
            ]}]},
        });
        assert_eq!(changes(&plan), "+  rule maker  vendor\n");
        let text = devices(&plan, false);
        assert!(text.starts_with("2 devices would get another verdict\n"), "{text}");
        assert!(text.contains("a  2  ● compliant  →  ■ failing"), "{text}");
        assert!(
            devices(&plan, true).contains("01      M      ● compliant  ■ failing"),
            "{}",
            devices(&plan, true)
        );
    }
}
