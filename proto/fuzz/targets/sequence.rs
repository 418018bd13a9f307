//! The body of a request with several reports.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cbor::{MAX_ITEMS, strict_sequence};
use muster_proto::cose::Envelope;

fuzz_target!(|bytes: &[u8]| {
    let Ok(items) = strict_sequence(bytes, 18) else { return };
    assert!(items.len() <= MAX_ITEMS);
    assert_eq!(items.concat(), bytes, "nothing is left over and nothing is lost");
    for item in items {
        let _ = Envelope::parse(item).map(|envelope| envelope.digest());
    }
});
