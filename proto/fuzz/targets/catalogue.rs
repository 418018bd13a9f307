//! A catalogue as phones get it: what is accepted holds together and comes back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::catalogue::Catalogue;

fuzz_target!(|bytes: &[u8]| {
    let Ok(catalogue) = Catalogue::from_cbor(bytes) else { return };
    assert_eq!(Catalogue::from_cbor(&catalogue.to_cbor()).as_ref(), Ok(&catalogue));
    for messenger in catalogue.messengers() {
        let _ = catalogue.clients_of(&messenger.id);
    }
});
