//! An exported record of the audit: whatever its lines are, an image that was read is the one that would be stored.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_proto::audit::{Image, Line, Verifier};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut verifier = Verifier::default();
    for (number, line) in (1..).zip(text.lines()) {
        match line.parse() {
            Ok(Line::Entry(entry)) => {
                for image in entry.before.iter().chain(&entry.after) {
                    assert_eq!(Image::stored(image.text().to_owned()), *image);
                }
                verifier.take(&entry);
            }
            Ok(Line::End(end)) => verifier.end(&end),
            Err(_) => verifier.unreadable(number),
        }
    }
    let checked = verifier.finish(true);
    assert_eq!(checked.holds, checked.flaws.is_empty());
});
