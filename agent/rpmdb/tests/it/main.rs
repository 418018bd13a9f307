//! Whole databases: those that others' tools wrote, and what becomes of them when somebody has been at them.

#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod broken;
mod fixtures;
mod real;
mod walls;
