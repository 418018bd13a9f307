//! Aurora, Sailfish and ordinary Linux, below a root folder.
//!
//! The root is `/` on a device; in tests and in the demo it is a folder that stands for one. Almost everything is a file, read
//! with bounds by `files`; what the services of a phone alone know is asked by `bus`, on buses that the caller names.

mod accounts;
mod apps;
pub mod bus;
mod containers;
mod developer;
mod encryption;
mod files;
mod hardware;
mod keyfile;
mod launchers;
mod lock;
mod packages;
mod release;
mod restrictions;
mod root_signs;
mod sandbox;
mod watched;

use std::path::PathBuf;

use muster_proto::facts::{Fact, Platform, Reason, Source};
use muster_proto::time::Span;

pub use apps::{App, Inventory};
use bus::Buses;
use files::Files;

/// A device's file system, from its root on.
#[derive(Debug, Clone)]
pub struct LinuxRoot {
    files: Files,
    memory: packages::Memory,
    buses: Buses,
}

/// A value with the place that gave it, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading<T> {
    /// The value or the reason.
    pub fact: Fact<T>,
    /// Where the value was read; `None` without one.
    pub source: Option<Source>,
}

impl LinuxRoot {
    /// The device whose root is `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        let memory = packages::Memory::default();
        Self { files: Files::below(root.into()), buses: Buses::default(), memory }.noticing_a_sandbox()
    }

    /// The same device, whose services are asked on these buses.
    #[must_use]
    pub fn with_buses(self, buses: Buses) -> Self {
        Self { buses, ..self }
    }

    /// Time since the device was started.
    #[must_use]
    pub fn uptime(&self) -> Option<Span> {
        let text = self.files.text("proc/uptime").ok()?;
        let seconds: u64 = text.split(['.', ' ']).next()?.parse().ok()?;
        Some(Span::from_secs(seconds))
    }

    /// Whether the device is a phone of the Aurora and Sailfish family, which keep their settings in the same places.
    fn is_phone(&self) -> bool {
        matches!(self.platform().fact, Fact::Known(Platform::Aurora | Platform::Sailfish))
    }
}

impl<T> Reading<T> {
    /// A value that `source` gave.
    pub const fn known(value: T, source: Source) -> Self {
        Self { fact: Fact::Known(value), source: Some(source) }
    }

    /// What `source` gave, or why it gave nothing.
    pub fn of(value: Result<T, Reason>, source: Source) -> Self {
        match value {
            Ok(value) => Self::known(value, source),
            Err(reason) => Self::unknown(reason),
        }
    }

    /// No value, because of `reason`.
    pub const fn unknown(reason: Reason) -> Self {
        Self { fact: Fact::Unknown(reason), source: None }
    }

    /// This where it has a value, else what `other` reads; of two reasons the one that hides more is kept.
    #[must_use]
    pub fn or_else(self, other: impl FnOnce() -> Self) -> Self {
        match self.fact {
            Fact::Known(_) => self,
            Fact::Unknown(first) => match other() {
                Self { fact: Fact::Unknown(second), .. } => Self::unknown(graver(first, second)),
                known => known,
            },
        }
    }
}

/// Of two reasons the one that hides more: what is not allowed or went wrong before what isn't there.
fn graver(a: Reason, b: Reason) -> Reason {
    let rank = |reason| match reason {
        Reason::Failed => 3,
        Reason::Denied => 2,
        Reason::Absent => 1,
        Reason::Unsupported => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}
