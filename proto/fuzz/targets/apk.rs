//! A package that an administrator hands in: whatever it holds, reading it ends in an answer that keeps to its bounds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let Ok(apk) = muster_apk::read(&mut Cursor::new(bytes)) else { return };
    assert!(!apk.name.is_empty() && apk.version_code > 0 && !apk.certificate.is_empty());
});
