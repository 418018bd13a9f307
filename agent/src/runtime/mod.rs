//! The only loop: carries out what the core asks for and tells it what came of it. Clock and randomness enter here.

mod channel;
mod clock;
mod watch;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use muster_proto::catalogue::Catalogue;
use muster_proto::time::Span;

pub use clock::Clock;
pub use watch::watch;

use crate::core::{Agent, Answer, Collected, Config, Effect, Event, Notice, Request, State, Stored};
use crate::errors::in_full;
use crate::sign::KeyRing;
use crate::store::Store;
use crate::transport::{CertificateClock, TlsError, Transport};

/// Reads all facts and looks for what the catalogue names.
pub type Collector = dyn Fn(&Catalogue) -> Result<Collected, String> + Send + Sync;

/// What reaches the loop from outside.
#[derive(Debug)]
pub enum Incoming {
    /// Something for the core.
    Event(Event),
    /// From a channel that was opened as the nth.
    Channel(u64, crate::core::ChannelEvent),
    /// A watched place was touched.
    Touched,
    /// It is time to end.
    Stop,
}

/// The agent with everything around it.
pub struct Runtime {
    agent: Agent,
    store: Store,
    keys: KeyRing,
    transport: Transport,
    certificates: CertificateClock,
    collector: Arc<Collector>,
    clock: Clock,
    sender: Sender<Incoming>,
    incoming: Receiver<Incoming>,
    wake: Span,
    /// Since when and until when touches of watched places are gathered into one event.
    touched: Option<(Span, Span)>,
    channels: channel::Channels,
    failure: Option<String>,
    saved: bool,
}

impl Runtime {
    /// The agent that goes on from `state`.
    ///
    /// # Errors
    /// The organisation's CA in the state can't be used.
    pub fn new(
        state: State,
        config: Config,
        store: Store,
        keys: KeyRing,
        collector: Arc<Collector>,
        clock: Clock,
    ) -> Result<Self, TlsError> {
        let certificates = CertificateClock::default();
        let transport = Transport::new(&state.server.authority, &state.server.ca, certificates.clone())?;
        let agent = Agent::new(state, config, clock.seed(), clock.now());
        let (sender, incoming) = mpsc::channel();
        Ok(Self {
            agent,
            store,
            keys,
            transport,
            certificates,
            collector,
            wake: clock.now().mono,
            clock,
            channels: channel::Channels::new(sender.clone()),
            sender,
            incoming,
            touched: None,
            failure: None,
            saved: true,
        })
    }

    /// The agent.
    #[must_use]
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// The last thing that went wrong, in words, if nothing has worked since.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Whether the last save was done.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.saved
    }

    /// Where signals and watchers tell what happened.
    #[must_use]
    pub fn sender(&self) -> Sender<Incoming> {
        self.sender.clone()
    }

    /// Works until it is told to stop.
    pub fn run(&mut self) {
        let kids = self.agent.state().rekey.iter().map(|rekey| rekey.key.kid());
        let kids: Vec<_> = kids.chain([self.agent.state().key.kid()]).collect();
        self.keys.keep_only(&kids);
        self.turn(Event::Started);
        while self.wait() {}
    }

    /// Makes one report at a person's request and works until nothing more is to be done: it has arrived, or waits.
    pub fn report(&mut self) {
        self.turn(Event::Asked);
        while !self.agent.is_quiet() && self.saved && self.wait() {}
    }

    /// Waits for one thing and deals with it. `false` when it is time to end.
    fn wait(&mut self) -> bool {
        let now = self.clock.now().mono;
        let until = self.touched.map_or(self.wake, |(_, quiet)| self.wake.min(quiet));
        let wait = Duration::from(until).saturating_sub(now.into()).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        match self.incoming.recv_timeout(wait) {
            Ok(Incoming::Event(event)) => self.turn(event),
            Ok(Incoming::Channel(nth, event)) if self.channels.is_current(nth) => {
                self.turn(Event::Channel(event))
            }
            Ok(Incoming::Channel(..)) => {}
            Ok(Incoming::Touched) => self.note_touch(),
            Ok(Incoming::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = self.clock.now().mono;
        if self.touched.is_some_and(|(_, quiet)| now >= quiet) {
            self.touched = None;
            self.turn(Event::AppsChanged);
        }
        if now >= self.wake {
            self.turn(Event::Woke);
        }
        true
    }

    /// An installation touches many files: it is over when nothing was touched for a moment.
    fn note_touch(&mut self) {
        let now = self.clock.now().mono;
        let first = self.touched.map_or(now, |(first, _)| first);
        let quiet = (now.millis() + QUIET.millis()).min(first.millis() + PATIENCE.millis());
        self.touched = Some((first, Span::from_millis(quiet)));
    }

    /// Gives an event to the core and carries out everything that follows from it at once.
    fn turn(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let effects = self.agent.step(event, self.clock.now());
            events.extend(effects.into_iter().filter_map(|effect| self.carry_out(effect)));
        }
    }

    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::Collect(catalogue) => self.collect(catalogue),
            Effect::Sign { job, typ, payload, kid } => {
                let result = self.keys.seal(typ, &payload, kid).map_err(|error| in_full(&error));
                Some(Event::Signed { job, result })
            }
            Effect::MakeKey => Some(Event::KeyMade(self.keys.make().map_err(|error| in_full(&error)))),
            Effect::ForgetKey(kid) => {
                self.keys.forget(kid);
                None
            }
            Effect::Save(state) => Some(self.save(state)),
            Effect::Send(request) => Some(Event::Answered(self.send(request))),
            Effect::OpenChannel(hello) => {
                self.set_certificate_clock();
                self.channels.open(self.transport.clone(), hello);
                None
            }
            Effect::CloseChannel => {
                self.channels.close();
                None
            }
            Effect::Wait(until) => {
                self.wake = until;
                None
            }
            Effect::Notice(notice) => {
                self.note(&notice);
                None
            }
        }
    }

    fn save(&mut self, state: Box<State>) -> Event {
        let result = self.store.save(&Stored::Enrolled(state));
        self.saved = result.is_ok();
        match result {
            Ok(()) => Event::Saved,
            Err(error) => Event::SaveFailed(in_full(&error)),
        }
    }

    fn note(&mut self, notice: &Notice) {
        match notice {
            Notice::Accepted { .. } => self.failure = None,
            Notice::SendFailed(_)
            | Notice::SaveFailed(_)
            | Notice::SignFailed(_)
            | Notice::CollectFailed(_)
            | Notice::RefusedForGood { .. }
            | Notice::Stopped(_) => self.failure = Some(notice.to_string()),
            _ => {}
        }
        log_notice(notice);
    }

    /// Collecting reads many files: the loop goes on meanwhile, so that an order can be said to be running.
    fn collect(&self, catalogue: Arc<Catalogue>) -> Option<Event> {
        let (collector, sender) = (Arc::clone(&self.collector), self.sender.clone());
        let work = move || {
            let result = catch_unwind(AssertUnwindSafe(|| collector(&catalogue)));
            let result = result.unwrap_or_else(|_| Err("the collector broke off".to_owned()));
            // Nobody listens any more when the agent stops.
            let _ = sender.send(Incoming::Event(Event::Collected(result.map(Box::new))));
        };
        let thread = std::thread::Builder::new().name("collect".to_owned()).spawn(work);
        thread.err().map(|error| Event::Collected(Err(error.to_string())))
    }

    fn send(&self, request: Request) -> Answer {
        self.set_certificate_clock();
        match request {
            Request::Challenge => Answer::Challenge(self.transport.challenge()),
            Request::Reports(reports) => Answer::Reports(self.transport.reports(&reports).map(Box::new)),
            Request::Ack(order, message) => Answer::Ack(self.transport.acknowledge(order, message)),
            Request::Rekey(message) => Answer::Rekey(self.transport.rekey(message)),
        }
    }

    fn set_certificate_clock(&self) {
        self.certificates.set(self.agent.trusted_now(self.clock.now().mono));
    }
}

fn log_notice(notice: &Notice) {
    match notice {
        Notice::SaveFailed(_) | Notice::SignFailed(_) | Notice::Stopped(_) => log::error!("{notice}"),
        Notice::SendFailed(_)
        | Notice::CollectFailed(_)
        | Notice::Refused(_)
        | Notice::RefusedForGood { .. }
        | Notice::Dropped { .. }
        | Notice::ChainEnded(_) => log::warn!("{notice}"),
        _ => log::info!("{notice}"),
    }
}

const SHORTEST_WAIT: Duration = Duration::from_millis(5);
/// The waiting clock stands still while a phone sleeps; the agent's doesn't. So it looks again at least this often.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// Nothing was touched for so long: the change is over.
const QUIET: Span = Span::from_secs(1);
/// Or it has lasted so long that it is worth a report all the same.
const PATIENCE: Span = Span::from_secs(15);
