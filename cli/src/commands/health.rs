//! `muster health`: is the server well, and if not, what exactly is wrong?

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json};
use crate::server::Server;
use crate::table::Table;

/// Prints what holds and what does not; fails where something does not.
pub fn run(server: &Server, json: bool) -> anyhow::Result<Outcome> {
    let health = server.read("ask for the server's health", "health", &[])?;
    if json {
        print_json(&health)?;
    } else {
        let mut table = Table::new(&["check", "holds", "details"]);
        for check in health.list("checks") {
            let holds = if check.at("ok").as_bool() == Some(true) { "yes" } else { "NO" };
            table.row([check.word("name").into(), holds.into(), check.word("detail").into()]);
        }
        print(&table.text())?;
    }
    Ok(match health.at("ready").as_bool() {
        Some(true) => Outcome::Done,
        _ => Outcome::Failed("the server is not ready".to_owned()),
    })
}
