//! Where verified reports wait for the writer. Whatever waits when the writer comes is one batch; under load the writer gives it a
//! moment to grow, because a transaction costs much and one more report in it little.

use muster_proto::id::DeviceId;
use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::{Meter, Taken, Verified, batch};
use crate::catalogue::Watched;
use crate::clock::Clock;
use crate::devices::Device;
use crate::live::{Event, Events};
use crate::policies::Rules;
use crate::store::{Others, Store, StoreError, Tx};

/// Reports of one device that came together.
#[derive(Debug)]
pub(super) struct Submission {
    pub device: DeviceId,
    pub reports: Vec<Verified>,
}

type Tell = oneshot::Sender<Result<Taken, StoreError>>;

/// Where reports wait.
pub struct Gate {
    queue: Arc<Queue>,
    room: Arc<Room>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    /// Enough wait for a batch.
    enough: Condvar,
}

#[derive(Default)]
struct Waiting {
    submissions: Vec<(Submission, Tell)>,
    /// Submissions in the batch before.
    before: usize,
}

/// What a batch needs besides the transaction.
pub(super) struct Room {
    pub rules: Arc<Rules>,
    pub catalogue: Arc<Watched>,
    pub clock: Arc<dyn Clock>,
    events: Arc<Events>,
    pub meter: Meter,
    pub others: Others,
    /// Rows as they were last written, and what others had written by then.
    rows: Mutex<HashMap<DeviceId, (Device, Option<u64>)>>,
}

/// Submissions that may wait; more are told to come again.
const MOST: usize = 4096;
/// Rows that are kept.
const ROWS: usize = 8192;
/// After a batch of so many there is load: the writer waits for the next to grow.
const LOAD: usize = 4;
/// It waits no longer for so many.
const ENOUGH: usize = 64;
/// It waits no longer than this.
const LINGER: Duration = Duration::from_millis(2);

impl Gate {
    /// A gate through which nothing has come.
    #[must_use]
    pub fn new(
        rules: Arc<Rules>,
        catalogue: Arc<Watched>,
        events: Arc<Events>,
        clock: Arc<dyn Clock>,
        others: Others,
    ) -> Self {
        let (meter, rows) = (Meter::default(), Mutex::new(HashMap::new()));
        let room = Room { rules, catalogue, clock, events, meter, others, rows };
        Self { queue: Arc::default(), room: Arc::new(room) }
    }

    /// Hands over the reports of one device, and waits until what became of them is durable.
    ///
    /// # Errors
    /// The store's: then nothing was kept.
    pub async fn submit(
        &self,
        store: &Store,
        device: DeviceId,
        reports: Vec<Verified>,
    ) -> Result<Taken, StoreError> {
        let (tell, told) = oneshot::channel();
        let began = Instant::now();
        if self.queue.push(Submission { device, reports }, tell)? {
            let (queue, room, runtime) = (Arc::clone(&self.queue), Arc::clone(&self.room), Handle::current());
            if let Err(error) = store.hand_over(move |tx| run(tx, &queue, room, runtime)) {
                for (_, tell) in locked(&self.queue.waiting).submissions.drain(..) {
                    // whoever asked may have gone
                    tell.send(Err(error.clone())).ok();
                }
            }
        }
        let taken = told.await.map_err(|_| StoreError::Closed)?;
        if taken.is_ok() {
            self.room.meter.durable.observe(began.elapsed().as_secs_f64());
        }
        taken
    }

    /// Phones whose reports wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        locked(&self.queue.waiting).submissions.len()
    }

    /// What is measured here.
    #[must_use]
    pub fn meter(&self) -> &Meter {
        &self.room.meter
    }
}

impl Queue {
    /// Adds a submission; says whether it is the first, for which the writer has to be called.
    fn push(&self, submission: Submission, tell: Tell) -> Result<bool, StoreError> {
        let mut waiting = locked(&self.waiting);
        if waiting.submissions.len() >= MOST {
            return Err(StoreError::Busy);
        }
        waiting.submissions.push((submission, tell));
        if waiting.submissions.len() == ENOUGH {
            self.enough.notify_one();
        }
        Ok(waiting.submissions.len() == 1)
    }

    /// Takes all that waits, under load after a moment in which more may come.
    fn take(&self) -> Vec<(Submission, Tell)> {
        let mut waiting = locked(&self.waiting);
        if waiting.before >= LOAD {
            let few = |waiting: &mut Waiting| waiting.submissions.len() < ENOUGH;
            waiting = self
                .enough
                .wait_timeout_while(waiting, LINGER, few)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        waiting.before = waiting.submissions.len();
        std::mem::take(&mut waiting.submissions)
    }
}

type Done = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Runs in the writer, also where it has no transaction, or whoever waits would wait for ever: takes all that waits, and tells each how
/// it ended once that is durable. A batch that went wrong is undone whole.
fn run(tx: Result<&mut dyn Tx, StoreError>, queue: &Queue, room: Arc<Room>, runtime: Handle) -> (bool, Done) {
    let taken = queue.take();
    room.meter.batch.observe(f64::from(u32::try_from(taken.len()).unwrap_or(u32::MAX)));
    let (submissions, tells): (Vec<Submission>, Vec<Tell>) = taken.into_iter().unzip();
    let result = tx.and_then(|tx| batch::run(tx, submissions, &room));
    let keep = result.is_ok();
    let tell: Done = Box::new(move |committed| {
        let result = match (committed, result) {
            (Ok(()), Ok(written)) => {
                room.keep(written.devices, written.others);
                Ok(written.taken)
            }
            (Err(error), _) | (_, Err(error)) => Err(error),
        };
        // one task for all: to wake each from the writer's thread would cost a call of the system for each
        runtime.spawn(async move {
            match result {
                Ok(taken) => {
                    for (tell, taken) in tells.into_iter().zip(taken) {
                        room.announce(&taken);
                        tell.send(Ok(taken)).ok();
                    }
                }
                Err(error) => tells.into_iter().for_each(|tell| drop(tell.send(Err(error.clone())))),
            }
        });
    });
    (keep, tell)
}

impl Room {
    /// Takes a row out, if nobody else has written since it was kept.
    pub fn row_unless(&self, others: Option<u64>, id: DeviceId) -> Option<Device> {
        let mut rows = locked(&self.rows);
        let (_, kept) = rows.get(&id)?;
        if others.is_none() || *kept != others {
            return None;
        }
        rows.remove(&id).map(|(row, _)| row)
    }

    /// Takes a row out, if it is of this revision.
    pub fn row(&self, id: DeviceId, revision: u64) -> Option<Device> {
        locked(&self.rows).remove(&id).map(|(row, _)| row).filter(|row| row.revision == revision)
    }

    fn keep(&self, devices: Vec<Device>, others: Option<u64>) {
        let mut rows = locked(&self.rows);
        if rows.len() + devices.len() > ROWS {
            rows.clear();
        }
        rows.extend(devices.into_iter().map(|device| (device.id, (device, others))));
    }

    fn announce(&self, taken: &Taken) {
        for (order, _) in &taken.closed {
            self.events.tell(Event::Order(*order, taken.device));
        }
        if self.events.is_heard() {
            self.events.tell(Event::Device(taken.device));
        }
    }
}

/// A holder that panicked has left a whole value: lists and maps are changed by single calls.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
