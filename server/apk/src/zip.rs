//! The directory of a ZIP file, and one small entry of it.

use crate::bytes::Bytes;
use crate::{ApkError, MAX_SIZE};
use std::io::{Read, Seek, SeekFrom};

/// Where things are in the file.
#[derive(Debug)]
pub struct Archive {
    /// Where the directory begins: a signing block ends here.
    pub directory_at: u64,
    directory: Vec<u8>,
    entries: u16,
}

struct Entry {
    method: u16,
    packed: u64,
    unpacked: u64,
    header_at: u64,
}

/// The record at the end is this long, without its comment.
const END: u64 = 22;
const END_MARK: u32 = 0x0605_4b50;
const ENTRY_MARK: u32 = 0x0201_4b50;
const FILE_MARK: u32 = 0x0403_4b50;
/// An entry of the directory without its names, and the head of a file in front of its content.
const FILE_HEAD: usize = 30;
/// A directory of some ten thousand files.
const MAX_DIRECTORY: u64 = 4 * 1024 * 1024;
/// What is read of entries, packed and unpacked.
const MAX_ENTRY: u64 = 1024 * 1024;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

impl Archive {
    /// Finds and reads the directory.
    pub fn open(source: &mut (impl Read + Seek)) -> Result<Self, ApkError> {
        let size = source.seek(SeekFrom::End(0))?;
        if size > MAX_SIZE {
            return Err(ApkError::TooLarge(size));
        }
        let window = size.min(END + u64::from(u16::MAX));
        let tail = read_at(source, size - window, window)?;
        let (at, end) = end_record(&tail).ok_or(ApkError::Zip("it has no ZIP directory"))?;
        let (entries, len, directory_at) = end;
        if len > MAX_DIRECTORY || directory_at.checked_add(len) != Some(size - window + at) {
            return Err(ApkError::Zip("its ZIP directory is not where it says"));
        }
        Ok(Self { directory_at, directory: read_at(source, directory_at, len)?, entries })
    }

    /// The content of a small entry.
    pub fn entry(&self, source: &mut (impl Read + Seek), name: &str) -> Result<Vec<u8>, ApkError> {
        let entry = self.find(name)?;
        if entry.packed > MAX_ENTRY || entry.unpacked > MAX_ENTRY {
            return Err(ApkError::Zip("its manifest is too long"));
        }
        let head = read_at(source, entry.header_at, FILE_HEAD as u64)?;
        let names = file_head(&head).ok_or(ApkError::Zip("an entry is not where the directory says"))?;
        let from = entry.header_at + FILE_HEAD as u64 + names;
        if from + entry.packed > self.directory_at {
            return Err(ApkError::Zip("an entry reaches beyond the directory"));
        }
        let packed = read_at(source, from, entry.packed)?;
        let unpacked = usize::try_from(entry.unpacked).unwrap_or(usize::MAX);
        let content = match entry.method {
            STORED => packed,
            DEFLATED => miniz_oxide::inflate::decompress_to_vec_with_limit(&packed, unpacked)
                .map_err(|_| ApkError::Zip("an entry can't be unpacked"))?,
            _ => return Err(ApkError::Zip("an entry is packed in a way that Android does not know")),
        };
        if content.len() != unpacked {
            return Err(ApkError::Zip("an entry is not as long as it says"));
        }
        Ok(content)
    }

    /// The one entry with this name: of two, Android might take the other.
    fn find(&self, name: &str) -> Result<Entry, ApkError> {
        let (mut rest, mut found) = (Bytes(&self.directory), None);
        for _ in 0..self.entries {
            let (known, entry) =
                directory_entry(&mut rest).ok_or(ApkError::Zip("its directory is cut off"))?;
            if known == name.as_bytes() && found.replace(entry).is_some() {
                return Err(ApkError::Zip("its manifest is there twice"));
            }
        }
        found.ok_or(ApkError::Zip("it has no AndroidManifest.xml"))
    }
}

/// Bytes of the file.
pub fn read_at(source: &mut (impl Read + Seek), at: u64, len: u64) -> Result<Vec<u8>, ApkError> {
    source.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    source.take(len).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == len { Ok(bytes) } else { Err(ApkError::Zip("it is cut off")) }
}

/// Where the last record begins, and what it says: number of entries, length and place of the directory.
fn end_record(tail: &[u8]) -> Option<(u64, (u16, u64, u64))> {
    (0..=tail.len().checked_sub(END as usize)?).rev().find_map(|at| {
        let mut bytes = Bytes(tail).from(at)?;
        if bytes.u32()? != END_MARK {
            return None;
        }
        bytes.take(4)?;
        let (here, entries) = (bytes.u16()?, bytes.u16()?);
        let (len, directory_at, comment) = (bytes.u32()?, bytes.u32()?, bytes.u16()?);
        (here == entries && usize::from(comment) == bytes.0.len())
            .then_some((at as u64, (entries, u64::from(len), u64::from(directory_at))))
    })
}

fn directory_entry<'a>(bytes: &mut Bytes<'a>) -> Option<(&'a [u8], Entry)> {
    if bytes.u32()? != ENTRY_MARK {
        return None;
    }
    bytes.take(6)?;
    let method = bytes.u16()?;
    bytes.take(8)?;
    let (packed, unpacked) = (u64::from(bytes.u32()?), u64::from(bytes.u32()?));
    let (name, extra, comment) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
    bytes.take(8)?;
    let header_at = u64::from(bytes.u32()?);
    let name = bytes.take(name.into())?;
    bytes.take(usize::from(extra) + usize::from(comment))?;
    Some((name, Entry { method, packed, unpacked, header_at }))
}

/// How long the names after the head of a file are.
fn file_head(head: &[u8]) -> Option<u64> {
    let mut bytes = Bytes(head);
    if bytes.u32()? != FILE_MARK {
        return None;
    }
    bytes.take(22)?;
    Some(u64::from(bytes.u16()?) + u64::from(bytes.u16()?))
}
