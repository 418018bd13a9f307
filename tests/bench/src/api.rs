//! `api`: what a page of the list of devices costs, at a thousand devices and at a hundred thousand. Each page stands beside an empty
//! answer of the same server in the same run; first and last page of several queries show whether the list's length matters.
//!
//! Devices are written by the server's own code, as an enrolment and a judgement leave them, while no server runs on the folder.

pub mod seed;

use crate::caller::Caller;
use crate::figures::Figures;
use crate::ingest::clock;
use anyhow::Context as _;
use muster_tests::Server;
use tempfile::TempDir;

/// What follows `api`.
#[derive(clap::Args)]
pub struct Args {
    /// Numbers of devices, the smaller first
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    devices: Vec<u32>,
    /// How often each page is asked for
    #[arg(long, default_value_t = 200)]
    rounds: usize,
}

/// Each is asked for its first and its last page of a hundred.
const QUERIES: [(&str, &str, &str); 6] = [
    ("all", "", ""),
    ("one verdict", "verdict:failing", ""),
    ("three filters", "verdict:failing,grace org:ministry-3 rule:messengers", ""),
    ("an organisation with those below", "org:state rule:encryption", ""),
    ("silent", "silent>2d", ""),
    ("by deadline", "verdict:grace,failing", "-verdict,due"),
];
/// Measures.
pub fn run(args: &Args) -> anyhow::Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Figures::of(format!(
        "pages of 100 devices over TLS on one connection, {} requests each, as ratios to an empty answer of the same run; SQLite",
        args.rounds
    ));
    let (mut before, mut worst): (Option<Vec<f64>>, f64) = (None, 0.0);
    for devices in &args.devices {
        let folder = TempDir::new().context("make a temporary folder")?;
        // made by the server, filled while it is down
        drop(Server::launch(folder.path(), &[])?);
        let start = clock().0;
        let (now, count) = (clock().1, *devices);
        seed::fill(folder.path(), count, now).context("write devices")?;
        let seeded = clock().0 - start;
        let server = Server::launch(folder.path(), &[])?;
        let measured = runtime.block_on(measure(&server, args.rounds))?;
        figures.add(format!("{count}: seeding"), seeded.as_secs_f64(), "s");
        figures.add(format!("{count}: empty answer, p50"), measured.empty, "µs");
        for page in &measured.pages {
            figures.add(format!("{count}: {}, {} found", page.name, page.found), page.ratio, "×");
        }
        let ratios: Vec<f64> = measured.pages.iter().map(|page| page.ratio).collect();
        if let Some(before) = &before {
            worst = ratios.iter().zip(before).map(|(now, before)| now / before).fold(worst, f64::max);
        }
        before = Some(ratios);
    }
    // how much dearer the page is that has grown most
    figures.add("ratio", worst, "");
    Ok(figures)
}

struct Measured {
    empty: f64,
    pages: Vec<Page>,
}

struct Page {
    name: String,
    found: usize,
    ratio: f64,
}

async fn measure(server: &Server, rounds: usize) -> anyhow::Result<Measured> {
    let mut caller = Caller::of(server).await?;
    let mut paths = Vec::new();
    for (name, query, sort) in QUERIES {
        let (first, last, found) = caller.ends(query, sort).await?;
        paths.push((format!("{name}, first page"), format!("/api/v1/devices{first}"), found));
        paths.push((format!("{name}, last page"), format!("/api/v1/devices{last}"), found));
    }
    let addresses: Vec<String> = paths.iter().map(|(_, path, _)| path.clone()).collect();
    let (empty, ratios) = caller.compare(&addresses, rounds).await?;
    let page = |((name, _, found), ratio): ((String, String, usize), f64)| Page { name, found, ratio };
    Ok(Measured { empty, pages: paths.into_iter().zip(ratios).map(page).collect() })
}
