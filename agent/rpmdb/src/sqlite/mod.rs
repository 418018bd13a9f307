//! The table `Packages` of a SQLite database: `rpmdb.sqlite`, as far as the format (sqlite.org/fileformat2.html) is needed to read
//! that one table from its first row to its last.
//!
//! ```text
//! first page: 16 page size (2; 1 = 65536), 18 19 versions to write and read (1 each; 2 = with a log), 20 reserved (1),
//!             24 changes, 28 pages, 56 encoding (1 = UTF-8), 92 the changes at which "pages" was right; 100 the schema's tree
//! ```

mod log;
mod record;
mod tree;

use std::ops::ControlFlow;

use crate::bytes::{be16, be32};
use crate::source::Source;
use crate::{EachBlob, Format, MAX_HEADER, RpmDbError};

use log::Log;
use record::Value;

const HEADER: usize = 100;
/// Rows of the schema are this long at most.
const MAX_SCHEMA_ROW: usize = 64 * 1024;
/// What a row has beside the package's header.
const ROW_HEAD: usize = 64;

pub fn read(
    mut file: Source<'_>,
    log: Option<Source<'_>>,
    each: &mut EachBlob<'_>,
) -> Result<(), RpmDbError> {
    let mut header = [0; HEADER];
    if !file.has(0, HEADER) {
        return Err(malformed("it is cut off"));
    }
    file.read(0, &mut header)?;
    let log = log.map(|log| Log::open(log, page_size(&header)?)).transpose()?;
    let mut pages = Pages::open(file, log, &header)?;
    let root = root_of_packages(&mut pages)?;
    let flow =
        tree::rows(&mut pages, root, MAX_HEADER + ROW_HEAD, &mut |row| match record::column(row, 1) {
            Some(Value::Blob(blob)) => each(blob),
            _ => Err(malformed("a package is no row of bytes")),
        })?;
    if flow.is_break() || pages.are_unchanged(&header)? { Ok(()) } else { Err(RpmDbError::Changed) }
}

/// The first page of the table's tree, by the schema: a row is type, name, table, first page, text.
fn root_of_packages(pages: &mut Pages<'_, '_>) -> Result<u32, RpmDbError> {
    let mut root = None;
    let _ = tree::rows(pages, 1, MAX_SCHEMA_ROW, &mut |row| {
        let text = |column| match record::column(row, column) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        };
        if text(0) != Some(b"table") || text(1) != Some(b"Packages") {
            return Ok(ControlFlow::Continue(()));
        }
        if let Some(Value::Number(number)) = record::column(row, 3) {
            root = u32::try_from(number).ok();
        }
        Ok(ControlFlow::Break(()))
    })?;
    root.ok_or(malformed("it has no table of packages"))
}

fn page_size(header: &[u8]) -> Result<usize, RpmDbError> {
    match be16(header, 16) {
        Some(1) => Ok(65_536),
        Some(size) if size >= 512 && size.is_power_of_two() => Ok(size.into()),
        _ => Err(malformed("its pages have no possible size")),
    }
}

/// The pages, as they were at the last commit.
struct Pages<'f, 'l> {
    file: Source<'f>,
    log: Option<Log<'l>>,
    page_size: usize,
    /// What of a page is used: the rest is reserved for extensions.
    usable: usize,
    count: u32,
}

impl<'f, 'l> Pages<'f, 'l> {
    fn open(file: Source<'f>, log: Option<Log<'l>>, header: &[u8]) -> Result<Self, RpmDbError> {
        let page_size = page_size(header)?;
        let in_file = u32::try_from(file.len() / page_size as u64).unwrap_or(u32::MAX);
        let said = be32(header, 28).filter(|said| *said != 0 && be32(header, 24) == be32(header, 92));
        let count = log.as_ref().and_then(Log::pages).or(said).unwrap_or(in_file);
        let mut pages = Self { file, log, page_size, usable: page_size, count };
        let mut first = Vec::new();
        pages.load(1, &mut first)?;
        // The log may have brought another first page.
        if !first.starts_with(b"SQLite format 3\0") || self::page_size(&first)? != page_size {
            return Err(malformed("its log belongs to another database"));
        }
        match (first.get(19), be32(&first, 56)) {
            (Some(1 | 2), Some(1)) => {}
            (Some(1 | 2), _) => {
                return Err(RpmDbError::Unsupported(Format::Sqlite, "text that is not UTF-8"));
            }
            _ => return Err(RpmDbError::Unsupported(Format::Sqlite, "this version")),
        }
        pages.usable -= first.get(20).map_or(0, |reserved| usize::from(*reserved));
        if pages.usable < 480 {
            return Err(malformed("its pages have no room"));
        }
        Ok(pages)
    }

    /// The used part of a page, into `page`.
    fn load(&mut self, number: u32, page: &mut Vec<u8>) -> Result<(), RpmDbError> {
        if number == 0 || number > self.count {
            return Err(malformed("it leads to a page that is not there"));
        }
        page.resize(self.page_size, 0);
        if !self.log.as_mut().map_or(Ok(false), |log| log.load(number, page))? {
            let at = u64::from(number - 1) * self.page_size as u64;
            if !self.file.has(at, self.page_size) {
                return Err(malformed("it is cut off"));
            }
            self.file.read(at, page)?;
        }
        page.truncate(self.usable);
        Ok(())
    }

    fn are_unchanged(&mut self, header: &[u8]) -> Result<bool, RpmDbError> {
        Ok(self.file.is_unchanged(header)? && self.log.as_mut().map_or(Ok(true), Log::is_unchanged)?)
    }
}

fn malformed(what: &'static str) -> RpmDbError {
    RpmDbError::Malformed(Format::Sqlite, what)
}
