//! Signed messages of the server: policies, catalogues, verdicts, orders, a new order key. What is not for this device, was seen before, has
//! expired or is not signed by the order key is refused, and the next report says so.

use std::sync::Arc;

use muster_proto::catalogue::Catalogue;
use muster_proto::cose::{Envelope, EnvelopeError, Message, Typ};
use muster_proto::facts::Refusal;
use muster_proto::id::{Audience, OrderId};
use muster_proto::message::{
    AckState, CatalogueMessage, Order, OrderKeyMessage, OrderKind, PolicyMessage, VerdictMessage,
};
use muster_proto::report::Trigger;
use muster_proto::time::Timestamp;

use super::agent::Agent;
use super::clock::Clocks;
use super::event::{Effect, Notice};
use super::form::Blob;
use super::orders::{KnownOrder, prune};
use super::state::{Kept, Standing};
use super::work::Want;

/// Refusals that one report names.
const MAX_REFUSED: usize = 16;
/// Reports that are waited for at once.
const MAX_WANTS: usize = 64;

impl Agent {
    /// Takes one signed message.
    pub(super) fn receive(&mut self, bytes: &[u8], now: Clocks, out: &mut Vec<Effect>) {
        let received = match Envelope::parse(bytes) {
            Ok(envelope) => self.dispatch(&envelope, bytes, now, out),
            Err(_) => Err(Refusal::Malformed),
        };
        if let Err(refusal) = received {
            out.push(Effect::Notice(Notice::Refused(refusal)));
            if self.state.refused.len() < MAX_REFUSED {
                self.state.refused.push(refusal);
                self.dirty = true;
            }
        }
    }

    /// Takes up the messages that were in force when the state was saved. Their signatures were checked when they came.
    pub(super) fn load_kept(&mut self) {
        if let Some(message) = read_kept::<PolicyMessage>(self.state.policy.as_ref()) {
            self.policy = Some(message.policy);
        }
        if let Some(message) = read_kept::<CatalogueMessage>(self.state.catalogue.as_ref()) {
            self.use_catalogue(&message.catalogue);
        }
    }

    fn dispatch(
        &mut self,
        envelope: &Envelope,
        bytes: &[u8],
        now: Clocks,
        out: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        match envelope.typ {
            Typ::Order => self.order(envelope, now, out),
            Typ::Policy => {
                let message: PolicyMessage = self.open(envelope)?;
                self.judge(message.audience, message.issued, message.expires, now)?;
                if newer(self.state.policy.as_ref(), message.number)? {
                    self.state.policy = Some(kept(message.number, bytes));
                    self.policy = Some(message.policy);
                    self.in_force("a new policy", out);
                    let planned = self.next_periodic;
                    self.plan_periodic(now);
                    self.next_periodic = self.next_periodic.min(planned);
                }
                Ok(())
            }
            Typ::Catalogue => {
                let message: CatalogueMessage = self.open(envelope)?;
                self.judge(message.audience, message.issued, message.expires, now)?;
                if newer(self.state.catalogue.as_ref(), message.number)? {
                    if !self.use_catalogue(&message.catalogue) {
                        return Err(Refusal::Malformed);
                    }
                    self.state.catalogue = Some(kept(message.number, bytes));
                    self.in_force("a new catalogue", out);
                }
                Ok(())
            }
            Typ::Verdict => {
                let message: VerdictMessage = self.open(envelope)?;
                self.judge(message.audience, message.issued, message.expires, now)?;
                if newer(self.state.verdict.as_ref(), message.number)? {
                    self.state.verdict = Some(kept(message.number, bytes));
                    self.in_force("a new verdict", out);
                }
                Ok(())
            }
            Typ::OrderKey => self.order_key(envelope, now, out),
            _ => Err(Refusal::Malformed),
        }
    }

    fn open<M: Message>(&self, envelope: &Envelope) -> Result<M, Refusal> {
        envelope.open(&self.state.server.order_key).map_err(|error| match error {
            EnvelopeError::BadSignature(_) => Refusal::BadSignature,
            _ => Refusal::Malformed,
        })
    }

    /// What is verified and for this device is worth its time, even where it has expired.
    fn judge(
        &mut self,
        audience: Audience,
        issued: Timestamp,
        expires: Option<Timestamp>,
        now: Clocks,
    ) -> Result<(), Refusal> {
        if audience.0 != self.state.device {
            return Err(Refusal::NotForMe);
        }
        self.trusted.hear(issued, now.mono);
        match expires {
            Some(expires) if expires <= self.trusted.now(now.mono) => Err(Refusal::Expired),
            _ => Ok(()),
        }
    }

    fn in_force(&mut self, what: &'static str, out: &mut Vec<Effect>) {
        self.dirty = true;
        out.push(Effect::Notice(Notice::InForce(what)));
    }

    fn order(&mut self, envelope: &Envelope, now: Clocks, out: &mut Vec<Effect>) -> Result<(), Refusal> {
        let order: Order = self.open(envelope)?;
        let known = self.state.orders.iter().find(|known| known.id == order.id);
        if let Some(known) = known {
            // Still being worked on: it came by both ways, or again because the answer is not through.
            let queued = self.state.queue.iter().any(|report| report.order == Some(known.id));
            let open = known.failed.is_none() && (known.report.is_none() || queued);
            return if open { Ok(()) } else { Err(Refusal::SeenBefore) };
        }
        self.judge(order.audience, order.issued, Some(order.expires), now)?;
        self.take_order(&order, now, out);
        Ok(())
    }

    fn take_order(&mut self, order: &Order, now: Clocks, out: &mut Vec<Effect>) {
        // Saved together with the report that answers it: until then the server hands it out again.
        self.state.orders.push(KnownOrder::new(order, now.wall));
        prune(&mut self.state.orders, self.trusted.now(now.mono));
        out.push(Effect::Notice(Notice::Ordered {
            id: order.id,
            kind: order.kind,
            requested_by: order.requested_by.to_string(),
            reason: order.reason.to_string(),
        }));
        self.acknowledge(order.id, AckState::Delivered, None, now, out);
        if self.wants.len() >= MAX_WANTS {
            self.order_failed(order.id, "busy", now, out);
            return;
        }
        self.begin_order(order.id, order.kind, now);
    }

    fn begin_order(&mut self, id: OrderId, kind: OrderKind, now: Clocks) {
        if kind == OrderKind::Retire {
            self.wants.clear();
            self.state.standing = Standing::Retiring(id);
        }
        let new_key = kind == OrderKind::RotateKey;
        self.wants.push_back(Want {
            trigger: Trigger::Order,
            order: Some(id),
            new_key,
            since: now.mono,
            told: false,
        });
    }

    /// Orders that were saved beside something else before they were answered.
    pub(super) fn resume_orders(&mut self, now: Clocks) {
        let trusted = self.trusted.now(now.mono);
        let open =
            |order: &&KnownOrder| order.report.is_none() && order.failed.is_none() && order.expires > trusted;
        let open: Vec<_> =
            self.state.orders.iter().filter(open).map(|order| (order.id, order.kind)).collect();
        open.into_iter().for_each(|(id, kind)| self.begin_order(id, kind, now));
        if let Standing::Retiring(id) = self.state.standing
            && !self.wants.iter().any(|want| want.order == Some(id))
            && !self.state.orders.iter().any(|order| order.id == id && order.report.is_some())
        {
            // The order to retire ran out before it was answered.
            self.state.standing = Standing::Active;
        }
    }

    /// The order can't be done, and the server is told so.
    pub(super) fn order_failed(
        &mut self,
        id: OrderId,
        code: &'static str,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        if let Some(order) = self.state.orders.iter_mut().find(|order| order.id == id) {
            order.failed = Some(code.to_owned());
        }
        if self.state.standing == Standing::Retiring(id) {
            self.state.standing = Standing::Active;
        }
        self.acknowledge(id, AckState::Failed, Some(code), now, out);
    }

    fn order_key(&mut self, envelope: &Envelope, now: Clocks, out: &mut Vec<Effect>) -> Result<(), Refusal> {
        let message: OrderKeyMessage = self.open(envelope)?;
        if message.number <= self.state.order_key_number {
            return Err(Refusal::OldNumber);
        }
        self.trusted.hear(message.issued, now.mono);
        self.state.order_key_number = message.number;
        self.state.server.order_key = message.cnf.key;
        self.in_force("a new order key", out);
        Ok(())
    }

    /// Adds a catalogue of the server to the one built in. `false` if it is none.
    fn use_catalogue(&mut self, bytes: &[u8]) -> bool {
        let Ok(sent) = Catalogue::from_cbor(bytes) else { return false };
        let merged = merged(&self.config.catalogue, &sent).unwrap_or(sent);
        self.catalogue_digest = merged.digest();
        self.catalogue = Arc::new(merged);
        true
    }
}

/// Both catalogues in one; what the server sends replaces what has the same id. `None` if they don't fit each other.
fn merged(built_in: &Catalogue, sent: &Catalogue) -> Option<Catalogue> {
    let mut messengers = sent.messengers().to_vec();
    messengers.extend(built_in.messengers().iter().filter(|own| sent.messenger(&own.id).is_none()).cloned());
    let mut vendors = sent.vendors().to_vec();
    vendors.extend(built_in.vendors().iter().filter(|own| sent.vendor(&own.id).is_none()).cloned());
    Catalogue::new(messengers, vendors).ok()
}

/// The same message again is nothing new; an older one is refused.
fn newer(kept: Option<&Kept>, number: u64) -> Result<bool, Refusal> {
    match kept {
        Some(kept) if number < kept.number => Err(Refusal::OldNumber),
        Some(kept) => Ok(number > kept.number),
        None => Ok(true),
    }
}

fn kept(number: u64, bytes: &[u8]) -> Kept {
    Kept { number, bytes: Blob(bytes.to_vec()) }
}

/// The message that is kept.
pub(crate) fn read_kept<M: Message>(kept: Option<&Kept>) -> Option<M> {
    Envelope::parse(&kept?.bytes).ok()?.read_unverified().ok()
}
