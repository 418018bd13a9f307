//! `muster import`: reports of a phone without a network, brought as a file.

use crate::field::Field as _;
use crate::output::{Outcome, print, print_json, read_file};
use crate::server::Server;
use crate::table::{Cell, Table};
use muster_proto::answer::SEQUENCE_TYPE;
use std::path::PathBuf;

/// What follows `muster import`.
#[derive(clap::Args)]
pub struct Args {
    /// File that `muster-agent export` wrote; `-` for standard input
    file: PathBuf,
}

/// Hands the file to the server.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let attempt = format!("import {}", args.file.display());
    let answer = server.post_bytes(&attempt, "import", SEQUENCE_TYPE, read_file(&args.file)?, &[])?;
    if json {
        print_json(&answer)?;
    } else {
        let mut table = Table::new(&["device", "number", "outcome", "code"]);
        for one in answer.list("outcomes") {
            let number = Cell::number(one.word("number"));
            table.row([
                one.word("device").into(),
                number,
                one.word("action").into(),
                one.word("code").into(),
            ]);
        }
        print(&table.text())?;
    }
    let refused = answer.list("outcomes").iter().filter(|one| one.text("action") != Some("accepted")).count();
    Ok(match refused {
        0 => Outcome::Done,
        refused => Outcome::Failed(format!("{refused} report(s) were not accepted")),
    })
}
