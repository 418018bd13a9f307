//! `ingest`: reports that a real server verifies, judges and makes durable, over TLS connections that are kept.
//!
//! Devices enrol for real; their reports are signed beforehand, each naming its predecessor and a nonce of the server. The server's CPU time per
//! report stands beside that of one bare verification, which is measured between the rounds: the ratio is what the machine's clock can't move.

mod device;

pub use device::report;

use crate::cpu;
use crate::figures::{Figures, median, percentile};
use crate::verify::{Sample, micros};
use anyhow::Context as _;

use device::Device;
use muster_fleet::http::{Connection, Target};
use muster_fleet::model::catalogue;
use muster_proto::answer::{Action, REPORT_TYPE, ReportsAnswer};
use muster_proto::cbor::decode;
use muster_proto::report::PROFILE;
use muster_proto::time::Timestamp;
use muster_tests::{Server, repo};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What follows `ingest`.
#[derive(clap::Args)]
pub struct Args {
    /// Devices; each sends one report in a round
    #[arg(long, default_value_t = 4096)]
    devices: usize,
    /// Rounds that count; one before them warms up
    #[arg(long, default_value_t = 8)]
    rounds: usize,
    /// Connections, kept alive
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// More options of `muster-server serve`, separated by spaces
    #[arg(long, default_value = "", allow_hyphen_values = true)]
    server: String,
}

/// Signed reports of one round, for each connection.
type Round = Vec<Vec<Vec<u8>>>;

/// What one round took.
struct Took {
    wall: Duration,
    cpu: Duration,
    latencies: Vec<Duration>,
}

/// Measures.
pub fn run(args: &Args) -> anyhow::Result<Figures> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let folder = TempDir::new().context("make a temporary folder")?;
    let options: Vec<&str> = args.server.split_whitespace().collect();
    let mut server = Server::launch(folder.path(), &options)?;
    prepare(&server)?;
    let link = server.try_link("bench", u32::try_from(args.devices)?)?.parse()?;
    let target = Target::with_pem(server.authority(), &server.data().join("ca.pem"))?;

    let mut devices = runtime.block_on(device::enrol(&target, &link, args.devices))?;
    let rounds = sign(&mut devices, args)?;
    let bytes: usize = rounds.iter().flatten().flatten().map(Vec::len).sum();
    let mut connections = runtime.block_on(open(&target, args.connections))?;

    let sample = Sample::new(8)?;
    let base = || micros(400, &|| sample.verify());
    let id = server.running().id();
    let (mut before, mut bases, mut ratios) = (base()?, Vec::new(), Vec::new());
    let (mut all, mut latencies, mut rates) = (Duration::ZERO, Vec::new(), Vec::new());
    for (nth, round) in rounds.iter().enumerate() {
        let cpu_before = cpu::of_process(id)?;
        let mut took = runtime.block_on(send(&mut connections, round))?;
        took.cpu = cpu::of_process(id)? - cpu_before;
        let after = base()?;
        if nth > 0 {
            let each = took.cpu.as_secs_f64() * 1e6 / count(args.devices);
            ratios.push(each / f64::midpoint(before, after));
            bases.push(f64::midpoint(before, after));
            rates.push(count(args.devices) / took.wall.as_secs_f64());
            all += took.cpu;
            latencies.append(&mut took.latencies);
        }
        before = after;
    }
    latencies.sort();

    let reports = args.devices * args.rounds;
    let mut figures = Figures::of(format!(
        "{reports} reports of {} devices in {} rounds over {} TLS connections kept alive, SQLite",
        args.devices, args.rounds, args.connections
    ));
    figures.add("durable verified reports", median(&mut rates), "/s");
    figures.add("p50", millis(percentile(&latencies, 0.5)), "ms");
    figures.add("p99", millis(percentile(&latencies, 0.99)), "ms");
    figures.add("server CPU per report", all.as_secs_f64() * 1e6 / count(reports), "µs");
    figures.add("verify (ring, P-256)", median(&mut bases), "µs");
    figures.add("report", count(bytes) / count(args.devices * rounds.len()), "bytes");
    figures.add(
        "server peak memory",
        count(usize::try_from(cpu::peak_memory(id)?)?) / 1024.0 / 1024.0,
        "MiB",
    );
    figures.add("ratio", median(&mut ratios), "");
    Ok(figures)
}

/// The clock of this program.
#[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
pub fn clock() -> (Instant, Timestamp) {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    (Instant::now(), Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(0)))
}

/// An organisation, and the officials' policy, so that judging has its real work.
fn prepare(server: &Server) -> anyhow::Result<()> {
    for org in ["bench", "minpromtorg", "minfin", "minenergo"] {
        server.try_muster(&["org", "add", org, "--title", org])?.done()?;
    }
    let policy = repo().join("catalogue/policies/officials.yaml");
    server.try_muster(&["apply", &policy.to_string_lossy()])?.done()?;
    Ok(())
}

fn sign(devices: &mut [Device], args: &Args) -> anyhow::Result<Vec<Round>> {
    let catalogue = catalogue()?;
    let now = clock().1;
    let mut rounds = Vec::with_capacity(args.rounds + 1);
    for _ in 0..=args.rounds {
        let mut round: Round = (0..args.connections).map(|_| Vec::new()).collect();
        for (nth, device) in devices.iter_mut().enumerate() {
            // a device keeps to one connection, so that its reports arrive in their order
            round[nth % args.connections].push(device.next(&catalogue, now)?);
        }
        rounds.push(round);
    }
    Ok(rounds)
}

async fn open(target: &Target, count: usize) -> anyhow::Result<Vec<Connection>> {
    let mut connections = Vec::with_capacity(count);
    for _ in 0..count {
        connections.push(target.connect().await?);
    }
    Ok(connections)
}

async fn send(connections: &mut Vec<Connection>, round: &Round) -> anyhow::Result<Took> {
    let start = clock().0;
    let mut senders = tokio::task::JoinSet::new();
    for (connection, reports) in connections.drain(..).zip(round) {
        senders.spawn(send_all(connection, reports.clone()));
    }
    let mut latencies = Vec::new();
    while let Some(sent) = senders.join_next().await {
        let (connection, mut took) = sent.context("a sender died")??;
        connections.push(connection);
        latencies.append(&mut took);
    }
    Ok(Took { wall: clock().0 - start, cpu: Duration::ZERO, latencies })
}

async fn send_all(
    mut connection: Connection,
    reports: Vec<Vec<u8>>,
) -> anyhow::Result<(Connection, Vec<Duration>)> {
    let headers = format!("content-type: {REPORT_TYPE}; eat_profile=\"{PROFILE}\"\r\n");
    let mut took = Vec::with_capacity(reports.len());
    for report in reports {
        let start = clock().0;
        let answer = connection.send("POST", "/v1/reports", &headers, &report).await?;
        took.push(clock().0 - start);
        let said = || String::from_utf8_lossy(&answer.body).into_owned();
        anyhow::ensure!(answer.status == 200, "a report was answered {}: {}", answer.status, said());
        let answer: ReportsAnswer = decode(&answer.body).context("read the answer to a report")?;
        let outcome = answer.outcomes.first().context("an answer without an outcome")?;
        anyhow::ensure!(
            outcome.action == Action::Accepted && outcome.code.is_none(),
            "a report had the outcome {outcome:?}"
        );
    }
    Ok((connection, took))
}

#[expect(clippy::cast_precision_loss, reason = "counts of reports are far below 2^52")]
fn count(number: usize) -> f64 {
    number as f64
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
