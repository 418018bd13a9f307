//! What an RPM package says about itself: name, version, release and architecture, and whether the file is still the one that was built.
//!
//! The head is a lead of 96 bytes, a header of signatures padded to 8 bytes, and the header of the package (RPM's file format, version 4);
//! the compressed payload follows. Each part of the head is bounded, and the payload is read once, in pieces.
//!
//! A package says three things about its bytes, and all that it says is compared: how many there are, the SHA-256 of its header, and, in that
//! header, the SHA-256 of the compressed payload. Nothing in it speaks of the lead and of the header of signatures themselves. RPM writes both digests since 4.14 (2017), and a package without them is refused: the MD5 that older ones
//! have is no digest to rely on. Signatures are not verified: the phone does that before it installs.

mod header;
mod order;

pub use order::order;

use header::{Header, bytes};
use muster_proto::id::hex;
use ring::digest::{Context, SHA256, digest};
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
    /// Whether it carries a signature of RPM's own kind (OpenPGP); whose, and whether it holds, is not looked at.
    pub signed: bool,
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
    /// A part of it can't be checked.
    #[error(
        "the package has no SHA-256 of its {0}, which rpm 4.14 and newer write: build it with one of those"
    )]
    NoDigest(&'static str),
    /// A part of it is not the one that was built.
    #[error("the package is damaged: the SHA-256 of its {part} is {found}, and it says that it is {said}")]
    Damaged {
        /// Which part.
        part: &'static str,
        /// Digest of what is there.
        found: String,
        /// Digest by its own word.
        said: String,
    },
}

/// Reads what a package of `size` bytes says about itself, and all of it to see that it is whole.
///
/// # Errors
/// It is no binary package, it is malformed, cut off or damaged, or has no digests by which that would show.
pub fn read(source: &mut impl Read, size: u64) -> Result<Rpm, RpmError> {
    let (signatures, before) = signatures(source)?;
    if let Some(rest) = signatures.number(SIZE) {
        let said = before + u64::from(rest);
        if said != size {
            return Err(RpmError::Size { found: size, said });
        }
    }
    let header = Header::read(source)?;
    compare("header", signatures.text(HEADER_SHA256), digest(&SHA256, &header.raw).as_ref())?;
    let said =
        header.text(PAYLOAD_DIGEST).filter(|_| header.number(PAYLOAD_DIGEST_ALGORITHM) == Some(IS_SHA256));
    compare("payload", said, &digest_of(source)?)?;
    let word = |tag, missing| header.text(tag).map(str::to_owned).ok_or(RpmError::Malformed(missing));
    Ok(Rpm {
        name: word(NAME, "it has no name")?,
        version: word(VERSION, "it has no version")?,
        release: word(RELEASE, "it has no release")?,
        arch: word(ARCH, "it has no architecture")?,
        signed: has_signature(&signatures),
    })
}

/// Whether a package carries a signature of RPM's own kind (OpenPGP). Nothing but its first bytes is read.
///
/// # Errors
/// It is no binary package, or malformed.
pub fn is_signed(source: &mut impl Read) -> Result<bool, RpmError> {
    signatures(source).map(|(signatures, _)| has_signature(&signatures))
}

const LEAD: usize = 96;

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const ARCH: u32 = 1022;
/// Of the compressed payload, and by which of OpenPGP's algorithms.
const PAYLOAD_DIGEST: u32 = 5092;
const PAYLOAD_DIGEST_ALGORITHM: u32 = 5093;
const IS_SHA256: u32 = 8;
/// Of the signatures: bytes that follow them, and SHA-256 of the header.
const SIZE: u32 = 1000;
const HEADER_SHA256: u32 = 273;
/// Signatures of the header alone (DSA, RSA, any), and of header and payload (PGP, GPG).
const SIGNATURES: [u32; 5] = [267, 268, 278, 1002, 1005];

/// The header of signatures, and how many bytes stand before the header of the package.
fn signatures(source: &mut impl Read) -> Result<(Header, u64), RpmError> {
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
    Ok((signatures, before))
}

fn has_signature(signatures: &Header) -> bool {
    SIGNATURES.into_iter().any(|tag| signatures.has(tag))
}

fn compare(part: &'static str, said: Option<&str>, found: &[u8]) -> Result<(), RpmError> {
    let (said, found) = (said.ok_or(RpmError::NoDigest(part))?, hex(found));
    if said == found {
        return Ok(());
    }
    // what stands there is anything at all, and is shown
    let said = said.chars().filter(char::is_ascii_graphic).take(found.len()).collect();
    Err(RpmError::Damaged { part, found, said })
}

fn digest_of(source: &mut impl Read) -> io::Result<Vec<u8>> {
    let (mut context, mut piece) = (Context::new(&SHA256), vec![0; 64 * 1024]);
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok(context.finish().as_ref().to_vec()),
            Ok(len) => context.update(&piece[..len]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGENT: &[u8] = include_bytes!("../../tests/rpm/application-0.1.0.aarch64.rpm");
    const SIGNED: &[u8] = include_bytes!("../../tests/rpm/signed-0.3.0.aarch64.rpm");

    fn of(mut bytes: &[u8]) -> Result<Rpm, RpmError> {
        let size = bytes.len() as u64;
        read(&mut bytes, size)
    }

    fn why(bytes: &[u8]) -> String {
        of(bytes).expect_err("it is refused").to_string()
    }

    /// Where the package's header begins, and its payload.
    fn parts(mut bytes: &[u8]) -> (usize, usize) {
        let (_, before) = signatures(&mut bytes).expect("signatures");
        let header = Header::read(&mut bytes).expect("a header");
        (before as usize, before as usize + header.raw.len())
    }

    /// The package with another number in an entry of its header, which has the right digest all the same.
    fn changed(tag: u32, at: usize, number: u32) -> Vec<u8> {
        let (mut bytes, (header, payload)) = (AGENT.to_vec(), parts(AGENT));
        let entries = (header + 16..payload).step_by(16);
        let entry = entries
            .into_iter()
            .find(|entry| bytes[*entry..entry + 4] == tag.to_be_bytes())
            .expect("an entry");
        bytes[entry + at..entry + at + 4].copy_from_slice(&number.to_be_bytes());
        let before = hex(digest(&SHA256, &AGENT[header..payload]).as_ref());
        let after = hex(digest(&SHA256, &bytes[header..payload]).as_ref());
        let place = bytes.windows(before.len()).position(|text| text == before.as_bytes()).expect("a digest");
        bytes[place..place + after.len()].copy_from_slice(after.as_bytes());
        bytes
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
    fn a_package_says_whether_it_is_signed() {
        for (bytes, signed) in [(AGENT, false), (SIGNED, true)] {
            assert_eq!(of(bytes).expect("a package").signed, signed);
            let mut head = &bytes[..parts(bytes).0];
            assert_eq!(is_signed(&mut head).expect("its head"), signed, "the head alone says so");
        }
        assert!(is_signed(&mut &AGENT[..200]).is_err());
    }

    #[test]
    fn what_does_not_match_is_named() {
        let (header, payload) = parts(AGENT);
        let flipped = |at: usize| {
            let mut bytes = AGENT.to_vec();
            bytes[at] ^= 1;
            why(&bytes)
        };
        assert!(flipped(payload).starts_with("the package is damaged: the SHA-256 of its payload is "));
        assert!(flipped(payload - 1).starts_with("the package is damaged: the SHA-256 of its header is "));
        assert!(flipped(header).contains("a header is malformed"));
        let cut = why(&AGENT[..AGENT.len() - 1]);
        assert_eq!(
            cut,
            format!("the package has {} bytes and says that it has {}", AGENT.len() - 1, AGENT.len())
        );
    }

    #[test]
    fn a_package_without_a_digest_is_refused_and_the_part_named() {
        let none = "the package has no SHA-256 of its payload";
        assert!(why(&changed(PAYLOAD_DIGEST, 0, 5999)).starts_with(none), "no digest");
        assert!(
            why(&changed(PAYLOAD_DIGEST_ALGORITHM, 0, 5999)).starts_with(none),
            "of nobody knows which kind"
        );
        let (_, payload) = parts(AGENT);
        let mut bytes = AGENT.to_vec();
        let tag =
            bytes[..payload].windows(4).position(|tag| tag == HEADER_SHA256.to_be_bytes()).expect("an entry");
        bytes[tag + 3] ^= 1;
        assert!(why(&bytes).starts_with("the package has no SHA-256 of its header"));
    }

    #[test]
    fn every_cut_is_refused_and_every_changed_byte_ends_in_an_answer() {
        for len in 0..AGENT.len() {
            assert!(of(&AGENT[..len]).is_err(), "cut at {len}");
        }
        assert!(of(&[AGENT, b"x"].concat()).is_err(), "something behind it");
        let (header, _) = parts(AGENT);
        for at in 0..AGENT.len() {
            for with in [0x00, 0x7f, 0xff] {
                let mut bytes = AGENT.to_vec();
                bytes[at] = with;
                let read = of(&bytes);
                assert!(at < header || bytes == AGENT || read.is_err(), "byte {at} is {with}");
            }
        }
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
        fn a_flipped_bit_behind_the_signatures_is_refused(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
            let (header, _) = parts(SIGNED);
            let mut bytes = SIGNED.to_vec();
            bytes[header + at.index(SIGNED.len() - header)] ^= 1 << bit;
            prop_assert!(of(&bytes).is_err());
        }
    }
}
