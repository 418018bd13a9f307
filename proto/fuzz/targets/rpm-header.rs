//! The header of one package, in the smallest database that holds it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_rpmdb::{DigestAlgorithm, MAX_LAUNCHERS, MAX_TEXT, Package};
use std::io::Cursor;
use std::ops::ControlFlow;

const WANTED: [&str; 3] = ["/etc/os-release", "/usr/lib/os-release", "/usr/bin/example-md5"];

fuzz_target!(|bytes: &[u8]| {
    let Some(database) = ndb(bytes) else { return };
    let _ = muster_rpmdb::read(&mut Cursor::new(database), None, &WANTED, |package| {
        keeps_to_the_limits(&package);
        ControlFlow::Continue(())
    });
});

fn keeps_to_the_limits(package: &Package) {
    let Package { name, version, release, arch, vendor, files, launchers, .. } = package;
    let texts = [Some(name), Some(version), Some(release), arch.as_ref(), vendor.as_ref()];
    // what is not UTF-8 is replaced by three bytes each
    assert!(texts.into_iter().flatten().chain(launchers).all(|text| text.len() <= 3 * MAX_TEXT));
    assert!(launchers.len() <= MAX_LAUNCHERS && files.len() <= WANTED.len());
    for digest in files.iter().filter_map(|file| file.digest.as_ref()) {
        assert!(digest.algorithm != DigestAlgorithm::Sha256 || digest.bytes.len() == 32);
    }
}

/// One page of slots, one package behind it.
fn ndb(header: &[u8]) -> Option<Vec<u8>> {
    let len = u32::try_from(header.len()).ok()?;
    let blocks = (len + 28).div_ceil(16);
    let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let mut bytes =
        [&b"RpmP"[..], &words(&[0, 1, 1, 2, 0, 0, 0]), b"Slot", &words(&[1, 256, blocks])].concat();
    while bytes.len() < 4096 {
        bytes.extend_from_slice(b"Slot\0\0\0\0\0\0\0\0\0\0\0\0");
    }
    bytes.extend([&b"BlbS"[..], &words(&[1, 0, len]), header].concat());
    bytes.resize(usize::try_from((256 + blocks) * 16 - 12).ok()?, 0);
    bytes.extend([&words(&[0, len])[..], b"BlbE"].concat());
    Some(bytes)
}
