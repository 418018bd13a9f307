//! `muster token`: the links that still let phones in.

use crate::field::{DASH, Field as _};
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::{Cell, Table};
use clap::Subcommand;
use serde_json::json;

/// What follows `muster token`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Subcommand)]
enum TokenCommand {
    /// List the tokens that still work; a token itself is shown once, when it is made
    List {
        /// Only those of this organisation and of those below it
        #[arg(long, value_name = "ID")]
        org: Option<String>,
    },
    /// Take a token back: no other phone enrols with it. Phones that have used it stay
    Revoke {
        /// Id of the token, as `list` shows it
        id: String,
    },
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        TokenCommand::List { org } => list(server, org.as_deref(), json)?,
        TokenCommand::Revoke { id } => {
            let path = format!("tokens/{}/revoke", escaped(id));
            let revoked = server.post("revoke the token", &path, &json!({}))?;
            if json {
                print_json(&revoked)?;
            } else {
                note(&format!(
                    "revoked {id} of {}, with {} of {} use(s) left",
                    revoked.word("org"),
                    revoked.word("left"),
                    revoked.word("uses")
                ))?;
            }
        }
    }
    Ok(Outcome::Done)
}

fn list(server: &Server, org: Option<&str>, json: bool) -> anyhow::Result<()> {
    let query: Vec<(&str, &str)> = org.map(|org| ("org", org)).into_iter().collect();
    let answer = server.read("list tokens", "tokens", &query)?;
    if json {
        return print_json(answer.at("tokens"));
    }
    let mut table =
        Table::new(&["token", "org", "left", "of", "expires (UTC)", "approval", "replaces", "made by"]);
    for one in answer.list("tokens") {
        table.row([
            one.word("id").into(),
            one.word("org").into(),
            Cell::number(one.word("left")),
            Cell::number(one.word("uses")),
            one.moment("expires").into(),
            one.word("approve").into(),
            one.text("replaces").unwrap_or(DASH).into(),
            one.word("actor").into(),
        ]);
    }
    print(&if table.is_empty() { "No token works.".to_owned() } else { table.text() })
}
