//! A link to a phone's page, as a stranger's browser may bring it: the text, and the message in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cbor::{decode, encode};
use muster_proto::cose::{Envelope, Typ};
use muster_proto::key::PublicKey;
use muster_proto::message::PageLink;
use muster_proto::report::Report;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(link) = decode::<PageLink>(bytes) {
        assert_eq!(decode::<PageLink>(&encode(&link)), Ok(link));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(envelope) = PageLink::taken(text)
    {
        assert_eq!(envelope.typ, Typ::PageLink);
    }
    let Ok(envelope) = Envelope::parse(bytes) else { return };
    assert!(envelope.typ == Typ::Report || envelope.read_unverified::<Report>().is_err());
    assert!(envelope.typ == Typ::PageLink || envelope.read_unverified::<PageLink>().is_err());
    // no key made this: whoever opens it without the key has broken the signature
    let mut point = [0x5a; 65];
    point[0] = 4;
    let key = PublicKey::from_point(&point).expect("the form of a point");
    assert!(envelope.open::<PageLink>(&key).is_err());
});
