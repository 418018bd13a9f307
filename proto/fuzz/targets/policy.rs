//! A policy as a phone gets it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::cbor::{decode, encode};
use muster_proto::policy::DevicePolicy;

fuzz_target!(|bytes: &[u8]| {
    let Ok(policy) = decode::<DevicePolicy>(bytes) else { return };
    let again = encode(&policy);
    assert_eq!(again.len(), bytes.len(), "the same entries, in another order at most");
    assert_eq!(decode::<DevicePolicy>(&again).map(|policy| policy.digest()), Ok(policy.digest()));
});
