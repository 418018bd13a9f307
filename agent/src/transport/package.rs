//! The agent's own package, where the server hands one out: what it offers to this device, and the file.

use std::io::{Read as _, Write};
use std::time::Duration;

use muster_proto::id::{DeviceId, Digest};
use serde::Deserialize;

use super::{Traffic, Transport, body, failed, refused};
use crate::core::SendError;

/// What the server offers to a device. Nobody signed it: what is installed is judged by the system, which takes the same signer alone.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Offer {
    /// Version for people.
    pub version: String,
    /// Version for the system: it grows.
    pub version_code: u64,
    /// Digest of the file.
    pub sha256: Digest,
    /// Bytes.
    pub size: u64,
}

/// Why a package could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// The request failed.
    #[error(transparent)]
    Send(#[from] SendError),
    /// The file can't be written.
    #[error("write the package")]
    Write(#[source] std::io::Error),
    /// It is longer than was offered.
    #[error("the package is longer than the {0} bytes that were offered")]
    TooLong(u64),
    /// Whoever asked wants it no longer.
    #[error("fetching the package was broken off")]
    BrokenOff,
}

impl Transport {
    /// `GET /agent/android.json`: what is offered to this device; none where there is no package. Takes no longer than `limit`.
    ///
    /// # Errors
    /// No answer that counts.
    pub fn offer(&self, device: DeviceId, limit: Duration) -> Result<Option<Offer>, SendError> {
        let request = self.requests.get(self.url(&format!("/agent/android.json?device={device}")));
        let response =
            request.timeout(limit.min(super::ANSWER_TIME)).send().map_err(|error| failed(&error))?;
        if response.status().as_u16() == NOT_FOUND {
            return Ok(None);
        }
        let body = body(response)?;
        Traffic::add(&self.traffic.received, body.len());
        serde_json::from_slice(&body).map(Some).map_err(|error| SendError::Garbled(error.to_string()))
    }

    /// `GET /agent/android.apk`: writes the file of an offer to `to`, in `limit` and while `goes_on`. Who asked compares its digest.
    ///
    /// # Errors
    /// It did not come whole, or could not be written.
    pub fn package(
        &self,
        offer: &Offer,
        to: &mut dyn Write,
        limit: Duration,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<(), PackageError> {
        let path = format!("/agent/android.apk?version_code={}", offer.version_code);
        let request = self.requests.get(self.url(&path)).timeout(limit.min(PACKAGE_TIME));
        let response = request.send().map_err(|error| failed(&error))?;
        if !response.status().is_success() {
            return Err(refused(response).into());
        }
        let mut file = response.take(offer.size + 1);
        let (mut piece, mut whole) = (vec![0; PIECE], 0_u64);
        loop {
            if !goes_on() {
                return Err(PackageError::BrokenOff);
            }
            let read = file.read(&mut piece).map_err(|error| SendError::Unreachable(error.to_string()))?;
            if read == 0 {
                return Ok(());
            }
            Traffic::add(&self.traffic.received, read);
            whole += u64::try_from(read).unwrap_or(u64::MAX);
            if whole > offer.size {
                return Err(PackageError::TooLong(offer.size));
            }
            to.write_all(&piece[..read]).map_err(PackageError::Write)?;
        }
    }
}

const NOT_FOUND: u16 = 404;
const PIECE: usize = 64 * 1024;
/// A slow network takes minutes for a few megabytes.
const PACKAGE_TIME: Duration = Duration::from_secs(300);
