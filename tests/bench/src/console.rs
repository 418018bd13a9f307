//! `console`: what the console's pages cost the server, at a thousand devices, at ten thousand and at a hundred thousand: the overview, the
//! roll-out, the list of devices with three filters, first and last page, and a device's page. Each stands beside an empty answer of
//! the same server in the same run.
//!
//! The devices are those of `api`, with ninety counted days of each organisation; the device whose page is asked for is a real agent's.

use crate::api::seed;
use crate::caller::Caller;
use crate::figures::Figures;
use crate::ingest::clock;
use anyhow::Context as _;
use muster_tests::{Agent, Root, Server};
use tempfile::TempDir;

/// What follows `console`.
#[derive(clap::Args)]
pub struct Args {
    /// Numbers of devices, the smaller first
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    devices: Vec<u32>,
    /// How often each page is asked for
    #[arg(long, default_value_t = 100)]
    rounds: usize,
}

const THREE: &str = "verdict:failing,grace org:ministry-3 rule:messengers";
/// Days that were counted.
const DAYS: u32 = 90;

/// Measures.
pub fn run(args: &Args) -> anyhow::Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut figures = Figures::of(format!(
        "pages of the console over TLS on one connection, {} requests each, as ratios to an empty answer of the same run; SQLite",
        args.rounds
    ));
    let (mut before, mut worst): (Option<Vec<f64>>, f64) = (None, 0.0);
    for devices in &args.devices {
        let folder = TempDir::new().context("make a temporary folder")?;
        // made by the server, filled while it is down
        drop(Server::launch(folder.path(), &[])?);
        seed::fill(folder.path(), *devices, clock().1).context("write devices")?;
        seed::days(folder.path(), DAYS, clock().1).context("write counted days")?;
        let server = Server::launch(folder.path(), &[])?;
        let (empty, pages) = runtime.block_on(measure(&server, args.rounds))?;
        figures.add(format!("{devices}: empty answer, p50"), empty, "µs");
        for (name, ratio) in &pages {
            figures.add(format!("{devices}: {name}"), *ratio, "×");
        }
        let ratios: Vec<f64> = pages.into_iter().map(|(_, ratio)| ratio).collect();
        if let Some(before) = &before {
            worst = ratios.iter().zip(before).map(|(now, before)| now / before).fold(worst, f64::max);
        }
        before = Some(ratios);
    }
    // how much dearer the page is that has grown most for ten times the devices
    figures.add("ratio", worst, "");
    Ok(figures)
}

async fn measure(server: &Server, rounds: usize) -> anyhow::Result<(f64, Vec<(String, f64)>)> {
    server.with_officials("minfin");
    let agent = Agent::enrol(&server.try_link("minfin", 1)?, &Root::copy("aurora-5.2-ok"));
    let _ = agent.try_run(&["report"])?;
    let mut caller = Caller::of(server).await?;
    let (first, last, found) = caller.ends(THREE, "").await?;
    let pages = [
        ("overview".to_owned(), "/".to_owned()),
        ("roll-out".to_owned(), "/board".to_owned()),
        (format!("devices, three filters, first page, {found} found"), format!("/devices{first}")),
        (format!("devices, three filters, last page, {found} found"), format!("/devices{last}")),
        ("devices, all, first page".to_owned(), "/devices".to_owned()),
        ("one device".to_owned(), format!("/devices/{}", agent.id())),
    ];
    let addresses: Vec<String> = pages.iter().map(|(_, path)| path.clone()).collect();
    let mut caller = Caller::sign_in(server).await?;
    let (empty, ratios) = caller.compare(&addresses, rounds).await?;
    Ok((empty, pages.into_iter().map(|(name, _)| name).zip(ratios).collect()))
}
