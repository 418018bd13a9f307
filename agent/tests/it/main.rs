//! The agent as a whole: the core through thirty simulated days against a server that applies the chain rules to the letter, and the real
//! program against a real TLS server.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod bus;
mod chain_rules;
mod days;
mod device;
mod managed;
mod messages;
mod phone;
mod program;
mod server;
mod site;
mod sources;
mod weather;
mod world;
