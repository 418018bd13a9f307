//! What an RPM package says about itself: name, version, release and architecture, from its head alone.
//!
//! The head is a lead of 96 bytes, a header of signatures padded to 8 bytes, and the header of the package (RPM's file format, version 4).
//! Each is bounded, so that a file of any content costs little. Signatures are not verified: the phone does that before it installs.
//! What is checked is that the file is whole, where the package says how long it is, and that its header is the one that was built.

use muster_proto::id::hex;
use ring::digest::{SHA256, digest};
use std::cmp::Ordering;
use std::io::{self, Read};

/// The media type of a package.
pub const MEDIA_TYPE: &str = "application/x-rpm";
/// With what every package begins.
pub const MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// What a package says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rpm {
    /// Its name.
    pub name: String,
    /// The version.
    pub version: String,
    /// The release of this version.
    pub release: String,
    /// The architecture: `aarch64`.
    pub arch: String,
}

/// Why a file can't be read as a package.
#[derive(Debug, thiserror::Error)]
pub enum RpmError {
    /// The file could not be read.
    #[error("read the package")]
    Io(#[from] io::Error),
    /// It is malformed.
    #[error("not an RPM package: {0}")]
    Malformed(&'static str),
    /// It is cut off, or something stands behind it.
    #[error("the package has {found} bytes and says that it has {said}")]
    Size {
        /// Bytes of the file.
        found: u64,
        /// Bytes by its own word.
        said: u64,
    },
}

/// Reads what a package of `size` bytes says about itself.
///
/// # Errors
/// It is no binary package, it is malformed or not whole.
pub fn read(source: &mut impl Read, size: u64) -> Result<Rpm, RpmError> {
    let lead: [u8; LEAD] = bytes(source)?;
    if lead[..4] != MAGIC || !matches!(lead[4], 3 | 4) {
        return Err(RpmError::Malformed("it does not begin as one"));
    }
    if lead[6..8] != [0, 0] {
        return Err(RpmError::Malformed("it is a package of sources"));
    }
    let signatures = Header::read(source)?;
    let padding = (8 - signatures.raw.len() % 8) % 8;
    io::copy(&mut source.take(padding as u64), &mut io::sink())?;
    let before = (LEAD + signatures.raw.len() + padding) as u64;
    if let Some(rest) = signatures.number(SIZE) {
        let said = before + u64::from(rest);
        if said != size {
            return Err(RpmError::Size { found: size, said });
        }
    }
    let header = Header::read(source)?;
    if signatures.text(HEADER_SHA256).is_some_and(|said| said != hex(digest(&SHA256, &header.raw).as_ref())) {
        return Err(RpmError::Malformed("its header is not the one that was built"));
    }
    let word = |tag, missing| header.text(tag).map(str::to_owned).ok_or(RpmError::Malformed(missing));
    Ok(Rpm {
        name: word(NAME, "it has no name")?,
        version: word(VERSION, "it has no version")?,
        release: word(RELEASE, "it has no release")?,
        arch: word(ARCH, "it has no architecture")?,
    })
}

/// How RPM orders versions: piece by piece, numbers as numbers, numbers above letters, more above less, and a tilde below all.
#[must_use]
pub fn order(one: &str, other: &str) -> Ordering {
    let (one, other) = (pieces(one), pieces(other));
    let longest = one.len().max(other.len());
    let pairs = (0..longest).map(|at| (one.get(at).copied(), other.get(at).copied()));
    pairs
        .map(|(one, other)| rank(one).cmp(&rank(other)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

const LEAD: usize = 96;
const HEADER_MAGIC: [u8; 4] = [0x8e, 0xad, 0xe8, 0x01];
/// Most entries and bytes of a header: ours have a few dozen, and a few kilobytes.
const MOST_ENTRIES: u32 = 4096;
const MOST_BYTES: u32 = 4 * 1024 * 1024;

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const ARCH: u32 = 1022;
/// Of the signatures: bytes that follow them, and SHA-256 of the header.
const SIZE: u32 = 1000;
const HEADER_SHA256: u32 = 273;
const TYPE_INT32: u32 = 4;
const TYPE_STRING: u32 = 6;

/// The bytes of a header, magic and all.
struct Header {
    raw: Vec<u8>,
    entries: usize,
}

impl Header {
    fn read(source: &mut impl Read) -> Result<Self, RpmError> {
        let head: [u8; 16] = bytes(source)?;
        let (entries, len) = (number(&head[8..12]), number(&head[12..16]));
        if head[..4] != HEADER_MAGIC || entries > MOST_ENTRIES || len > MOST_BYTES {
            return Err(RpmError::Malformed("a header is malformed or too long"));
        }
        let more = u64::from(entries) * 16 + u64::from(len);
        let mut raw = head.to_vec();
        if source.take(more).read_to_end(&mut raw)? as u64 != more {
            return Err(RpmError::Malformed("it is cut off"));
        }
        Ok(Self { raw, entries: entries as usize })
    }

    /// What an entry of this tag and type begins with.
    fn entry(&self, tag: u32, kind: u32) -> Option<&[u8]> {
        let (index, store) = self.raw.get(16..)?.split_at_checked(self.entries * 16)?;
        let is_it = |entry: &&[u8]| number(&entry[..4]) == tag && number(&entry[4..8]) == kind;
        let entry = index.chunks_exact(16).find(is_it)?;
        store.get(number(&entry[8..12]) as usize..)
    }

    fn text(&self, tag: u32) -> Option<&str> {
        let bytes = self.entry(tag, TYPE_STRING)?;
        let end = bytes.iter().take(MOST_TEXT).position(|byte| *byte == 0)?;
        std::str::from_utf8(bytes.get(..end)?).ok()
    }

    fn number(&self, tag: u32) -> Option<u32> {
        self.entry(tag, TYPE_INT32)?.get(..4).map(number)
    }
}

/// Longest text that is read.
const MOST_TEXT: usize = 256;

fn number(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn bytes<const N: usize>(source: &mut impl Read) -> Result<[u8; N], RpmError> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => RpmError::Malformed("it is cut off"),
        _ => error.into(),
    })?;
    Ok(bytes)
}

/// Runs of digits, runs of letters, and tildes; what stands between them only separates.
fn pieces(version: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '~' => 1,
        c if c.is_ascii_digit() => 2,
        c if c.is_ascii_alphabetic() => 3,
        _ => 0,
    };
    let (mut pieces, mut rest) = (Vec::new(), version);
    while let Some(first) = rest.chars().next() {
        let end = match kind(first) {
            0 | 1 => first.len_utf8(),
            run => rest.find(|c| kind(c) != run).unwrap_or(rest.len()),
        };
        let (piece, after) = rest.split_at(end);
        if kind(first) > 0 {
            pieces.push(piece);
        }
        rest = after;
    }
    pieces
}

/// Numbers without their leading zeros: the longer is the greater.
fn rank(piece: Option<&str>) -> (u8, usize, &str) {
    match piece {
        Some("~") => (0, 0, ""),
        None => (1, 0, ""),
        Some(word) if word.starts_with(|c: char| c.is_ascii_alphabetic()) => (2, 0, word),
        Some(digits) => {
            let digits = digits.trim_start_matches('0');
            (3, digits.len(), digits)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGENT: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.aarch64.rpm");

    fn of(mut bytes: &[u8]) -> Result<Rpm, RpmError> {
        let size = bytes.len() as u64;
        read(&mut bytes, size)
    }

    #[test]
    fn a_package_made_by_rpmbuild_is_read() {
        let rpm = of(AGENT).expect("a package");
        let words = [rpm.name.as_str(), rpm.version.as_str(), rpm.release.as_str(), rpm.arch.as_str()];
        assert_eq!(words, ["ru.muster.Agent", "0.1.0", "1", "aarch64"]);
        let system = of(include_bytes!("../../tests/rpm/system-0.1.0.armv7hl.rpm")).expect("a package");
        assert_eq!((system.name.as_str(), system.arch.as_str()), ("muster-agent-system", "armv7hl"));
    }

    #[test]
    fn every_cut_is_refused_and_every_changed_byte_ends_in_an_answer() {
        for len in 0..AGENT.len() {
            assert!(of(&AGENT[..len]).is_err(), "cut at {len}");
        }
        assert!(of(&[AGENT, b"x"].concat()).is_err(), "something behind it");
        for at in 0..AGENT.len() {
            for with in [0x00, 0x7f, 0xff] {
                let mut bytes = AGENT.to_vec();
                bytes[at] = with;
                let _ = of(&bytes);
            }
        }
    }

    #[test]
    fn versions_are_ordered_as_rpm_orders_them() {
        let sorted = ["0.1~rc1", "0.1", "0.1.a", "0.1.0", "0.1.2", "0.1.10", "0.2.0", "1", "10"];
        for (at, one) in sorted.iter().enumerate() {
            for (other_at, other) in sorted.iter().enumerate() {
                assert_eq!(order(one, other), at.cmp(&other_at), "{one} {other}");
            }
        }
        assert_eq!(order("1.01", "1.1"), Ordering::Equal);
    }

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(of(&bytes).is_err());
            let mut header = AGENT[..LEAD].to_vec();
            header.extend(bytes);
            let _ = of(&header);
        }

        #[test]
        fn the_order_of_versions_is_one(a in "[0-9a-c.~]{0,8}", b in "[0-9a-c.~]{0,8}", c in "[0-9a-c.~]{0,8}") {
            prop_assert_eq!(order(&a, &b), order(&b, &a).reverse());
            if order(&a, &b).is_le() && order(&b, &c).is_le() {
                prop_assert!(order(&a, &c).is_le());
            }
        }
    }
}
