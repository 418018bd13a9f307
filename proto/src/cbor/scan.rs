//! The look over the bytes that comes before any decoding.

/// Deepest nesting of arrays and maps that is accepted.
pub const MAX_DEPTH: usize = 8;

/// Most items of a sequence: as many reports as an agent's queue holds.
pub const MAX_ITEMS: usize = 64;

/// Why bytes are not the CBOR that we accept; `at` is the offset of the offending item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// More bytes than the message may have.
    #[error("message of {len} bytes, at most {max} are accepted")]
    TooLong {
        /// Bytes given.
        len: usize,
        /// Bytes accepted.
        max: usize,
    },
    /// More items in a sequence than one request may have.
    #[error("more than {MAX_ITEMS} items, the next at offset {at}")]
    TooMany {
        /// Offset of the first item that is too many.
        at: usize,
    },
    /// The bytes end inside an item.
    #[error("bytes end inside the item at offset {at}")]
    Truncated {
        /// Offset of the item.
        at: usize,
    },
    /// Bytes follow the item.
    #[error("trailing bytes at offset {at}")]
    Trailing {
        /// Offset of the first of them.
        at: usize,
    },
    /// Arrays and maps nested too deep.
    #[error("nesting deeper than {MAX_DEPTH} at offset {at}")]
    TooDeep {
        /// Offset of the item.
        at: usize,
    },
    /// An indefinite length.
    #[error("indefinite length at offset {at}")]
    Indefinite {
        /// Offset of the item.
        at: usize,
    },
    /// A head that could be shorter.
    #[error("head is not in its shortest form at offset {at}")]
    NotShortest {
        /// Offset of the item.
        at: usize,
    },
    /// A key that occurs twice in one map.
    #[error("duplicate key at offset {at}")]
    DuplicateKey {
        /// Offset of the second key.
        at: usize,
    },
    /// A key that is neither an integer nor text.
    #[error("key is neither integer nor text at offset {at}")]
    KeyType {
        /// Offset of the key.
        at: usize,
    },
    /// A float; times and everything else are integers.
    #[error("floating-point number at offset {at}")]
    Float {
        /// Offset of the item.
        at: usize,
    },
    /// A tag where none is expected.
    #[error("tag at offset {at}")]
    Tag {
        /// Offset of the item.
        at: usize,
    },
    /// A simple value other than false, true and null.
    #[error("simple value at offset {at}")]
    Simple {
        /// Offset of the item.
        at: usize,
    },
    /// Text that is not UTF-8.
    #[error("text is not UTF-8 at offset {at}")]
    Utf8 {
        /// Offset of the item.
        at: usize,
    },
    /// A head with a reserved length.
    #[error("reserved head at offset {at}")]
    Reserved {
        /// Offset of the item.
        at: usize,
    },
}

impl CborError {
    /// The stable name of this error, as vectors and answers use it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::TooMany { .. } => "too-many-items",
            Self::Truncated { .. } => "truncated",
            Self::Trailing { .. } => "trailing-bytes",
            Self::TooDeep { .. } => "too-deep",
            Self::Indefinite { .. } => "indefinite-length",
            Self::NotShortest { .. } => "not-shortest-form",
            Self::DuplicateKey { .. } => "duplicate-key",
            Self::KeyType { .. } => "key-type",
            Self::Float { .. } => "float",
            Self::Tag { .. } => "tag",
            Self::Simple { .. } => "simple-value",
            Self::Utf8 { .. } => "not-utf8",
            Self::Reserved { .. } => "reserved-head",
        }
    }
}

/// Checks that `bytes` are exactly one item of the accepted subset, at most `max` bytes long.
///
/// # Errors
/// The first thing found that the subset does not admit, with its offset.
pub fn strict(bytes: &[u8], max: usize) -> Result<(), CborError> {
    if bytes.len() > max {
        return Err(CborError::TooLong { len: bytes.len(), max });
    }
    let end = item(bytes, 0, 0)?;
    if end < bytes.len() { Err(CborError::Trailing { at: end }) } else { Ok(()) }
}

/// Splits a CBOR sequence (RFC 8742) into its items; `tag` is admitted at the head of each (18 for COSE_Sign1).
///
/// At most [`MAX_ITEMS`] of them, so that the work after this is bounded. What is inside the byte strings of a message is looked at when it is opened.
///
/// # Errors
/// As [`strict`], or too many items.
pub fn strict_sequence(bytes: &[u8], tag: u64) -> Result<Vec<&[u8]>, CborError> {
    items_of(bytes, tag, MAX_ITEMS)
}

/// As [`strict_sequence`] without a bound on the number of items: for a file that somebody keeps.
///
/// # Errors
/// As [`strict`].
pub fn split_sequence(bytes: &[u8], tag: u64) -> Result<Vec<&[u8]>, CborError> {
    items_of(bytes, tag, usize::MAX)
}

fn items_of(bytes: &[u8], tag: u64, most: usize) -> Result<Vec<&[u8]>, CborError> {
    let mut items = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if items.len() == most {
            return Err(CborError::TooMany { at });
        }
        let head = head(bytes, at)?;
        let body = if head.major == 6 && head.value == tag { head.next } else { at };
        let end = item(bytes, body, 0)?;
        items.push(&bytes[at..end]);
        at = end;
    }
    Ok(items)
}

struct Head {
    major: u8,
    value: u64,
    next: usize,
}

/// One initial byte with its argument (RFC 8949 §3).
fn head(bytes: &[u8], at: usize) -> Result<Head, CborError> {
    let first = *bytes.get(at).ok_or(CborError::Truncated { at })?;
    let (major, info) = (first >> 5, first & 0x1f);
    let width = match info {
        0..=23 => return Ok(Head { major, value: u64::from(info), next: at + 1 }),
        24 => 1,
        25 => 2,
        26 => 4,
        27 => 8,
        31 if matches!(major, 2..=5 | 7) => return Err(CborError::Indefinite { at }),
        _ => return Err(CborError::Reserved { at }),
    };
    if major == 7 {
        return Err(if info == 24 { CborError::Simple { at } } else { CborError::Float { at } });
    }
    let argument = bytes.get(at + 1..at + 1 + width).ok_or(CborError::Truncated { at })?;
    let value = argument.iter().fold(0, |value: u64, byte| value << 8 | u64::from(*byte));
    let shortest = match width {
        1 => value > 23,
        2 => value > 0xff,
        4 => value > 0xffff,
        _ => value > 0xffff_ffff,
    };
    if shortest {
        Ok(Head { major, value, next: at + 1 + width })
    } else {
        Err(CborError::NotShortest { at })
    }
}

/// Walks one item and returns the offset after it.
fn item(bytes: &[u8], at: usize, depth: usize) -> Result<usize, CborError> {
    let head = head(bytes, at)?;
    match head.major {
        0 | 1 => Ok(head.next),
        2 | 3 => string(bytes, at, &head),
        4 | 5 if depth >= MAX_DEPTH => Err(CborError::TooDeep { at }),
        4 => array(bytes, at, &head, depth),
        5 => map(bytes, at, &head, depth),
        6 => Err(CborError::Tag { at }),
        _ if (20..=22).contains(&head.value) => Ok(head.next),
        _ => Err(CborError::Simple { at }),
    }
}

fn string(bytes: &[u8], at: usize, head: &Head) -> Result<usize, CborError> {
    let len = usize::try_from(head.value).map_err(|_| CborError::Truncated { at })?;
    let end = head.next.checked_add(len).ok_or(CborError::Truncated { at })?;
    let body = bytes.get(head.next..end).ok_or(CborError::Truncated { at })?;
    if head.major == 3 && std::str::from_utf8(body).is_err() {
        return Err(CborError::Utf8 { at });
    }
    Ok(end)
}

/// A count that the rest of the bytes cannot hold is refused before the walk, so that a short message cannot ask for a long one.
fn count(bytes: &[u8], at: usize, head: &Head, per_entry: usize) -> Result<usize, CborError> {
    let left = bytes.len() - head.next;
    usize::try_from(head.value)
        .ok()
        .filter(|count| count.checked_mul(per_entry).is_some_and(|needed| needed <= left))
        .ok_or(CborError::Truncated { at })
}

fn array(bytes: &[u8], at: usize, head: &Head, depth: usize) -> Result<usize, CborError> {
    let mut next = head.next;
    for _ in 0..count(bytes, at, head, 1)? {
        next = item(bytes, next, depth + 1)?;
    }
    Ok(next)
}

fn map(bytes: &[u8], at: usize, head: &Head, depth: usize) -> Result<usize, CborError> {
    let entries = count(bytes, at, head, 2)?;
    let (mut next, mut last, mut ascending) = (head.next, &[][..], true);
    for _ in 0..entries {
        let start = next;
        if !matches!(bytes.get(start).ok_or(CborError::Truncated { at: start })? >> 5, 0 | 1 | 3) {
            return Err(CborError::KeyType { at: start });
        }
        next = item(bytes, start, depth + 1)?;
        let key = &bytes[start..next];
        ascending &= last < key;
        last = key;
        next = item(bytes, next, depth + 1)?;
    }
    // Our own programs write keys in ascending order; a map by others is looked at once more.
    if !ascending {
        distinct(bytes, head.next, entries)?;
    }
    Ok(next)
}

/// Looks for a key that occurs twice; `bytes` were walked before.
fn distinct(bytes: &[u8], mut next: usize, entries: usize) -> Result<(), CborError> {
    let mut keys: Vec<(&[u8], usize)> = Vec::with_capacity(entries);
    for _ in 0..entries {
        let start = next;
        next = after(bytes, start)?;
        keys.push((&bytes[start..next], start));
        next = after(bytes, next)?;
    }
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(CborError::DuplicateKey { at: pair[1].1 }),
        None => Ok(()),
    }
}

/// The offset after an item that was walked before.
fn after(bytes: &[u8], mut at: usize) -> Result<usize, CborError> {
    let mut left: u64 = 1;
    while left > 0 {
        let head = head(bytes, at)?;
        at = if matches!(head.major, 2 | 3) { string(bytes, at, &head)? } else { head.next };
        left = left - 1
            + match head.major {
                4 => head.value,
                5 => head.value * 2,
                _ => 0,
            };
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hex: &str) -> Result<(), CborError> {
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("test data is hex"))
            .collect();
        strict(&bytes, 1024)
    }

    #[test]
    fn accepts_the_subset() {
        for good in ["00", "20", "1818", "40", "6161", "80", "a0", "a201020363616263", "f4", "f5", "f6"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn names_what_is_wrong() {
        let cases = [
            ("", "truncated"),
            ("0000", "trailing-bytes"),
            ("9f00ff", "indefinite-length"),
            ("5f4100ff", "indefinite-length"),
            ("bf0000ff", "indefinite-length"),
            ("1817", "not-shortest-form"),
            ("190001", "not-shortest-form"),
            ("a201000101", "duplicate-key"),
            ("a302000100010000", "duplicate-key"),
            ("a14000", "key-type"),
            ("a18000", "key-type"),
            ("f93c00", "float"),
            ("fb3ff0000000000000", "float"),
            ("c100", "tag"),
            ("f7", "simple-value"),
            ("f820", "simple-value"),
            ("62c328", "not-utf8"),
            ("1c", "reserved-head"),
            ("9bffffffffffffffff", "truncated"),
            ("818181818181818181", "too-deep"),
        ];
        for (hex, code) in cases {
            assert_eq!(check(hex).map_err(|error| error.code()), Err(code), "{hex}");
        }
    }

    #[test]
    fn only_a_request_is_bounded_in_its_items() {
        let body = vec![0; MAX_ITEMS + 1];
        assert_eq!(strict_sequence(&body, 18), Err(CborError::TooMany { at: MAX_ITEMS }));
        assert_eq!(split_sequence(&body, 18).map(|items| items.len()), Ok(MAX_ITEMS + 1));
        assert_eq!(split_sequence(&[0, 0x1c], 18), Err(CborError::Reserved { at: 1 }));
    }

    #[test]
    fn too_long_is_said_before_anything_is_read() {
        assert_eq!(strict(&[0xff; 10], 9), Err(CborError::TooLong { len: 10, max: 9 }));
    }
}
