//! `muster-server check`: what would keep the server from its work, now or soon. It looks, changes nothing, and works beside a running server.

mod addresses;
mod certificates;
mod clock;
mod database;
mod disk;
mod maps;
mod outside;
mod reader;
mod secrets;
mod start;
pub mod written;

pub use secrets::PASSPHRASE;
pub use start::{warn, warn_of_file};

use muster_proto::time::{Span, Timestamp};
use serde::Serialize;
use std::fs::File;
use std::path::PathBuf;

use crate::config::Config;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How it is.
    pub state: State,
    /// What was looked at.
    pub what: String,
    /// What was seen.
    pub seen: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and somebody should look after it.
    Warning,
    /// The server can't do its work.
    Failure,
}

impl State {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Failure => "failure",
        }
    }
}

impl Finding {
    /// It is as it should be.
    pub fn ok(what: &str, seen: impl Into<String>) -> Self {
        Self { state: State::Ok, what: what.to_owned(), seen: seen.into(), advice: None }
    }

    /// Somebody should look after it.
    pub fn warning(what: &str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Warning, advice: Some(advice.into()), ..Self::ok(what, seen) }
    }

    /// The server can't do its work.
    pub fn failure(what: &str, seen: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { state: State::Failure, advice: Some(advice.into()), ..Self::ok(what, seen) }
    }
}

/// What ends within this is worth a warning.
const SOON: Span = Span::from_hours(30 * 24);

/// Looks at everything; `secrets` are files that hold one and that the configuration does not name, each with what names it.
#[must_use]
pub fn look(config: &Config, mut secrets: Vec<(&'static str, PathBuf)>, now: Timestamp) -> Vec<Finding> {
    let running = is_running(config);
    let mut found = vec![if running {
        Finding::ok("server", "it is running")
    } else {
        Finding::ok("server", "it is not running")
    }];
    found.extend(addresses::look(config, running));
    found.extend(certificates::look(config, running, now));
    let seen = database::look(config, running);
    found.extend(seen.findings);
    found.extend(clock::look(config, seen.newest, now));
    found.extend(disk::look(config));
    secrets.extend(secrets::named(config));
    found.extend(secrets::look(&config.data, &secrets));
    if let Some(orgs) = &seen.orgs {
        found.extend(maps::look(config.oidc.as_ref(), config.ldap.as_ref(), orgs));
    }
    found.extend(outside::look(config));
    found
}

/// Whether a server holds the data folder.
fn is_running(config: &Config) -> bool {
    let lock = File::open(config.data.join("lock"));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(std::fs::TryLockError::WouldBlock)))
}

/// An error and what caused it, in one line.
pub(crate) fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        let said = next.to_string();
        if !text.ends_with(&said) {
            text = format!("{text}: {said}");
        }
        cause = next.source();
    }
    text
}
