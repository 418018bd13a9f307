//! The state machine: takes an event, brings its state up to date, and says what is to be done next.
//!
//! Each step ends in [`Agent::advance`], which looks at the whole state and asks for what is missing: first that changes become durable, then one
//! piece of work at a time (collect, sign, send), beside it the channel. So what happens next never depends on which way led here, and
//! a process that was killed goes on from what it had saved.

use std::collections::VecDeque;
use std::sync::Arc;

use muster_proto::catalogue::Catalogue;
use muster_proto::cose::Message;
use muster_proto::facts::{ChannelMode, Protection, Schedule};
use muster_proto::id::{Digest, Kid, OrderId};
use muster_proto::message::{AckState, OrderAck};
use muster_proto::policy::DevicePolicy;
use muster_proto::report::Trigger;
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};

use super::backoff::{Backoff, MAX_WAIT};
use super::channel::Channel;
use super::clock::{Clocks, Trusted};
use super::entropy::Entropy;
use super::event::{Answer, Effect, Event, Job, Notice, Request};
use super::rekey::Rekey;
use super::schedule::{default_schedule, next_periodic};
use super::state::{Standing, State};
use super::work::{Want, Work};

/// What the agent is, whatever state it has.
#[derive(Debug, Clone)]
pub struct Config {
    /// Version of the agent.
    pub version: Text<24>,
    /// Where the device key lives.
    pub protection: Protection,
    /// When the agent was built: no time before this is believed.
    pub built: Timestamp,
    /// The catalogue that it was built with.
    pub catalogue: Arc<Catalogue>,
    /// Whether this run keeps a schedule and goes on trying, or makes one report and ends.
    pub resident: bool,
    /// Whether it keeps the channel open that the policy asks for.
    pub channel: bool,
}

/// The agent of one device.
#[derive(Debug)]
pub struct Agent {
    pub(super) state: State,
    pub(super) config: Config,
    pub(super) entropy: Entropy,
    pub(super) trusted: Trusted,
    pub(super) policy: Option<DevicePolicy>,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) catalogue_digest: Digest,
    pub(super) wants: VecDeque<Want>,
    pub(super) work: Work,
    pub(super) collecting: Backoff,
    pub(super) sending: Backoff,
    pub(super) channel: Channel,
    pub(super) next_periodic: Span,
    /// The state in memory differs from the durable one.
    pub(super) dirty: bool,
    /// The order whose report stands in the state but isn't durable yet.
    pub(super) unsaved_order: Option<OrderId>,
    /// A key that is to be forgotten once the state that doesn't need it is durable.
    pub(super) obsolete_key: Option<Kid>,
    /// The server does not know the key: the last change of it is sent before the next report.
    pub(super) tell_change: bool,
    pub(super) saving: bool,
    pub(super) save: Backoff,
}

impl Agent {
    /// The agent that goes on from `state`. The seed must be fresh for every run.
    #[must_use]
    pub fn new(state: State, config: Config, seed: [u8; 32], clocks: Clocks) -> Self {
        let trusted = Trusted::new(state.trusted, config.built, clocks.mono);
        let mut agent = Self {
            catalogue: Arc::clone(&config.catalogue),
            catalogue_digest: config.catalogue.digest(),
            trusted,
            entropy: Entropy::new(seed),
            policy: None,
            wants: VecDeque::new(),
            work: Work::Idle,
            collecting: Backoff::new(Span::from_secs(10), MAX_WAIT),
            sending: Backoff::new(Span::from_secs(5), MAX_WAIT),
            channel: Channel::new(),
            next_periodic: clocks.mono,
            dirty: false,
            unsaved_order: None,
            obsolete_key: None,
            tell_change: false,
            saving: false,
            save: Backoff::new(Span::from_secs(5), Span::from_secs(600)),
            state,
            config,
        };
        agent.load_kept();
        agent.plan_periodic(clocks);
        agent.resume_orders(clocks);
        if matches!(agent.state.standing, Standing::Stopped(_)) {
            agent.sending.failed_for_long(clocks.mono, &mut agent.entropy);
        }
        agent
    }

    /// Takes an event and says what is to be done, in this order.
    pub fn step(&mut self, event: Event, now: Clocks) -> Vec<Effect> {
        let mut out = Vec::new();
        match event {
            Event::Started => self.started(now),
            Event::Woke => {}
            Event::AppsChanged => self.want(Trigger::AppsChanged, None, now),
            Event::Asked => self.asked(now),
            Event::Due(trigger) => self.due(trigger, now),
            Event::Collected(result) => self.collected(result, now, &mut out),
            Event::Signed { job, result } => self.signed(job, result, now, &mut out),
            Event::KeyMade(result) => self.key_made(result, now, &mut out),
            Event::Saved => self.saved(&mut out),
            Event::SaveFailed(why) => self.save_failed(why, now, &mut out),
            Event::Answered(answer) => self.answered(answer, now, &mut out),
            Event::Channel(event) => self.channel_event(event, now, &mut out),
        }
        self.advance(now, &mut out);
        out
    }

    /// The state, as it will be saved next.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The policy in force.
    #[must_use]
    pub fn policy(&self) -> Option<&DevicePolicy> {
        self.policy.as_ref()
    }

    /// The catalogue in force.
    #[must_use]
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.catalogue
    }

    /// How often the agent reports.
    #[must_use]
    pub fn schedule(&self) -> Schedule {
        self.policy.as_ref().map_or_else(default_schedule, |policy| policy.schedule.clone())
    }

    /// Not later than the true time: by this certificates are judged.
    #[must_use]
    pub fn trusted_now(&self, mono: Span) -> Timestamp {
        self.trusted.now(mono)
    }

    /// Where the key lives that signs from now on: one that was made since may have another place than the first.
    pub fn note_protection(&mut self, protection: Protection) {
        self.config.protection = protection;
    }

    /// Whether nothing is left for which the server would have to be asked.
    #[must_use]
    pub fn is_through(&self) -> bool {
        self.is_quiet() && self.state.queue.is_empty() && self.state.rekey.is_none()
    }

    /// Whether nothing is being done and nothing is wanted; reports may still wait for the server.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        matches!(self.work, Work::Idle) && self.wants.is_empty() && !self.dirty && !self.saving
    }

    /// Asks for a report, unless one with the same cause is asked for already.
    pub(super) fn want(&mut self, trigger: Trigger, order: Option<OrderId>, now: Clocks) {
        if self.wants.iter().any(|want| want.trigger == trigger && want.order == order) {
            return;
        }
        self.wants.push_back(Want { trigger, order, new_key: false, since: now.mono, told: false });
    }

    pub(super) fn plan_periodic(&mut self, now: Clocks) {
        let schedule = self.schedule();
        self.next_periodic = next_periodic(&schedule, self.state.device, now.mono, &mut self.entropy);
    }

    pub(super) fn acknowledge(
        &mut self,
        order: OrderId,
        state: AckState,
        code: Option<&str>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let ack = OrderAck {
            iat: now.wall,
            device: self.state.device,
            order,
            state,
            code: code.map(Text::clipped),
        };
        self.sign(Job::Ack(order, state), &ack, self.state.key.kid(), out);
    }

    pub(super) fn sign<M: Message>(&self, job: Job, message: &M, kid: Kid, out: &mut Vec<Effect>) {
        out.push(Effect::Sign { job, typ: M::TYP, payload: muster_proto::cbor::encode(message), kid });
    }

    fn started(&mut self, now: Clocks) {
        let never = self.state.chain.head.is_none() && self.state.last.is_none();
        let made = self.state.last_made();
        let just_now = made.is_some_and(|made| made <= now.wall && now.wall.since(made) < RESTART_PAUSE);
        if never {
            self.want(Trigger::Enrolled, None, now);
        } else if !just_now {
            self.want(Trigger::Boot, None, now);
        }
    }

    /// Who keeps the time outside says that a report is due.
    fn due(&mut self, trigger: Trigger, now: Clocks) {
        if matches!(self.state.standing, Standing::Retiring(_) | Standing::Retired) {
            return;
        }
        if let Standing::Stopped(_) = self.state.standing {
            // This run began with a long wait; who keeps the time outside has waited already.
            self.sending.forget();
        }
        let never = self.state.chain.head.is_none() && self.state.last.is_none();
        self.want(if never { Trigger::Enrolled } else { trigger }, None, now);
    }

    fn asked(&mut self, now: Clocks) {
        self.sending.forget();
        self.collecting.forget();
        self.save.forget();
        if let Standing::Stopped(_) = self.state.standing {
            self.state.standing = Standing::Active;
            self.dirty = true;
        }
        let never = self.state.chain.head.is_none() && self.state.last.is_none();
        self.want(if never { Trigger::Enrolled } else { Trigger::Person }, None, now);
    }

    fn signed(&mut self, job: Job, result: Result<Vec<u8>, String>, now: Clocks, out: &mut Vec<Effect>) {
        match job {
            Job::Report => self.report_signed(result, now, out),
            Job::Consent | Job::Rekey => self.rekey_signed(job, result, now, out),
            Job::Hello => self.hello_signed(result, now, out),
            Job::Ack(order, _) => match result {
                Ok(bytes) => out.push(Effect::Send(Request::Ack(order, bytes))),
                Err(why) => out.push(Effect::Notice(Notice::SignFailed(why))),
            },
        }
    }

    fn answered(&mut self, answer: Answer, now: Clocks, out: &mut Vec<Effect>) {
        match answer {
            Answer::Challenge(result) => self.challenged(result, now, out),
            Answer::Reports(result) => self.reports_answered(result, now, out),
            Answer::Rekey(result) => self.rekey_answered(result, now, out),
            Answer::Ack(Ok(())) => {}
            Answer::Ack(Err(error)) => out.push(Effect::Notice(Notice::SendFailed(error))),
        }
    }

    fn saved(&mut self, out: &mut Vec<Effect>) {
        self.saving = false;
        self.save.succeeded();
        if !self.dirty {
            self.unsaved_order = None;
            out.extend(self.obsolete_key.take().map(Effect::ForgetKey));
        }
    }

    fn save_failed(&mut self, why: String, now: Clocks, out: &mut Vec<Effect>) {
        self.saving = false;
        self.dirty = true;
        self.save.failed(now.mono, None, &mut self.entropy);
        self.state.last_error = Some("not-saved".to_owned());
        out.push(Effect::Notice(Notice::SaveFailed(why)));
        if let Some(order) = self.unsaved_order.take() {
            self.order_failed(order, "not-saved", now, out);
        }
    }

    /// Asks for what is missing.
    fn advance(&mut self, now: Clocks, out: &mut Vec<Effect>) {
        if self.dirty && !self.saving && self.save.is_over(now.mono) {
            self.dirty = false;
            self.saving = true;
            self.state.trusted = self.trusted.now(now.mono);
            out.push(Effect::Save(Box::new(self.state.clone())));
        }
        self.tell_slow_orders(now, out);
        if !self.dirty
            && !self.saving
            && matches!(self.work, Work::Idle)
            && self.state.standing != Standing::Retired
        {
            self.start_work(now, out);
        }
        self.tend_channel(now, out);
        out.push(Effect::Wait(self.next_wake(now)));
    }

    fn start_work(&mut self, now: Clocks, out: &mut Vec<Effect>) {
        self.want_periodic(now);
        if self.collecting.is_over(now.mono)
            && let Some(want) = self.take_want()
        {
            // One change at a time: a second order for one is answered by the change that is on its way.
            if want.new_key && self.state.rekey.is_none() {
                self.work = Work::Rekeying(Rekey::new(want));
                out.push(Effect::MakeKey);
            } else {
                self.work = Work::Collecting(want);
                out.push(Effect::Collect(Arc::clone(&self.catalogue)));
            }
            return;
        }
        if self.sending.is_over(now.mono) {
            self.start_sending(out);
        }
    }

    /// Whether the channel should be open.
    pub(super) fn wants_channel(&self) -> bool {
        self.config.channel
            && self.state.standing == Standing::Active
            && self.schedule().channel != ChannelMode::Off
    }
}

/// A start so soon after a report makes no other: a service that falls and rises must not flood.
const RESTART_PAUSE: Span = Span::from_secs(60);
