//! `muster sign-in-link`: how a person comes into the console.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::printable::printable;
use crate::server::Server;
use serde_json::json;

/// What follows `muster sign-in-link`.
#[derive(clap::Args)]
pub struct LinkArgs {
    /// Name of the person, as the audit will show it
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

/// Makes a link that works once.
pub fn sign_in_link(server: &Server, args: &LinkArgs, json: bool) -> anyhow::Result<Outcome> {
    let body = args.name.as_ref().map_or_else(|| json!({}), |name| json!({ "name": name }));
    let link = server.post("make a sign-in link", "sign-in-links", &body)?;
    if json {
        print_json(&link)?
    } else {
        print(&link.word("link"))?;
        if let Some(certificate) = link["certificate_sha256"].as_str() {
            eprintln!(
                "the browser will warn on the first visit; go on only if the certificate has this SHA-256 fingerprint:\n{}",
                printable(certificate)
            );
        }
    }
    Ok(Outcome::Done)
}
