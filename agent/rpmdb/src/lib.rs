//! Which packages a phone has: reads the database of RPM, in each of the three formats that Aurora OS and Sailfish OS may have in
//! `/var/lib/rpm`: Berkeley DB (`Packages`), NDB (`Packages.db`), SQLite (`rpmdb.sqlite`).
//!
//! Whoever made the file may have made it to harm: no length in it is trusted. Nothing is written, no lock is taken and none is
//! waited for. One header is in memory at a time, and a database is read twice at most (see the limits below).
//!
//! What stands in the database is what somebody with the right to write there put in it. Signatures are named, not verified.

mod bdb;
mod bytes;
mod header;
mod ndb;
mod openpgp;
mod package;
mod source;
mod sqlite;

use std::fmt;
use std::io::{self, Read, Seek};
use std::ops::ControlFlow;

pub use package::{Digest, DigestAlgorithm, OwnedFile, Package, Signature};

use source::Source;

/// A larger database is not read: 1 GiB. Those of phones have 50 to 200 MB.
pub const MAX_DATABASE: u64 = 1 << 30;
/// A larger header of a package is not read: 16 MiB. One with 20,000 files has 3 MB.
pub const MAX_HEADER: usize = 16 << 20;
/// A database with more packages is not read to its end. Phones have 1,000 to 3,000.
pub const MAX_PACKAGES: usize = 20_000;
/// A package with more files is not read.
pub const MAX_FILES: usize = 200_000;
/// A name, version or other text of a package is at most this long, in bytes.
pub const MAX_TEXT: usize = 4096;
/// At most this many names of launchers are given for one package.
pub const MAX_LAUNCHERS: usize = 256;
/// Pages of SQLite's log that are read at most: 256 MiB of the usual ones.
pub const MAX_LOG_PAGES: usize = 65_536;

/// What a database is read from: an open file, or bytes in a cursor.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek + ?Sized> ReadSeek for T {}

/// The format of a database, known by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A hash table of Berkeley DB: `Packages`.
    Bdb,
    /// RPM's own format: `Packages.db`.
    Ndb,
    /// SQLite: `rpmdb.sqlite`.
    Sqlite,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bdb => "Berkeley DB",
            Self::Ndb => "NDB",
            Self::Sqlite => "SQLite",
        })
    }
}

/// Why a database can't be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RpmDbError {
    /// The system did not give the bytes.
    #[error("read the RPM database")]
    Io(#[from] io::Error),
    /// It is larger than [`MAX_DATABASE`].
    #[error("the RPM database has {0} bytes, more than {MAX_DATABASE}")]
    TooLarge(u64),
    /// It is in none of the three formats.
    #[error("not an RPM database: neither Berkeley DB nor NDB nor SQLite")]
    UnknownFormat,
    /// It is in a variant of its format that RPM doesn't write.
    #[error("read {0}: {1} is not supported")]
    Unsupported(Format, &'static str),
    /// It breaks the rules of its format.
    #[error("read {0}: {1}")]
    Malformed(Format, &'static str),
    /// A package's header breaks the rules.
    #[error("read the header of a package: {0}")]
    Header(&'static str),
    /// There are more than [`MAX_PACKAGES`].
    #[error("the RPM database has more than {MAX_PACKAGES} packages")]
    TooManyPackages,
    /// Its parts lead to the same place again and again.
    #[error("the RPM database makes its reader go in circles")]
    Circles,
    /// It was written to meanwhile: try again.
    #[error("the RPM database changed while it was read")]
    Changed,
}

/// Reads all packages, one after the other, in no particular order, and says which format it was.
///
/// `log` is the file beside a SQLite database whose name ends in `-wal`, where there is one: what is committed there and not yet in the
/// database counts. Without it the newest packages would stay unseen. Other formats have none. rpm keeps no other journal: where one
/// lies beside the database (`-journal`) and is not empty, somebody else wrote there, and the database is not to be read.
///
/// `wanted` are absolute paths of files; a package that owns one says so, with the digest that is recorded for it.
/// `each` may end the reading by [`ControlFlow::Break`], which is no error.
///
/// # Errors
/// The database can't be read to its end, as a whole: what `each` got until then is not all there is. While rpm writes, that may show
/// as [`RpmDbError::Changed`] or as a malformed database: it is worth another try.
pub fn read(
    database: &mut dyn ReadSeek,
    log: Option<&mut dyn ReadSeek>,
    wanted: &[&str],
    mut each: impl FnMut(Package) -> ControlFlow<()>,
) -> Result<Format, RpmDbError> {
    let mut database = Source::new(database)?;
    let format = recognise(&mut database)?;
    let mut count = 0;
    let mut each_blob = |blob: &[u8]| {
        count += 1;
        if count > MAX_PACKAGES {
            return Err(RpmDbError::TooManyPackages);
        }
        package::parse(blob, wanted).map(&mut each).map_err(RpmDbError::Header)
    };
    match format {
        Format::Bdb => bdb::read(&mut database, &mut each_blob),
        Format::Ndb => ndb::read(&mut database, &mut each_blob),
        Format::Sqlite => sqlite::read(database, log.map(Source::new).transpose()?, &mut each_blob),
    }?;
    Ok(format)
}

/// What a reader gives a header to: it says whether to go on.
type EachBlob<'a> = dyn FnMut(&[u8]) -> Result<ControlFlow<()>, RpmDbError> + 'a;

fn recognise(database: &mut Source<'_>) -> Result<Format, RpmDbError> {
    let mut start = [0; 16];
    if !database.has(0, start.len()) {
        return Err(RpmDbError::UnknownFormat);
    }
    database.read(0, &mut start)?;
    match &start {
        b"SQLite format 3\0" => Ok(Format::Sqlite),
        [b'R', b'p', b'm', b'P', ..] => Ok(Format::Ndb),
        [.., a, b, c, d] if bdb::is_magic([*a, *b, *c, *d]) => Ok(Format::Bdb),
        _ => Err(RpmDbError::UnknownFormat),
    }
}
