//! A newer version of the agent: on a phone that the organisation owns the agent fetches what the server offers to this very phone, and Java
//! hands the file to the system, which installs it without asking. On any other phone its management brings new versions.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use muster_agent::built_in;
use muster_agent::core::State;
use muster_agent::errors::in_full;
use muster_agent::transport::{CertificateClock, Offer, PackageError, Transport};
use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};
use ring::digest::{Context, SHA256};
use serde::Serialize;

use crate::agent::Agent;
use crate::error::{Error, Result};
use crate::journal::{Journal, not_saved};
use crate::platform::management;

/// What Java is to install.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    file: String,
    sha256: Digest,
    version_code: u64,
}

impl Agent {
    /// Asks once a day, in what is left of the piece of work; none where nothing newer is offered, or where it is not the agent that installs.
    pub(crate) fn update(&self, state: &State, left: Span) -> Option<Update> {
        let now = self.now();
        let asked = Journal::load(self.folder()).asked_update;
        let rested = asked.is_none_or(|asked| asked > now.wall || now.wall.since(asked) >= PAUSE);
        if !rested || left < LEAST || self.is_halted() || !management::is_device_owner(&self.android) {
            return None;
        }
        let until = Span::from_millis(now.mono.millis().saturating_add(left.millis()));
        self.fetch(state, now.wall, until).unwrap_or_else(|error| {
            log::warn!("look for a newer version: {error}");
            None
        })
    }

    fn fetch(&self, state: &State, now: Timestamp, until: Span) -> Result<Option<Update>> {
        let left = || Duration::from(until).saturating_sub(self.now().mono.into());
        let certificates = CertificateClock::default();
        certificates.set(state.trusted.max(built_in::built()));
        let transport = Transport::new(&state.server.authority, &state.server.ca, certificates)
            .map_err(|error| Error::new("untrusted-server", in_full(&error)))?;
        let own = version_code(env!("CARGO_PKG_VERSION"));
        let path = self.folder().join(FILE);
        let offer = transport.offer(state.device, left())?;
        // It has answered: the next question is for tomorrow.
        self.change_journal(|journal| journal.asked_update = Some(now))?;
        let Some(offer) = offer.filter(|offer| newer(offer, own)) else {
            // What was fetched once is installed by now, or no longer offered.
            let _ = fs::remove_file(path);
            return Ok(None);
        };
        if digest_of(&path) != Some(offer.sha256) {
            let goes_on = || !self.is_halted() && !left().is_zero();
            let fetched = |file: &mut File| transport.package(&offer, file, left(), &goes_on);
            download(fetched, offer.sha256, self.folder())?;
        }
        let file = path.to_string_lossy().into_owned();
        Ok(Some(Update { file, sha256: offer.sha256, version_code: offer.version_code }))
    }
}

/// MAJOR × 1,000,000 + MINOR × 1,000 + PATCH.
fn version_code(version: &str) -> u64 {
    let parts = version.split(['.', '-', '+']).take(3).map(|part| part.parse::<u64>().unwrap_or(0));
    parts.fold(0, |code, part| code * 1000 + part)
}

fn newer(offer: &Offer, own: u64) -> bool {
    offer.version_code > own && (1..=MAX_SIZE).contains(&offer.size)
}

fn download(
    fetch: impl FnOnce(&mut File) -> std::result::Result<(), PackageError>,
    sha256: Digest,
    folder: &Path,
) -> Result<()> {
    let beside = folder.join(format!("{FILE}.new"));
    let fetched = (|| {
        let mut file = File::create(&beside).map_err(|error| not_saved(&error))?;
        fetch(&mut file).map_err(|error| Error::new("server", in_full(&error)))?;
        file.flush().and_then(|()| file.sync_all()).map_err(|error| not_saved(&error))?;
        if digest_of(&beside) != Some(sha256) {
            return Err(Error::new("server", "the package is not the one that was offered"));
        }
        fs::rename(&beside, folder.join(FILE)).map_err(|error| not_saved(&error))
    })();
    if fetched.is_err() {
        let _ = fs::remove_file(&beside);
    }
    fetched
}

fn digest_of(path: &Path) -> Option<Digest> {
    struct Hashed(Context);
    impl io::Write for Hashed {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.update(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (mut file, mut hashed) = (File::open(path).ok()?, Hashed(Context::new(&SHA256)));
    io::copy(&mut file, &mut hashed).ok()?;
    hashed.0.finish().as_ref().try_into().ok().map(Digest)
}

const FILE: &str = "update.apk";
/// In less nothing is begun.
const LEAST: Span = Span::from_secs(5);
const PAUSE: Span = Span::from_hours(24);
/// What a server takes as a package.
const MAX_SIZE: u64 = 128 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(version_code: u64, size: u64) -> Offer {
        Offer { version: "1".to_owned(), version_code, sha256: Digest([0; 32]), size }
    }

    #[test]
    fn versions_become_numbers_that_grow() {
        assert_eq!(version_code("0.1.0"), 1_000);
        assert_eq!(version_code("1.2.3"), 1_002_003);
        assert_eq!(version_code("2.0.0-rc.1"), 2_000_000);
    }

    #[test]
    fn an_older_version_is_no_update() {
        assert!(newer(&offer(1_001, 10), 1_000));
        assert!(!newer(&offer(1_000, 10), 1_000));
        assert!(!newer(&offer(999, 10), 1_000));
        assert!(!newer(&offer(1_001, MAX_SIZE + 1), 1_000));
    }
}
