//! The only loop: carries out what the core asks for and tells it what came of it. Clock and randomness enter here.

mod channel;
mod clock;
#[cfg(feature = "program")]
mod watch;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use muster_proto::catalogue::Catalogue;
use muster_proto::id::Kid;
use muster_proto::key::PublicKey;
use muster_proto::time::Span;

pub use clock::{Clock, NoRandomness, since_boot};
#[cfg(feature = "program")]
pub use watch::watch;

use crate::core::{Agent, Answer, Collected, Config, Effect, Event, Notice, Request, State, Stored};
use crate::errors::in_full;
use crate::sign::{KeyRingError, Keys};
use crate::store::Store;
use crate::transport::{CertificateClock, TlsError, Traffic, Transport};

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
    /// Somebody waits until this is done.
    Piece(Piece),
    /// It is time to end.
    Stop,
}

/// Something to be done at once, for which somebody waits.
#[derive(Debug)]
pub struct Piece {
    /// What happened.
    pub event: Event,
    /// Nobody waits longer than this.
    pub limit: Span,
    /// Told when nothing more is to be done, or the time is over.
    pub done: Sender<Done>,
}

/// How a piece of work ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Nothing is being done any more, and what was done is durable.
    pub quiet: bool,
    /// And nothing waits for the server.
    pub through: bool,
    /// The state could be saved; where not, nothing was sent.
    pub saved: bool,
    /// The last thing that went wrong, in words.
    pub failure: Option<String>,
}

/// The agent with everything around it.
pub struct Runtime {
    agent: Agent,
    store: Store,
    keys: Box<dyn Keys>,
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
    pieces: Vec<(Span, Sender<Done>)>,
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
        mut config: Config,
        store: Store,
        keys: Box<dyn Keys>,
        collector: Arc<Collector>,
        clock: Clock,
    ) -> Result<Self, TlsError> {
        let certificates = CertificateClock::default();
        let transport = Transport::new(&state.server.authority, &state.server.ca, certificates.clone())?;
        config.protection = keys.protection(next_kid(&state));
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
            pieces: Vec::new(),
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

    /// The bytes of messages that go to the server and come from it.
    #[must_use]
    pub fn traffic(&self) -> Arc<Traffic> {
        self.transport.traffic()
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
        self.run_after(Event::Started);
    }

    /// Works from this event on until it is told to stop.
    pub fn run_after(&mut self, event: Event) {
        let kids = self.kids();
        self.keys.keep_only(&kids);
        self.turn(event);
        while self.wait() {
            self.answer_pieces();
        }
    }

    /// Makes one report at a person's request and works until nothing more is to be done: it has arrived, or waits.
    pub fn report(&mut self) {
        self.turn(Event::Asked);
        while !self.agent.is_quiet() && self.saved && self.wait() {}
    }

    /// Does one piece of work: takes the event and works until nothing more is to be done, the time is over, or it is told to stop.
    pub fn work(&mut self, event: Event, limit: Span) -> Done {
        let kids = self.kids();
        self.keys.keep_only(&kids);
        let until = later(self.clock.now().mono, limit);
        // Nobody listens: the waiter only keeps the loop from sleeping beyond the time.
        self.pieces.push((until, mpsc::channel().0));
        self.turn(event);
        while !self.agent.is_quiet() && self.saved && self.clock.now().mono < until && self.wait() {}
        self.pieces.clear();
        self.done()
    }

    fn done(&self) -> Done {
        let quiet = self.agent.is_quiet() && self.saved;
        Done {
            quiet,
            through: quiet && self.agent.is_through(),
            saved: self.saved,
            failure: self.failure.clone(),
        }
    }

    fn answer_pieces(&mut self) {
        let now = self.clock.now().mono;
        let done = self.done();
        self.pieces.retain(|(until, waiting)| {
            let over = done.quiet || !self.saved || now >= *until;
            if over {
                // Whoever no longer listens needs no answer.
                let _ = waiting.send(done.clone());
            }
            !over
        });
    }

    /// The keys that are needed.
    fn kids(&self) -> Vec<Kid> {
        let state = self.agent.state();
        state.rekey.iter().map(|rekey| rekey.key.kid()).chain([state.key.kid()]).collect()
    }

    /// Waits for one thing and deals with it. `false` when it is time to end.
    fn wait(&mut self) -> bool {
        let now = self.clock.now().mono;
        let until = self.touched.map_or(self.wake, |(_, quiet)| self.wake.min(quiet));
        let until = self.pieces.iter().fold(until, |until, (piece, _)| until.min(*piece));
        let wait = Duration::from(until).saturating_sub(now.into()).clamp(SHORTEST_WAIT, LONGEST_WAIT);
        match self.incoming.recv_timeout(wait) {
            Ok(Incoming::Event(event)) => self.turn(event),
            Ok(Incoming::Channel(nth, event)) if self.channels.is_current(nth) => {
                self.turn(Event::Channel(event))
            }
            Ok(Incoming::Channel(..)) => {}
            Ok(Incoming::Touched) => self.note_touch(),
            Ok(Incoming::Piece(piece)) => {
                self.pieces.push((later(self.clock.now().mono, piece.limit), piece.done));
                self.turn(piece.event);
            }
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
            Effect::MakeKey => Some(Event::KeyMade(self.make_key().map_err(|error| in_full(&error)))),
            Effect::ForgetKey(kid) => {
                self.keys.forget(kid);
                self.agent.note_protection(self.keys.protection(next_kid(self.agent.state())));
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

    /// The newest nonce of the server is the challenge: the attestation was made after it was given.
    fn make_key(&mut self) -> Result<PublicKey, KeyRingError> {
        let keep = self.kids();
        let nonce = self.agent.state().nonce.clone();
        let key = self.keys.make(nonce.as_bytes(), &keep)?;
        self.agent.note_protection(self.keys.protection(key.kid()));
        Ok(key)
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

/// The key that signs the next report.
fn next_kid(state: &State) -> Kid {
    state.rekey.as_ref().map_or(state.key, |rekey| rekey.key).kid()
}

fn later(mono: Span, limit: Span) -> Span {
    Span::from_millis(mono.millis().saturating_add(limit.millis()))
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
