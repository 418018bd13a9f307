//! A server for tests: enrolment, nonces, orders, the chain rules. It holds to the contract unless it is told to lie.

use std::collections::BTreeMap;

use muster_proto::answer::{
    Action, Challenge, EnrolAnswer, Enrolment, Head, Outcome, RekeyAnswer, ReportsAnswer,
};
use muster_proto::cbor::{Bytes, List};
use muster_proto::cose::{Envelope, Message, seal};
use muster_proto::facts::{ChannelMode, Schedule};
use muster_proto::id::{Audience, DeviceId, Digest, Nonce, OrderId};
use muster_proto::key::{PublicKey, Signer as _, SoftwareKey};
use muster_proto::message::{
    AckState, Enrol, Hello, Order, OrderAck, OrderKind, PolicyMessage, Rekey, RekeyConsent, VerdictMessage,
};
use muster_proto::policy::{DevicePolicy, Local};
use muster_proto::report::Report;
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use muster_proto::verdict::{DeviceVerdict, State};

use super::device::{Device, GivenOrder};

/// Why a request was refused: HTTP status and code.
pub type Refusal = (u16, &'static str);

/// How the server lies about reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lie {
    /// It says that it has what it throws away.
    AcceptsAndForgets,
    /// It claims to know a later report.
    LaterHead,
    /// It claims another chain.
    OtherChain,
    /// It sends one outcome too few.
    TooFewOutcomes,
    /// It sends an order that somebody else signed.
    ForgedOrder,
    /// It says stop.
    Stops,
    /// It refuses each report for good.
    Drops,
    /// It says for some of them: again later.
    Retries,
}

pub struct Server {
    pub order_key: SoftwareKey,
    pub devices: BTreeMap<DeviceId, Device>,
    tokens: BTreeMap<String, Token>,
    drawn: u64,
    pub schedule: Schedule,
    pub lie: Option<Lie>,
}

#[derive(Default)]
struct Token {
    spent_by: Option<(PublicKey, DeviceId)>,
    expired: bool,
}

#[expect(clippy::disallowed_methods, reason = "a test needs real keys")]
pub fn new_key() -> SoftwareKey {
    SoftwareKey::generate(ring::rand::SystemRandom::new()).expect("a key").0
}

impl Server {
    pub fn new() -> Self {
        let schedule = Schedule {
            report_every: Span::from_hours(4),
            spread: Span::from_secs(600),
            channel: ChannelMode::Awake,
            silent_after: Span::from_hours(26),
            remind: List::default(),
        };
        Self {
            order_key: new_key(),
            devices: BTreeMap::new(),
            tokens: BTreeMap::new(),
            drawn: 0,
            schedule,
            lie: None,
        }
    }

    pub fn add_token(&mut self, token: &str, expired: bool) {
        self.tokens.insert(token.to_owned(), Token { expired, ..Token::default() });
    }

    pub fn challenge(&mut self, now: Timestamp) -> Challenge {
        Challenge { nonce: self.nonce(now), order_key: self.order_key.public_key() }
    }

    pub fn enrol(&mut self, token: &str, body: &[u8], now: Timestamp) -> Result<EnrolAnswer, Refusal> {
        let envelope = Envelope::parse(body).map_err(|_| (400, "malformed"))?;
        let unverified: Enrol = envelope.read_unverified().map_err(|_| (400, "malformed"))?;
        let enrol: Enrol = envelope.open(&unverified.cnf.key).map_err(|_| (401, "bad-signature"))?;
        if !is_fresh(&enrol.nonce, now) {
            return Err((401, "old-nonce"));
        }
        if enrol.order_key != self.order_key.public_key().digest() {
            return Err((400, "other-order-key"));
        }
        let found = self.tokens.get(token).filter(|_| enrol.token == Digest::of(token.as_bytes()));
        let found = found.ok_or((403, "unknown-token"))?;
        let device = match found.spent_by {
            Some((key, device)) if key == enrol.cnf.key => device,
            Some(_) => return Err((403, "spent-token")),
            None if found.expired => return Err((403, "expired-token")),
            None if self.devices.values().any(|device| device.is_retired_with(enrol.cnf.key)) => {
                return Err((409, "key-taken"));
            }
            None => DeviceId(self.draw()),
        };
        if let Some(token) = self.tokens.get_mut(token) {
            token.spent_by = Some((enrol.cnf.key, device));
        }
        self.devices.entry(device).or_insert_with(|| Device::new(enrol.cnf.key));
        let policy = self.policy(device, now);
        Ok(EnrolAnswer {
            status: Enrolment::Enrolled,
            device: Some(device),
            nonce: Some(self.nonce(now)),
            policy: Some(policy),
            catalogue: None,
            retry_after: None,
            code: None,
        })
    }

    /// `bodies` are whole envelopes.
    pub fn reports(&mut self, bodies: &[Vec<u8>], now: Timestamp) -> Result<ReportsAnswer, Refusal> {
        let mut outcomes = Vec::new();
        let mut speaker = None;
        for body in bodies {
            let (device, outcome) = self.report(body)?;
            speaker = Some(device);
            outcomes.push(outcome);
        }
        let device = speaker.ok_or((400, "malformed"))?;
        let mut head = self.devices.get(&device).and_then(|device| device.record.head.clone());
        let mut orders = self.waiting(device, now);
        match self.lie {
            Some(Lie::LaterHead) => head = head.map(|head| Head { number: head.number + 1000, ..head }),
            Some(Lie::OtherChain) => {
                head = head.map(|head| Head { chain: muster_proto::id::ChainId([9; 16]), ..head })
            }
            Some(Lie::AcceptsAndForgets) => head = None,
            Some(Lie::TooFewOutcomes) => drop(outcomes.pop()),
            Some(Lie::ForgedOrder) => orders.push(forged(device, now)),
            _ => {}
        }
        let verdict = self.verdict(device, now);
        Ok(ReportsAnswer {
            outcomes: List(outcomes),
            head,
            nonce: self.nonce(now),
            verdict: Some(verdict),
            policy: None,
            catalogue: None,
            orders: List(orders),
        })
    }

    pub fn hello(&self, body: &[u8], authority: &str, now: Timestamp) -> Result<DeviceId, Refusal> {
        let (device, hello): (_, Hello) = self.open(body)?;
        let fits = hello.path.as_str() == "/v1/channel"
            && hello.method.as_str() == "GET"
            && hello.host.as_str() == authority;
        match (fits, is_fresh(&hello.nonce, now)) {
            (false, _) => Err((401, "other-request")),
            (true, false) => Err((401, "old-nonce")),
            (true, true) => Ok(device),
        }
    }

    pub fn acknowledge(&mut self, body: &[u8]) -> Result<(), Refusal> {
        let (device, ack): (_, OrderAck) = self.open(body)?;
        let order = self.devices.get_mut(&device).into_iter().flat_map(|device| &mut device.orders);
        let order =
            order.into_iter().find(|given| given.order.id == ack.order).ok_or((404, "unknown-order"))?;
        order.acks.push(ack.state);
        Ok(())
    }

    pub fn rekey(&mut self, body: &[u8]) -> Result<RekeyAnswer, Refusal> {
        let envelope = Envelope::parse(body).map_err(|_| (400, "malformed"))?;
        let unverified: Rekey = envelope.read_unverified().map_err(|_| (400, "malformed"))?;
        let consent = Envelope::parse(&unverified.consent).map_err(|_| (400, "malformed"))?;
        let device = self.devices.get_mut(&unverified.device).ok_or((404, "unknown-device"))?;
        let old =
            device.keys.iter().find(|(_, key)| key.kid() == consent.kid).ok_or((401, "bad-signature"))?.1;
        let consent: RekeyConsent = consent.open(&old).map_err(|_| (401, "bad-signature"))?;
        let _: Rekey = envelope.open(&consent.cnf.key).map_err(|_| (401, "bad-signature"))?;
        if !device.keys.iter().any(|(_, key)| *key == consent.cnf.key) {
            device.keys.push((consent.from, consent.cnf.key));
        }
        Ok(RekeyAnswer { from: consent.from })
    }

    /// Gives an order; it waits until it is answered or expires.
    pub fn order(&mut self, device: DeviceId, kind: OrderKind, now: Timestamp) -> OrderId {
        let id = OrderId(self.draw());
        let number = self.number(device);
        let order = Order {
            audience: Audience(device),
            expires: now + Span::from_secs(15 * 60),
            issued: now,
            number,
            id,
            kind,
            requested_by: Text::clipped("Anna"),
            reason: Text::clipped("a check"),
        };
        let bytes = self.sealed(&order);
        let given = GivenOrder { order, bytes, acks: Vec::new(), answers: 0 };
        self.devices.get_mut(&device).expect("an enrolled device").orders.push(given);
        id
    }

    /// Orders that are neither answered nor over.
    pub fn waiting(&self, device: DeviceId, now: Timestamp) -> Vec<Bytes> {
        let orders = self.devices.get(&device).into_iter().flat_map(|device| &device.orders);
        let open = orders.filter(|given| {
            given.answers == 0 && !given.acks.contains(&AckState::Failed) && given.order.expires > now
        });
        open.map(|given| given.bytes.clone()).collect()
    }

    fn report(&mut self, body: &[u8]) -> Result<(DeviceId, Outcome), Refusal> {
        let envelope = Envelope::parse(body).map_err(|_| (400, "malformed"))?;
        let unverified: Report = envelope.read_unverified().map_err(|_| (400, "malformed"))?;
        let device = self.devices.get_mut(&unverified.device).ok_or((404, "unknown-device"))?;
        let key = device.key_for(unverified.number);
        if !device.keys.iter().any(|(_, key)| key.kid() == envelope.kid) {
            return Err((404, "unknown-device"));
        }
        let report: Report = envelope.open(&key).map_err(|_| (401, "bad-signature"))?;
        let outcome = |action, code: Option<&str>| Outcome { action, code: code.map(Text::clipped) };
        let lied = match self.lie {
            Some(Lie::AcceptsAndForgets) => Some(outcome(Action::Accepted, None)),
            Some(Lie::Stops) => Some(outcome(Action::Stop, Some("quarantined"))),
            Some(Lie::Drops) => Some(outcome(Action::Drop, Some("malformed"))),
            Some(Lie::Retries) if report.number.is_multiple_of(3) => {
                Some(outcome(Action::Retry, Some("busy")))
            }
            _ => None,
        };
        if let Some(lied) = lied {
            return Ok((report.device, lied));
        }
        let code = device.record.take(&report, envelope.digest());
        device.reports.push(report.clone());
        let answered = device.orders.iter_mut().find(|given| report.order == Some(given.order.id));
        if let Some(given) = answered.filter(|_| code != Some("known")) {
            given.answers += 1;
        }
        Ok((report.device, outcome(Action::Accepted, code)))
    }

    fn open<M: Message + Spoken>(&self, body: &[u8]) -> Result<(DeviceId, M), Refusal> {
        let envelope = Envelope::parse(body).map_err(|_| (400, "malformed"))?;
        let unverified: M = envelope.read_unverified().map_err(|_| (400, "malformed"))?;
        let device = self.devices.get(&unverified.speaker()).ok_or((404, "unknown-device"))?;
        let opened = device.keys.iter().find_map(|(_, key)| envelope.open(key).ok());
        opened.map(|message| (unverified.speaker(), message)).ok_or((401, "bad-signature"))
    }

    fn policy(&mut self, device: DeviceId, now: Timestamp) -> Bytes {
        if let Some(policy) = self.devices.get(&device).and_then(|device| device.policy.clone()) {
            return policy;
        }
        let message = PolicyMessage {
            audience: Audience(device),
            expires: None,
            issued: now,
            number: self.number(device),
            policy: DevicePolicy {
                title: local("Work phones"),
                schedule: self.schedule.clone(),
                rules: List::default(),
                version: 1,
                contact: None,
            },
        };
        let sealed = self.sealed(&message);
        if let Some(device) = self.devices.get_mut(&device) {
            device.policy = Some(sealed.clone());
        }
        sealed
    }

    fn verdict(&mut self, device: DeviceId, now: Timestamp) -> Bytes {
        let verdict = DeviceVerdict {
            state: State::Compliant,
            since: now,
            due: None,
            rules: List::default(),
            judged: now,
        };
        let number = self.number(device);
        self.sealed(&VerdictMessage {
            audience: Audience(device),
            expires: None,
            issued: now,
            number,
            verdict,
        })
    }

    pub fn sealed<M: Message>(&self, message: &M) -> Bytes {
        Bytes(seal(message, &self.order_key).expect("a software key signs"))
    }

    fn number(&mut self, device: DeviceId) -> u64 {
        let Some(device) = self.devices.get_mut(&device) else { return 0 };
        device.number += 1;
        device.number
    }

    fn nonce(&mut self, now: Timestamp) -> Nonce {
        self.drawn += 1;
        Nonce::new(&[now.millis().to_be_bytes(), self.drawn.to_be_bytes()].concat()).expect("16 bytes")
    }

    fn draw(&mut self) -> [u8; 16] {
        self.drawn += 1;
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Digest::of(&self.drawn.to_be_bytes()).0[..16]);
        bytes
    }
}

/// A message that says who speaks.
trait Spoken {
    fn speaker(&self) -> DeviceId;
}

impl Spoken for Hello {
    fn speaker(&self) -> DeviceId {
        self.device
    }
}

impl Spoken for OrderAck {
    fn speaker(&self) -> DeviceId {
        self.device
    }
}

fn forged(device: DeviceId, now: Timestamp) -> Bytes {
    let order = Order {
        audience: Audience(device),
        expires: now + Span::from_hours(1),
        issued: now,
        number: 1,
        id: OrderId([6; 16]),
        kind: OrderKind::Retire,
        requested_by: Text::clipped("nobody"),
        reason: Text::clipped("none"),
    };
    Bytes(seal(&order, &new_key()).expect("a software key signs"))
}

fn local(text: &str) -> Local {
    Local { en: Text::clipped(text), ru: Text::clipped(text) }
}

/// The contract: ten minutes for `enrol` and `hello`.
fn is_fresh(nonce: &Nonce, now: Timestamp) -> bool {
    let given = nonce.as_bytes().get(..8).and_then(|bytes| bytes.try_into().ok()).map(i64::from_be_bytes);
    given.is_some_and(|given| now.since(Timestamp::from_millis(given)) <= Span::from_secs(600))
}
