//! What a stranger sends first: its key is found inside it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cbor::{decode, encode};
use muster_proto::cose::Envelope;
use muster_proto::message::Enrol;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(enrol) = decode::<Enrol>(bytes) {
        assert_eq!(decode::<Enrol>(&encode(&enrol)), Ok(enrol));
    }
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    if let Ok(enrol) = envelope.read_unverified::<Enrol>() {
        let _ = envelope.open::<Enrol>(&enrol.cnf.key);
    }
});
