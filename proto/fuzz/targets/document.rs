//! A policy's document as people write it: what is accepted compiles and is read back by phones; what is not is told where.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use muster_policy::document::{Document, Org, compile, for_phone};
use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::{decode, encode};
use muster_proto::policy::DevicePolicy;
use muster_proto::time::Timestamp;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let messengers = include_str!("../../../catalogue/messengers.toml");
    Catalogue::from_toml(messengers, include_str!("../../../catalogue/vendors.toml"))
        .expect("it holds together")
});

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let document = match Document::from_yaml(text, &CATALOGUE) {
        Ok(document) => document,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let org = Org { id: "org".to_owned(), title: "Org".to_owned(), time_zone: "Europe/Moscow".to_owned() };
    let now = Timestamp::from_secs(1_800_000_000);
    let Some(policy) = compile(&[&document.assigned_to("org")], &[org], None, now) else { return };
    let sent = encode(&for_phone(&policy));
    assert!(decode::<DevicePolicy>(&sent).is_ok(), "a phone can read what it is sent");
});
