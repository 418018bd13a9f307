//! Somebody has been at the file: reading ends in an answer, never in a panic.

use muster_rpmdb::{Format, RpmDbError};
use proptest::prelude::*;

use crate::fixtures::{self, Fixture};

fn small() -> Vec<Fixture> {
    let mut all = fixtures::all();
    all.retain(|fixture| fixture.name != "rpmdb.sqlite");
    all
}

#[test]
fn what_is_cut_off_is_an_error() {
    for fixture in small() {
        // the last bytes may be room that is not used yet
        let needed = fixture.database.len() * 3 / 4;
        for len in (0..needed).step_by(97) {
            let cut = Fixture { database: fixture.database[..len].to_vec(), ..fixture.clone() };
            assert!(cut.packages(&[]).is_err(), "{} cut at {len}", fixture.name);
        }
    }
}

#[test]
fn what_is_no_database_says_so() {
    for bytes in [&b""[..], b"RpmP", b"SQLite format 3\0", &[0; 4096], b"<html>not found</html>"] {
        let fixture = Fixture { database: bytes.to_vec(), ..fixtures::ndb() };
        let error = fixture.packages(&[]).unwrap_err();
        let expected = matches!(error, RpmDbError::UnknownFormat | RpmDbError::Malformed(Format::Sqlite, _));
        assert!(expected, "{error:?}");
    }
}

#[test]
fn variants_that_rpm_does_not_write_are_named() {
    let of = |fixture: &Fixture, changes: &[(usize, u8)]| {
        let mut changed = fixture.clone();
        for (at, byte) in changes {
            changed.database[*at] = *byte;
        }
        changed.packages(&[]).unwrap_err().to_string()
    };
    let bdb = fixtures::small_bdb();
    assert_eq!(of(&bdb, &[(24, 1)]), "read Berkeley DB: encryption is not supported");
    assert_eq!(of(&bdb, &[(26, 1)]), "read Berkeley DB: a checksum or a partition is not supported");
    assert_eq!(of(&bdb, &[(16, 7)]), "read Berkeley DB: this version is not supported");
    let tree = [(12, 0x62), (13, 0x31), (14, 0x05)];
    assert_eq!(of(&bdb, &tree), "read Berkeley DB: a table that is no hash is not supported");
    assert_eq!(of(&fixtures::ndb(), &[(4, 1)]), "read NDB: this version is not supported");
    let sqlite = fixtures::logged();
    assert_eq!(
        of(&Fixture { log: None, ..sqlite.clone() }, &[(59, 2)]),
        "read SQLite: text that is not UTF-8 is not supported"
    );
    assert_eq!(
        of(&Fixture { log: None, ..sqlite }, &[(19, 3)]),
        "read SQLite: this version is not supported"
    );
}

#[test]
fn a_log_that_is_none_is_not_ignored() {
    let fixture = fixtures::logged();
    let log = fixture.log.clone().unwrap();
    for (at, what) in [(0, "magic"), (4, "version"), (9, "page size"), (16, "salt"), (24, "sum")] {
        let mut changed = log.clone();
        changed[at] ^= 0x40;
        let changed = Fixture { log: Some(changed), ..fixture.clone() };
        assert!(changed.packages(&[]).is_err(), "{what}");
    }
    for len in 1..32 {
        let cut = Fixture { log: Some(log[..len].to_vec()), ..fixture.clone() };
        assert!(cut.packages(&[]).is_err(), "cut at {len}");
    }
    // A frame cut off is one that was being written: what was committed before counts, the rest does not.
    let cut = Fixture { log: Some(log[..32 + 1000].to_vec()), ..fixture.clone() };
    assert_eq!(cut.packages(&[]).unwrap().len(), fixture.packages(&[]).unwrap().len() / 2);
}

/// Places and bytes to put there; most often numbers that mean much to a reader.
fn changes() -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    let byte = prop_oneof![any::<u8>(), Just(0), Just(1), Just(0x7f), Just(0x80), Just(0xff)];
    prop::collection::vec((any::<prop::sample::Index>(), byte), 1..20)
}

proptest! {
    #[test]
    fn bytes_of_nobody_end_in_an_answer(
        mut database in prop::collection::vec(any::<u8>(), 0..8192),
        log in prop::option::of(prop::collection::vec(any::<u8>(), 0..2048)),
        format in 0..4,
    ) {
        let fixture = match format {
            0 => {
                database.splice(..database.len().min(8), *b"RpmP\0\0\0\0");
                fixtures::ndb()
            }
            1 => {
                database.splice(..database.len().min(22), *b"SQLite format 3\0\x02\0\x01\x01\0\x40");
                fixtures::logged()
            }
            2 if database.len() > 16 => {
                database[12..16].copy_from_slice(&[0x61, 0x15, 0x06, 0]);
                fixtures::small_bdb()
            }
            _ => fixtures::ndb(),
        };
        let _ = Fixture { database, log, ..fixture }.packages(&["/etc/os-release"]);
    }

    #[test]
    fn changed_databases_end_in_an_answer(which in 0..6_usize, changes in changes()) {
        let mut fixture = small().swap_remove(which);
        let len = fixture.database.len();
        for (place, byte) in &changes {
            fixture.database[place.index(len)] = *byte;
        }
        let _ = fixture.packages(&["/etc/os-release", "/usr/lib/os-release"]);
    }

    #[test]
    fn changed_heads_end_in_an_answer(which in 0..6_usize, changes in changes(), page in any::<prop::sample::Index>()) {
        // the first bytes of a page decide most
        let mut fixture = small().swap_remove(which);
        let start = page.index(fixture.database.len() / 512) * 512;
        for (place, byte) in &changes {
            fixture.database[start + place.index(128)] = *byte;
        }
        let _ = fixture.packages(&["/etc/os-release", "/usr/lib/os-release"]);
    }

    #[test]
    fn changed_logs_end_in_an_answer(changes in changes()) {
        let mut fixture = fixtures::logged();
        let log = fixture.log.as_mut().unwrap();
        let len = log.len();
        for (place, byte) in &changes {
            log[place.index(len)] = *byte;
        }
        let _ = fixture.packages(&["/etc/os-release"]);
    }
}
