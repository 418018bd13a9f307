//! `muster import`: reports of a phone without a network, brought as a file.

use crate::field::Field as _;
use crate::output::{MAX_REPORTS, Outcome, print, print_json, read_file};
use crate::progress;
use crate::server::Server;
use crate::table::{Cell, Table};
use anyhow::{anyhow, bail};
use muster_proto::answer::{MAX_BODY, SEQUENCE_TYPE};
use muster_proto::cbor::{MAX_ITEMS, split_sequence};
use muster_proto::cose::SIGN1;
use serde_json::json;
use std::path::PathBuf;

/// What follows `muster import`.
#[derive(clap::Args)]
pub struct Args {
    /// File that `muster-agent export` wrote, or several such files in one; `-` for standard input
    file: PathBuf,
}

/// Hands the file to the server, in as many requests as it takes. Where one fails, what went before it stays; the same file may be brought again.
pub fn run(server: &Server, args: &Args, json: bool) -> anyhow::Result<Outcome> {
    let attempt = format!("import {}", args.file.display());
    let file = read_file(&args.file, MAX_REPORTS)?;
    let reports =
        split_sequence(&file, SIGN1).map_err(|error| anyhow!("{attempt}: {}: {error}", error.code()))?;
    if reports.is_empty() {
        bail!("{attempt}: the file is empty");
    }
    let mut outcomes = Vec::with_capacity(reports.len());
    let done = progress::parts("import", reports.len());
    for body in bodies(&reports) {
        let answer = server.post_file(&attempt, "import", SEQUENCE_TYPE, body, &[])?;
        outcomes.extend_from_slice(answer.list("outcomes"));
        done.set_position(outcomes.len() as u64);
    }
    let answer = json!({ "outcomes": outcomes });
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

/// The reports in bodies that the server takes, in their order. One that is too long by itself goes alone: the server says so.
fn bodies(reports: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut bodies: Vec<(usize, Vec<u8>)> = Vec::new();
    for report in reports {
        match bodies.last_mut() {
            Some((items, body)) if *items < MAX_ITEMS && body.len() + report.len() <= MAX_BODY => {
                *items += 1;
                body.extend_from_slice(report);
            }
            _ => bodies.push((1, report.to_vec())),
        }
    }
    bodies.into_iter().map(|(_, body)| body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_goes_in_bodies_that_the_server_takes() {
        let lens = |sizes: &[usize]| -> Vec<usize> {
            let reports: Vec<Vec<u8>> = sizes.iter().map(|size| vec![0; *size]).collect();
            let reports: Vec<&[u8]> = reports.iter().map(Vec::as_slice).collect();
            let bodies = bodies(&reports);
            assert_eq!(bodies.concat().len(), sizes.iter().sum::<usize>());
            bodies.iter().map(Vec::len).collect()
        };
        assert_eq!(lens(&[1; 64]), [64]);
        assert_eq!(lens(&[1; 130]), [64, 64, 2]);
        assert_eq!(lens(&[16 * 1024; 5]), [MAX_BODY, 16 * 1024]);
        assert_eq!(lens(&[10, MAX_BODY + 1, 10]), [10, MAX_BODY + 1, 10]);
    }
}
