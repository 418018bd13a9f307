//! `muster sign-in-link`: how a person comes into the console.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::printable::printable;
use crate::server::Server;
use serde_json::{Value, json};

/// What follows `muster sign-in-link`.
#[derive(clap::Args)]
pub struct LinkArgs {
    /// Name of the person, as the audit will show it; one's own without it
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// What the person may: whoever is not known yet is added with it
    #[arg(long, value_name = "ROLE", value_parser = ["owner", "author", "operator", "auditor", "helpdesk"])]
    role: Option<String>,
    /// In this organisation and those below it; on the whole server without it
    #[arg(long, value_name = "ID", requires = "role")]
    org: Option<String>,
}

/// Makes a link that works once.
pub fn sign_in_link(server: &Server, args: &LinkArgs, json: bool) -> anyhow::Result<Outcome> {
    let mut body = json!({});
    for (key, value) in [("name", &args.name), ("role", &args.role), ("org", &args.org)] {
        if let Some(value) = value {
            body[key] = json!(value);
        }
    }
    show_link(&server.post("make a sign-in link", "sign-in-links", &body)?, json)?;
    Ok(Outcome::Done)
}

/// Prints a link alone on its line, and what the browser will warn of.
pub fn show_link(link: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return print_json(link);
    }
    print(&link.word("link"))?;
    if let Some(certificate) = link["certificate_sha256"].as_str() {
        eprintln!(
            "the browser will warn on the first visit; go on only if the certificate has this SHA-256 fingerprint:\n{}",
            printable(certificate)
        );
    }
    Ok(())
}
