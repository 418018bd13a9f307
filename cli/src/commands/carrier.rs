//! `muster carrier`: who carries the phones of the register, held against the directory.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Refusal, Server};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::Value;
use std::time::Duration;

/// What follows `muster carrier`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: CarrierCommand,
}

#[derive(Subcommand)]
enum CarrierCommand {
    /// Hold the register against the directory: names follow, and who has left or was shut out there is marked
    Import {
        /// Say what it would change, and change nothing
        #[arg(long)]
        dry_run: bool,
        /// Also where more than a quarter of those whom the directory knew would be gone or called otherwise
        #[arg(long)]
        accept_many: bool,
    },
    /// Show how the register stands to the directory: what became of the last comparison
    Show,
}

/// Time for an answer: the directory has five minutes to say everything.
const PATIENCE: Duration = Duration::from_secs(6 * 60);

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match args.command {
        CarrierCommand::Import { dry_run, accept_many } => import(server, dry_run, accept_many, json),
        CarrierCommand::Show => show(server, json),
    }
}

fn import(server: &Server, dry_run: bool, accept_many: bool, json: bool) -> anyhow::Result<Outcome> {
    let attempt = "hold the register against the directory";
    let flags = [("dry_run", dry_run), ("accept_many", accept_many)];
    let query: Vec<(&str, &str)> =
        flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name, "true")).collect();
    let sent =
        server.post_file_within(PATIENCE, attempt, "carriers/import", "application/json", Vec::new(), &query);
    let answer = match sent {
        Err(error) if is_too_many(&error) => {
            return Ok(Outcome::Failed(format!(
                "{error:#} (--dry-run lists them; where that is right: --accept-many)"
            )));
        }
        answer => answer?,
    };
    if json {
        print_json(&answer)?;
    } else {
        print(&words(&answer))?;
        if dry_run {
            note("Nothing was written: leave --dry-run out for that")?;
        }
    }
    Ok(Outcome::Done)
}

fn is_too_many(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Refusal>().is_some_and(|refusal| refusal.code == "carriers-gone")
}

fn words(answer: &Value) -> String {
    let would = if answer.at("dry_run").as_bool() == Some(true) { "would be " } else { "" };
    let n = |name: &str| answer.word(name);
    let mut text = format!(
        "{} people in the directory ({} entries left out), {} phones compared: {would}{} changed, {} newly known; {} people {would}called otherwise, {} gone",
        n("people"),
        n("skipped"),
        n("phones"),
        n("changed"),
        n("linked"),
        n("renamed"),
        n("gone"),
    );
    text += &format!(
        "\nphones: {} known, {} moved, {} shut out, {} left, {} several, {} unknown",
        n("known"),
        n("moved"),
        n("disabled"),
        n("left"),
        n("several"),
        n("unknown"),
    );
    let changes = answer.list("changes");
    if !changes.is_empty() {
        let mut table = Table::new(&["tag", "org", "carrier", "was", "is", "is called"]);
        for one in changes {
            table.row([
                one.text("tag").unwrap_or_else(|| one.text("asset").unwrap_or_default()).to_owned().into(),
                one.word("org").into(),
                one.word("carrier").into(),
                one.word("was").into(),
                Cell::from(one.word("standing")),
                one.word("becomes").into(),
            ]);
        }
        text += &format!("\n{}", table.text());
    }
    if answer.at("too_many").as_bool() == Some(true) && !would.is_empty() {
        text += "\nMore than a quarter of those whom the directory knew would be gone or called otherwise: it takes --accept-many";
    }
    text
}

fn show(server: &Server, json: bool) -> anyhow::Result<Outcome> {
    let view = server.read("show how the register stands to the directory", "carriers", &[])?;
    if json {
        print_json(&view)?;
        return Ok(Outcome::Done);
    }
    if view.at("compared").as_bool() != Some(true) {
        print("The register is compared with no directory: ldap-carrier-base in the server's configuration")?;
        return Ok(Outcome::Done);
    }
    let mut table = Table::pairs();
    let every = view
        .at("every_hours")
        .as_u64()
        .map_or("only when somebody asks".to_owned(), |hours| format!("every {hours} h"));
    table.row([Cell::dim("compared"), every.into()]);
    table.row([Cell::dim("last (UTC)"), view.moment("last/at").into()]);
    table.row([Cell::dim("by"), view.word("last/by").into()]);
    table.row([Cell::dim("outcome"), view.word("last/outcome").into()]);
    table.row([Cell::dim("detail"), view.word("last/detail").into()]);
    table.row([Cell::dim("done last (UTC)"), view.moment("last/done").into()]);
    print(&table.text())?;
    Ok(Outcome::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_says_who_and_that_it_takes_more() {
        let answer = json!({ "people": 1205, "skipped": 2, "phones": 8, "changed": 5, "linked": 0, "renamed": 1, "gone": 4,
            "known": 3, "moved": 0, "disabled": 1, "left": 4, "several": 0, "unknown": 0, "too_many": true, "dry_run": true,
            "changes": [{ "asset": "0a", "tag": "MF-1", "org": "minfin", "carrier": "Anna", "becomes": null, "was": "known", "standing": "left" }] });
        let text = words(&answer);
        assert!(
            text.starts_with(
                "1205 people in the directory (2 entries left out), 8 phones compared: would be 5 changed"
            ),
            "{text}"
        );
        assert!(text.contains("MF-1") && text.ends_with("it takes --accept-many"), "{text}");
        let done = json!({ "too_many": true, "dry_run": false });
        assert!(!words(&done).contains("--accept-many"), "it was accepted");
    }
}
