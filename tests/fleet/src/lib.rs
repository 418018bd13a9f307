//! Many phones that are not there: the agent's real core and real signatures around made-up facts, to try out and to size a server.

mod channel;
pub mod crowd;
mod enrol;
pub mod http;
pub mod model;
mod phone;
pub mod rng;
mod store;
mod tally;
mod wire;
mod world;

pub use enrol::Door;
pub use phone::{Habit, Phone};
pub use store::Folder;
pub use tally::{Stretch, Tally};
pub use world::{World, now};
