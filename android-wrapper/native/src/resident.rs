//! The loop that stays: it holds the channel open for as long as the process lives and the policy wants it.

use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use muster_agent::built_in;
use muster_agent::core::{Event, Standing, Stored};
use muster_agent::errors::in_full;
use muster_agent::runtime::{Incoming, Runtime};
use muster_agent::transport::Traffic;
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::error::{Error, Result};
use crate::work::collector;

/// The running loop.
pub struct Resident {
    /// Where it is told things.
    sender: Sender<Incoming>,
    traffic: Arc<Traffic>,
    thread: JoinHandle<()>,
}

impl Agent {
    /// Begins or ends to stay. Beginning again changes nothing; while somebody else is at work it is begun when he has done.
    pub(crate) fn stay(&self, on: bool) -> Result<Value> {
        self.wants_stay.store(on, Ordering::SeqCst);
        if let Some(_alone) = self.alone_now() {
            if on {
                self.begin_stay()?;
            } else {
                self.end_stay();
            }
        } else if !on {
            self.end_stay();
        }
        Ok(json!({}))
    }

    /// After the folder was needed for something else. The desk must be held.
    pub(crate) fn go_on_staying(&self) {
        if self.wants_stay.load(Ordering::SeqCst)
            && let Err(error) = self.begin_stay()
        {
            ::log::warn!("go on with the channel: {error}");
        }
    }

    /// Starts the loop where the phone is enrolled and the policy has a channel. The desk must be held.
    pub(crate) fn begin_stay(&self) -> Result<()> {
        if self.resident().is_some() || self.closed.load(Ordering::SeqCst) {
            return Ok(());
        }
        let home = self.home()?;
        let Some(Stored::Enrolled(state)) = home.store.load(self.now().wall)? else { return Ok(()) };
        if state.standing == Standing::Retired || home.has_lost_key(&state) {
            return Ok(());
        }
        let collector = collector(self);
        let (store, keys, clock) = (home.store, home.keys, home.clock);
        let mut runtime = Runtime::new(*state, built_in::config(true), store, keys, collector, clock)
            .map_err(|error| Error::new("state", in_full(&error)))?;
        let (sender, traffic) = (runtime.sender(), runtime.traffic());
        let work = move || runtime.run_after(Event::Woke);
        let thread = std::thread::Builder::new()
            .name("muster-stay".to_owned())
            .spawn(work)
            .map_err(|error| Error::new("state", format!("start a thread: {error}")))?;
        let resident = Resident { sender, traffic, thread };
        *self.resident.lock().unwrap_or_else(PoisonError::into_inner) = Some(resident);
        Ok(())
    }

    /// Ends the loop and waits until it has ended: then the folder is free. Whether there was one.
    pub(crate) fn end_stay(&self) -> bool {
        let resident = self.resident.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(resident) = resident else { return false };
        self.release_waiter();
        // One that has ended by itself hears nothing.
        let _ = resident.sender.send(Incoming::Stop);
        if let Err(panic) = resident.thread.join() {
            ::log::error!("the resident loop broke off: {}", crate::door::said(panic.as_ref()));
        }
        true
    }

    /// Where the resident loop is told things, while it lives, and what its messages come to.
    pub(crate) fn resident(&self) -> Option<(Sender<Incoming>, Arc<Traffic>)> {
        let resident = self.resident.lock().unwrap_or_else(PoisonError::into_inner);
        let living = resident.as_ref().filter(|resident| !resident.thread.is_finished());
        living.map(|resident| (resident.sender.clone(), Arc::clone(&resident.traffic)))
    }
}
