//! `muster-server serve`.

use anyhow::Context as _;
use clap::Args;
use std::path::Path;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::Outside;
use crate::check;
use crate::config::{self, Config, Raw, USUAL_FILE};
use crate::log::{self, Levels};

/// How to serve.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    raw: Raw,
}

/// Serves until it is asked to stop.
///
/// # Errors
/// The configuration makes no sense; the server can't be started.
pub fn run(arguments: Arguments, file: Option<&Path>, outside: Outside) -> anyhow::Result<ExitCode> {
    let config = Config::try_from(config::read(file, arguments.raw)?)?;
    let levels = Levels::new(config.log.text(), config.log.filter());
    log::begin(&levels, config.log_format);
    check::warn_of_file(file.unwrap_or(Path::new(USUAL_FILE)), &config.data);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        let stop = stop_on_signal()?;
        let mut out = std::io::stdout();
        let serving = crate::serve::serve(config, outside.clock, outside.random, levels, &mut out, stop);
        Box::pin(serving).await
    })?;
    Ok(ExitCode::SUCCESS)
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
