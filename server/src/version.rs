//! Versions of what people edit, so that nobody undoes unseen what another has done meanwhile.

use muster_proto::id::{Digest, hex};
use serde::Serialize;

use crate::error::ActionError;
use crate::problems::Code;

/// The versions from which a change may be made; any where nothing is said, and none where the list is empty.
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

    /// Only where nothing is there yet.
    #[must_use]
    pub fn none_yet() -> Self {
        Self(Some(Vec::new()))
    }

    /// Whether the change may be made to this, as it is answered in JSON.
    ///
    /// # Errors
    /// It is another version by now.
    pub fn check<T: Serialize>(&self, now: &T) -> Result<(), ActionError> {
        self.check_version(Some(version_of(&serde_json::to_vec(now).unwrap_or_default())))
    }

    /// The same for what has a version of its own. What is not there has none, and `*` is not it (RFC 9110, section 13.1.1).
    ///
    /// # Errors
    /// It is another version by now, or not there.
    pub fn check_version(&self, now: Option<String>) -> Result<(), ActionError> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        let detail = match now {
            Some(version) if wanted.iter().any(|one| *one == version || one == "*") => return Ok(()),
            Some(version) => format!("its version is {version} now"),
            None if wanted.is_empty() => return Ok(()),
            None => "it is not there".to_owned(),
        };
        Err(ActionError::conflict(Code::OtherVersion, detail))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_no_version_at_all() {
        let asked = |text: &str| IfMatch::of(Some(vec![text.to_owned()]));
        let there = || Some("\"a\"".to_owned());
        assert!(IfMatch::default().check_version(None).is_ok());
        assert!(asked("*").check_version(there()).is_ok() && asked("\"a\"").check_version(there()).is_ok());
        assert!(IfMatch::none_yet().check_version(None).is_ok());
        assert!(IfMatch::none_yet().check_version(there()).is_err());
        for (wanted, now) in [("*", None), ("\"a\"", None), ("\"b\"", there()), ("W/\"a\"", there())] {
            let refused = asked(wanted).check_version(now).unwrap_err().problem();
            assert_eq!((refused.status, refused.code.as_str()), (412, "other-version"), "{wanted}");
        }
    }
}
