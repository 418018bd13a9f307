//! `api`: what a page of the list of devices costs, at a thousand devices and at a hundred thousand. Each page stands beside an empty
//! answer of the same server in the same run; first and last page of several queries show whether the list's length matters.
//!
//! Devices are written by the server's own code, as an enrolment and a judgement leave them, while no server runs on the folder.

mod seed;

use crate::figures::{Figures, median, percentile};
use crate::ingest::clock;
use anyhow::{Context as _, ensure};
use muster_fleet::http::{Connection, Target};
use muster_tests::Server;
use serde_json::Value;
use std::time::Duration;
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
/// Finds nobody.
const EMPTY: &str = "/api/v1/devices?q=status%3Arefused";

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
    let target = Target::with_pem(server.authority(), &server.data().join("ca.pem"))?;
    let token = std::fs::read_to_string(server.data().join("local-admin.token")).context("read the token")?;
    let mut caller = Caller { connection: target.connect().await?, token: token.trim().to_owned() };
    let mut paths = Vec::new();
    for (name, query, sort) in QUERIES {
        let (first, last, found) = caller.ends(query, sort).await?;
        paths.push((format!("{name}, first page"), first, found));
        paths.push((format!("{name}, last page"), last, found));
    }
    let mut empty = Vec::with_capacity(rounds);
    let mut times: Vec<Vec<Duration>> = vec![Vec::with_capacity(rounds); paths.len()];
    for round in 0..=rounds {
        let base = caller.time(EMPTY).await?;
        for ((_, path, _), times) in paths.iter().zip(&mut times) {
            let took = caller.time(path).await?;
            // the first round warms up
            if round > 0 {
                times.push(took);
            }
        }
        if round > 0 {
            empty.push(base.as_secs_f64() * 1e6);
        }
    }
    let empty = median(&mut empty);
    let page = |((name, _, found), mut times): ((String, String, usize), Vec<Duration>)| {
        times.sort();
        Page { name, found, ratio: percentile(&times, 0.5).as_secs_f64() * 1e6 / empty }
    };
    Ok(Measured { empty, pages: paths.into_iter().zip(times).map(page).collect() })
}

/// Who asks.
struct Caller {
    connection: Connection,
    token: String,
}

impl Caller {
    /// Addresses of the first and of the last page, and how many devices the list has.
    async fn ends(&mut self, query: &str, sort: &str) -> anyhow::Result<(String, String, usize)> {
        let sort = if sort.is_empty() { String::new() } else { format!("&sort={}", escaped(sort)) };
        let first = format!("/api/v1/devices?q={}{sort}", escaped(query));
        let (mut last, mut found) = (first.clone(), 0);
        loop {
            let page = self.get(&last).await?;
            found += page["devices"].as_array().context("a page without devices")?.len();
            match page["next"].as_str() {
                Some(next) => last = format!("{first}&after={next}"),
                None => break,
            }
        }
        ensure!(found > 0, "{query:?} finds nobody");
        Ok((first, last, found))
    }

    async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        let headers = format!("authorization: Bearer {}\r\n", self.token);
        let answer = self.connection.send("GET", path, &headers, &[]).await?;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        serde_json::from_slice(&answer.body).context("read the list")
    }

    async fn time(&mut self, path: &str) -> anyhow::Result<Duration> {
        let headers = format!("authorization: Bearer {}\r\n", self.token);
        let start = clock().0;
        let answer = self.connection.send("GET", path, &headers, &[]).await?;
        let took = clock().0 - start;
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
        Ok(took)
    }
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(
            |byte| {
                if byte.is_ascii_alphanumeric() {
                    char::from(byte).to_string()
                } else {
                    format!("%{byte:02X}")
                }
            },
        )
        .collect()
}
