//! The log of the phone (`android.util.Log`), reached through the framework like everything else: no further system library is needed.

use std::cell::Cell;
use std::sync::{Mutex, PoisonError, Weak};

use log::{Level, LevelFilter, Log, Metadata, Record};
use muster_agent::errors::one_line;

use crate::error::Result;
use crate::java::{Android, call_static};

/// Where the lines go; nowhere once the agent is closed.
static PHONE: Mutex<Weak<Android>> = Mutex::new(Weak::new());
static LOGGER: Logger = Logger;

thread_local! {
    /// A line about writing a line is not written.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Sends log lines to this phone from now on.
pub fn to(phone: Weak<Android>) {
    *PHONE.lock().unwrap_or_else(PoisonError::into_inner) = phone;
    if log::set_logger(&LOGGER).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
}

struct Logger;

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Info && metadata.target().starts_with("muster")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) || BUSY.replace(true) {
            return;
        }
        let phone = PHONE.lock().unwrap_or_else(PoisonError::into_inner).upgrade();
        if let Some(phone) = phone {
            // A log that can't be written has nowhere to say so.
            let _ = write(&phone, priority(record.level()), &one_line(&record.args().to_string()));
        }
        BUSY.set(false);
    }

    fn flush(&self) {}
}

fn write(phone: &Android, priority: i32, line: &str) -> Result<()> {
    phone.with(|env| {
        let class = phone.class(env, "android.util.Log")?;
        let (tag, line) = (env.new_string(TAG)?, env.new_string(line)?);
        call_static!(env, &class, "println", [(jint, java.lang.String, java.lang.String) -> jint], priority, &tag, &line)?;
        Ok(())
    })
}

/// `android.util.Log`'s numbers.
fn priority(level: Level) -> i32 {
    match level {
        Level::Error => 6,
        Level::Warn => 5,
        Level::Info => 4,
        Level::Debug | Level::Trace => 3,
    }
}

const TAG: &str = "muster";
