//! Changing the device key. The new key is made durable first; then the signed change stands in the state, and from the number that it names on
//! reports are signed by the new key. It is sent, byte for byte the same, before any report until the server has answered. It is kept after
//! that, for a server that comes back from a backup without it.

use muster_proto::answer::RekeyAnswer;
use muster_proto::cbor::Bytes;
use muster_proto::key::PublicKey;
use muster_proto::message::{self, Confirmation, RekeyConsent};

use super::agent::Agent;
use super::clock::Clocks;
use super::event::{Effect, Job, Notice, SendError};
use super::form::Blob;
use super::state::Rekeying;
use super::work::{Want, Work};

/// HTTP status: the change can't be reconciled with what the server has.
const CONFLICT: u16 = 409;

/// A change of the key in the making.
#[derive(Debug)]
pub(super) struct Rekey {
    pub want: Want,
    key: Option<PublicKey>,
    from: u64,
}

impl Rekey {
    pub fn new(want: Want) -> Self {
        Self { want, key: None, from: 0 }
    }
}

impl Agent {
    pub(super) fn key_made(&mut self, result: Result<PublicKey, String>, now: Clocks, out: &mut Vec<Effect>) {
        let Work::Rekeying(mut rekey) = std::mem::replace(&mut self.work, Work::Idle) else { return };
        match result {
            Ok(key) => {
                rekey.from = self.state.chain.next().number;
                rekey.key = Some(key);
                let consent = RekeyConsent {
                    iat: now.wall,
                    cnf: Confirmation { key },
                    nonce: self.state.nonce.clone(),
                    device: self.state.device,
                    chain: self.state.chain.id,
                    from: rekey.from,
                };
                self.sign(Job::Consent, &consent, self.state.key.kid(), out);
                self.work = Work::Rekeying(rekey);
            }
            Err(why) => self.rekey_failed(&rekey, why, now, out),
        }
    }

    pub(super) fn rekey_signed(
        &mut self,
        job: Job,
        result: Result<Vec<u8>, String>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Work::Rekeying(rekey) = std::mem::replace(&mut self.work, Work::Idle) else { return };
        match (result, rekey.key, job) {
            (Ok(consent), Some(key), Job::Consent) => {
                let device = self.state.device;
                let protection = self.config.protection;
                let message = message::Rekey { device, consent: Bytes(consent), protection };
                self.sign(Job::Rekey, &message, key.kid(), out);
                self.work = Work::Rekeying(rekey);
            }
            (Ok(message), Some(key), _) => {
                self.state.rekey = Some(Rekeying { key, from: rekey.from, message: Blob(message) });
                self.dirty = true;
                self.sending.hurry();
                self.wants.push_front(Want { new_key: false, ..rekey.want });
            }
            (Err(why), ..) => self.rekey_failed(&rekey, why, now, out),
            (Ok(_), None, _) => self.rekey_failed(&rekey, "no new key".to_owned(), now, out),
        }
    }

    pub(super) fn rekey_answered(
        &mut self,
        result: Result<RekeyAnswer, SendError>,
        now: Clocks,
        out: &mut Vec<Effect>,
    ) {
        let Work::SendingRekey = std::mem::replace(&mut self.work, Work::Idle) else { return };
        match result {
            Ok(_) if self.state.rekey.is_none() => {
                self.tell_change = false;
                self.sending.succeeded();
            }
            Ok(_) => {
                let Some(rekey) = self.state.rekey.take() else { return };
                self.state.changed = Some(rekey.message);
                self.obsolete_key = Some(std::mem::replace(&mut self.state.key, rekey.key).kid());
                self.dirty = true;
                self.sending.succeeded();
                out.push(Effect::Notice(Notice::KeyChanged));
            }
            Err(error) => {
                self.tell_change = false;
                if matches!(error, SendError::Refused { status: CONFLICT, .. }) {
                    self.abandon_rekey();
                }
                self.send_failed(error, now, out);
            }
        }
    }

    /// The server has reports from the named number on that the old key signed: the change can't be. Nothing that the new key signed was sent.
    fn abandon_rekey(&mut self) {
        let Some(rekey) = self.state.rekey.take() else { return };
        for gone in self.state.queue.take_from(self.state.chain.id, rekey.from) {
            self.lose(&gone);
        }
        self.dirty = true;
        self.obsolete_key = Some(rekey.key.kid());
    }

    fn rekey_failed(&mut self, rekey: &Rekey, why: String, now: Clocks, out: &mut Vec<Effect>) {
        self.state.last_error = Some("key-failed".to_owned());
        self.collecting.failed(now.mono, None, &mut self.entropy);
        out.push(Effect::Notice(Notice::SignFailed(why)));
        if let Some(order) = rekey.want.order {
            self.order_failed(order, "key-failed", now, out);
        }
    }
}
