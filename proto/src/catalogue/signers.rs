//! Whether an application is the maker's own build.

use super::Messenger;
use crate::facts::Signature;
use crate::id::Digest;

/// Judges the certificates that were read from an application.
#[must_use]
pub fn judge_signers(messenger: &Messenger, read: &[Digest]) -> Signature {
    if read.iter().any(|digest| messenger.signers.contains(digest)) {
        return Signature::Official;
    }
    let undecided = messenger.signers.is_empty() || messenger.signers_partial || messenger.confirm;
    if undecided || read.is_empty() { Signature::Unverified } else { Signature::Foreign }
}
