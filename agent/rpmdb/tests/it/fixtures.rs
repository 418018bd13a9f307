//! The databases in `tests/databases`, as `make` there made them.

use std::io::Cursor;
use std::ops::ControlFlow;

use muster_rpmdb::{Format, Package, ReadSeek, RpmDbError, read};

/// A database and what lies beside it.
#[derive(Debug, Clone)]
pub struct Fixture {
    pub name: &'static str,
    pub format: Format,
    pub database: Vec<u8>,
    pub log: Option<Vec<u8>>,
}

pub const PACKAGES: &str = include_str!("../databases/packages.txt");
pub const FILES: &str = include_str!("../databases/files.txt");

/// All of them: each has the same packages.
pub fn all() -> Vec<Fixture> {
    vec![
        plain("rpmdb.sqlite", Format::Sqlite, include_bytes!("../databases/rpmdb.sqlite.zlib")),
        plain("small.sqlite", Format::Sqlite, include_bytes!("../databases/small.sqlite.zlib")),
        logged(),
        plain("Packages", Format::Bdb, include_bytes!("../databases/Packages.zlib")),
        plain("Packages.small-pages", Format::Bdb, include_bytes!("../databases/Packages.small-pages.zlib")),
        plain("Packages.swapped", Format::Bdb, include_bytes!("../databases/Packages.swapped.zlib")),
        ndb(),
    ]
}

/// One package 300 times.
pub fn many() -> [Fixture; 3] {
    [
        plain("many.Packages", Format::Bdb, include_bytes!("../databases/many.Packages.zlib")),
        plain("many.Packages.db", Format::Ndb, include_bytes!("../databases/many.Packages.db.zlib")),
        plain("many.sqlite", Format::Sqlite, include_bytes!("../databases/many.sqlite.zlib")),
    ]
}

pub fn logged() -> Fixture {
    let database = plain("log.sqlite", Format::Sqlite, include_bytes!("../databases/log.sqlite.zlib"));
    let log = plain("log.sqlite-wal", Format::Sqlite, include_bytes!("../databases/log.sqlite-wal.zlib"));
    Fixture { log: Some(log.database), ..database }
}

pub fn ndb() -> Fixture {
    plain("Packages.db", Format::Ndb, include_bytes!("../databases/Packages.db.zlib"))
}

pub fn small_bdb() -> Fixture {
    plain("Packages.small-pages", Format::Bdb, include_bytes!("../databases/Packages.small-pages.zlib"))
}

fn plain(name: &'static str, format: Format, packed: &[u8]) -> Fixture {
    let database = miniz_oxide::inflate::decompress_to_vec_zlib(packed).unwrap();
    Fixture { name, format, database, log: None }
}

impl Fixture {
    /// All its packages, by name.
    pub fn packages(&self, wanted: &[&str]) -> Result<Vec<Package>, RpmDbError> {
        let mut log = self.log.as_ref().map(Cursor::new);
        let log = log.as_mut().map(|log| log as &mut dyn ReadSeek);
        let mut packages = Vec::new();
        let format = read(&mut Cursor::new(&self.database), log, wanted, |package| {
            packages.push(package);
            ControlFlow::Continue(())
        })?;
        assert_eq!(format, self.format);
        packages.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(packages)
    }
}
