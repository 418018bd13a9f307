//! The log: lines on standard error, which a service manager stores with the time.

use log::{LevelFilter, Log, Metadata, Record};
use muster_agent::errors::one_line;

struct Stderr;

/// Logs what is at least this grave.
pub fn log_to_stderr(level: LevelFilter) {
    static LOGGER: Stderr = Stderr;
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(level);
    }
}

impl Log for Stderr {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("muster")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let line = one_line(&record.args().to_string());
            eprintln!("{}: {line}", record.level().as_str().to_lowercase());
        }
    }

    fn flush(&self) {}
}
