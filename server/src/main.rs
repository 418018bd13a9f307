//! The program `muster-server`.

use anyhow::Context as _;
use clap::Parser as _;
use muster_proto::time::Timestamp;
use muster_server::clock::Clock;
use muster_server::config::{Arguments, Command, Config};
use std::io::IsTerminal as _;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Reports are decoded into many small pieces of memory on one thread and let go of on another: the system's allocator spends an eighth
/// of the server's time on that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The system's clock: the one place where time enters.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the program's clock: everything else is given it")]
    fn now(&self) -> Timestamp {
        let since_1970 =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}

fn main() -> ExitCode {
    let Command::Serve(written) = Arguments::parse().command;
    let log = tracing_subscriber::EnvFilter::try_new(&written.log);
    let log = log.unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    let colours = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(log).with_writer(std::io::stderr).with_ansi(colours).init();
    let config = match Config::try_from(written) {
        Ok(config) => config,
        Err(error) => {
            eprintln!("muster-server: {error}");
            return ExitCode::from(2);
        }
    };
    match run(config) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the program's source of randomness: everything else is given it"
)]
fn run(config: Config) -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    let random = ring::rand::SystemRandom::new();
    runtime.block_on(async {
        let stop = stop_on_signal()?;
        muster_server::serve::serve(config, Arc::new(SystemClock), random, &mut std::io::stdout(), stop).await
    })
}

/// SIGTERM and SIGINT ask the server to stop.
fn stop_on_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (ask, stop) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        ask.send_replace(true);
        // a second signal ends it at once
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::exit(1);
    });
    Ok(stop)
}
