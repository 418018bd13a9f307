//! The header of a package as it lies in a database. All numbers have the high byte first.
//!
//! ```text
//! header = entries (4) length-of-store (4) entry* store
//! entry  = tag (4) kind (4) place-in-store (4) count (4)
//! kinds  = 0 none, 1 character, 2 3 4 5 numbers of 1 2 4 8 bytes, 6 text, 7 bytes, 8 texts, 9 texts by language
//! ```
//!
//! A text ends with a zero byte. Where a tag stands twice the later one counts, as in rpm: what was added at the installation
//! stands behind what came with the package.

use crate::bytes::{array, be_len, be32};
use crate::{MAX_HEADER, MAX_TEXT};

/// As in rpm.
const MAX_ENTRIES: usize = 65_535;
const ENTRY: usize = 16;

/// What a tag may hold, as far as it is read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Numbers { size: usize },
    Text,
    Bytes,
    Texts,
}

impl Kind {
    fn parse(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::Numbers { size: 0 },
            1 | 2 => Self::Numbers { size: 1 },
            3 => Self::Numbers { size: 2 },
            4 => Self::Numbers { size: 4 },
            5 => Self::Numbers { size: 8 },
            6 => Self::Text,
            7 => Self::Bytes,
            8 | 9 => Self::Texts,
            _ => return None,
        })
    }
}

/// A header whose entries all lie within it.
pub struct Header<'a> {
    entries: &'a [u8],
    store: &'a [u8],
}

/// One tag's value.
struct Entry<'a> {
    kind: Kind,
    count: usize,
    /// From its beginning to the end of the store.
    bytes: &'a [u8],
}

impl<'a> Header<'a> {
    pub fn parse(blob: &'a [u8]) -> Result<Self, &'static str> {
        let (count, len) = be_len(blob, 0).zip(be_len(blob, 4)).ok_or("it is cut off")?;
        if count == 0 || count > MAX_ENTRIES || len > MAX_HEADER {
            return Err("it has no entries, or too many, or is too large");
        }
        let (entries, store) = blob[8..].split_at_checked(count * ENTRY).ok_or("its entries are cut off")?;
        if store.len() != len {
            return Err("it has another length than it says");
        }
        let header = Self { entries, store };
        for entry in entries.chunks_exact(ENTRY) {
            header.entry(entry)?;
        }
        Ok(header)
    }

    fn entry(&self, entry: &[u8]) -> Result<Entry<'a>, &'static str> {
        let kind = be32(entry, 4).and_then(Kind::parse).ok_or("an entry has an unknown kind")?;
        let (at, count) = be_len(entry, 8).zip(be_len(entry, 12)).ok_or("an entry lies outside")?;
        let bytes = self.store.get(at..).ok_or("an entry lies outside")?;
        let least = match kind {
            Kind::Numbers { size } => count.checked_mul(size),
            Kind::Text | Kind::Bytes | Kind::Texts => Some(count),
        };
        match least {
            Some(least) if least <= bytes.len() => Ok(Entry { kind, count, bytes }),
            _ => Err("an entry is longer than its store"),
        }
    }

    fn find(&self, tag: u32) -> Result<Option<Entry<'a>>, &'static str> {
        let is_tag = |entry: &&[u8]| be32(entry, 0) == Some(tag);
        self.entries.chunks_exact(ENTRY).rfind(is_tag).map(|entry| self.entry(entry)).transpose()
    }

    /// A short text; bytes that are not UTF-8 are replaced.
    pub fn text(&self, tag: u32) -> Result<Option<String>, &'static str> {
        let Some(entry) = self.find(tag)? else { return Ok(None) };
        if !matches!(entry.kind, Kind::Text | Kind::Texts) || entry.count == 0 {
            return Err("a text is none");
        }
        let text = entry.bytes.split(|byte| *byte == 0).next().filter(|text| text.len() < entry.bytes.len());
        let text = text.filter(|text| text.len() <= MAX_TEXT).ok_or("a text has no end")?;
        Ok(Some(String::from_utf8_lossy(text).into_owned()))
    }

    /// The first of a tag's numbers of four bytes.
    pub fn number(&self, tag: u32) -> Result<Option<u32>, &'static str> {
        let numbers = self.numbers(tag)?;
        numbers.map(|mut numbers| numbers.next().ok_or("a number is none")).transpose()
    }

    /// A tag's numbers of four bytes.
    pub fn numbers(
        &self,
        tag: u32,
    ) -> Result<Option<impl ExactSizeIterator<Item = u32> + use<'a>>, &'static str> {
        let Some(Entry { kind, count, bytes }) = self.find(tag)? else { return Ok(None) };
        if kind != (Kind::Numbers { size: 4 }) {
            return Err("a number is none");
        }
        let numbers = bytes.chunks_exact(4).take(count);
        Ok(Some(numbers.map(|bytes| array(bytes, 0).map_or(0, u32::from_be_bytes))))
    }

    /// A tag's bytes.
    pub fn bytes(&self, tag: u32) -> Result<Option<&'a [u8]>, &'static str> {
        let Some(Entry { kind, count, bytes }) = self.find(tag)? else { return Ok(None) };
        if kind != Kind::Bytes {
            return Err("bytes are none");
        }
        Ok(Some(&bytes[..count]))
    }

    /// A tag's texts; none without the tag.
    pub fn texts(&self, tag: u32) -> Result<Texts<'a>, &'static str> {
        let Some(Entry { kind, count, bytes }) = self.find(tag)? else {
            return Ok(Texts { left: 0, bytes: &[] });
        };
        if kind != Kind::Texts {
            return Err("texts are none");
        }
        Ok(Texts { left: count, bytes })
    }

    /// Whether the tag is there.
    pub fn has(&self, tag: u32) -> bool {
        matches!(self.find(tag), Ok(Some(_)))
    }
}

/// Texts one after the other, without their zero bytes.
pub struct Texts<'a> {
    left: usize,
    bytes: &'a [u8],
}

impl<'a> Texts<'a> {
    /// How many there should be.
    pub fn left(&self) -> usize {
        self.left
    }
}

impl<'a> Iterator for Texts<'a> {
    type Item = Result<&'a [u8], &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let end = self.bytes.iter().position(|byte| *byte == 0);
        let Some((text, rest)) = end.and_then(|end| self.bytes.split_at_checked(end)) else {
            self.left = 0;
            return Some(Err("a text has no end"));
        };
        self.bytes = &rest[1..];
        Some(Ok(text))
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A header of these entries: tag, kind, count, bytes.
    pub fn header(entries: &[(u32, u32, usize, &[u8])]) -> Vec<u8> {
        let (mut index, mut store) = (Vec::new(), Vec::new());
        for (tag, kind, count, bytes) in entries {
            for number in [*tag, *kind, u32::try_from(store.len()).unwrap(), u32::try_from(*count).unwrap()] {
                index.extend(number.to_be_bytes());
            }
            store.extend_from_slice(bytes);
        }
        let head = [entries.len(), store.len()].map(|len| u32::try_from(len).unwrap().to_be_bytes());
        [head.concat(), index, store].concat()
    }

    #[test]
    fn the_later_of_two_counts() {
        let blob = header(&[
            (1000, 6, 1, b"before\0"),
            (1003, 4, 2, &[0, 0, 0, 7, 0, 0, 0, 8]),
            (1000, 6, 1, b"after\0"),
        ]);
        let header = Header::parse(&blob).unwrap();
        assert_eq!(header.text(1000), Ok(Some("after".into())));
        assert_eq!(header.number(1003), Ok(Some(7)));
        assert_eq!(header.numbers(1003).unwrap().unwrap().collect::<Vec<_>>(), [7, 8]);
        assert_eq!((header.text(1001), header.has(1003), header.has(1001)), (Ok(None), true, false));
    }

    #[test]
    fn texts_end_where_they_say() {
        let blob = header(&[(1, 8, 2, b"a\0"), (2, 8, 3, b"x\0\0zz\0beyond")]);
        let parsed = Header::parse(&blob).unwrap();
        let texts: Vec<_> = parsed.texts(2).unwrap().collect();
        assert_eq!(texts, [Ok(&b"x"[..]), Ok(b""), Ok(b"zz")]);
        assert!(parsed.texts(3).unwrap().next().is_none());
        let tail = header(&[(2, 8, 2, b"one\0two")]);
        let texts: Vec<_> = Header::parse(&tail).unwrap().texts(2).unwrap().collect();
        assert_eq!(texts, [Ok(&b"one"[..]), Err("a text has no end")]);
        assert_eq!(
            Header::parse(&header(&[(2, 6, 1, b"endless")])).unwrap().text(2),
            Err("a text has no end")
        );
    }

    #[test]
    fn what_lies_outside_is_refused() {
        assert!(Header::parse(&header(&[(1, 4, 2, &[0; 7])])).is_err());
        assert!(Header::parse(&header(&[(1, 7, 8, &[0; 7])])).is_err());
        assert!(Header::parse(&header(&[(1, 8, 8, &[0; 7])])).is_err());
        assert!(Header::parse(&header(&[(1, 5, usize::try_from(u32::MAX).unwrap(), &[0; 7])])).is_err());
        assert!(Header::parse(&header(&[(1, 10, 1, &[0; 7])])).is_err());
        assert!(Header::parse(&header(&[])).is_err());
        let whole = header(&[(1, 6, 1, b"text\0")]);
        for len in 0..whole.len() {
            assert!(Header::parse(&whole[..len]).is_err(), "cut at {len}");
        }
        assert!(Header::parse(&[&whole[..], &[0]].concat()).is_err());
        let other = Header::parse(&whole).unwrap();
        assert!(other.number(1).is_err() && other.bytes(1).is_err() && other.texts(1).is_err());
    }
}
