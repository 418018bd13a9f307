//! A simulated phone: the real core, a disk that a process can be killed over, clocks that jump.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use muster_agent::built_in;
use muster_agent::core::enrol::{Accepted, Applicant, Context, accept, message};
use muster_agent::core::{Agent, Clocks, Collected, Config, Effect, Event, Notice, State, Stored};
use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::List;
use muster_proto::cose::seal;
use muster_proto::facts::{AppFacts, DeviceFacts, Fact, Platform, Protection, Reason, WatchListRef};
use muster_proto::id::{ChainId, DeviceId, Digest, Kid};
use muster_proto::key::{Signer as _, SoftwareKey};
use muster_proto::link::EnrolLink;
use muster_proto::text::Text;
use muster_proto::time::{Span, Timestamp};
use std::collections::BTreeMap as Map;

use super::server::{Server, new_key};

pub struct Phone {
    pub device: DeviceId,
    pub disk: State,
    pub keys: Arc<BTreeMap<Kid, SoftwareKey>>,
    pub new_keys: BTreeMap<Kid, SoftwareKey>,
    pub agent: Option<Agent>,
    pub booted: Timestamp,
    /// What the wall clock shows beside the true time, in milliseconds.
    pub skew: i64,
    pub wake: Span,
    pub channel_open: bool,
    pub events: VecDeque<Event>,
    pub notices: Vec<Notice>,
    /// Numbers what it collects, over all copies of this phone.
    pub collected: u64,
    pub name: &'static str,
    /// What is otherwise than on a phone of which nothing can be read.
    pub look: fn(&mut Collected),
}

impl Phone {
    /// Enrols a phone; its first state is on the disk.
    pub fn enrol(server: &mut Server, now: Timestamp) -> Self {
        let key = new_key();
        let token = format!("token-of-device-{}", server.devices.len());
        server.add_token(&token, false);
        let challenge = server.challenge(now);
        let link = EnrolLink {
            authority: "muster.example:443".to_owned(),
            ca: Digest::of(b"ca"),
            key: challenge.order_key.digest(),
            token: token.clone(),
        };
        let applicant = Applicant {
            platform: Platform::Aurora,
            model: None,
            asset_tag: None,
            version: built_in::version(),
            protection: Protection::Software,
        };
        let enrol = message(&link, &challenge, key.public_key(), applicant, now).expect("the right server");
        let answer = server.enrol(&token, &seal(&enrol, &key).expect("signed"), now).expect("enrolled");
        let context = Context {
            link: &link,
            ca: b"ca",
            challenge: &challenge,
            key: key.public_key(),
            before: None,
            chain: ChainId([1; 16]),
            wall: now,
            built: built_in::built(),
        };
        let Ok(Accepted::Enrolled(state)) = accept(&context, &answer) else { panic!("not enrolled") };
        Self {
            device: state.device,
            disk: *state,
            keys: Arc::new(BTreeMap::from([(key.public_key().kid(), key)])),
            new_keys: BTreeMap::new(),
            agent: None,
            booted: now,
            skew: 0,
            wake: Span::default(),
            channel_open: false,
            events: VecDeque::new(),
            notices: Vec::new(),
            collected: 0,
            name: "phone",
            look: |_| {},
        }
    }

    /// The same phone twice: disk, key and all.
    pub fn copy(&self, name: &'static str) -> Self {
        Self {
            device: self.device,
            disk: self.disk.clone(),
            keys: Arc::clone(&self.keys),
            new_keys: BTreeMap::new(),
            agent: None,
            booted: self.booted,
            skew: self.skew,
            wake: self.wake,
            channel_open: false,
            events: VecDeque::new(),
            notices: Vec::new(),
            collected: self.collected,
            name,
            look: self.look,
        }
    }

    pub fn clocks(&self, now: Timestamp) -> Clocks {
        Clocks { wall: Timestamp::from_millis(now.millis() + self.skew), mono: now.since(self.booted) }
    }

    /// Starts the agent on what the disk has.
    pub fn start(&mut self, config: &Config, seed: u64, now: Timestamp) {
        let state = self.found();
        let seed = Digest::of(&[&seed.to_be_bytes()[..], self.name.as_bytes()].concat()).0;
        self.agent = Some(Agent::new(state, config.clone(), seed, self.clocks(now)));
        self.events = VecDeque::from([Event::Started]);
        self.channel_open = false;
    }

    /// The process is gone, with everything that was only in memory.
    pub fn kill(&mut self) {
        self.agent = None;
        self.events.clear();
        self.channel_open = false;
    }

    /// What a process finds that starts now: through the form that the state file has.
    fn found(&self) -> State {
        match Stored::from_bytes(&Stored::Enrolled(Box::new(self.disk.clone())).to_bytes()) {
            Ok(Stored::Enrolled(state)) => *state,
            other => panic!("the disk has {other:?}"),
        }
    }

    /// Gives the next event to the core.
    pub fn step(&mut self, now: Timestamp) -> Vec<Effect> {
        let clocks = self.clocks(now);
        match (&mut self.agent, self.events.pop_front()) {
            (Some(agent), Some(event)) => agent.step(event, clocks),
            _ => Vec::new(),
        }
    }

    pub fn is_due(&self, now: Timestamp) -> bool {
        self.agent.is_some() && (!self.events.is_empty() || self.clocks(now).mono >= self.wake)
    }

    pub fn sign(&self, typ: muster_proto::cose::Typ, payload: &[u8], kid: Kid) -> Result<Vec<u8>, String> {
        let key = self.keys.get(&kid).or_else(|| self.new_keys.get(&kid)).ok_or("no such key")?;
        muster_proto::cose::seal_payload(typ, payload, key, &[]).map_err(|error| error.to_string())
    }

    /// Facts that no other collection has: the build id counts.
    pub fn collect(&mut self, catalogue: &Catalogue) -> Collected {
        self.collected += 1;
        let mut device = unknown_facts();
        device.build_id = Fact::Known(Text::clipped(&format!("{}-{}", self.name, self.collected)));
        let watch_list = WatchListRef {
            digest: Digest::of(b"list"),
            size: u32::try_from(catalogue.messengers().len()).unwrap(),
        };
        let apps = AppFacts { sources: Map::new(), watch_list, sightings: List::default() };
        let mut collected = Collected { device, apps, uptime: None, work: None };
        (self.look)(&mut collected);
        collected
    }
}

fn unknown_facts() -> DeviceFacts {
    const fn no<T>() -> Fact<T> {
        Fact::Unknown(Reason::Unsupported)
    }
    DeviceFacts {
        sources: Map::new(),
        platform: Fact::Known(Platform::Aurora),
        os_version: no(),
        security_patch: no(),
        build_id: no(),
        build_type: no(),
        manufacturer: no(),
        brand: no(),
        model: no(),
        management: no(),
        encryption: no(),
        lock_set: no(),
        lock_strength: no(),
        lock_after: no(),
        developer_options: no(),
        debug_bridge: no(),
        bootloader_locked: no(),
        verified_boot: no(),
        root_signs: no(),
        install_sources: no(),
        scope: no(),
        background_limits: no(),
        pending_update: no(),
        boot_count: no(),
        containers: no(),
        os_certified: no(),
        package_certificates: no(),
        restrictions: no(),
    }
}
