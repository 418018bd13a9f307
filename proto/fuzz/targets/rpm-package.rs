//! An RPM package that an administrator hands in: reading it ends in an answer, and its version compares with itself as equal.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let size = bytes.len() as u64;
    let _ = muster_rpm::is_signed(&mut &*bytes);
    let Ok(rpm) = muster_rpm::read(&mut &*bytes, size) else { return };
    assert!(muster_rpm::order(&rpm.version, &rpm.version).is_eq());
});
