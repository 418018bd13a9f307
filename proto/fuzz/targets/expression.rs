//! An expression of a policy up to the first zero byte, and after it a report that it is asked about: what is accepted is judged, whatever
//! the report says, in little time and memory.
//!
//! The library that reads expressions may panic: that is caught where it is called, so it is no mistake here. What reaches us is one.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use muster_policy::Register;
use muster_policy::reading::Facts;
use muster_policy::rules::Demand as _;
use muster_policy::rules::expression::Expression;
use muster_proto::catalogue::Catalogue;
use muster_proto::cbor::decode_within;
use muster_proto::policy::Proof;
use muster_proto::report::{MAX_REPORT, Report};
use muster_proto::time::Timestamp;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let messengers = include_str!("../../../catalogue/messengers.toml");
    Catalogue::from_toml(messengers, include_str!("../../../catalogue/vendors.toml"))
        .expect("it holds together")
});

fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |bytes: &[u8]| {
    let (text, report) = bytes.split_at(bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len()));
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(rule) = serde_json::from_value::<Expression>(serde_json::json!({ "expect": text })) else { return };
    if !rule.flaws(&CATALOGUE).is_empty() {
        return;
    }
    let Some(Ok(report)) = report.get(1..).map(|bytes| decode_within::<Report>(bytes, MAX_REPORT)) else { return };
    let now = Timestamp::from_secs(1_800_000_000);
    let facts = Facts {
        report: &report,
        at: now,
        now,
        attested: None,
        needs: Proof::Reported,
        watched: None,
        told: &[],
        register: Register::Unasked,
        enrolled: now,
        catalogue: &CATALOGUE,
    };
    assert_eq!(rule.read(&facts), rule.read(&facts), "the same facts say the same");
});
