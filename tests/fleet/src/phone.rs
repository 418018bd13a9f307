//! One simulated phone: the agent's core with its effects carried out against a real server, and a model in place of a device.

use crate::channel;
use crate::http::{Connection, Target};
use crate::model::Model;
use crate::rng::Rng;
use crate::store::Folder;
use crate::wire;
use crate::world::{World, now};
use anyhow::{Context as _, anyhow};
use muster_agent::core::{
    Agent, Answer, ChannelEvent, Collected, Config, Effect, Event, Notice, Request, State,
};
use muster_proto::cose::seal_payload;
use muster_proto::facts::Protection;
use muster_proto::id::Kid;
use muster_proto::key::{PublicKey, Signer as _, SoftwareKey};
use muster_proto::text::Text;
use muster_proto::time::Span;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

/// A key and its form on disk (PKCS#8).
pub type StoredKey = (SoftwareKey, Vec<u8>);

/// An enrolled phone that is not running.
pub struct Phone {
    pub(crate) state: State,
    pub(crate) keys: Vec<StoredKey>,
    model: Model,
}

/// How a phone is to behave.
#[derive(Debug, Clone, Copy)]
pub struct Habit {
    /// Beside the policy's own schedule it reports this often.
    pub every: Option<Span>,
    /// It starts after this.
    pub delay: Span,
}

impl Phone {
    /// A phone from what was saved of it.
    #[must_use]
    pub fn new(state: State, keys: Vec<StoredKey>, model: Model) -> Self {
        Self { state, keys, model }
    }

    /// Runs until it is dropped, or told to retire.
    ///
    /// # Errors
    /// Its server can't be named or its state can't be written; what goes wrong on the way is only counted.
    pub async fn run(
        self,
        world: Arc<World>,
        folder: Option<Arc<Folder>>,
        nth: u64,
        habit: Habit,
    ) -> anyhow::Result<()> {
        let target = Target::new(&self.state.server.authority, &self.state.server.ca)?;
        let config = Config {
            version: version(),
            protection: Protection::Software,
            built: world.built,
            catalogue: Arc::clone(&world.catalogue),
            resident: true,
            channel: true,
        };
        sleep_until(Instant::from_std(now() + habit.delay.into())).await;
        let agent = Agent::new(self.state, config, seed(&world.random)?, world.clocks());
        let (channel_says, channel) = mpsc::channel(16);
        let body = Body {
            keys: self.keys,
            model: self.model,
            target,
            world,
            folder,
            nth,
            connection: None,
            channel_says,
            channel_task: None,
        };
        live(agent, body, channel, habit).await
    }
}

/// What carries out the effects.
struct Body {
    keys: Vec<StoredKey>,
    model: Model,
    target: Target,
    world: Arc<World>,
    folder: Option<Arc<Folder>>,
    nth: u64,
    /// Kept while one thing leads to the next, as a phone's HTTP client does.
    connection: Option<Connection>,
    channel_says: mpsc::Sender<ChannelEvent>,
    channel_task: Option<JoinHandle<()>>,
}

impl Drop for Body {
    fn drop(&mut self) {
        self.close_channel();
    }
}

async fn live(
    mut agent: Agent,
    mut body: Body,
    mut channel: mpsc::Receiver<ChannelEvent>,
    habit: Habit,
) -> anyhow::Result<()> {
    let mut chance = Rng::of(0x6d75_7374, body.nth);
    let mut extra = habit.every.map(|every| now() + Span::from_millis(chance.below(every.millis())).into());
    let mut wake = None;
    let mut events = VecDeque::from([Event::Started]);
    loop {
        while let Some(event) = events.pop_front() {
            for effect in agent.step(event, body.world.clocks()) {
                if let Effect::Wait(mono) = effect {
                    wake = Some(body.world.moment(mono));
                } else {
                    events.extend(body.carry_out(effect).await?);
                }
            }
        }
        body.connection = None;
        let next = [wake, extra].into_iter().flatten().min().context("an agent that waits for nothing")?;
        tokio::select! {
            event = channel.recv() => events.extend(event.map(Event::Channel)),
            () = sleep_until(Instant::from_std(next)) => {
                let due = extra.filter(|moment| *moment <= now()).zip(habit.every);
                if let Some((moment, every)) = due {
                    body.model.drift(&body.world.catalogue, body.world.clocks().wall);
                    extra = Some(moment + every.into());
                }
                events.push_back(if due.is_some() { Event::AppsChanged } else { Event::Woke });
            }
        }
    }
}

impl Body {
    async fn carry_out(&mut self, effect: Effect) -> anyhow::Result<Option<Event>> {
        Ok(match effect {
            Effect::Collect(_) => Some(Event::Collected(Ok(Box::new(self.collect())))),
            Effect::Sign { job, typ, payload, kid } => {
                let signed = self
                    .key(kid)
                    .and_then(|key| seal_payload(typ, &payload, key, &[]).map_err(|error| error.to_string()));
                Some(Event::Signed { job, result: signed })
            }
            Effect::MakeKey => Some(Event::KeyMade(self.make_key().map_err(|error| error.to_string()))),
            Effect::ForgetKey(kid) => {
                self.keys.retain(|(key, _)| key.public_key().kid() != kid);
                self.save_keys()?;
                None
            }
            Effect::Save(state) => {
                if let Some(folder) = &self.folder {
                    folder.save_state(self.nth, *state)?;
                }
                Some(Event::Saved)
            }
            Effect::Send(request) => Some(Event::Answered(self.send(request).await)),
            Effect::OpenChannel(hello) => {
                self.close_channel();
                let (world, says) = (Arc::clone(&self.world), self.channel_says.clone());
                self.channel_task =
                    Some(tokio::spawn(channel::keep(world, self.target.clone(), hello, says)));
                None
            }
            Effect::CloseChannel => {
                self.close_channel();
                None
            }
            Effect::Notice(notice) => {
                self.note(&notice);
                None
            }
            Effect::Wait(_) => None,
        })
    }

    fn collect(&self) -> Collected {
        let (device, apps) = self.model.facts();
        Collected { device, apps, uptime: Some(self.world.clocks().mono), work: None }
    }

    fn key(&self, kid: Kid) -> Result<&SoftwareKey, String> {
        let found = self.keys.iter().find(|(key, _)| key.public_key().kid() == kid);
        found.map(|(key, _)| key).ok_or_else(|| format!("no key {kid}"))
    }

    fn make_key(&mut self) -> anyhow::Result<PublicKey> {
        let made = SoftwareKey::generate(self.world.random.clone())?;
        let key = made.0.public_key();
        self.keys.push(made);
        self.save_keys()?;
        Ok(key)
    }

    fn save_keys(&self) -> anyhow::Result<()> {
        self.folder.as_ref().map_or(Ok(()), |folder| folder.save_keys(self.nth, &self.keys))
    }

    async fn send(&mut self, request: Request) -> Answer {
        let start = now();
        let reports = matches!(request, Request::Reports(_));
        let sent = wire::send(&mut self.connection, &self.target, request).await;
        if let Some(error) = wire::error(&sent) {
            self.connection = None;
            self.world.tally.failed(error);
        } else if reports {
            self.world.tally.answered(start.elapsed());
        }
        sent
    }

    fn close_channel(&mut self) {
        if let Some(task) = self.channel_task.take() {
            task.abort();
        }
    }

    fn note(&self, notice: &Notice) {
        let tally = &self.world.tally;
        match notice {
            Notice::Accepted { .. } => drop(tally.accepted.fetch_add(1, Relaxed)),
            Notice::RefusedForGood { .. } => drop(tally.refused.fetch_add(1, Relaxed)),
            Notice::Ordered { .. } => drop(tally.orders.fetch_add(1, Relaxed)),
            _ => {}
        }
    }
}

/// The version that simulated agents say they have.
pub(crate) fn version() -> Text<24> {
    Text::clipped(env!("CARGO_PKG_VERSION"))
}

/// 16 bytes that nobody could foresee.
pub(crate) fn fresh(random: &SystemRandom) -> anyhow::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    random.fill(&mut bytes).map_err(|_| anyhow!("the system has no randomness"))?;
    Ok(bytes)
}

fn seed(random: &SystemRandom) -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    random.fill(&mut bytes).map_err(|_| anyhow!("the system has no randomness"))?;
    Ok(bytes)
}
