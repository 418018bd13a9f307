//! The agent on a work phone: reads facts, signs a report, sends it, and shows the person who carries the phone what it said.

pub mod built_in;
pub mod collect;
pub mod core;
pub mod enrolment;
pub mod errors;
pub mod page_link;
pub mod platform;
pub mod runtime;
pub mod sign;
pub mod status;
pub mod store;
pub mod texts;
pub mod transport;
