//! `muster api-token`: tokens for pipelines, programs and command lines elsewhere.

use crate::field::Field as _;
use crate::output::{Outcome, note, print, print_json};
use crate::server::{Server, escaped};
use crate::table::Table;
use crate::when;
use clap::Subcommand;
use muster_proto::time::Span;
use serde_json::{Value, json};

/// What follows `muster api-token`.
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: ApiTokenCommand,
}

#[derive(Subcommand)]
enum ApiTokenCommand {
    /// Make a token, and print it: it is shown once
    Create {
        /// Name under which it acts, as the audit will show it
        name: String,
        /// For how long it works: `90d`; five years at most
        #[arg(long, value_name = "SPAN", default_value = "90d", value_parser = when::span)]
        expires: Span,
        /// What its holder may: owner, author, operator, auditor or helpdesk; several with commas. What you may yourself without it
        #[arg(long, value_name = "ROLE", value_delimiter = ',')]
        role: Vec<String>,
        /// In this organisation and those below it; on the whole server without it
        #[arg(long, value_name = "ORG", requires = "role")]
        org: Option<String>,
    },
    /// List the tokens that work
    List,
    /// Take a token back: it works no more
    Revoke {
        /// Its name
        name: String,
    },
}

/// Carries it out.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    match &args.command {
        ApiTokenCommand::Create { name, expires, role, org } => {
            let mut body = json!({ "name": name, "expires_in": expires.secs() });
            if !role.is_empty() {
                let grant = |role: &String| match org {
                    Some(org) => json!({ "role": role, "org": org }),
                    None => json!({ "role": role }),
                };
                body["grants"] = role.iter().map(grant).collect();
            }
            let made = server.post("make an API token", "api-tokens", &body)?;
            // alone on its line, so that a script can take it
            if json { print_json(&made)? } else { print(&made.word("token"))? }
        }
        ApiTokenCommand::List => list(server, json)?,
        ApiTokenCommand::Revoke { name } => {
            let revoked = server.delete("revoke the API token", &format!("api-tokens/{}", escaped(name)))?;
            if json { print_json(&revoked)? } else { note(&format!("revoked {name}"))? }
        }
    }
    Ok(Outcome::Done)
}

fn list(server: &Server, json: bool) -> anyhow::Result<()> {
    let answer = server.read("list API tokens", "api-tokens", &[])?;
    if json {
        return print_json(answer.at("api_tokens"));
    }
    let mut table = Table::new(&["name", "may", "made (UTC)", "expires (UTC)"]);
    for one in answer.list("api_tokens") {
        let may: Vec<String> = one.list("grants").iter().map(grant_text).collect();
        table.row([
            one.word("name").into(),
            may.join(", ").into(),
            one.moment("created").into(),
            one.moment("expires").into(),
        ]);
    }
    print(&table.text())
}

/// `operator in minfin`, or the role alone where it holds on the whole server.
fn grant_text(grant: &Value) -> String {
    match grant.text("org") {
        None => grant.word("role"),
        Some(_) => format!("{} in {}", grant.word("role"), grant.word("org")),
    }
}
