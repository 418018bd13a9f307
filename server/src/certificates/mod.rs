//! What the server shows to whoever connects, and what phones are told to trust: certificates of its own CA, or ones that were given, which are
//! read again when they change.

mod given;
mod judged;
mod phone_ca;
mod reload;
mod shown;

pub use given::{Files, GivenCertificate, Purpose, read};
pub use judged::{CertificateError, chain, ends, leads_to, names};
pub use phone_ca::{PhoneCa, kept, settle};
pub use reload::keep_watch;
pub use shown::{Shown, Spoken, config};

use muster_proto::id::Digest;

/// A digest as browsers show it: pairs of digits with colons between them.
#[must_use]
pub fn fingerprint(digest: Digest) -> String {
    let pairs: Vec<String> = digest.0.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
