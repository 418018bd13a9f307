//! RPM's own format: `Packages.db`. All numbers are of four bytes, the lowest first; a block has 16 bytes, a page 4096.
//!
//! ```text
//! file  = header slot* blob*            the slots fill whole pages, together with the header
//! header = "RpmP" version=0 generation pages-of-slots next-number (32 bytes)
//! slot   = "Slot" number first-block blocks                        first-block 0: empty
//! blob   = "BlbS" number time length, data, zeros, sum length "BlbE"   fills its blocks
//! ```
//!
//! The sum (Adler-32) isn't looked at, as rpm itself doesn't when it reads: who can write here can add up, too.

use crate::bytes::le32;
use crate::source::Source;
use crate::{EachBlob, Format, MAX_HEADER, RpmDbError};

const HEADER: usize = 32;
const PAGE: usize = 4096;
const SLOT: usize = 16;
const BLOCK: u64 = 16;
/// Around a blob's data.
const HEAD: usize = 16;
const TAIL: usize = 12;

pub fn read(file: &mut Source<'_>, each: &mut EachBlob<'_>) -> Result<(), RpmDbError> {
    let mut header = [0; HEADER];
    fill(file, 0, &mut header)?;
    if le32(&header, 4) != Some(0) {
        return Err(RpmDbError::Unsupported(Format::Ndb, "this version"));
    }
    let pages = u64::from(le32(&header, 12).unwrap_or_default());
    let first_block = pages * (PAGE as u64 / BLOCK);
    if pages == 0 || first_block * BLOCK > file.len() {
        return Err(malformed("the slots reach beyond the end"));
    }
    let mut page = vec![0; PAGE];
    let mut blob = Vec::new();
    for number in 0..pages {
        fill(file, number * PAGE as u64, &mut page)?;
        let skipped = if number == 0 { HEADER } else { 0 };
        for bytes in page[skipped..].chunks_exact(SLOT) {
            let Some(slot) = Slot::parse(bytes)? else { continue };
            if slot.first < first_block {
                return Err(malformed("a package lies among the slots"));
            }
            slot.load(file, &mut blob)?;
            if each(&blob)?.is_break() {
                return Ok(());
            }
        }
    }
    if file.is_unchanged(&header)? { Ok(()) } else { Err(RpmDbError::Changed) }
}

struct Slot {
    number: u32,
    first: u64,
    blocks: u64,
}

impl Slot {
    fn parse(bytes: &[u8]) -> Result<Option<Self>, RpmDbError> {
        let number = |at| le32(bytes, at).unwrap_or_default();
        if !bytes.starts_with(b"Slot") {
            return Err(malformed("a slot has another mark"));
        }
        let slot = Self { number: number(4), first: number(8).into(), blocks: number(12).into() };
        Ok((slot.first != 0).then_some(slot))
    }

    /// The data of the blob, into `blob`.
    fn load(&self, file: &mut Source<'_>, blob: &mut Vec<u8>) -> Result<(), RpmDbError> {
        let mut head = [0; HEAD];
        let at = self.first * BLOCK;
        fill(file, at, &mut head)?;
        let len = le32(&head, 12).unwrap_or_default();
        let marked = head.starts_with(b"BlbS") && le32(&head, 4) == Some(self.number);
        if !marked || self.blocks != (u64::from(len) + (HEAD + TAIL) as u64).div_ceil(BLOCK) {
            return Err(malformed("a package has another head than its slot says"));
        }
        let size = usize::try_from(len).ok().filter(|size| *size <= MAX_HEADER);
        let size = size.ok_or(malformed("a package is too large"))?;
        // The end first: where it is right, the file is as long as it says, and room is made for it.
        let mut tail = [0; TAIL];
        fill(file, at + self.blocks * BLOCK - TAIL as u64, &mut tail)?;
        if le32(&tail, 4) != Some(len) || !tail.ends_with(b"BlbE") {
            return Err(malformed("a package has another end than its head says"));
        }
        blob.resize(size, 0);
        fill(file, at + HEAD as u64, blob)
    }
}

fn fill(file: &mut Source<'_>, at: u64, piece: &mut [u8]) -> Result<(), RpmDbError> {
    if !file.has(at, piece.len()) {
        return Err(malformed("it is cut off"));
    }
    file.read(at, piece)
}

fn malformed(what: &'static str) -> RpmDbError {
    RpmDbError::Malformed(Format::Ndb, what)
}
