//! A newer version of the agent: on a phone that the organisation owns the agent fetches what the server offers to this very phone, and Java
//! hands the file to the system, which installs it without asking. On any other phone its management brings new versions.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::Path;

use muster_agent::built_in;
use muster_agent::core::State;
use muster_agent::errors::in_full;
use muster_agent::transport::{CertificateClock, Offer, Transport};
use muster_proto::id::Digest;
use muster_proto::time::Span;
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
    /// Asks once a day; none where nothing newer is offered, or where it is not the agent that installs.
    pub(crate) fn update(&self, state: &State) -> Option<Update> {
        let now = self.now();
        let mut journal = Journal::load(self.folder());
        let rested =
            journal.asked_update.is_none_or(|asked| asked > now.wall || now.wall.since(asked) >= PAUSE);
        if !rested || !management::is_device_owner(&self.android) {
            return None;
        }
        journal.asked_update = Some(now.wall);
        let kept = journal.save(self.folder());
        kept.and_then(|()| self.fetch(state)).unwrap_or_else(|error| {
            log::warn!("look for a newer version: {error}");
            None
        })
    }

    fn fetch(&self, state: &State) -> Result<Option<Update>> {
        let certificates = CertificateClock::default();
        certificates.set(state.trusted.max(built_in::built()));
        let transport = Transport::new(&state.server.authority, &state.server.ca, certificates)
            .map_err(|error| Error::new("untrusted-server", in_full(&error)))?;
        let own = version_code(env!("CARGO_PKG_VERSION"));
        let path = self.folder().join(FILE);
        let Some(offer) = transport.offer(state.device)?.filter(|offer| newer(offer, own)) else {
            // What was fetched once is installed by now, or no longer offered.
            let _ = fs::remove_file(path);
            return Ok(None);
        };
        if digest_of(&path) != Some(offer.sha256) {
            download(&transport, &offer, self.folder())?;
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

fn download(transport: &Transport, offer: &Offer, folder: &Path) -> Result<()> {
    let beside = folder.join(format!("{FILE}.new"));
    let fetched = (|| {
        let mut file = File::create(&beside).map_err(|error| not_saved(&error))?;
        transport.package(offer, &mut file).map_err(|error| Error::new("server", in_full(&error)))?;
        file.flush().and_then(|()| file.sync_all()).map_err(|error| not_saved(&error))?;
        if digest_of(&beside) != Some(offer.sha256) {
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
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_SIZE + 1).read_to_end(&mut bytes).ok()?;
    Some(Digest::of(&bytes))
}

const FILE: &str = "update.apk";
const PAUSE: Span = Span::from_hours(24);
/// No package of ours comes near this.
const MAX_SIZE: u64 = 32 * 1024 * 1024;

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
