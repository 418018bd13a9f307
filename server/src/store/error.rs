//! Why the store could not do something.

use std::sync::Arc;

use crate::problems::Code;

/// A failure of the store. It is told to everyone whose work shared the transaction, so it can be cloned.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The disk, or what the store may use of it, is full.
    #[error("the store is full")]
    Full(#[source] Cause),
    /// Too much work waits.
    #[error("the store is busy")]
    Busy,
    /// The connection to the database was lost.
    #[error("the connection to the store was lost")]
    Lost(#[source] Cause),
    /// A row with this key exists.
    #[error("a row with this key exists")]
    Exists(#[source] Cause),
    /// Anything else that the engine says.
    #[error("use the store")]
    Engine(#[source] Cause),
    /// A row has another shape than the program expects.
    #[error("read {0} from the store")]
    Column(&'static str),
    /// The database was made by a newer program.
    #[error(
        "{by} made this database: it has migration {found}, and muster-server {} knows {known}. Start that version, or a newer one; \
         to go back to this version, restore the backup that was made with it",
        env!("CARGO_PKG_VERSION")
    )]
    TooNew {
        /// The newest migration that was applied.
        found: i64,
        /// The newest that is known.
        known: i64,
        /// Which program migrated it last.
        by: String,
    },
    /// Another server, or a restore, is at work on the database.
    #[error("another server runs on this database: there can be one alone, so stop it first")]
    Taken,
    /// The server is stopping.
    #[error("the store is closed")]
    Closed,
}

/// What the engine said.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

impl StoreError {
    /// The stable code that the edges use.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Full(_) => Code::StoreFull,
            Self::Busy => Code::StoreBusy,
            _ => Code::StoreFailed,
        }
    }
}
