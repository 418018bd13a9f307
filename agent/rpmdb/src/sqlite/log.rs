//! The log beside a SQLite database (`-wal`): pages that are committed and not yet in the database.
//!
//! ```text
//! log   = header frame*
//! header = 0 magic, 4 version, 8 page size, 12 checkpoint, 16 salt (8), 24 sum (8)
//! frame  = 0 page number, 4 pages of the database if this ends a commit, else 0; 8 salt (8), 16 sum (8), 24 page
//! ```
//!
//! Frames count up to the last that ends a commit, before the first whose salt or sum is wrong: what stands behind is left over. A
//! header that is wrong would make SQLite begin anew; here it is an error, because somebody may want the newest packages unseen.

use crate::bytes::{array, be_len, be32};
use crate::source::Source;
use crate::{Format, MAX_LOG_PAGES, RpmDbError};

use super::malformed;

const HEADER: usize = 32;
const FRAME: usize = 24;
const MAGIC: u32 = 0x377f_0682;
/// The sums are made of numbers with the high byte first.
const MAGIC_HIGH_FIRST: u32 = MAGIC + 1;
const VERSION: u32 = 3_007_000;

/// What was committed.
pub struct Log<'l> {
    file: Source<'l>,
    header: Vec<u8>,
    /// Page numbers with the place of their newest frame, sorted.
    frames: Vec<(u32, u32)>,
    pages: Option<u32>,
}

impl<'l> Log<'l> {
    pub fn open(file: Source<'l>, page_size: usize) -> Result<Self, RpmDbError> {
        let mut log = Self { file, header: Vec::new(), frames: Vec::new(), pages: None };
        if log.file.len() == 0 {
            return Ok(log);
        }
        if !log.file.has(0, HEADER) {
            return Err(malformed("its log is cut off"));
        }
        log.header.resize(HEADER, 0);
        log.file.read(0, &mut log.header)?;
        let mut sum = Sum::of_header(&log.header)?;
        if be32(&log.header, 4) != Some(VERSION) {
            return Err(RpmDbError::Unsupported(Format::Sqlite, "this version of the log"));
        }
        if be_len(&log.header, 8) != Some(page_size) {
            return Err(malformed("its log belongs to another database"));
        }
        log.index(&mut sum, page_size)?;
        Ok(log)
    }

    /// How many pages the database has after the last commit; `None`: there was none.
    pub fn pages(&self) -> Option<u32> {
        self.pages
    }

    /// The newest of a page, if the log has it.
    pub fn load(&mut self, number: u32, page: &mut [u8]) -> Result<bool, RpmDbError> {
        let Ok(found) = self.frames.binary_search_by_key(&number, |(page, _)| *page) else {
            return Ok(false);
        };
        self.file.read(place(self.frames[found].1, page.len()) + FRAME as u64, page)?;
        Ok(true)
    }

    pub fn is_unchanged(&mut self) -> Result<bool, RpmDbError> {
        self.file.is_unchanged(&self.header)
    }

    fn index(&mut self, sum: &mut Sum, page_size: usize) -> Result<(), RpmDbError> {
        let mut frame = vec![0; FRAME + page_size];
        let mut committed = 0;
        for number in 0.. {
            let at = place(number, page_size);
            if !self.file.has(at, frame.len()) {
                break;
            }
            if self.frames.len() == MAX_LOG_PAGES {
                return Err(malformed("its log is too long"));
            }
            self.file.read(at, &mut frame)?;
            sum.add(&frame[..8]);
            sum.add(&frame[FRAME..]);
            if frame[8..16] != self.header[16..24] || !sum.is(&frame[16..24]) {
                break;
            }
            let [page, pages] = [0, 4].map(|at| be32(&frame, at).unwrap_or_default());
            self.frames.push((page, number));
            if pages != 0 {
                committed = self.frames.len();
                self.pages = Some(pages);
            }
        }
        self.frames.truncate(committed);
        // the newest of each page first, and the others away
        self.frames.sort_unstable_by_key(|(page, number)| (*page, std::cmp::Reverse(*number)));
        self.frames.dedup_by_key(|(page, _)| *page);
        Ok(())
    }
}

fn place(frame: u32, page_size: usize) -> u64 {
    HEADER as u64 + u64::from(frame) * (FRAME + page_size) as u64
}

/// The running sum: two numbers, of everything before.
struct Sum {
    high_first: bool,
    numbers: [u32; 2],
}

impl Sum {
    fn of_header(header: &[u8]) -> Result<Self, RpmDbError> {
        let high_first = match be32(header, 0) {
            Some(MAGIC) => false,
            Some(MAGIC_HIGH_FIRST) => true,
            _ => return Err(malformed("its log is none")),
        };
        let mut sum = Self { high_first, numbers: [0; 2] };
        sum.add(&header[..24]);
        if sum.is(&header[24..]) { Ok(sum) } else { Err(malformed("its log has a wrong sum")) }
    }

    fn add(&mut self, bytes: &[u8]) {
        let [mut a, mut b] = self.numbers;
        for pair in bytes.as_chunks::<8>().0 {
            let [x, y] = [0, 4].map(|at| {
                let number = array(pair, at).unwrap_or_default();
                if self.high_first { u32::from_be_bytes(number) } else { u32::from_le_bytes(number) }
            });
            a = a.wrapping_add(x).wrapping_add(b);
            b = b.wrapping_add(y).wrapping_add(a);
        }
        self.numbers = [a, b];
    }

    fn is(&self, bytes: &[u8]) -> bool {
        be32(bytes, 0).zip(be32(bytes, 4)) == Some((self.numbers[0], self.numbers[1]))
    }
}
