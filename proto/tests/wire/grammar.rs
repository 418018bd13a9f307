//! The vectors against the grammar in `cddl/`.

use crate::vector::{As, Vector};
use crate::vectors::all;

const GRAMMAR: &str = include_str!("../../cddl/muster.cddl");

/// Whether the grammar admits the message as what it claims to be.
fn admits(vector: &Vector) -> Result<(), String> {
    let rule = match vector.open_as {
        As::One(_) => format!("{}-message", vector.open_as.word()),
        As::Sequence => return if vector.cddl { Ok(()) } else { Err("a sequence has no rule".to_owned()) },
    };
    let grammar = format!("start = {rule}\n{GRAMMAR}");
    cddl::validate_cbor_from_slice(&grammar, &vector.message, None).map_err(|error| error.to_string())
}

#[test]
fn good_vectors_are_admitted() {
    let (good, _) = all();
    for vector in &good {
        assert_eq!(admits(vector), Ok(()), "{}", vector.name);
    }
}

#[test]
fn bad_vectors_are_refused_where_a_grammar_can_say_why() {
    let (_, bad) = all();
    let wrong: Vec<_> = bad
        .iter()
        .filter(|vector| admits(vector).is_ok() != vector.cddl)
        .map(|vector| &vector.name)
        .collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
