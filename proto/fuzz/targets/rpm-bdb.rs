//! An RPM database in Berkeley DB's format that somebody laid out on a phone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use std::ops::ControlFlow;

fuzz_target!(|bytes: &[u8]| {
    let mut bytes = bytes.to_vec();
    let Some([magic @ .., _, _, _, _, _, _, _, _]) = bytes.get_mut(12..24) else { return };
    // the format is certain, the order of its bytes isn't
    if !matches!(magic, [0, 6, 0x15, 0x61]) {
        magic.copy_from_slice(&[0x61, 0x15, 6, 0]);
    }
    let mut count = 0;
    let _ = muster_rpmdb::read(&mut Cursor::new(bytes), None, &["/etc/os-release"], |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(count <= muster_rpmdb::MAX_PACKAGES);
});
