//! A header: a table of tags over their values, bounded and read as it stands.

use std::io::{self, Read};

use crate::RpmError;

/// The bytes of a header, magic and all.
pub(crate) struct Header {
    pub(crate) raw: Vec<u8>,
    entries: usize,
}

impl Header {
    pub(crate) fn read(source: &mut impl Read) -> Result<Self, RpmError> {
        let head: [u8; 16] = bytes(source)?;
        let (entries, len) = (number(&head[8..12]), number(&head[12..16]));
        if head[..4] != MAGIC || entries > MOST_ENTRIES || len > MOST_BYTES {
            return Err(RpmError::Malformed("a header is malformed or too long"));
        }
        let more = u64::from(entries) * 16 + u64::from(len);
        let mut raw = head.to_vec();
        if source.take(more).read_to_end(&mut raw)? as u64 != more {
            return Err(RpmError::Malformed("it is cut off"));
        }
        Ok(Self { raw, entries: entries as usize })
    }

    /// A text, or the first of a list of texts.
    pub(crate) fn text(&self, tag: u32) -> Option<&str> {
        let bytes = self.entry(tag, TYPE_STRING).or_else(|| self.entry(tag, TYPE_STRINGS))?;
        let end = bytes.iter().take(MOST_TEXT).position(|byte| *byte == 0)?;
        std::str::from_utf8(bytes.get(..end)?).ok()
    }

    pub(crate) fn number(&self, tag: u32) -> Option<u32> {
        self.entry(tag, TYPE_INT32)?.get(..4).map(number)
    }

    /// Whether there is an entry of this tag, whatever it holds.
    pub(crate) fn has(&self, tag: u32) -> bool {
        self.tables().is_some_and(|(mut index, _)| {
            index.any(|entry| number(&entry[..4]) == tag && number(&entry[12..]) > 0)
        })
    }

    /// What an entry of this tag and type begins with.
    fn entry(&self, tag: u32, kind: u32) -> Option<&[u8]> {
        let (mut index, store) = self.tables()?;
        let entry = index.find(|entry| number(&entry[..4]) == tag && number(&entry[4..8]) == kind)?;
        store.get(number(&entry[8..12]) as usize..)
    }

    /// The entries (tag, type, offset, count, each of four bytes), and the store of their values.
    fn tables(&self) -> Option<(std::slice::ChunksExact<'_, u8>, &[u8])> {
        let (index, store) = self.raw.get(16..)?.split_at_checked(self.entries * 16)?;
        Some((index.chunks_exact(16), store))
    }
}

pub(crate) fn bytes<const N: usize>(source: &mut impl Read) -> Result<[u8; N], RpmError> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => RpmError::Malformed("it is cut off"),
        _ => error.into(),
    })?;
    Ok(bytes)
}

const MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];
/// Most entries and bytes of a header: ours have a few dozen, and a few kilobytes.
const MOST_ENTRIES: u32 = 4096;
const MOST_BYTES: u32 = 4 * 1024 * 1024;
/// Longest text that is read.
const MOST_TEXT: usize = 256;

const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;
const TYPE_STRINGS: u32 = 8;

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}
