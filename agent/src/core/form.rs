//! How the state looks in its file: one line that says what it is and the digest of the rest, then JSON.
//!
//! The digest tells a file that was cut or changed from one that was written whole.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use muster_proto::id::Digest;
use serde::{Deserialize, Deserializer, Serialize};

use super::state::Stored;

/// Version of the form. A newer one is refused, never guessed at; the first had no sources, and is read.
const VERSION: u32 = 2;
const MARK: &str = "muster-agent state";

/// Bytes that are not a state of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not written by this program.
    #[error("not a state of muster-agent")]
    Foreign,
    /// Written by a newer program.
    #[error("written by a newer muster-agent (version {0} of the form, this one knows {VERSION})")]
    Newer(u32),
    /// Cut or changed after it was written.
    #[error("cut short or changed after it was written")]
    Torn,
    /// Whole, and still not what it should be.
    #[error("read the state: {0}")]
    Malformed(String),
}

impl Stored {
    /// The content of the state file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).expect("the state has no map with keys that JSON can't write");
        let mut bytes = format!("{MARK} {VERSION} {}\n", Digest::of(&json)).into_bytes();
        bytes.extend(json);
        bytes
    }

    /// Reads the content of the state file.
    ///
    /// # Errors
    /// It is not a whole state that this program wrote.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, StateError> {
        let rest = bytes.strip_prefix(MARK.as_bytes()).ok_or(match MARK.as_bytes().starts_with(bytes) {
            true => StateError::Torn,
            false => StateError::Foreign,
        })?;
        let line_end = rest.iter().position(|byte| *byte == b'\n').ok_or(StateError::Torn)?;
        let (line, json) = rest.split_at(line_end);
        let line = std::str::from_utf8(line).map_err(|_| StateError::Torn)?;
        let (version, digest) = line.trim().split_once(' ').ok_or(StateError::Torn)?;
        let version: u32 = version.parse().map_err(|_| StateError::Torn)?;
        if version > VERSION {
            return Err(StateError::Newer(version));
        }
        let json = json.get(1..).unwrap_or_default();
        if digest.parse() != Ok(Digest::of(json)) {
            return Err(StateError::Torn);
        }
        serde_json::from_slice(json).map_err(|error| StateError::Malformed(error.to_string()))
    }
}

/// Bytes, in Base64 in the file.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Blob(pub Vec<u8>);

impl std::ops::Deref for Blob {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Blob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

impl Serialize for Blob {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64_STANDARD_NO_PAD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Blob {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        BASE64_STANDARD_NO_PAD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Ranges of numbers, as pairs.
pub(super) mod ranges {
    use muster_proto::report::Range;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(ranges: &[Range], s: S) -> Result<S::Ok, S::Error> {
        let pairs: Vec<(u64, u64)> = ranges.iter().map(|range| (range.first, range.last)).collect();
        pairs.serialize(s)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<Vec<Range>, D::Error> {
        let pairs: Vec<(u64, u64)> = Vec::deserialize(d)?;
        Ok(pairs.into_iter().map(|(first, last)| Range { first, last }).collect())
    }
}

/// Values that are written as their words.
pub(super) fn from_words<'de, T, D>(d: D) -> Result<BTreeSet<T>, D::Error>
where
    T: FromStr<Err: Display> + Ord,
    D: Deserializer<'de>,
{
    let words: Vec<String> = Vec::deserialize(d)?;
    words.iter().map(|word| word.parse().map_err(serde::de::Error::custom)).collect()
}

/// A public key, as the SubjectPublicKeyInfo in hexadecimal.
pub(super) mod spki {
    use muster_proto::id::{hex, unhex};
    use muster_proto::key::PublicKey;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(key: &PublicKey, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&hex(&key.spki()))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<PublicKey, D::Error> {
        let text = String::deserialize(d)?;
        let der = unhex(&text).ok_or_else(|| serde::de::Error::custom("a key is not hexadecimal"))?;
        PublicKey::from_spki(&der).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::state::Pending;

    fn stored() -> Stored {
        Stored::Pending(Box::new(Pending {
            link: "muster://host:1/enrol?…".to_owned(),
            key: muster_proto::key::PublicKey::from_point(&[4; 65]).unwrap(),
            asset_tag: None,
            code: None,
        }))
    }

    #[test]
    fn a_state_survives_its_file() {
        let bytes = stored().to_bytes();
        assert_eq!(Stored::from_bytes(&bytes), Ok(stored()));
    }

    #[test]
    fn a_torn_file_is_known_at_every_length() {
        let bytes = stored().to_bytes();
        for len in 0..bytes.len() {
            assert_eq!(Stored::from_bytes(&bytes[..len]), Err(StateError::Torn), "{len} bytes");
        }
        for at in bytes.len() - 40..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert_eq!(Stored::from_bytes(&changed), Err(StateError::Torn), "byte {at}");
        }
    }

    #[test]
    fn foreign_and_newer_files_are_told_apart() {
        assert_eq!(Stored::from_bytes(b"{\"version\": 1}"), Err(StateError::Foreign));
        assert_eq!(Stored::from_bytes(b"muster-agent state 9 00\n{}"), Err(StateError::Newer(9)));
    }
}
