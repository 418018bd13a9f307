//! The agent on a work phone: reads facts, signs a report, sends it, and shows the person who carries the phone what it said.

pub mod collect;
pub mod core;
pub mod platform;
pub mod sign;
pub mod store;
pub mod transport;
