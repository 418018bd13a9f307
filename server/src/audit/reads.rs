//! Who looked at one phone: an entry, so that whoever reads about a person's phone leaves a trace of it, too. A page that is open, or a program
//! that asks each minute, would drown all else: within an hour the same one and the same phone make one entry.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::{Act, append};
use crate::app::App;
use crate::auth::{Actor, ActorKind};
use crate::error::ActionError;

/// Who looked at which phone lately, as this server knows it.
#[derive(Debug, Default)]
pub struct Reads(Mutex<HashMap<Read, Timestamp>>);

type Read = (ActorKind, String, DeviceId);

/// Within this a second look makes no entry.
const ONCE_IN: Span = Span::from_hours(1);
/// Looks that are remembered. Beyond, all are forgotten: then some have a second entry.
const REMEMBERED: usize = 20_000;
/// For so long a page waits for its entry.
const PATIENCE: Duration = Duration::from_secs(2);

/// Writes down that somebody looked at a phone, if that was not done lately. The store's trouble keeps nobody from reading, because then above all
/// people have to see how phones are: the log says that an entry is missing, and the next look tries again.
pub async fn note_read(app: &App, actor: &Actor, device: DeviceId) {
    let now = app.now();
    let read = (actor.kind(), actor.name().to_owned(), device);
    if !app.reads.claim(&read, now) {
        return;
    }
    let by = actor.clone();
    let written = app.store.write(move |tx| {
        let act = Act::new("device.read", format!("device:{device}"));
        Ok::<_, ActionError>(append(tx, now, &by, act)?)
    });
    let why = match tokio::time::timeout(PATIENCE, written).await {
        Ok(Ok(())) => return,
        Ok(Err(error)) => error.to_string(),
        Err(_) => "the store is busy".to_owned(),
    };
    app.reads.give_back(&read);
    tracing::error!(why, %device, "it could not be written down who looked at a device");
}

impl Reads {
    /// Whether an entry is due; then it counts as written.
    fn claim(&self, read: &Read, now: Timestamp) -> bool {
        let mut reads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // a clock that was set back makes an entry more, never one less
        if reads.get(read).is_some_and(|at| *at <= now && now < *at + ONCE_IN) {
            return false;
        }
        if reads.len() >= REMEMBERED {
            reads.retain(|_, at| now < *at + ONCE_IN);
        }
        if reads.len() >= REMEMBERED {
            reads.clear();
        }
        reads.insert(read.clone(), now);
        true
    }

    fn give_back(&self, read: &Read) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, device: u8) -> Read {
        (ActorKind::Session, name.to_owned(), DeviceId([device; 16]))
    }

    #[test]
    fn one_look_in_an_hour_makes_an_entry() {
        let (reads, start) = (Reads::default(), Timestamp::from_secs(10_000));
        assert!(reads.claim(&read("anna", 1), start));
        assert!(!reads.claim(&read("anna", 1), start + Span::from_secs(3599)));
        assert!(reads.claim(&read("anna", 1), start + ONCE_IN));
        assert!(reads.claim(&read("anna", 2), start) && reads.claim(&read("boris", 1), start));
        let token = (ActorKind::Token, "anna".to_owned(), DeviceId([1; 16]));
        assert!(reads.claim(&token, start), "a program of the same name is somebody else");
        reads.give_back(&read("anna", 2));
        assert!(reads.claim(&read("anna", 2), start), "what was not written is tried again");
        assert!(reads.claim(&read("boris", 1), Timestamp::from_secs(5)), "the clock was set back");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (reads, start) = (Reads::default(), Timestamp::from_secs(10_000));
        for nth in 0..REMEMBERED + 10 {
            assert!(reads.claim(&read(&nth.to_string(), 1), start));
        }
        assert!(reads.0.lock().unwrap().len() <= REMEMBERED);
    }
}
