//! What is to be done and what is being done: reports that are wanted, the one piece of work, and when to look again.

use muster_proto::id::{Digest, OrderId};
use muster_proto::message::AckState;
use muster_proto::report::Trigger;
use muster_proto::time::Span;

use super::agent::Agent;
use super::backoff::{MAX_WAIT, after};
use super::clock::Clocks;
use super::event::Effect;
use super::rekey::Rekey;
use super::report::Draft;
use super::state::Standing;

/// A report that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Want {
    pub trigger: Trigger,
    pub order: Option<OrderId>,
    /// A new key is to be made before it.
    pub new_key: bool,
    /// When it was asked for, by the monotonic clock.
    pub since: Span,
    /// The server was told that it takes long.
    pub told: bool,
}

/// The one thing that is being done.
#[derive(Debug)]
pub(super) enum Work {
    Idle,
    Collecting(Want),
    Signing(Box<Draft>),
    Sending(Vec<Digest>),
    Rekeying(Rekey),
    SendingRekey,
}

impl Agent {
    pub(super) fn want_periodic(&mut self, now: Clocks) {
        if self.is_periodic() && now.mono >= self.next_periodic {
            self.plan_periodic(now);
            self.want(Trigger::Periodic, None, now);
        }
    }

    fn is_periodic(&self) -> bool {
        self.config.resident && !matches!(self.state.standing, Standing::Retiring(_) | Standing::Retired)
    }

    /// Orders first, then people, then the rest in its order.
    pub(super) fn take_want(&mut self) -> Option<Want> {
        let rank = |want: &Want| match want.trigger {
            Trigger::Order => 0,
            Trigger::Person => 1,
            _ => 2,
        };
        let first =
            self.wants.iter().enumerate().min_by_key(|(at, want)| (rank(want), *at)).map(|(at, _)| at)?;
        self.wants.remove(first)
    }

    /// An order that takes more than two seconds is said to be running.
    pub(super) fn tell_slow_orders(&mut self, now: Clocks, out: &mut Vec<Effect>) {
        let mut slow = Vec::new();
        for want in self.wants.iter_mut().chain(self.work.want_mut()) {
            if let (Some(order), false) = (want.order, want.told)
                && now.mono >= after(want.since, SLOW)
            {
                want.told = true;
                slow.push(order);
            }
        }
        for order in slow {
            self.acknowledge(order, AckState::Running, None, now, out);
        }
    }

    pub(super) fn next_wake(&mut self, now: Clocks) -> Span {
        let wants_channel = self.wants_channel();
        let mut wake = after(now.mono, MAX_WAIT);
        let mut at = |moment: Span| wake = wake.min(moment.max(now.mono));
        if self.dirty && !self.saving {
            at(self.save.until());
        }
        let idle = matches!(self.work, Work::Idle) && !self.dirty && !self.saving;
        if idle && self.state.standing != Standing::Retired {
            if self.is_periodic() {
                at(self.next_periodic);
            }
            if !self.wants.is_empty() {
                at(self.collecting.until());
            }
            if !self.state.queue.is_empty() || self.state.rekey.is_some() {
                at(self.sending.until());
            }
        }
        for want in self
            .wants
            .iter_mut()
            .chain(self.work.want_mut())
            .filter(|want| want.order.is_some() && !want.told)
        {
            at(after(want.since, SLOW));
        }
        if let Some(moment) = self.channel.wake().filter(|_| wants_channel) {
            at(moment);
        }
        wake
    }
}

impl Work {
    pub fn want_mut(&mut self) -> Option<&mut Want> {
        match self {
            Self::Collecting(want) => Some(want),
            Self::Signing(draft) => Some(&mut draft.want),
            Self::Rekeying(rekey) => Some(&mut rekey.want),
            Self::Idle | Self::Sending(_) | Self::SendingRekey => None,
        }
    }
}

/// An order that takes longer is said to be running (wire contract: 2 seconds).
const SLOW: Span = Span::from_secs(2);
