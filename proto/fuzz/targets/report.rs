//! The payload of a report: what is accepted has one form and comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cbor::{decode_within, encode};
use muster_proto::report::{MAX_REPORT, Report};

fuzz_target!(|bytes: &[u8]| {
    let Ok(report) = decode_within::<Report>(bytes, MAX_REPORT) else { return };
    let again = encode(&report);
    assert_eq!(again.len(), bytes.len(), "the same entries, in another order at most");
    assert_eq!(decode_within::<Report>(&again, MAX_REPORT), Ok(report));
});
