//! The agent on a work phone.

pub mod collect;
pub mod platform;
