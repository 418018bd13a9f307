//! The language that both sides of Muster speak.
//!
//! Everything here is a pure function of its arguments: no input or output, no clock, no source of randomness. What goes
//! over the wire is COSE_Sign1 around strict CBOR; the contract is written in `cddl/` and held by the vectors in `vectors/`.

pub mod answer;
pub mod audit;
pub mod catalogue;
pub mod cbor;
pub mod cose;
pub mod facts;
pub mod id;
pub mod json;
pub mod key;
pub mod link;
pub mod message;
pub mod money;
pub mod policy;
pub mod problem;
pub mod report;
#[cfg(feature = "schema")]
mod schema;
pub mod text;
pub mod time;
pub mod verdict;
