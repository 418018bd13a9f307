//! Where everything that must last is kept: one transaction interface over two engines, one writer, a few readers.
//!
//! [`Store::write`] runs work in a transaction that it may share with others and answers after the commit; [`Store::read`] sees one
//! moment. Both run the work on a thread of their own, so that no request waits for a disk on the thread that serves others.

mod alone;
mod copy;
mod error;
mod look;
mod meter;
mod migrate;
mod noted;
mod postgres;
mod readers;
mod sqlite;
mod tx;
mod value;
mod writer;

pub use copy::{Copied, Occupied, copy_in, copy_out, fold, look_into, occupied, read_file};
pub use error::StoreError;
pub use look::{Look, look};
pub use meter::Meter;
pub use migrate::NEWEST;
pub use noted::{note, noted_otherwise};
pub use tx::{Batch, Kind, Lock, Tx};
pub use value::{Column, Row, Value, values};

use muster_proto::time::Timestamp;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

use migrate::Engine;
use readers::Readers;
use tx::Connection;
use writer::{Done, Job, Open};

/// Where the store is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file.
    File(PathBuf),
    /// A PostgreSQL database, as `postgres://…`.
    Postgres(String),
}

/// The store. Cloning it is cheap.
#[derive(Clone)]
pub struct Store {
    /// None once the store is closed. All clones share it, so that a request which nobody waits for keeps the writer from nothing.
    jobs: Arc<RwLock<Option<mpsc::Sender<Job>>>>,
    readers: Arc<Readers>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    others: Others,
    meter: Meter,
}

/// Whether anybody but the one who asks has written: who keeps copies of rows need not look at the store as long as nobody has.
#[derive(Debug, Clone)]
pub struct Others(Option<Arc<AtomicU64>>);

impl Others {
    /// Grows with each piece of work that was begun through [`Store::write`]; `None` where other processes may write too.
    /// It is exact in the writer's own thread.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.0.as_ref().map(|count| count.load(Ordering::Acquire))
    }

    fn grow(&self) {
        if let Some(count) = &self.0 {
            count.fetch_add(1, Ordering::AcqRel);
        }
    }
}

/// Jobs that may wait for the writer.
const WAITING: usize = 1024;
/// Connections that read.
const READERS: usize = 4;

impl Store {
    /// Opens the store and brings it to the newest shape.
    ///
    /// # Errors
    /// It can't be opened or migrated.
    pub fn open(place: &Place, now: Timestamp) -> Result<Self, StoreError> {
        let (engine, open) = opener(place);
        Self::begin(engine, Arc::clone(&open), open, now)
    }

    /// The same for a server, which has the database for itself until the store is closed. A file's folder is locked already.
    ///
    /// # Errors
    /// It can't be opened or migrated; another server runs on the database.
    pub fn open_alone(place: &Place, now: Timestamp) -> Result<Self, StoreError> {
        let (engine, open) = opener(place);
        let each = Arc::clone(&open);
        let holding = move || {
            let mut db = each()?;
            alone::hold(&mut *db).map(|()| db)
        };
        match engine {
            Engine::Sqlite => Self::begin(engine, Arc::clone(&open), open, now),
            Engine::Postgres => Self::begin(engine, Arc::new(Box::new(holding)), open, now),
        }
    }

    /// `writing` opens the writer's connection, `open` those that read.
    fn begin(
        engine: Engine,
        writing: Arc<Open>,
        open: Arc<Open>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut db = writing()?;
        migrate::migrate(&mut *db, engine, now)?;
        let (jobs, waiting) = mpsc::channel(WAITING);
        let meter = Meter::default();
        let measured = meter.clone();
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || writer::run(db, &writing, waiting, &measured))
            .map_err(|error| StoreError::Lost(Arc::new(error)))?;
        let readers = Arc::new(Readers::new(READERS, open));
        // a file is locked by this process; a database has who knows what connections
        let others = Others((engine == Engine::Sqlite).then(Arc::default));
        Ok(Self {
            jobs: Arc::new(RwLock::new(Some(jobs))),
            readers,
            thread: Arc::new(Mutex::new(Some(thread))),
            others,
            meter,
        })
    }

    /// Runs `work` in a transaction. If it fails, what it wrote is undone; if it succeeds, it is durable when this returns.
    ///
    /// # Errors
    /// The work's own, or the store's.
    pub async fn write<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let others = self.others.clone();
        let job: Job = Box::new(move |tx| {
            others.grow();
            let result = tx.map_err(E::from).and_then(work);
            let keep = result.is_ok();
            let tell = Box::new(move |committed: Result<(), StoreError>| {
                let result = match committed {
                    Err(error) if keep => Err(error.into()),
                    _ => result,
                };
                // whoever asked may have gone; the work stands all the same
                tell.send(result).ok();
            });
            Done { keep, tell }
        });
        self.jobs()?.send(job).await.map_err(|_| StoreError::Closed)?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// Hands over `work` without waiting; it says whether what it wrote stays, and tells its outcome itself. Once it is handed over it is
    /// called, if only to be given the reason why there is no transaction.
    ///
    /// # Errors
    /// Too much waits already, or the store is closed.
    pub(crate) fn hand_over(
        &self,
        work: impl FnOnce(
            Result<&mut dyn Tx, StoreError>,
        ) -> (bool, Box<dyn FnOnce(Result<(), StoreError>) + Send>)
        + Send
        + 'static,
    ) -> Result<(), StoreError> {
        let job: Job = Box::new(move |tx| {
            let (keep, tell) = work(tx);
            Done { keep, tell }
        });
        self.jobs()?.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Busy,
            mpsc::error::TrySendError::Closed(_) => StoreError::Closed,
        })
    }

    /// Runs `work` on what is committed at this moment.
    ///
    /// # Errors
    /// The work's own, or the store's.
    pub async fn read<T, E>(
        &self,
        work: impl FnOnce(&mut dyn Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let readers = Arc::clone(&self.readers);
        let permit = readers.permit().await?;
        tokio::task::spawn_blocking(move || {
            let result = readers.run(work);
            drop(permit);
            result
        })
        .await
        .map_err(|_| StoreError::Closed)?
    }

    /// Whether others than the one who hands over have written.
    #[must_use]
    pub fn others(&self) -> Others {
        self.others.clone()
    }

    /// What the writer measures.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// Whether it is a database that other processes may write too, and not a file of ours.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        self.others.0.is_none()
    }

    /// Writes a mark that tells nothing, as a trial: whether a transaction becomes durable. Copies of rows stay as they are.
    ///
    /// # Errors
    /// The store's.
    pub async fn try_to_write(&self, now: Timestamp) -> Result<(), StoreError> {
        let (tell, told) = oneshot::channel();
        self.hand_over(move |tx| {
            let wrote = tx.and_then(|tx| {
                let sql = "INSERT INTO settings (name, value) VALUES ('written', $1) \
                           ON CONFLICT (name) DO UPDATE SET value = EXCLUDED.value";
                tx.execute(sql, &values![now.to_string()])
            });
            let keep = wrote.is_ok();
            let tell = move |committed: Result<(), StoreError>| {
                // whoever asked may have gone
                tell.send(wrote.map(drop).and(committed)).ok();
            };
            (keep, Box::new(tell))
        })?;
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// The number of the newest migration in the database, and in this program.
    ///
    /// # Errors
    /// The store's.
    pub async fn shape(&self) -> Result<(i64, i64), StoreError> {
        let found = self.read(migrate::number).await?;
        Ok((found, NEWEST))
    }

    /// Waits until the writer has written everything that was handed over and ended. Nothing can be written afterwards, through no clone.
    pub fn close(self) {
        self.jobs.write().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            thread.join().ok();
        }
    }

    /// Waits until something waits for the writer.
    #[cfg(test)]
    pub(crate) async fn asked_to_write(&self) {
        while self.jobs().is_ok_and(|jobs| jobs.capacity() == WAITING) {
            tokio::task::yield_now().await;
        }
    }

    fn jobs(&self) -> Result<mpsc::Sender<Job>, StoreError> {
        self.jobs.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(StoreError::Closed)
    }
}

fn opener(place: &Place) -> (Engine, Arc<Open>) {
    match place.clone() {
        Place::File(path) => {
            let open = move || Ok(Box::new(sqlite::SqliteConnection::open(&path)?) as Box<dyn Connection>);
            (Engine::Sqlite, Arc::new(Box::new(open)))
        }
        Place::Postgres(url) => {
            let open = move || Ok(Box::new(postgres::PostgresConnection::open(&url)?) as Box<dyn Connection>);
            (Engine::Postgres, Arc::new(Box::new(open)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn closing_waits_for_no_clone() {
        let folder = tempfile::tempdir().expect("a folder");
        let store =
            Store::open(&Place::File(folder.path().join("db")), Timestamp::from_secs(1)).expect("a store");
        let kept = store.clone();
        tokio::task::spawn_blocking(move || store.close()).await.expect("it ends");
        let refused = kept.write(|_| Ok::<_, StoreError>(())).await;
        assert!(matches!(refused, Err(StoreError::Closed)), "{refused:?}");
    }
}
