//! Making a report: collected facts get their place in the chain, are signed, and stand in the queue before anything is sent.

use muster_proto::cose::{Envelope, Typ};
use muster_proto::facts::AgentFacts;
use muster_proto::report::{MAX_REPORT, Profile, Range, Report, Submods, Trigger};
use muster_proto::text::Text;

use super::agent::Agent;
use super::chain::Place;
use super::clock::Clocks;
use super::event::{Collected, Effect, Job, Notice};
use super::form::Blob;
use super::queue::Queued;
use super::sources;
use super::state::{LastReport, State};
use super::work::{Want, Work};

/// A report that is being signed.
#[derive(Debug)]
pub(super) struct Draft {
    pub want: Want,
    place: Place,
    report: Report,
}

impl Agent {
    pub(super) fn collected(
        &mut self,
        result: Result<Box<Collected>, String>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Work::Collecting(want) = std::mem::replace(&mut self.work, Work::Idle) else { return };
        match result {
            Ok(collected) => self.draft(want, *collected, now, out),
            Err(why) => {
                out.push(Effect::Notice(Notice::CollectFailed(why)));
                self.report_failed(want, "collect-failed", now, out);
            }
        }
    }

    fn draft(&mut self, want: Want, mut collected: Collected, now: Clocks, out: &mut Vec<Effect>) {
        sources::miss(&self.state.sources, &mut collected);
        let place = self.state.chain.next();
        let report = self.report(&want, &place, collected, now);
        let kid = self.state.kid_for(place.number);
        self.sign(Job::Report, &report, kid, out);
        self.work = Work::Signing(Box::new(Draft { want, place, report }));
    }

    fn report(&self, want: &Want, place: &Place, collected: Collected, now: Clocks) -> Report {
        let state = &self.state;
        let agent = AgentFacts { work: collected.work, ..self.about_itself() };
        Report {
            iat: now.wall,
            nonce: state.nonce.clone(),
            device: state.device,
            uptime: collected.uptime,
            profile: Profile,
            submods: Submods { device: collected.device, apps: collected.apps, agent },
            chain: place.chain,
            number: place.number,
            previous: place.previous,
            trigger: want.trigger,
            order: want.order,
            policy: self.policy.as_ref().map(muster_proto::policy::DevicePolicy::digest),
            catalogue: self.catalogue_digest,
            dropped: place.dropped.iter().copied().collect(),
            lost: place.lost,
        }
    }

    fn about_itself(&self) -> AgentFacts {
        let state = &self.state;
        AgentFacts {
            version: self.config.version.clone(),
            protection: self.config.protection,
            queued: u32::try_from(state.queue.len()).unwrap_or(u32::MAX),
            last_error: state.last_error.as_deref().map(Text::clipped),
            schedule: self.schedule(),
            refused: state.refused.iter().copied().collect(),
            work: None,
        }
    }

    pub(super) fn report_signed(
        &mut self,
        result: Result<Vec<u8>, String>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Work::Signing(draft) = std::mem::replace(&mut self.work, Work::Idle) else { return };
        match result.and_then(whole_report) {
            Ok((bytes, envelope)) => self.commit(*draft, bytes, &envelope, now, out),
            Err(why) => {
                out.push(Effect::Notice(Notice::SignFailed(why)));
                self.report_failed(draft.want, "sign-failed", now, out);
            }
        }
    }

    /// From here on the report exists; nothing of it is sent before the save that `advance` asks for.
    fn commit(
        &mut self,
        draft: Draft,
        bytes: Vec<u8>,
        envelope: &Envelope,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Draft { want, place, report } = draft;
        let digest = envelope.digest();
        self.state.chain.extend(&place, digest);
        self.state.refused.clear();
        self.state.sources.extend(sources::lasting(&report.submods.device, &report.submods.apps));
        self.state.last = Some(LastReport { bytes: Blob(bytes.clone()), digest, accepted: None, code: None });
        if let Some(order) = self.state.orders.iter_mut().find(|order| want.order == Some(order.id)) {
            order.report = Some(place.number);
        }
        let queued = Queued {
            chain: place.chain,
            number: place.number,
            digest,
            trigger: want.trigger,
            order: want.order,
            dropped: place.dropped,
            made: report.iat,
            bytes: Blob(bytes),
        };
        for gone in self.state.queue.push(queued) {
            out.push(Effect::Notice(Notice::Dropped { number: gone.number }));
            self.lose(&gone);
        }
        out.push(Effect::Notice(Notice::Made { number: place.number, trigger: want.trigger }));
        self.dirty = true;
        self.unsaved_order = want.order;
        self.collecting.succeeded();
        self.plan_periodic(now);
        self.wants.retain(|want| want.trigger != Trigger::Periodic);
        if want.trigger == Trigger::Order {
            // The channel that brought the order shows that the server is there.
            self.sending.hurry();
        }
    }

    /// A report that will never reach the server is named by the next one, and so is what it would have named.
    pub(super) fn lose(&mut self, gone: &Queued) {
        self.state.chain.lose(gone.chain, Range { first: gone.number, last: gone.number });
        for range in &gone.dropped {
            self.state.chain.lose(gone.chain, *range);
        }
    }

    /// The report could not be made: an order is told so at once, anything else is tried again.
    fn report_failed(&mut self, want: Want, code: &'static str, now: Clocks, out: &mut Vec<Effect>) {
        self.state.last_error = Some(code.to_owned());
        self.collecting.failed(now.mono, None, &mut self.entropy);
        match want.order {
            Some(order) => self.order_failed(order, code, now, out),
            None if self.config.resident => self.wants.push_front(want),
            None => {}
        }
    }
}

impl State {
    /// When the newest report was made, by the phone's clock.
    pub(super) fn last_made(&self) -> Option<muster_proto::time::Timestamp> {
        let report: Report = Envelope::parse(&self.last.as_ref()?.bytes).ok()?.read_unverified().ok()?;
        Some(report.iat)
    }
}

fn whole_report(bytes: Vec<u8>) -> Result<(Vec<u8>, Envelope), String> {
    if bytes.len() > MAX_REPORT {
        return Err(format!("a report of {} bytes, at most {MAX_REPORT} can be sent", bytes.len()));
    }
    let envelope = Envelope::parse(&bytes).map_err(|error| error.to_string())?;
    if envelope.typ == Typ::Report {
        Ok((bytes, envelope))
    } else {
        Err("another message was signed".to_owned())
    }
}
