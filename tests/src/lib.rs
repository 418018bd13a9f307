//! Runs Muster's real programs against each other: for the tests here, for the demonstration and for the measurements.
//!
//! Nothing is built: the programs of the same build are found beside the one that runs. A [`Running`] program ends with its
//! owner, and when that is because a test failed, what the program printed is printed.

mod agent;
mod fixture;
mod program;
pub mod receiver;
mod running;
mod server;
mod wait;

pub use agent::Agent;
pub use fixture::{Root, repo, shared};
pub use program::{Ran, cramped, find, program, run};
pub use running::Running;
pub use server::Server;
pub use wait::{until, wait_for};
