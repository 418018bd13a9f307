//! One message of a conversation over D-Bus: a call in bytes, and what an answer says. The conversation itself is the agent's.
//!
//! Whoever answers may mean harm: messages are bounded in size and depth, and nothing of a body is stored that was not asked for.

mod message;
mod value;

pub use message::{Call, MAX_MESSAGE, Message, START, length};
pub use value::{Entry, Keys, Value};

/// A message of another shape than asked for, or longer than is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message has an unknown shape")]
pub struct Garbled;
