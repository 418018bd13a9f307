//! The edges: one file for each endpoint or page, each a translation of a request to an action or query.

pub mod admin;
pub mod console;
pub mod fault;
pub mod listen;
