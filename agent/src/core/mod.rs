//! What the agent does, without doing it: events and the clocks go in, effects come out.
//!
//! No file, network, clock or random source is touched here. `muster-agent run` drives one core with real effects, the simulator of
//! many phones drives thousands, and a phone's wrapper will drive one through its own framework.
//!
//! Two rules hold everywhere and the simulated-time test shows them: nothing of a report is sent before the state that numbers it is
//! durable, and only the bytes that were made durable are ever sent.

mod agent;
mod answer;
mod backoff;
mod chain;
mod channel;
mod clock;
pub mod enrol;
mod entropy;
mod event;
mod form;
mod inbox;
mod orders;
mod queue;
mod rekey;
mod report;
mod schedule;
mod sources;
mod state;
mod work;

pub use agent::{Agent, Config};
pub use backoff::{Backoff, MAX_WAIT};
pub use chain::{Chain, ChainHead};
pub(crate) use channel::CHANNEL_PATH;
pub use clock::Clocks;
pub use entropy::Entropy;
pub use event::{Answer, ChannelEvent, Collected, Effect, Event, Job, Notice, Request, SendError};
pub use form::{Blob, StateError};
pub(crate) use inbox::read_kept;
pub use orders::KnownOrder;
pub use queue::{MAX_QUEUE_BYTES, MAX_QUEUE_REPORTS, Queue, Queued};
pub use schedule::default_schedule;
pub use state::{Kept, LastReport, Pending, Rekeying, Server, Standing, State, Stored};
