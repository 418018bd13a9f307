//! `muster exempt`: written exceptions.

use super::enrol::device;
use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::Server;
use crate::table::Table;
use crate::when;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde_json::json;

/// What follows `muster exempt`.
#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("whom").required(true))]
pub struct Args {
    /// Rule that is excepted
    #[arg(long, value_name = "RULE")]
    rule: String,
    /// For this device
    #[arg(long, value_name = "ID", group = "whom", value_parser = device)]
    device: Option<DeviceId>,
    /// For this organisation and those below it
    #[arg(long, value_name = "ID", group = "whom")]
    org: Option<String>,
    /// When it ends: a time of RFC 3339, or a day, which counts whole (in UTC)
    #[arg(long, value_name = "T", value_parser = when::until)]
    until: Timestamp,
    /// Why; it is shown beside the finding
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Grants it.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let mut body = json!({ "rule": args.rule, "until": args.until, "reason": args.reason });
    if let Some(device) = args.device {
        body["device"] = json!(device);
    }
    if let Some(org) = &args.org {
        body["org"] = json!(org);
    }
    let exemption = server.post("grant the exemption", "exemptions", &body)?;
    if json {
        print_json(&exemption)?;
    } else {
        note(&format!("exempted from {} until {}", args.rule, args.until))?;
    }
    Ok(Outcome::Done)
}

/// Lists them.
pub fn list(server: &Server, json: bool) -> anyhow::Result<Outcome> {
    let answer = server.read("list exemptions", "exemptions", &[])?;
    if json {
        print_json(answer.at("exemptions"))?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::new(&["rule", "device", "org", "until (UTC)", "by", "reason"]);
    for one in answer.list("exemptions") {
        let until = one.moment("until").into();
        table.row([
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
