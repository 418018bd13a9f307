//! What is kept from one piece of work to the next beside the agent's state: when a report was made, what the network had cost by then,
//! up to which change of the packages was looked, what was notified. It is all guesses that may be lost: then a report is made too many.

use std::path::Path;

use muster_agent::status::Told;
use muster_agent::store::write_durably;
use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The journal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Journal {
    /// The newest report and what was so when it was made.
    pub report: Option<Made>,
    /// Up to which change of the packages was looked (`ChangedPackages.getSequenceNumber`), in which run of the phone.
    pub packages: Option<(i32, u64)>,
    /// How long the last piece of work took.
    pub took_ms: Option<u64>,
    /// Why the system ended the job before.
    pub stop_reason: Option<u32>,
    /// When the server was last asked for a newer version of the agent.
    pub asked_update: Option<Timestamp>,
    /// What was notified: what it was about, and for which due time.
    pub notified: Told,
}

/// When and how a report was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Made {
    /// The report.
    pub digest: Option<Digest>,
    /// By the clock that counts since the start of the phone.
    pub mono: Span,
    /// By the clock that people set.
    pub wall: Timestamp,
    /// How often the phone had been started.
    pub boot: Option<u64>,
    /// Bytes that the agent had sent since the phone's start.
    pub sent: Option<u64>,
    /// Bytes that it had received.
    pub received: Option<u64>,
    /// Which version of the agent made it.
    #[serde(default)]
    pub version: Option<String>,
}

impl Journal {
    /// What was kept; nothing where it can't be read.
    pub fn load(folder: &Path) -> Self {
        let bytes = std::fs::read(folder.join(NAME)).unwrap_or_default();
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    /// Keeps it.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = serde_json::to_vec(self).map_err(|error| Error::new("state", error.to_string()))?;
        write_durably(folder, NAME, &bytes).map_err(|error| not_saved(&error))
    }
}

/// Something of ours that could not be written.
pub fn not_saved(error: &std::io::Error) -> Error {
    let full = matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded);
    Error::new(if full { "space" } else { "state" }, format!("write to the agent's folder: {error}"))
}

const NAME: &str = "journal";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_and_what_is_broken_is_nothing() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Journal::load(folder.path()), Journal::default());
        let journal = Journal { took_ms: Some(7), packages: Some((3, 9)), ..Journal::default() };
        journal.save(folder.path()).unwrap();
        assert_eq!(Journal::load(folder.path()), journal);
        std::fs::write(folder.path().join(NAME), "{\"took_ms\":").unwrap();
        assert_eq!(Journal::load(folder.path()), Journal::default());
    }
}
