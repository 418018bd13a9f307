//! The limits hold: files that are huge, files that lead in circles, files that change.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write as _};
use std::ops::ControlFlow;

use muster_rpmdb::{Format, MAX_DATABASE, MAX_HEADER, MAX_PACKAGES, RpmDbError, read};

use crate::fixtures::{self, Fixture};

/// A file with holes in it: this long, with these bytes at these places.
fn sparse(len: u64, pieces: &[(u64, &[u8])]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.set_len(len).unwrap();
    for (at, bytes) in pieces {
        file.seek(SeekFrom::Start(*at)).unwrap();
        file.write_all(bytes).unwrap();
    }
    file
}

/// How a file ends that is counted: what was read of it.
struct Counted<T> {
    file: T,
    bytes: u64,
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        let len = self.file.read(piece)?;
        self.bytes += len as u64;
        Ok(len)
    }
}

impl<T: Seek> Seek for Counted<T> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn a_file_of_holes_ends_at_once() {
    let len = MAX_DATABASE;
    let ndb = fixtures::ndb().database;
    let slots = u32::try_from(len / 4096).unwrap().to_le_bytes();
    let sqlite = fixtures::logged().database;
    let bdb = fixtures::small_bdb().database;
    let last = u32::try_from(len / 512 - 1).unwrap().to_le_bytes();
    let before_last = u32::try_from(len / 512 - 2).unwrap().to_le_bytes();
    for mut file in [
        sparse(len, &[]),
        sparse(len, &[(0, &ndb[..32])]),
        sparse(len, &[(0, &ndb[..4096]), (12, &slots)]),
        sparse(len, &[(0, &sqlite[..100])]),
        sparse(len, &[(0, &bdb[..512]), (32, &last), (72, &before_last)]),
    ] {
        let mut counted = Counted { file: &mut file, bytes: 0 };
        let result = read(&mut counted, None, &[], |_| ControlFlow::Continue(()));
        assert!(result.is_err());
        assert!(counted.bytes < 64 * 1024, "{} bytes until {result:?}", counted.bytes);
    }
    let mut larger = sparse(len + 1, &[(0, &ndb)]);
    let result = read(&mut larger, None, &[], |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(RpmDbError::TooLarge(_))), "{result:?}");
}

/// An NDB database in which `count` slots lead to one blob.
fn one_blob(count: usize, blob: &[u8]) -> Vec<u8> {
    let pages = (2 + count).div_ceil(256);
    let first = pages * 256;
    let blocks = (blob.len() + 28).div_ceil(16);
    let numbers = |numbers: &[usize]| -> Vec<u8> {
        numbers.iter().flat_map(|number| u32::try_from(*number).unwrap().to_le_bytes()).collect()
    };
    let mut bytes = [b"RpmP".to_vec(), numbers(&[0, 1, pages, 2, 0, 0, 0])].concat();
    for place in 0..pages * 256 - 2 {
        bytes.extend_from_slice(b"Slot");
        bytes.extend(if place < count { numbers(&[1, first, blocks]) } else { vec![0; 12] });
    }
    bytes.extend_from_slice(b"BlbS");
    bytes.extend(numbers(&[1, 0, blob.len()]));
    bytes.extend_from_slice(blob);
    bytes.resize((first + blocks) * 16 - 12, 0);
    bytes.extend(numbers(&[0, blob.len()]));
    bytes.extend_from_slice(b"BlbE");
    bytes
}

/// The header of a package without files.
fn tiny_header() -> Vec<u8> {
    let mut index = Vec::new();
    for (tag, at) in [(1000_u32, 0_u32), (1001, 2), (1002, 4)] {
        index.extend([tag, 6, at, 1].into_iter().flat_map(u32::to_be_bytes));
    }
    [&3_u32.to_be_bytes()[..], &6_u32.to_be_bytes(), &index, b"n\x001\x002\x00"].concat()
}

fn outcome(database: Vec<u8>) -> (usize, Result<Format, RpmDbError>) {
    let mut seen = 0;
    let result = read(&mut Cursor::new(database), None, &[], |_| {
        seen += 1;
        ControlFlow::Continue(())
    });
    (seen, result)
}

#[test]
fn there_is_an_end_to_packages_and_circles() {
    let (seen, result) = outcome(one_blob(2, &tiny_header()));
    assert!(matches!((seen, result), (2, Ok(Format::Ndb))));
    let (seen, result) = outcome(one_blob(MAX_PACKAGES + 1, &tiny_header()));
    // small headers: they are more than the file long before they are too many
    assert!(seen <= MAX_PACKAGES && matches!(result, Err(RpmDbError::Circles | RpmDbError::TooManyPackages)));
    let mut large = tiny_header();
    large[4..8].copy_from_slice(&100_006_u32.to_be_bytes());
    large.resize(large.len() + 100_000, 0);
    let (seen, result) = outcome(one_blob(100, &large));
    assert!(seen < 5 && matches!(result, Err(RpmDbError::Circles)), "{seen} {result:?}");
    let (_, result) = outcome(one_blob(1, &vec![0; MAX_HEADER + 1]));
    assert_eq!(result.unwrap_err().to_string(), "read NDB: a package is too large");
}

#[test]
fn chains_of_pages_in_circles_end() {
    let bdb = fixtures::small_bdb();
    let mut seen = 0;
    for page in 1..bdb.database.len() / 512 {
        let mut changed = bdb.clone();
        let number = u32::try_from(page).unwrap().to_le_bytes();
        changed.database[page * 512 + 16..page * 512 + 20].copy_from_slice(&number);
        seen += usize::from(changed.packages(&[]).is_err());
    }
    assert!(seen > 0);
    let sqlite = Fixture { log: None, ..fixtures::all().swap_remove(1) };
    for page in 1..sqlite.database.len() / 512 {
        let mut changed = sqlite.clone();
        let number = u32::try_from(page + 1).unwrap().to_be_bytes();
        // an inner page that leads to itself, and a chain that does
        for at in [page * 512 + 8, page * 512] {
            changed.database[at..at + 4].copy_from_slice(&number);
            let _ = changed.packages(&[]);
        }
    }
}

/// A file into which somebody writes after so many readings.
struct Changing {
    file: Cursor<Vec<u8>>,
    place: usize,
    readings: usize,
}

impl Read for Changing {
    fn read(&mut self, piece: &mut [u8]) -> io::Result<usize> {
        if let Some(left) = self.readings.checked_sub(1) {
            self.readings = left;
            self.file.get_mut()[self.place] ^= u8::from(left == 0);
        }
        self.file.read(piece)
    }
}

impl Seek for Changing {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn what_changes_meanwhile_is_told() {
    // the generation of NDB, the log number of a Berkeley DB page, the counter of SQLite
    for (name, place) in [("Packages.db", 8), ("Packages", 0), ("small.sqlite", 27)] {
        let fixture = fixtures::all().into_iter().find(|fixture| fixture.name == name).unwrap();
        let mut changing = Changing { file: Cursor::new(fixture.database), place, readings: 10 };
        let result = read(&mut changing, None, &[], |_| ControlFlow::Continue(()));
        assert!(matches!(result, Err(RpmDbError::Changed)), "{name}: {result:?}");
    }
    let fixture = fixtures::logged();
    let mut log = Changing { file: Cursor::new(fixture.log.unwrap()), place: 12, readings: 10 };
    let mut database = Cursor::new(fixture.database);
    let result = read(&mut database, Some(&mut log), &[], |_| ControlFlow::Continue(()));
    assert!(matches!(result, Err(RpmDbError::Changed)), "{result:?}");
}
