//! What the server's answer to reports means for the state. Nothing in it is signed but the messages that it carries: it can empty the queue of
//! what it says it has, it can make the agent wait, it can't make it forget.

use muster_proto::answer::{Action, Head, MAX_BODY, Outcome, ReportsAnswer};
use muster_proto::id::{ChainId, Digest};
use muster_proto::report::Trigger;

use super::agent::Agent;
use super::clock::Clocks;
use super::event::{Effect, Notice, Request, SendError};
use super::queue::Queued;
use super::state::Standing;
use super::work::Work;

/// Reports in one request; the answer has an outcome for each and no more places.
const MAX_BATCH: usize = 64;

/// What the outcomes come to.
#[derive(Default)]
struct Tally {
    retry: bool,
    stop: Option<String>,
    error: Option<String>,
    newest_accepted: bool,
}

impl Agent {
    pub(super) fn start_sending(&mut self, out: &mut Vec<Effect>) {
        let known = self.state.changed.as_ref().filter(|_| self.tell_change);
        if let Some(message) = self.state.rekey.as_ref().map(|rekey| &rekey.message).or(known) {
            out.push(Effect::Send(Request::Rekey(message.0.clone())));
            self.work = Work::SendingRekey;
            return;
        }
        let batch = self.state.queue.batch(MAX_BATCH, MAX_BODY);
        if batch.is_empty() {
            return;
        }
        let digests = batch.iter().map(|report| report.digest).collect();
        out.push(Effect::Send(Request::Reports(batch.iter().map(|report| report.bytes.0.clone()).collect())));
        self.work = Work::Sending(digests);
    }

    pub(super) fn reports_answered(
        &mut self,
        result: Result<Box<ReportsAnswer>, SendError>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Work::Sending(batch) = std::mem::replace(&mut self.work, Work::Idle) else { return };
        let answer = result.and_then(|answer| match answer.outcomes.len() == batch.len() {
            true => Ok(answer),
            false => Err(SendError::Garbled("another number of outcomes than of reports".to_owned())),
        });
        match answer {
            Ok(answer) => self.apply(&batch, *answer, now, out),
            Err(error) => {
                self.send_failed(error, now, out);
                if self.state.last_error.as_deref() == Some("unknown-device") && self.state.changed.is_some()
                {
                    // perhaps it is restored from before the key was changed: then it knows the old one
                    self.tell_change = true;
                    self.sending.hurry();
                }
            }
        }
    }

    pub(super) fn send_failed(&mut self, error: SendError, now: Clocks, out: &mut Vec<Effect>) {
        self.state.last_error = Some(error.code().to_owned());
        match error.code() {
            // A wrong or restored server may say this; haste doesn't help, and nothing is forgotten.
            "unknown-device" => self.sending.failed_for_long(now.mono, &mut self.entropy),
            _ => self.sending.failed(now.mono, error.retry_after(), &mut self.entropy),
        }
        out.push(Effect::Notice(Notice::SendFailed(error)));
    }

    fn apply(&mut self, batch: &[Digest], answer: ReportsAnswer, now: Clocks, out: &mut Vec<Effect>) {
        let mut tally = Tally::default();
        for (digest, outcome) in batch.iter().zip(answer.outcomes.iter()) {
            self.apply_outcome(*digest, outcome, answer.head.as_ref(), &mut tally, now, out);
        }
        self.compare_head(answer.head.as_ref(), tally.newest_accepted, out);

        let stale = tally.newest_accepted && self.nonce_is_stale(now);
        self.state.nonce = answer.nonce;
        self.state.nonce_at = (self.trusted.now(now.mono), now.wall);
        self.channel.fresh_nonce(now);
        for message in [&answer.policy, &answer.catalogue, &answer.verdict].into_iter().flatten() {
            self.receive(message, now, out);
        }
        for order in answer.orders.iter() {
            self.receive(order, now, out);
        }
        if stale && self.config.resident {
            // What was just accepted carried an old nonce, which ends no silence: say it again with the new one.
            self.want(Trigger::Periodic, None, now);
        }
        self.conclude(tally, now, out);
        self.dirty = true;
    }

    fn apply_outcome(
        &mut self,
        digest: Digest,
        outcome: &Outcome,
        head: Option<&Head>,
        tally: &mut Tally,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let code = outcome.code.as_ref().map(ToString::to_string);
        let word = || code.clone().unwrap_or_else(|| "no-code".to_owned());
        match outcome.action {
            Action::Accepted if self.contradicts(digest, head) => {
                tally.retry = true;
                tally.error = Some("contradiction".to_owned());
            }
            Action::Accepted => {
                let Some(report) = self.state.queue.take(digest) else { return };
                let newest = self.state.chain.head.is_some_and(|head| head.digest == digest);
                tally.newest_accepted |= newest;
                if let Some(last) = self.state.last.as_mut().filter(|last| last.digest == digest) {
                    last.accepted = Some(now.wall);
                    last.code.clone_from(&code);
                }
                self.retire_with(&report, out);
                out.push(Effect::Notice(Notice::Accepted { number: report.number, code }));
            }
            Action::Drop => {
                let Some(report) = self.state.queue.take(digest) else { return };
                self.retire_with(&report, out);
                self.lose(&report);
                if let Some(last) = self.state.last.as_mut().filter(|last| last.digest == digest) {
                    last.code.clone_from(&code);
                }
                tally.error = Some(word());
                out.push(Effect::Notice(Notice::RefusedForGood { number: report.number, code: word() }));
            }
            Action::Retry => {
                tally.retry = true;
                tally.error = Some(word());
            }
            Action::Stop => tally.stop = Some(word()),
        }
    }

    /// The order to retire was signed: once the server has dealt with the report that answers it, nothing more is reported.
    fn retire_with(&mut self, report: &Queued, out: &mut Vec<Effect>) {
        if matches!(self.state.standing, Standing::Retiring(order) if report.order == Some(order)) {
            self.state.standing = Standing::Retired;
            out.push(Effect::Notice(Notice::Retired));
        }
    }

    /// A server that has accepted a report has a head that is not before it.
    fn contradicts(&self, digest: Digest, head: Option<&Head>) -> bool {
        let report = self.state.queue.iter().find(|report| report.digest == digest);
        match (report, head) {
            (Some(report), Some(head)) => head.chain == report.chain && head.number < report.number,
            _ => false,
        }
    }

    fn compare_head(&mut self, head: Option<&Head>, settled: bool, out: &mut Vec<Effect>) {
        let Some(head) = head else { return };
        if self.state.chain.is_behind(head, settled) {
            out.push(Effect::Notice(Notice::ChainEnded(self.state.chain.id)));
            self.state.chain = self.state.chain.renewed(ChainId(self.entropy.bytes()));
        }
    }

    fn nonce_is_stale(&self, now: Clocks) -> bool {
        let (trusted, wall) = self.state.nonce_at;
        let age = self.trusted.now(now.mono).since(trusted).max(now.wall.since(wall));
        age.millis() > self.schedule().silent_after.millis() / 2
    }

    fn conclude(&mut self, tally: Tally, now: Clocks, out: &mut Vec<Effect>) {
        self.state.last_error = tally.stop.clone().or(tally.error);
        match tally.stop {
            Some(code) => {
                self.sending.hold(super::backoff::after(now.mono, STOPPED));
                out.push(Effect::Notice(Notice::Stopped(code.clone())));
                if matches!(self.state.standing, Standing::Active | Standing::Stopped(_)) {
                    self.state.standing = Standing::Stopped(code);
                }
            }
            None => {
                if matches!(self.state.standing, Standing::Stopped(_)) {
                    self.state.standing = Standing::Active;
                }
                match tally.retry {
                    true => self.sending.failed(now.mono, None, &mut self.entropy),
                    false => self.sending.succeeded(),
                }
            }
        }
    }
}

/// An agent that was asked to stop looks this often whether a person has put things right: nobody signed that it should stop.
const STOPPED: muster_proto::time::Span = muster_proto::time::Span::from_hours(24);
