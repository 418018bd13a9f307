//! A file that is read at places, and not more often than it is long.

use std::io::SeekFrom;

use crate::{MAX_DATABASE, ReadSeek, RpmDbError};

/// What may be read beyond twice the file: the heads of small files are looked at more than once.
const SLACK: u64 = 64 * 1024;

/// A file of known length. An honest database has each byte read once, a log twice; who has it read more often leads in circles.
pub struct Source<'a> {
    file: &'a mut dyn ReadSeek,
    len: u64,
    left: u64,
    /// Where the file stands; `None` where that isn't known.
    at: Option<u64>,
}

impl<'a> Source<'a> {
    pub fn new(file: &'a mut dyn ReadSeek) -> Result<Self, RpmDbError> {
        let len = file.seek(SeekFrom::End(0))?;
        if len > MAX_DATABASE {
            return Err(RpmDbError::TooLarge(len));
        }
        Ok(Self { file, len, left: len * 2 + SLACK, at: None })
    }

    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether the file reaches `len` bytes beyond `at`.
    pub fn has(&self, at: u64, len: usize) -> bool {
        u64::try_from(len).ok().and_then(|len| at.checked_add(len)).is_some_and(|end| end <= self.len)
    }

    /// Fills `piece` from the place `at` on.
    pub fn read(&mut self, at: u64, piece: &mut [u8]) -> Result<(), RpmDbError> {
        let len = piece.len() as u64;
        self.left = self.left.checked_sub(len).ok_or(RpmDbError::Circles)?;
        if self.at != Some(at) {
            self.file.seek(SeekFrom::Start(at))?;
        }
        self.at = None;
        self.file.read_exact(piece)?;
        self.at = at.checked_add(len);
        Ok(())
    }

    /// Whether `start` is still how the file begins, and the file still as long.
    pub fn is_unchanged(&mut self, start: &[u8]) -> Result<bool, RpmDbError> {
        if self.file.seek(SeekFrom::End(0))? != self.len {
            return Ok(false);
        }
        self.at = None;
        let mut now = vec![0; start.len()];
        self.read(0, &mut now)?;
        Ok(now == start)
    }
}
