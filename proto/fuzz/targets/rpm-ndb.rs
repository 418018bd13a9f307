//! An RPM database in rpm's own format that somebody laid out on a phone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::ops::ControlFlow;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    let Some(start) = bytes.get_mut(..8) else { return };
    start.copy_from_slice(b"RpmP\0\0\0\0");
    let mut count = 0;
    let _ = muster_rpmdb::read(&mut Cursor::new(bytes), None, &["/etc/os-release"], |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(count <= muster_rpmdb::MAX_PACKAGES);
});
