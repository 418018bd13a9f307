//! Strict CBOR: what a phone and a server accept from each other, and nothing beside it.
//!
//! [`strict`] looks once over the bytes before anything is decoded. It admits the Core Deterministic subset of RFC 8949 §4.2.1
//! except for the order of keys: definite lengths, shortest heads, no floats, no tags, no simple values but
//! `false`, `true` and `null`, keys that are integers or text and occur once, UTF-8 text, bounded depth, no byte after the end.
//! [`Wire`] is then the typed form; `wire_map!` and `wire_enum!` write it.

mod map;
mod scan;
mod wire;

pub(crate) use map::{wire_enum, wire_map};
pub use scan::{CborError, MAX_DEPTH, MAX_ITEMS, split_sequence, strict, strict_sequence};
pub use wire::{Bytes, DecodeError, Encoder, List, Wire, decode, decode_within, encode, written};
pub(crate) use wire::{at_most, unknown_key, wrong};
