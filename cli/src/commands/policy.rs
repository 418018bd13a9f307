//! `muster plan`, `apply`, `policy`: what is demanded, and what a change of it would do.

mod documents;
mod trial;
mod versions;

use crate::field::{Field as _, in_words};
use crate::output::{Outcome, WrongUse, print, print_json, print_raw};
use crate::printable::printable;
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use anyhow::anyhow;
use clap::Subcommand;
use documents::{Document, Documents};
use serde_json::Value;
use std::io::IsTerminal as _;
use std::path::PathBuf;

/// What follows `muster plan`.
#[derive(clap::Args)]
pub struct PlanArgs {
    #[command(flatten)]
    documents: Documents,
    /// Name each device that would change state
    #[arg(long)]
    names: bool,
}

/// What follows `muster apply`.
#[derive(clap::Args)]
pub struct ApplyArgs {
    #[command(flatten)]
    documents: Documents,
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
        /// Which version; the one in force without it
        #[arg(long, value_name = "N")]
        version: Option<u64>,
    },
    /// List the versions of a policy
    Versions {
        /// Id of the policy
        id: String,
    },
    /// What differs between two versions: the one in force and the one before it where nothing is said
    Diff {
        /// Id of the policy
        id: String,
        /// The older version
        #[arg(long, value_name = "N")]
        from: Option<u64>,
        /// The newer version
        #[arg(long, value_name = "N")]
        to: Option<u64>,
    },
    /// What would a policy, or one rule, find on a device? Nothing is changed
    Try {
        /// A policy or a rule in YAML or JSON, or `-` for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Id of the device
        #[arg(long, value_name = "DEVICE")]
        device: String,
    },
    /// Put what an older version demanded into force again; without `--reason` say what that would do, and change nothing (exit status 3 if it
    /// would change something)
    Rollback {
        /// Id of the policy
        id: String,
        /// To this version
        #[arg(long, value_name = "N")]
        to: u64,
        /// Why; the audit keeps it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// Says what would change. Each document is planned against what is in force now.
pub fn plan(server: &Server, args: &PlanArgs, json: bool) -> anyhow::Result<Outcome> {
    let planned = plan_all(server, &args.documents)?;
    let one = args.documents.is_one_file();
    if json {
        print_json(&shown(&planned, one))?;
    } else {
        for (document, plan) in &planned {
            title(document, one)?;
            print(&said(plan, args.names))?;
        }
    }
    Ok(if planned.iter().any(|(_, plan)| would_change(plan)) { Outcome::Changes } else { Outcome::Done })
}

/// Puts them into force. All are planned first: where the server refuses one, none is applied.
pub fn apply(server: &Server, args: &ApplyArgs, json: bool) -> anyhow::Result<Outcome> {
    let one = args.documents.is_one_file();
    let planned = if one { alone(&args.documents)? } else { plan_all(server, &args.documents)? };
    let mut applied = Vec::new();
    for (document, _) in planned {
        let answer = send(server, "apply", "policies", &document, args.documents.prune)
            .map_err(|error| halfway(error, &applied))?;
        applied.push((document, answer));
        if !json && let Some((document, answer)) = applied.last() {
            title(document, one)?;
            print(&changes(answer))?;
            print(&format!("{}, version {}, is in force", answer.word("policy"), answer.word("version")))?;
        }
    }
    if json {
        print_json(&shown(&applied, one))?;
    }
    Ok(Outcome::Done)
}

/// What the server said of a document.
type Said = (Document, Value);

/// One document needs no plan before it: the server applies it whole or not at all.
fn alone(documents: &Documents) -> anyhow::Result<Vec<Said>> {
    Ok(documents.read()?.into_iter().map(|document| (document, Value::Null)).collect())
}

fn plan_all(server: &Server, documents: &Documents) -> anyhow::Result<Vec<Said>> {
    let mut planned: Vec<Said> = Vec::new();
    for document in documents.read()? {
        let plan = send(server, "plan", "policies/plan", &document, documents.prune)?;
        // the second would take back what the first does, each time anew
        if let Some((first, _)) = planned.iter().find(|(_, other)| other.at("policy") == plan.at("policy")) {
            let (a, b, id) = (first.path.display(), document.path.display(), plan.word("policy"));
            return Err(WrongUse(format!("{a} and {b} are both policy {id}")).into());
        }
        planned.push((document, plan));
    }
    Ok(planned)
}

/// Nobody else's change between plan and apply is undone: what is in force by then is said.
fn halfway(error: anyhow::Error, applied: &[Said]) -> anyhow::Error {
    if applied.is_empty() {
        return error;
    }
    let done: Vec<String> = applied.iter().map(|(document, _)| document.path.display().to_string()).collect();
    anyhow!("{error:#}; in force by now: {}", done.join(", "))
}

fn would_change(plan: &Value) -> bool {
    !plan.list("changes").is_empty()
}

/// For scripts: of one file what the server said, of several a list, each with its file.
fn shown(said: &[Said], one: bool) -> Value {
    match said {
        [(_, answer)] if one => answer.clone(),
        _ => said
            .iter()
            .map(|(document, answer)| {
                let mut answer = answer.clone();
                answer["file"] = document.path.display().to_string().into();
                answer
            })
            .collect(),
    }
}

fn title(document: &Document, one: bool) -> anyhow::Result<()> {
    if one { Ok(()) } else { print(&format!("{}:", document.path.display())) }
}

/// Lists or shows policies.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        PolicyCommand::List => list(server, json)?,
        PolicyCommand::Show { id, version } => {
            let version = version.map(|version| version.to_string());
            let query: Vec<(&str, &str)> =
                version.iter().map(|version| ("version", version.as_str())).collect();
            let document = server.bytes("show the policy", &format!("policies/{}", escaped(id)), &query)?;
            show(&document)?;
            // beside the document, which stays byte for byte what was applied
            eprint!("{}", kept(&kept_beside(server, id, &query)?));
        }
        PolicyCommand::Try { file, device } => trial::run(server, file, device, json)?,
        PolicyCommand::Versions { id } => versions::list(server, id, json)?,
        PolicyCommand::Diff { id, from, to } => versions::diff(server, id, (*from, *to), json)?,
        PolicyCommand::Rollback { id, to, reason } => {
            return versions::roll_back(server, id, *to, reason.as_deref(), json);
        }
    }
    Ok(Outcome::Done)
}

/// What stays in force beside the text of a version.
fn kept_beside(server: &Server, id: &str, query: &[(&str, &str)]) -> anyhow::Result<Value> {
    let answer = server.read("list the versions", &format!("policies/{}/versions", escaped(id)), &[])?;
    let asked = query.first().map(|(_, version)| *version);
    let mut versions = answer.list("versions").iter();
    let found = versions.find(|one| match asked {
        Some(version) => one.word("version") == version,
        None => one.at("in_force").as_bool() == Some(true),
    });
    Ok(found.map(|one| one.at("kept").clone()).unwrap_or_default())
}

/// A document as it was applied: byte for byte for whoever keeps it, and for people what can be seen of it.
fn show(document: &[u8]) -> anyhow::Result<()> {
    let text = String::from_utf8_lossy(document);
    if std::io::stdout().is_terminal() { print(&text) } else { print_raw(&text) }
}

fn send(server: &Server, verb: &str, path: &str, document: &Document, prune: bool) -> anyhow::Result<Value> {
    let query: &[_] = if prune { &[("prune", "true")] } else { &[] };
    let attempt = format!("{verb} {}", document.path.display());
    server.post_file(&attempt, path, document.media_type(), document.body.clone(), query)
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

/// The whole of a plan.
fn said(plan: &Value, names: bool) -> String {
    changes(plan) + &kept(plan.at("kept")) + &observed(plan) + &devices(plan, names)
}

/// What stays in force although the text leaves it out.
fn kept(kept: &Value) -> String {
    let parts = [("rules", "rule"), ("assign", "assignment")].into_iter().flat_map(|(list, what)| {
        let names = kept.at(list).as_object().into_iter().flatten();
        names.map(move |(name, version)| {
            let version = in_words(version);
            format!("{what} {name} stays in force although the text leaves it out (as of version {version}); --prune removes it\n")
        })
    });
    parts.map(|line| printable(line.trim_end()) + "\n").collect()
}

/// Broken rules that decide no verdict yet.
fn observed(plan: &Value) -> String {
    let line = |one: &Value| {
        let from =
            one.text("enforced").map(|_| format!(", decides verdicts from {} UTC", one.moment("enforced")));
        let devices = match one.at("devices").as_u64() {
            Some(1) => "1 device breaks it now".to_owned(),
            _ => format!("{} devices break it now", one.word("devices")),
        };
        format!("rule {} decides no verdict yet: {devices}{}\n", one.word("rule"), from.unwrap_or_default())
    };
    plan.list("observed").iter().map(line).collect()
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
    let start = printable(&chars.by_ref().take(100).collect::<String>());
    if chars.next().is_some() { start + "…" } else { start }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_says_what_stays_and_what_is_broken_and_does_not_count_yet() {
        let plan = json!({
            "policy": "p", "changes": [], "kept": {"rules": {"agent": 1}, "assign": {"minfin": 2}},
            "devices": {"total": 0, "by_org": []},
            "observed": [{"rule": "lock", "devices": 2, "enforced": "2026-11-26T00:00:00Z"}, {"rule": "own", "devices": 1, "enforced": null}],
        });
        let text = said(&plan, false);
        for line in [
            "rule agent stays in force although the text leaves it out (as of version 1); --prune removes it",
            "assignment minfin stays in force although the text leaves it out (as of version 2); --prune removes it",
            "rule lock decides no verdict yet: 2 devices break it now, decides verdicts from 2026-11-26",
            "rule own decides no verdict yet: 1 device breaks it now\n",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
    }

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
