//! The piece of work that goes on, and how it is ended: a piece can be told to end before it has anything that listens.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Sender;

use muster_agent::runtime::{Done, Incoming};
use serde_json::{Value, json};

use crate::agent::Agent;
use crate::requests::Why;
use crate::work::halted;

/// The piece of work that goes on.
pub(crate) struct Current {
    why: Why,
    halted: bool,
    way: Option<Running>,
}

/// How the piece of work that goes on is ended.
pub(crate) enum Running {
    /// It has a loop of its own.
    Loop(Sender<Incoming>),
    /// The resident loop does it.
    Piece(Sender<Done>),
}

impl Running {
    /// Whoever has just ended hears nothing.
    fn end(&self) {
        match self {
            Self::Loop(sender) => drop(sender.send(Incoming::Stop)),
            Self::Piece(sender) => drop(sender.send(halted())),
        }
    }
}

/// As long as it lives a piece of work goes on.
pub(crate) struct Begun<'a>(&'a Agent);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        *self.0.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Agent {
    /// From now on there is a piece of work that can be halted.
    pub(crate) fn begin_piece(&self, why: Why) -> Begun<'_> {
        let halted = self.closed.load(Ordering::SeqCst);
        let current = Current { why, halted, way: None };
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some(current);
        Begun(self)
    }

    /// Ends the work that goes on, or that for this alone; what is durable stays so.
    pub(crate) fn halt(&self, why: Option<Why>) -> Value {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = current.as_mut().filter(|current| why.is_none_or(|why| why == current.why)) {
            current.halted = true;
            if let Some(way) = &current.way {
                way.end();
            }
        }
        json!({})
    }

    /// Whether the piece that goes on is to end.
    pub(crate) fn is_halted(&self) -> bool {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().is_some_and(|current| current.halted)
    }

    /// How the piece is ended from now on; one that was halted before ends at once.
    pub(crate) fn runs(&self, way: Option<Running>) {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(current) = current.as_mut() {
            if let Some(way) = way.as_ref().filter(|_| current.halted) {
                way.end();
            }
            current.way = way;
        }
    }

    /// Whoever waits for the resident loop waits no longer.
    pub(crate) fn release_waiter(&self) {
        let current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way @ Running::Piece(_)) = current.as_ref().and_then(|current| current.way.as_ref()) {
            way.end();
        }
    }
}
