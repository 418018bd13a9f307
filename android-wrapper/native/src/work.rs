//! A piece of work: what a job, a start of the phone or a person's touch leads to. Decides whether a report is due, and works until
//! nothing more is to be done or the time is over.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use muster_agent::built_in;
use muster_agent::core::{Collected, Event, Standing, State, Stored};
use muster_agent::errors::in_full;
use muster_agent::runtime::{Collector, Done, Incoming, Piece, Runtime};
use muster_agent::sign::{KeyRingError, Keys as _};
use muster_agent::transport::Traffic;
use muster_proto::facts::WorkFacts;
use muster_proto::id::Digest;
use muster_proto::report::Trigger;
use muster_proto::time::Span;
use serde_json::{Value, json};

use crate::agent::{Agent, value};
use crate::error::{Error, Result};
use crate::journal::{Journal, Made};
use crate::keys::AndroidKeys;
use crate::piece::Running;
use crate::platform::{self, changes, traffic};
use crate::requests::Why;
use crate::schedule::{Plan, in_force, is_due};
use crate::settle::Problem;

/// What a look at the phone before the work has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    never: bool,
    due: bool,
    changed: bool,
    started: bool,
    /// Another version of the agent made the last report.
    replaced: bool,
    waits: bool,
}

/// How it went, and what the messages came to.
struct Worked {
    done: Done,
    sent: u64,
    received: u64,
}

impl Worked {
    fn counted(traffic: &Traffic) -> (u64, u64) {
        (traffic.sent(), traffic.received())
    }

    fn nothing() -> Self {
        let done = Done { quiet: true, through: true, saved: true, failure: None };
        Self { done, sent: 0, received: 0 }
    }

    fn since(before: (u64, u64), traffic: &Traffic, done: Done) -> Self {
        let (sent, received) = Self::counted(traffic);
        Self { done, sent: sent - before.0, received: received - before.1 }
    }
}

impl Agent {
    /// One piece of work.
    pub(crate) fn work(&self, why: Why, seconds: u64, last_stop_reason: Option<i64>) -> Result<Value> {
        let (_begun, limit) = (self.begin_piece(why), Span::from_secs(seconds.clamp(1, LONGEST)));
        let (began, before) = (self.now().mono, traffic::counted(&self.android));
        if matches!(self.stored()?, Some(Stored::Pending(_))) {
            self.settle()?;
        }
        let Some(Stored::Enrolled(state)) = self.stored()? else { return self.nothing_to_do() };
        if state.standing == Standing::Retired {
            return self.nothing_to_do();
        }
        self.key_is_there(&state)?;
        if let Some(unseen) = self.unseen_key() {
            return Err(Error::new(KEY_STORE, unseen.text));
        }
        let stop_reason = last_stop_reason.and_then(|reason| u32::try_from(reason).ok());
        let journal = self.change_journal(|journal| {
            journal.stop_reason = stop_reason.or(journal.stop_reason);
            self.settle_journal(journal, Some(&state));
        })?;
        let (seen, packages) = self.look(&state, &journal, why);
        let worked = match event(why, seen) {
            // Most jobs end here: no connection is made ready, and no state is loaded.
            Event::Woke if !seen.waits => Ok(Worked::nothing()),
            event => self.do_work(event, limit),
        };
        let (now, after) = (self.now(), traffic::counted(&self.android));
        let took = now.mono.millis().saturating_sub(began.millis());
        let stored = self.stored()?;
        let reported = newest(stored.as_ref()) != state.last.as_ref().map(|last| last.digest);
        // What changed and is still to be reported is to be found again by the next look.
        let packages = packages.filter(|_| reported || !seen.changed);
        self.keep_journal(packages, stored.as_ref(), took)?;
        let Worked { done, sent, received } = worked?;
        let saved = matches!(&stored, Some(Stored::Enrolled(now)) if *now != state);
        self.note_saved(&done, saved);
        // The system counts everything where it counts; the bytes of the messages are the least that it was.
        let update = match &stored {
            Some(Stored::Enrolled(state)) if done.through => {
                self.update(state, Span::from_millis(limit.millis().saturating_sub(took)))
            }
            _ => None,
        };
        let all = |counted: Option<u64>, own: u64| counted.unwrap_or(own).max(own);
        Ok(json!({
            "quiet": done.through || is_stopped(stored.as_ref()),
            "reported": reported,
            "changed": seen.changed,
            "took_ms": took,
            "sent": all(traffic::between(before.0, after.0), sent),
            "received": all(traffic::between(before.1, after.1), received),
            "failure": done.failure,
            "update": value(&update)?,
            "schedule": value(&Plan::of(stored.as_ref(), now))?,
        }))
    }

    /// What could not be saved is a problem until something is.
    fn note_saved(&self, done: &Done, saved: bool) {
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        if done.saved && !saved {
            return;
        }
        if done.saved {
            problem.take_if(|problem| matches!(problem.code, "space" | "state"));
            return;
        }
        let text = done.failure.clone().unwrap_or_default();
        let code = if FULL.iter().any(|error| text.contains(error)) { "space" } else { "state" };
        *problem = Some(Problem { code, text });
    }

    /// Without its key the phone can say nothing that would be believed: it must be enrolled again.
    pub(crate) fn key_is_there(&self, state: &State) -> Result<()> {
        let keys = AndroidKeys::new(Arc::clone(&self.android), self.folder(), self.clock.clone());
        let kid = state.key.kid();
        let lost = (!keys.has(kid)).then(|| Error::from(KeyRingError::Lost(kid)));
        let mut problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = lost {
            *problem = Some(Problem::from(&error));
            return Err(error);
        }
        // It has come back, or was made anew.
        problem.take_if(|problem| matches!(problem.code, "key" | KEY_STORE));
        if !keys.is_seen(kid) {
            let text = format!("the phone's key store does not show the key {kid} now");
            problem.get_or_insert(Problem { code: KEY_STORE, text });
        }
        Ok(())
    }

    /// That the key store does not show the key now, as the last look found.
    pub(crate) fn unseen_key(&self) -> Option<Problem> {
        let problem = self.problem.lock().unwrap_or_else(PoisonError::into_inner);
        problem.clone().filter(|problem| problem.code == KEY_STORE)
    }

    fn nothing_to_do(&self) -> Result<Value> {
        let stored = self.stored()?;
        // An enrolment that waits for a person is asked about again at the next job.
        Ok(json!({
            "quiet": true, "reported": false, "changed": false, "took_ms": 0, "sent": 0, "received": 0,
            "schedule": value(&Plan::of(stored.as_ref(), self.now()))?,
        }))
    }

    /// What has changed since the last report. Costs a question to the package manager and reads nothing else.
    fn look(&self, state: &State, journal: &Journal, why: Why) -> (Seen, Option<(i32, u64)>) {
        let boot = platform::boot_count(&self.android);
        let known = journal.report.as_ref();
        let changed = changes::since(&self.android, journal.packages, boot);
        let open = state.orders.iter().any(|order| order.report.is_none() && order.failed.is_none());
        let stored = Stored::Enrolled(Box::new(state.clone()));
        let own = Some(env!("CARGO_PKG_VERSION"));
        let seen = Seen {
            never: state.chain.head.is_none() && state.last.is_none(),
            due: is_due(journal, &in_force(Some(&stored), self.now()), boot, self.now()),
            // Where nothing tells what changed, whoever says that something did is believed.
            changed: changed.watched.unwrap_or(why == Why::AppsChanged),
            started: known.is_some_and(|known| match (known.boot, boot) {
                (Some(known), Some(boot)) => known != boot,
                _ => why == Why::Boot,
            }),
            replaced: known.is_some_and(|known| known.version.as_deref() != own),
            waits: !state.queue.is_empty() || state.rekey.is_some() || open,
        };
        (seen, changed.next)
    }

    fn do_work(&self, event: Event, limit: Span) -> Result<Worked> {
        match self.resident() {
            Some((sender, traffic)) => {
                let before = Worked::counted(&traffic);
                let done = self.have_done(&sender, event, limit);
                Ok(Worked::since(before, &traffic, done))
            }
            None => self.do_alone(event, limit),
        }
    }

    /// The resident loop does it.
    fn have_done(&self, sender: &Sender<Incoming>, event: Event, limit: Span) -> Done {
        let (done, told) = channel();
        self.runs(Some(Running::Piece(done.clone())));
        // A loop that ends meanwhile drops the question: what was to be done is still to be done.
        let sent = sender.send(Incoming::Piece(Piece { event, limit, done }));
        let told = sent.ok().and_then(|()| told.recv_timeout(Duration::from(limit) + GRACE).ok());
        self.runs(None);
        told.unwrap_or_else(halted)
    }

    fn do_alone(&self, event: Event, limit: Span) -> Result<Worked> {
        let _alone = self.alone();
        let nothing = Worked { done: halted(), sent: 0, received: 0 };
        if self.is_halted() {
            return Ok(nothing);
        }
        let home = self.home()?;
        let Some(Stored::Enrolled(state)) = home.store.load(self.now().wall)? else { return Ok(nothing) };
        let (store, keys, clock) = (home.store, home.keys, home.clock);
        let mut runtime = Runtime::new(*state, built_in::job_config(), store, keys, collector(self), clock)
            .map_err(|error| Error::new("state", in_full(&error)))?;
        self.runs(Some(Running::Loop(runtime.sender())));
        let done = runtime.work(event, limit);
        self.runs(None);
        let traffic = runtime.traffic();
        // The folder is free again only now.
        drop(runtime);
        self.go_on_staying();
        Ok(Worked::since((0, 0), &traffic, done))
    }

    /// What was so when the newest report was made counts from now on as what was so at the last report.
    fn settle_journal(&self, journal: &mut Journal, state: Option<&State>) {
        let digest = state.and_then(|state| state.last.as_ref()).map(|last| last.digest);
        let collected = self.collected.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let known = journal.report.as_ref().and_then(|made| made.digest);
        if digest.is_some()
            && digest != known
            && let Some(made) = collected
        {
            journal.report = Some(Made { digest, ..made });
        }
    }

    fn keep_journal(&self, packages: Option<(i32, u64)>, stored: Option<&Stored>, took: u64) -> Result<()> {
        let state = match stored {
            Some(Stored::Enrolled(state)) => Some(state.as_ref()),
            _ => None,
        };
        let changed = self.change_journal(|journal| {
            let before = journal.report.clone();
            self.settle_journal(journal, state);
            // The very first report is of no work before it, and tells no reason either.
            if before != journal.report && journal.took_ms.is_some() {
                journal.stop_reason = None;
            }
            journal.took_ms = Some(took);
            journal.packages = packages.or(journal.packages);
        });
        changed.map(drop)
    }
}

/// What reads facts, on the runtime's own thread.
pub(crate) fn collector(agent: &Agent) -> Arc<Collector> {
    let (android, collected) = (Arc::clone(&agent.android), Arc::clone(&agent.collected));
    let (folder, clock) = (agent.folder().to_owned(), agent.clock.clone());
    Arc::new(move |catalogue| {
        let (journal, now) = (Journal::load(&folder), clock.now());
        let (sent, received) = traffic::counted(&android);
        let made = Made {
            digest: None,
            mono: now.mono,
            wall: now.wall,
            boot: platform::boot_count(&android),
            sent,
            received,
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        };
        let work = work_facts(&journal, &made);
        let (device, apps) = platform::collect(&android, catalogue).map_err(|error| error.to_string())?;
        *collected.lock().unwrap_or_else(PoisonError::into_inner) = Some(made);
        Ok(Collected { device, apps, uptime: muster_agent::runtime::since_boot(), work })
    })
}

/// The last piece of work, and the bytes since the report before: counted anew where the phone was started since.
fn work_facts(journal: &Journal, made: &Made) -> Option<WorkFacts> {
    let before = journal.report.as_ref().filter(|before| before.boot == made.boot);
    let since =
        |now: Option<u64>, before: Option<u64>| now.map(|now| now.saturating_sub(before.unwrap_or(0)));
    Some(WorkFacts {
        took_ms: journal.took_ms?,
        stop_reason: journal.stop_reason,
        sent: since(made.sent, before.and_then(|before| before.sent)),
        received: since(made.received, before.and_then(|before| before.received)),
    })
}

/// What the core is told.
fn event(why: Why, seen: Seen) -> Event {
    match why {
        Why::Person => Event::Asked,
        // The system repeats whatever it could not finish, and says more often than needed that something happened: what has been reported
        // since is not reported again.
        _ if seen.never => Event::Due(Trigger::Enrolled),
        _ if seen.started => Event::Due(Trigger::Boot),
        Why::Replaced if seen.replaced => Event::Due(Trigger::Boot),
        _ if seen.changed => Event::Due(Trigger::AppsChanged),
        _ if seen.due => Event::Due(Trigger::Periodic),
        // What waits is sent, and where nothing does, nothing happens.
        _ => Event::Woke,
    }
}

fn newest(stored: Option<&Stored>) -> Option<Digest> {
    match stored {
        Some(Stored::Enrolled(state)) => state.last.as_ref().map(|last| last.digest),
        _ => None,
    }
}

/// A server that asked to stop is not to be pressed: the next report that is due tries again.
fn is_stopped(stored: Option<&Stored>) -> bool {
    matches!(stored, Some(Stored::Enrolled(state)) if matches!(state.standing, Standing::Stopped(_)))
}

/// Broken off.
pub(crate) fn halted() -> Done {
    Done { quiet: false, through: false, saved: true, failure: None }
}

/// The key store has a bad moment, as far as can be told.
pub(crate) const KEY_STORE: &str = "key-store";
/// How the system says that a disk, or somebody's share of it, is full.
const FULL: [&str; 2] = ["(os error 28)", "(os error 122)"];
/// A job gets ten minutes of the system.
const LONGEST: u64 = 600;
/// The resident loop may be in the middle of a request.
const GRACE: Duration = Duration::from_secs(35);

#[cfg(test)]
mod tests {
    use super::*;
    use muster_proto::time::Timestamp;

    const QUIET: Seen =
        Seen { never: false, due: false, changed: false, started: false, replaced: false, waits: false };

    #[test]
    fn a_job_without_a_cause_makes_no_report() {
        assert!(matches!(event(Why::Job, QUIET), Event::Woke));
        assert!(matches!(event(Why::Job, Seen { due: true, ..QUIET }), Event::Due(Trigger::Periodic)));
        assert!(matches!(
            event(Why::Job, Seen { changed: true, due: true, ..QUIET }),
            Event::Due(Trigger::AppsChanged)
        ));
        assert!(matches!(event(Why::First, Seen { never: true, ..QUIET }), Event::Due(Trigger::Enrolled)));
        assert!(matches!(event(Why::Person, QUIET), Event::Asked));
    }

    #[test]
    fn what_was_reported_is_not_reported_again() {
        for why in [Why::Boot, Why::AppsChanged, Why::Replaced] {
            assert!(matches!(event(why, QUIET), Event::Woke), "{why:?}");
        }
        assert!(matches!(event(Why::Boot, Seen { started: true, ..QUIET }), Event::Due(Trigger::Boot)));
        let replaced = Seen { replaced: true, ..QUIET };
        assert!(matches!(event(Why::Replaced, replaced), Event::Due(Trigger::Boot)));
        assert!(matches!(event(Why::Job, replaced), Event::Woke));
    }

    #[test]
    fn bytes_are_counted_from_the_report_before() {
        let made = |boot, sent| Made {
            digest: None,
            mono: Span::default(),
            wall: Timestamp::default(),
            boot: Some(boot),
            sent,
            received: None,
            version: None,
        };
        let journal = Journal { report: Some(made(1, Some(100))), took_ms: Some(5), ..Journal::default() };
        assert_eq!(work_facts(&journal, &made(1, Some(130))).unwrap().sent, Some(30));
        assert_eq!(work_facts(&journal, &made(2, Some(20))).unwrap().sent, Some(20), "started since");
        assert_eq!(work_facts(&journal, &made(1, None)).unwrap().sent, None);
        assert_eq!(work_facts(&Journal::default(), &made(1, None)), None);
    }
}
