//! Any message of any kind: read, verified, rendered.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cose::Envelope;
use muster_proto::json::render;
use muster_proto::key::PublicKey;
use muster_proto::report::Report;

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    assert!(bytes.len() <= envelope.typ.max_len());
    assert!(envelope.chain.is_empty() || envelope.typ.may_have_chain());
    let _ = render(&envelope);
    // no key made this: whoever opens it without the key has broken the signature
    let mut point = [0x5a; 65];
    point[0] = 4;
    let key = PublicKey::from_point(&point).expect("the form of a point");
    assert!(envelope.open::<Report>(&key).is_err());
});
