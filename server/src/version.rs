//! Versions of what people edit, so that nobody undoes unseen what another has done meanwhile.

use muster_proto::id::{Digest, hex};
use serde::Serialize;

use crate::error::ActionError;
use crate::problems::Code;

/// The versions from which a change may be made; any where nothing is said.
#[derive(Debug, Clone, Default)]
pub struct IfMatch(Option<Vec<String>>);

/// The version of these bytes.
#[must_use]
pub fn version_of(bytes: &[u8]) -> String {
    format!("\"{}\"", hex(&Digest::of(bytes).0[..16]))
}

impl IfMatch {
    /// These versions, where some are named; `*` is any.
    #[must_use]
    pub fn of(versions: Option<Vec<String>>) -> Self {
        Self(versions)
    }

    /// Whether the change may be made to this, as it is answered in JSON.
    ///
    /// # Errors
    /// It is another version by now.
    pub fn check<T: Serialize>(&self, now: &T) -> Result<(), ActionError> {
        self.check_bytes(&serde_json::to_vec(now).unwrap_or_default())
    }

    /// The same for what is answered as it stands.
    ///
    /// # Errors
    /// It is another version by now.
    pub fn check_bytes(&self, now: &[u8]) -> Result<(), ActionError> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let version = version_of(now);
        if wanted.iter().any(|one| *one == version || one == "*") {
            return Ok(());
        }
        Err(ActionError::conflict(Code::OtherVersion, format!("its version is {version} now")))
    }

    /// Whether a version was named at all.
    #[must_use]
    pub fn is_said(&self) -> bool {
        self.0.is_some()
    }
}
