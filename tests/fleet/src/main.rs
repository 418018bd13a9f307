//! `muster-fleet`: many simulated phones against a server, to see what it takes.

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use muster_fleet::{Folder, Stretch, World, crowd};
use muster_proto::link::EnrolLink;
use muster_proto::time::Span;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

/// Simulates many phones: with the agent's own core, real keys and signatures, against a real server
#[derive(Parser)]
#[command(name = "muster-fleet", version, after_help = HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
To see what a server of yours takes:
  muster org add sizing --title Sizing
  muster enrol-token --org sizing --uses 2000 --approve auto --expires 1d     # prints the link
  muster-fleet enrol --server-link 'muster://…' --phones 2000 --state phones
  muster-fleet run --state phones --every 1m

Phones differ in maker, model, version, age of the patch and messengers; the same seed gives the same phones. Each keeps a channel
open and reports as the policy says; --every adds reports, so that a day's load fits into minutes: 2000 phones with --every 1m
send what 480,000 phones send that report every four hours. A phone opens a new TLS connection for each report, as real ones do.

Every ten seconds a line says: reports accepted in this time and per second, how long half of the requests and 99 in a hundred took
at most, open channels, and what failed. Simulated phones are devices like any others: let them report to a server for trials.";

#[derive(Subcommand)]
enum Command {
    /// Enrol phones and keep them in a folder
    Enrol(EnrolArgs),
    /// Run the phones of a folder, or phones that enrol first and are forgotten at the end
    Run(RunArgs),
}

#[derive(Args)]
struct EnrolArgs {
    /// Enrolment link for so many phones
    #[arg(long, value_name = "LINK")]
    server_link: EnrolLink,
    /// How many phones
    #[arg(long, value_name = "N", default_value_t = 50)]
    phones: u64,
    /// The same seed gives the same phones
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where the phones are kept
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

#[derive(Args)]
struct RunArgs {
    /// Enrolment link, for phones that are not in the folder yet
    #[arg(long, value_name = "LINK", required_unless_present = "state")]
    server_link: Option<EnrolLink>,
    /// How many phones; all of the folder without it
    #[arg(long, value_name = "N")]
    phones: Option<u64>,
    /// The same seed gives the same phones
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Where the phones are kept; without it they are forgotten at the end
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Each phone reports this often, beside what the policy says: `30s`, `1m`, `4h`
    #[arg(long, value_name = "SPAN", value_parser = span)]
    every: Option<Span>,
    /// They start spread over this time
    #[arg(long, value_name = "SPAN", default_value = "10s", value_parser = span)]
    spread: Span,
    /// End after this time; without it at Ctrl-C
    #[arg(long = "for", value_name = "SPAN", value_parser = span)]
    time: Option<Span>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("start the runtime")
        .and_then(|runtime| runtime.block_on(carry_out(cli.command)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster-fleet: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn carry_out(command: Command) -> anyhow::Result<()> {
    let world = Arc::new(World::new()?);
    match command {
        Command::Enrol(args) => {
            let folder = Arc::new(Folder::open(&args.state)?);
            let phones = enrol(&world, &args.server_link, args.seed, args.phones, Some(&folder)).await?;
            println!("{} phones enrolled in {}", phones.len(), args.state.display());
            Ok(())
        }
        Command::Run(args) => run(&world, args).await,
    }
}

/// Enrols as many phones as are still missing from the folder.
async fn enrol(
    world: &Arc<World>,
    link: &EnrolLink,
    seed: u64,
    phones: u64,
    folder: Option<&Arc<Folder>>,
) -> anyhow::Result<crowd::Phones> {
    let there = folder.map_or(Ok(Vec::new()), |folder| folder.numbers())?;
    let missing = (0..phones).filter(|nth| there.binary_search(nth).is_err());
    crowd::enrol(world, link, seed, missing, folder).await
}

async fn run(world: &Arc<World>, args: RunArgs) -> anyhow::Result<()> {
    let folder = args.state.as_deref().map(Folder::open).transpose()?.map(Arc::new);
    let mut phones = Vec::new();
    if let Some(folder) = &folder {
        for nth in folder.numbers()?.into_iter().filter(|nth| args.phones.is_none_or(|phones| *nth < phones))
        {
            phones.push((nth, folder.load(nth, args.seed, world)?));
        }
    }
    if let Some(link) = &args.server_link {
        phones.extend(enrol(world, link, args.seed, args.phones.unwrap_or(50), folder.as_ref()).await?);
    }
    anyhow::ensure!(!phones.is_empty(), "no phone in the folder: enrol some first, or give --server-link");
    println!("{} phones run", phones.len());
    let mut running = crowd::start(world, phones, folder.as_ref(), args.every, args.spread);
    let end = args.time.map(|time| tokio::time::Instant::now() + time.into());
    let mut tick = tokio::time::interval(TICK);
    tick.tick().await;
    let mut before = 0;
    loop {
        tokio::select! {
            _ = tick.tick() => before = say(world, before),
            () = over(end) => break,
            _ = tokio::signal::ctrl_c() => break,
            Some(ended) = running.join_next() => ended.context("a phone died")??,
        }
    }
    say(world, before);
    Ok(())
}

const TICK: Duration = Duration::from_secs(10);

async fn over(end: Option<tokio::time::Instant>) {
    match end {
        Some(end) => tokio::time::sleep_until(end).await,
        None => std::future::pending().await,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of reports are far below 2^52")]
fn say(world: &World, before: u64) -> u64 {
    let (tally, Stretch { requests, p50, p99, longest }) = (&world.tally, world.tally.take_stretch());
    let accepted = tally.accepted.load(Relaxed);
    let rate = (accepted - before) as f64 / TICK.as_secs_f64();
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!(
        "{:>7} reports {rate:>8.1}/s   {requests:>6} requests   p50 {:>7.1} ms   p99 {:>7.1} ms   longest {:>7.1} ms   {} channels   {} orders   {} refused   {} failed{}",
        accepted - before,
        ms(p50),
        ms(p99),
        ms(longest),
        tally.channels.load(Relaxed),
        tally.orders.load(Relaxed),
        tally.refused.load(Relaxed),
        tally.failed.load(Relaxed),
        tally.take_error().map(|error| format!(" (last: {error})")).unwrap_or_default(),
    );
    accepted
}

fn span(text: &str) -> Result<Span, String> {
    let wrong = || format!("{text:?} is not a length of time such as 30s, 1m or 4h");
    let at = text.find(|char: char| !char.is_ascii_digit()).ok_or_else(wrong)?;
    let secs = match &text[at..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => return Err(wrong()),
    };
    let number: u64 =
        text[..at].parse().ok().filter(|number| (1..=100_000).contains(number)).ok_or_else(wrong)?;
    Ok(Span::from_secs(number * secs))
}
