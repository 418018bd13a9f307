//! The connections that read.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::StoreError;
use super::tx::{Connection, Tx};
use super::writer::Open;

/// A few connections, opened when they are first needed.
pub(super) struct Readers {
    idle: Mutex<Vec<Box<dyn Connection>>>,
    free: Arc<Semaphore>,
    open: Arc<Open>,
}

impl Readers {
    pub fn new(most: usize, open: Arc<Open>) -> Self {
        Self { idle: Mutex::new(Vec::new()), free: Arc::new(Semaphore::new(most)), open }
    }

    /// Waits until a connection is free.
    pub async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        Arc::clone(&self.free).acquire_owned().await.map_err(|_| StoreError::Closed)
    }

    /// Runs `work`; the caller holds a permit.
    pub fn run<T, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.idle.lock().ok().and_then(|mut idle| idle.pop()).filter(|db| db.is_alive());
        let mut db = match idle {
            Some(db) => db,
            None => (self.open)()?,
        };
        db.begin_reading()?;
        let result = catch_unwind(AssertUnwindSafe(|| work(db.tx())));
        db.run("ROLLBACK")?;
        if let Ok(mut idle) = self.idle.lock() {
            idle.push(db);
        }
        result.unwrap_or_else(|panic| resume_unwind(panic))
    }
}
