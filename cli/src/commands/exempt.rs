//! `muster exempt`: written exceptions.

use super::enrol::device;
use crate::change;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::Table;
use crate::when;
use clap::Subcommand;
use muster_proto::id::DeviceId;
use serde_json::json;

/// What follows `muster exempt`.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Args {
    #[command(flatten)]
    grant: Option<GrantArgs>,
    #[command(subcommand)]
    command: Option<ExemptCommand>,
}

#[derive(Subcommand)]
enum ExemptCommand {
    /// Change an exemption; refused if somebody else changes it at the same moment
    #[command(group = clap::ArgGroup::new("what").required(true).multiple(true))]
    Edit {
        /// Its id, as `muster exemptions` shows it
        id: String,
        /// When it ends: a time of RFC 3339, or a day, which counts whole in the organisation's time zone; one that is past ends it now
        #[arg(long, value_name = "T", group = "what", value_parser = when::point)]
        until: Option<String>,
        /// Why; it is shown beside the finding
        #[arg(long, value_name = "TEXT", group = "what")]
        reason: Option<String>,
    },
}

/// A new exemption.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("whom").required(true))]
struct GrantArgs {
    /// Rule that is excepted
    #[arg(long, value_name = "RULE")]
    rule: String,
    /// For this device
    #[arg(long, value_name = "ID", group = "whom", value_parser = device)]
    device: Option<DeviceId>,
    /// For this organisation and those below it
    #[arg(long, value_name = "ID", group = "whom")]
    org: Option<String>,
    /// When it ends: a time of RFC 3339, or a day, which counts whole in the organisation's time zone
    #[arg(long, value_name = "T", value_parser = when::point)]
    until: String,
    /// Why; it is shown beside the finding
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    if let Some(ExemptCommand::Edit { id, until, reason }) = &args.command {
        edit(server, id, until.as_deref(), reason.as_deref(), json)?;
    }
    if let Some(new) = &args.grant {
        grant(server, new, json)?;
    }
    Ok(Outcome::Done)
}

fn edit(
    server: &Server,
    id: &str,
    until: Option<&str>,
    reason: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let mut change = json!({});
    if let Some(until) = until {
        change["until"] = json!(until);
    }
    if let Some(reason) = reason {
        change["reason"] = json!(reason);
    }
    let path = format!("exemptions/{}", escaped(id));
    let (before, after) = server.edit("edit the exemption", &path, &change)?;
    let keys = [("until", "until"), ("reason", "reason")];
    if json { print_json(&after) } else { note(&change::told(&before, &after, &keys)) }
}

fn grant(server: &Server, args: &GrantArgs, json: bool) -> anyhow::Result<()> {
    let mut body = json!({ "rule": args.rule, "until": args.until, "reason": args.reason });
    if let Some(device) = args.device {
        body["device"] = json!(device);
    }
    if let Some(org) = &args.org {
        body["org"] = json!(org);
    }
    let exemption = server.post("grant the exemption", "exemptions", &body)?;
    if json {
        return print_json(&exemption);
    }
    let (id, until) = (exemption.word("id"), exemption.moment("until"));
    note(&format!("exempted from {} until {until} UTC; muster exempt edit {id} changes that", args.rule))
}

/// Lists them.
pub fn list(server: &Server, json: bool) -> anyhow::Result<Outcome> {
    let answer = server.read("list exemptions", "exemptions", &[])?;
    if json {
        print_json(answer.at("exemptions"))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["id", "rule", "device", "org", "until (UTC)", "by", "reason"]);
    for one in answer.list("exemptions") {
        let until = one.moment("until").into();
        table.row([
            one.word("id").into(),
            one.word("rule").into(),
            one.word("device").into(),
            one.word("org").into(),
            until,
            one.word("actor").into(),
            one.word("reason").into(),
        ]);
    }
    print(&if table.is_empty() { "No exemption.".to_owned() } else { table.text() })?;
    Ok(Outcome::Done)
}
