//! Backup and restore. A backup is one file, encrypted with age: the database as it was at one moment, the server's keys, and the packages
//! of the agent. It is made while the server runs, and restored into an empty folder, with a database of either engine.
//!
//! ```text
//! age ( gzip ( tar: manifest.json, keys/…, packages/…, muster.db ) )
//! ```
//! Any program that knows age opens it: `age -d muster.backup | tar -tz`.

mod archive;
mod folder;
mod make;
pub mod passphrase;
mod record;
mod restore;
mod seal;

pub use archive::{ArchiveError, FORMAT, Manifest, Member, read, write};
pub use folder::{STAGING, is_half_restored};
pub use make::{Made, make, verify};
pub use record::{Revived, audit_holds};
pub use restore::{Restored, Target, restore};
pub use seal::{Key, Lock, SealError};
