//! What an Android package (APK) says about itself: its name, its version and the certificate of whoever signed it.
//!
//! It reads three places and nothing else: the directory at the end of the ZIP file, the signing block before it, and the head of the
//! binary manifest. Each is bounded, so that a file of any content costs little. It does not verify the signature: the phone does,
//! before it installs, and what is taken from here only tells the phone which signer to expect.

mod bytes;
mod manifest;
mod signature;
mod zip;

use std::io::{self, Read, Seek};

/// The media type of a package.
pub const MEDIA_TYPE: &str = "application/vnd.android.package-archive";
/// The largest package that is read.
pub const MAX_SIZE: u64 = 128 * 1024 * 1024;

/// What a package says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apk {
    /// Its name: `io.muster.agent`.
    pub name: String,
    /// The version for people.
    pub version: String,
    /// The version by which Android tells newer from older.
    pub version_code: u64,
    /// The signer's certificate in DER.
    pub certificate: Vec<u8>,
}

/// Why a file can't be read as a package.
#[derive(Debug, thiserror::Error)]
pub enum ApkError {
    /// The file could not be read.
    #[error("read the package")]
    Io(#[from] io::Error),
    /// It is larger than any package of ours.
    #[error("the file has {0} bytes, more than {MAX_SIZE}")]
    TooLarge(u64),
    /// Not a ZIP file, or one that is cut off or doubled.
    #[error("not an Android package: {0}")]
    Zip(&'static str),
    /// There is no signing block of scheme 2.
    #[error("the package has no signature of scheme v2: sign it with apksigner")]
    NoSignature,
    /// The signing block is malformed.
    #[error("the package's signing block is malformed: {0}")]
    Signature(&'static str),
    /// More than one key has signed, or the key was changed.
    #[error("the package is signed by more than one key; phones are told to expect exactly one")]
    ManySigners,
    /// The manifest is malformed.
    #[error("the package's manifest is malformed: {0}")]
    Manifest(&'static str),
}

/// Reads what a package says about itself.
///
/// # Errors
/// It is no package, it isn't signed with scheme v2, or it is malformed.
pub fn read(source: &mut (impl Read + Seek)) -> Result<Apk, ApkError> {
    let archive = zip::Archive::open(source)?;
    let certificate = signature::certificate(source, &archive)?;
    let manifest = archive.entry(source, "AndroidManifest.xml")?;
    let manifest::Head { name, version, version_code } = manifest::head(&manifest)?;
    Ok(Apk { name, version, version_code, certificate })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    const AGENT: &[u8] = include_bytes!("../tests/apk/agent-0.1.0.apk");

    fn of(bytes: &[u8]) -> Result<Apk, ApkError> {
        read(&mut Cursor::new(bytes))
    }

    #[test]
    fn a_package_made_by_the_usual_tools_is_read() {
        let apk = of(AGENT).expect("a package");
        assert_eq!(
            (apk.name.as_str(), apk.version.as_str(), apk.version_code),
            ("io.muster.agent", "0.1.0", 1000)
        );
        assert!(apk.certificate.starts_with(&[0x30, 0x82]), "{:?}", apk.certificate.first_chunk::<4>());
        let newer = of(include_bytes!("../tests/apk/agent-0.2.0.apk")).expect("a package");
        assert_eq!((newer.version.as_str(), newer.version_code), ("0.2.0", 2000));
        assert_eq!(newer.certificate, apk.certificate);
        let other = of(include_bytes!("../tests/apk/other-signer.apk")).expect("a package");
        assert_ne!(other.certificate, apk.certificate);
    }

    #[test]
    fn what_has_no_signature_of_scheme_two_says_so() {
        for unsigned in [
            &include_bytes!("../tests/apk/unsigned.apk")[..],
            &include_bytes!("../tests/apk/only-v3.apk")[..],
        ] {
            assert!(matches!(of(unsigned), Err(ApkError::NoSignature)), "{:?}", of(unsigned));
        }
    }

    #[test]
    fn what_is_no_package_is_refused() {
        for bytes in [&b""[..], b"PK", b"<html>not found</html>", &[0; 100]] {
            assert!(matches!(of(bytes), Err(ApkError::Zip(_))), "{:?}", of(bytes));
        }
    }

    #[test]
    fn every_cut_and_every_changed_byte_ends_in_an_answer() {
        for len in 0..AGENT.len() {
            assert!(of(&AGENT[..len]).is_err(), "cut at {len}");
        }
        for at in 0..AGENT.len() {
            for with in [0x00, 0x7f, 0xff] {
                let mut bytes = AGENT.to_vec();
                bytes[at] = with;
                let _ = of(&bytes);
            }
        }
    }
}
