//! Thirty days, one seed: the phones, the server, the network between them, and everything that can go wrong.

use std::sync::Arc;

use muster_agent::built_in;
use muster_agent::core::{
    Answer, ChannelEvent, Config, Effect, Entropy, Event, MAX_QUEUE_BYTES, MAX_QUEUE_REPORTS, MAX_WAIT,
    Notice, Request, SendError, Standing, State,
};
use muster_proto::cbor::Bytes;
use muster_proto::facts::Protection;
use muster_proto::id::DeviceId;
use muster_proto::message::OrderKind;
use muster_proto::time::{Span, Timestamp};

use super::phone::Phone;
use super::server::{Lie, Server, new_key};
use super::weather::{Weather, refused_answer, send_error, unreachable_answer};

/// What may happen in a run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    pub outages: bool,
    pub refusals: bool,
    pub clock_jumps: bool,
    pub kills: bool,
    pub full_disk: bool,
    pub lies: bool,
    pub orders: bool,
    /// Orders change the key too.
    pub new_keys: bool,
}

pub struct World {
    pub server: Server,
    pub phones: Vec<Phone>,
    pub now: Timestamp,
    pub faults: Faults,
    pub weather: Weather,
    pub sends: usize,
    pub saves: usize,
    pub kills: usize,
    pub longest_queue: usize,
    pub disk_is_full: bool,
    entropy: Entropy,
    config: Config,
    starts: u64,
    waiting_since: Option<Timestamp>,
}

/// A step of the world: nothing that matters happens faster than the agent asks.
const TICK: Span = Span::from_secs(60);
const AUTHORITY: &str = "muster.example:443";

impl World {
    pub fn new(seed: u64, faults: Faults) -> Self {
        let hours = [1, 2, 4][usize::try_from(seed % 3).unwrap()];
        Self::reporting_every(Span::from_hours(hours), seed, faults)
    }

    pub fn reporting_every(every: Span, seed: u64, faults: Faults) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let entropy = Entropy::new(bytes);
        let now = Timestamp::from_secs(1_800_000_000);
        let mut server = Server::new();
        server.schedule.report_every = every;
        let phone = Phone::enrol(&mut server, now);
        let config = Config {
            version: built_in::version(),
            protection: Protection::Software,
            built: built_in::built(),
            catalogue: Arc::new(built_in::catalogue()),
            resident: true,
            channel: true,
        };
        Self {
            server,
            phones: vec![phone],
            now,
            faults,
            weather: Weather::Fair,
            sends: 0,
            saves: 0,
            kills: 0,
            longest_queue: 0,
            disk_is_full: false,
            entropy,
            config,
            starts: 0,
            waiting_since: None,
        }
    }

    pub fn device(&self) -> DeviceId {
        self.phones[0].device
    }

    /// Lets so many days go by with everything that `faults` allow.
    pub fn live(&mut self, days: u64) {
        let end = self.now + Span::from_hours(24 * days);
        while self.now < end {
            self.change_the_weather();
            self.tick();
        }
    }

    /// Lets so many hours go by in which nothing goes wrong.
    pub fn calm(&mut self, hours: u64) {
        let faults = std::mem::take(&mut self.faults);
        self.weather = Weather::Fair;
        self.server.lie = None;
        self.disk_is_full = false;
        let end = self.now + Span::from_hours(hours);
        while self.now < end {
            self.tick();
        }
        self.faults = faults;
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.entropy.below(one_in) == 0
    }

    /// Each of these happens a few times a day or less.
    fn change_the_weather(&mut self) {
        let device = self.device();
        if self.faults.outages && self.chance(600) {
            self.weather = [Weather::Down, Weather::Fair, Weather::AnswersLost]
                [usize::try_from(self.entropy.below(3)).unwrap()];
        }
        if self.faults.refusals && self.chance(600) {
            self.weather = match self.entropy.below(4) {
                0 => Weather::Refusing(503, "unavailable", Some(120)),
                1 => Weather::Refusing(429, "too-many-requests", Some(600)),
                2 => Weather::Refusing(404, "unknown-device", None),
                _ => Weather::Refusing(500, "internal", None),
            };
        }
        if (self.faults.outages || self.faults.refusals) && self.chance(300) {
            self.weather = Weather::Fair;
        }
        if self.faults.lies && self.chance(400) {
            const LIES: [Lie; 8] = [
                Lie::AcceptsAndForgets,
                Lie::LaterHead,
                Lie::OtherChain,
                Lie::TooFewOutcomes,
                Lie::ForgedOrder,
                Lie::Stops,
                Lie::Drops,
                Lie::Retries,
            ];
            let at = usize::try_from(self.entropy.below(16)).unwrap();
            self.server.lie = LIES.get(at).copied();
        }
        if self.faults.full_disk && self.chance(1500) {
            self.disk_is_full = !self.disk_is_full;
        }
        if self.faults.clock_jumps && self.chance(700) {
            self.jump_the_clock();
        }
        if self.faults.orders && self.chance(240) {
            let kind = match self.entropy.below(4) {
                0 if self.faults.new_keys => OrderKind::RotateKey,
                1 => OrderKind::Refresh,
                _ => OrderKind::Scan,
            };
            self.server.order(device, kind, self.now);
        }
    }

    fn jump_the_clock(&mut self) {
        let to = match self.entropy.below(5) {
            0 => Timestamp::from_secs(0),
            1 => "2040-01-01T00:00:00Z".parse().unwrap(),
            2 => self.now + Span::from_hours(self.entropy.below(1000)),
            3 => self.now - Span::from_hours(self.entropy.below(1000)),
            _ => self.now,
        };
        for phone in &mut self.phones {
            phone.skew = to.millis() - self.now.millis();
        }
    }

    fn tick(&mut self) {
        self.now = self.now + TICK;
        for at in 0..self.phones.len() {
            if self.phones[at].agent.is_none() {
                if self.chance(5) || !self.faults.kills {
                    self.start(at);
                }
            } else {
                self.disturb(at);
            }
            self.serve_channel(at);
            self.run(at);
            self.look(at);
        }
    }

    pub fn start(&mut self, at: usize) {
        self.starts += 1;
        // Every third start is one of the whole phone.
        if self.starts.is_multiple_of(3) {
            self.phones[at].booted = self.now;
        }
        let (config, starts, now) = (self.config.clone(), self.starts, self.now);
        self.phones[at].start(&config, starts, now);
    }

    fn disturb(&mut self, at: usize) {
        if self.faults.kills && self.chance(500) {
            self.kill(at);
        } else if self.chance(700) {
            self.phones[at].events.push_back(Event::AppsChanged);
        } else if self.faults.outages && self.phones[at].channel_open && self.chance(200) {
            self.phones[at].channel_open = false;
            let closed = SendError::Unreachable("the connection broke".to_owned());
            self.phones[at].events.push_back(Event::Channel(ChannelEvent::Closed(closed)));
        }
    }

    fn kill(&mut self, at: usize) {
        self.kills += 1;
        self.phones[at].kill();
    }

    fn serve_channel(&mut self, at: usize) {
        if self.phones[at].channel_open && self.weather == Weather::Fair && self.phones[at].agent.is_some() {
            let waiting = self.server.waiting(self.phones[at].device, self.now);
            for Bytes(order) in waiting {
                self.phones[at].events.push_back(Event::Channel(ChannelEvent::Message(order)));
            }
        }
    }

    /// Carries out everything that is due at this moment.
    fn run(&mut self, at: usize) {
        let mut steps = 0;
        while self.phones[at].is_due(self.now) {
            steps += 1;
            assert!(steps < 2000, "the agent never comes to rest at {}", self.now);
            if self.phones[at].events.is_empty() {
                self.phones[at].events.push_back(Event::Woke);
            }
            for effect in self.phones[at].step(self.now) {
                // Between any two effects the process may be gone.
                if self.faults.kills && self.chance(400) {
                    self.kill(at);
                    return;
                }
                if !self.carry_out(at, effect) {
                    return;
                }
            }
        }
    }

    /// `false` if the process was killed over it.
    fn carry_out(&mut self, at: usize, effect: Effect) -> bool {
        match effect {
            Effect::Collect(catalogue) => {
                let collected = self.phones[at].collect(&catalogue);
                let result = if self.faults.full_disk && self.chance(50) {
                    Err("no".to_owned())
                } else {
                    Ok(Box::new(collected))
                };
                self.phones[at].events.push_back(Event::Collected(result));
            }
            Effect::Sign { job, typ, payload, kid } => {
                let result = self.phones[at].sign(typ, &payload, kid);
                self.phones[at].events.push_back(Event::Signed { job, result });
            }
            Effect::MakeKey => {
                let key = new_key();
                let public = muster_proto::key::Signer::public_key(&key);
                self.phones[at].new_keys.insert(public.kid(), key);
                self.phones[at].events.push_back(Event::KeyMade(Ok(public)));
            }
            Effect::Save(state) => return self.save(at, *state),
            Effect::Send(request) => return self.send(at, &request),
            Effect::OpenChannel(hello) => self.open_channel(at, &hello),
            Effect::CloseChannel => self.phones[at].channel_open = false,
            Effect::ForgetKey(kid) => drop(self.phones[at].new_keys.remove(&kid)),
            Effect::Wait(until) => {
                let mono = self.phones[at].clocks(self.now).mono;
                assert!(until.millis() <= mono.millis() + MAX_WAIT.millis(), "it waits too long");
                self.phones[at].wake = until;
            }
            Effect::Notice(notice) => self.phones[at].notices.push(notice),
        }
        true
    }

    fn save(&mut self, at: usize, state: State) -> bool {
        self.saves += 1;
        if self.disk_is_full {
            self.phones[at].events.push_back(Event::SaveFailed("no space".to_owned()));
            return true;
        }
        // Killed in the middle: a rename leaves the old state or the new one, never half of one.
        if self.faults.kills && self.chance(100) {
            if self.chance(2) {
                self.phones[at].disk = state;
            }
            self.kill(at);
            return false;
        }
        self.phones[at].disk = state;
        self.phones[at].events.push_back(Event::Saved);
        true
    }

    fn send(&mut self, at: usize, request: &Request) -> bool {
        self.sends += 1;
        if let Request::Reports(reports) = request {
            self.waiting_since = None;
            let saved = &self.phones[at].disk;
            let is_saved = |report: &Vec<u8>| saved.queue.iter().any(|queued| queued.bytes.0 == *report);
            assert!(reports.iter().all(is_saved), "what is sent is what was saved");
            assert!(reports.iter().map(Vec::len).sum::<usize>() <= 64 * 1024);
        }
        let mut answer = match self.weather {
            Weather::Down => unreachable_answer(request),
            Weather::Refusing(status, code, retry) => refused_answer(request, status, code, retry),
            Weather::Fair | Weather::AnswersLost => self.answer(request),
        };
        if self.weather == Weather::AnswersLost {
            answer = unreachable_answer(request);
        }
        if self.faults.kills && self.chance(100) {
            self.kill(at);
            return false;
        }
        self.phones[at].events.push_back(Event::Answered(answer));
        true
    }

    fn answer(&mut self, request: &Request) -> Answer {
        match request {
            Request::Challenge => Answer::Challenge(Ok(self.server.challenge(self.now))),
            Request::Reports(reports) => {
                Answer::Reports(self.server.reports(reports, self.now).map(Box::new).map_err(send_error))
            }
            Request::Ack(_, body) => Answer::Ack(self.server.acknowledge(body).map_err(send_error)),
            Request::Rekey(body) => Answer::Rekey(self.server.rekey(body).map_err(send_error)),
        }
    }

    fn open_channel(&mut self, at: usize, hello: &[u8]) {
        let event = match self.weather {
            Weather::Fair => match self.server.hello(hello, AUTHORITY, self.now) {
                Ok(_) => ChannelEvent::Opened,
                Err(refusal) => ChannelEvent::Closed(send_error(refusal)),
            },
            _ => ChannelEvent::Closed(SendError::Unreachable("no network".to_owned())),
        };
        self.phones[at].channel_open = matches!(event, ChannelEvent::Opened);
        self.phones[at].events.push_back(Event::Channel(event));
    }

    /// What must hold at every moment.
    fn look(&mut self, at: usize) {
        let Some(agent) = &self.phones[at].agent else {
            self.waiting_since = None;
            return;
        };
        let state = agent.state();
        assert!(
            state.queue.len() <= MAX_QUEUE_REPORTS && state.queue.bytes() <= MAX_QUEUE_BYTES,
            "the queue is bounded"
        );
        self.longest_queue = self.longest_queue.max(state.queue.len());
        let may_send = !state.queue.is_empty() && state.standing == Standing::Active && state.rekey.is_none();
        if !may_send || self.disk_is_full || self.phones.len() > 1 {
            self.waiting_since = None;
            return;
        }
        let since = *self.waiting_since.get_or_insert(self.now);
        let patience = Span::from_millis(MAX_WAIT.millis() + 11 * 60 * 1000);
        assert!(self.now.since(since) <= patience, "it has given up since {since}, now {}", self.now);
    }

    pub fn notices(&self, wanted: impl Fn(&Notice) -> bool) -> usize {
        self.phones.iter().flat_map(|phone| &phone.notices).filter(|notice| wanted(notice)).count()
    }
}
