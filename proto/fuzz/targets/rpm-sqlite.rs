//! An RPM database in SQLite's format, with its log: the length of the database in four bytes, the database, the log. The log's sums
//! are put right, or nothing behind them would ever be reached.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_rpmdb::ReadSeek;
use std::io::Cursor;
use std::ops::ControlFlow;

fuzz_target!(|bytes: &[u8]| {
    let Some((len, rest)) = bytes.split_first_chunk() else { return };
    let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX).min(rest.len());
    let (mut database, mut log) = (rest[..len].to_vec(), rest[len..].to_vec());
    let Some(start) = database.get_mut(..16) else { return };
    start.copy_from_slice(b"SQLite format 3\0");
    let _ = mend(&database, &mut log);
    let mut count = 0;
    let mut log = Cursor::new(log);
    let log = Some(&mut log as &mut dyn ReadSeek);
    let _ = muster_rpmdb::read(&mut Cursor::new(database), log, &["/etc/os-release"], |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    assert!(count <= muster_rpmdb::MAX_PACKAGES);
});

/// Makes all of a log's frames valid for the database.
fn mend(database: &[u8], log: &mut [u8]) -> Option<()> {
    let page_size = match u16::from_be_bytes(*database.get(16..)?.first_chunk()?) {
        1 => 65_536,
        size => usize::from(size),
    };
    let (header, frames) = log.split_at_mut_checked(32)?;
    header[..4].copy_from_slice(&0x377f_0682_u32.to_be_bytes());
    header[4..8].copy_from_slice(&3_007_000_u32.to_be_bytes());
    header[8..12].copy_from_slice(&u32::try_from(page_size).ok()?.to_be_bytes());
    let mut sum = add([0, 0], &header[..24]);
    header[24..].copy_from_slice(&sum.map(u32::to_be_bytes).concat());
    for frame in frames.chunks_exact_mut(24 + page_size) {
        sum = add(add(sum, &frame[..8]), &frame[24..]);
        frame[8..16].copy_from_slice(&header[16..24]);
        frame[16..24].copy_from_slice(&sum.map(u32::to_be_bytes).concat());
    }
    Some(())
}

fn add(sum: [u32; 2], bytes: &[u8]) -> [u32; 2] {
    let (words, _) = bytes.as_chunks::<4>();
    words.as_chunks::<2>().0.iter().fold(sum, |[a, b], [x, y]| {
        let a = a.wrapping_add(u32::from_le_bytes(*x)).wrapping_add(b);
        [a, b.wrapping_add(u32::from_le_bytes(*y)).wrapping_add(a)]
    })
}
