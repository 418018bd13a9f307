//! Judges devices: `(policy, evidence, history, now) -> findings`. Pure: no input or output, no clock.
//!
//! The server decides with it; the phone previews with the same code while it is offline. What only the server needs (the
//! document in YAML, its JSON Schema, the compilation along the tree of organisations) is behind the feature `document`.

pub mod case;
pub mod declared;
pub mod demand;
#[cfg(feature = "document")]
pub mod document;
pub mod finding;
pub mod judge;
pub mod phone;
pub mod reading;
pub mod rules;
pub mod ruleset;
mod settle;
mod terms;
#[cfg(test)]
mod tests;
pub mod units;

pub use case::{Attested, BreakKind, Case, ChainBreak, Entry, Evidence, Exemption, Left, Register, Told};
pub use declared::{Declared, judge_declared};
pub use finding::{CauseState, Edge, Escalation, Finding, Outcome, Shown, Verdict};
pub use judge::judge;
pub use phone::to_verdict;
pub use ruleset::Ruleset;
