//! What a header says about its package, as far as anybody here asks.

use std::fmt;

use crate::header::{Header, Texts};
use crate::{MAX_FILES, MAX_LAUNCHERS, MAX_TEXT, openpgp};

const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const INSTALL_TIME: u32 = 1008;
const VENDOR: u32 = 1011;
const ARCH: u32 = 1022;
const FILE_DIGESTS: u32 = 1035;
const DIR_INDEXES: u32 = 1116;
const BASE_NAMES: u32 = 1117;
const DIR_NAMES: u32 = 1118;
const FILE_DIGEST_ALGORITHM: u32 = 5011;
/// Signatures, the better ones first: of the header by RSA, by another key; of header and content by RSA, by another key. In a
/// package file the latter two have the numbers 1002 and 1005; an installation moves them here.
const SIGNATURES: [u32; 4] = [268, 267, 259, 262];
/// Signatures of rpm 6: texts, which are not opened.
const SIGNATURES_6: u32 = 278;

const LAUNCHERS: &[u8] = b"/usr/share/applications/";

/// An installed package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name: `harbour-fernschreiber`.
    pub name: String,
    /// What counts before the version when two are compared.
    pub epoch: Option<u32>,
    /// The version of what is in it.
    pub version: String,
    /// The version of the packaging.
    pub release: String,
    /// What it was built for; keys that rpm trusts are kept as packages named `gpg-pubkey` without one.
    pub arch: Option<String>,
    /// Who says to have made it.
    pub vendor: Option<String>,
    /// When it was installed, in seconds since 1970.
    pub installed: Option<u32>,
    /// The signature that came with it; `None`: it came without.
    pub signature: Option<Signature>,
    /// Those of the wanted files that belong to it.
    pub files: Vec<OwnedFile>,
    /// The names of its files in `/usr/share/applications` that end in `.desktop`: at most [`MAX_LAUNCHERS`].
    pub launchers: Vec<String>,
}

/// That a package was signed. Whether the signature is right was rpm's to check at the installation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    /// The id of the key that the signature names: the last eight bytes of its fingerprint.
    pub key: Option<[u8; 8]>,
}

/// A wanted file that belongs to a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedFile {
    /// Its place among the wanted paths.
    pub wanted: usize,
    /// What its content should digest to; links, folders and files that come later have none.
    pub digest: Option<Digest>,
}

/// A recorded digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// How it was made.
    pub algorithm: DigestAlgorithm,
    /// Its bytes, as many as the algorithm gives.
    pub bytes: Vec<u8>,
}

/// How digests of files are made: OpenPGP's numbers (RFC 9580, section 9.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// MD5, in packages that name none.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256, the usual one.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl DigestAlgorithm {
    fn parse(number: Option<u32>) -> Option<Self> {
        Some(match number {
            None | Some(1) => Self::Md5,
            Some(2) => Self::Sha1,
            Some(8) => Self::Sha256,
            Some(9) => Self::Sha384,
            Some(10) => Self::Sha512,
            Some(11) => Self::Sha224,
            Some(_) => return None,
        })
    }

    fn len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// A package from its header.
pub fn parse(blob: &[u8], wanted: &[&str]) -> Result<Package, &'static str> {
    let header = Header::parse(blob)?;
    let (files, launchers) = Files { header: &header, wanted }.find()?;
    Ok(Package {
        name: header.text(NAME)?.ok_or("it has no name")?,
        epoch: header.number(EPOCH)?,
        version: header.text(VERSION)?.ok_or("it has no version")?,
        release: header.text(RELEASE)?.ok_or("it has no release")?,
        arch: header.text(ARCH)?,
        vendor: header.text(VENDOR)?,
        installed: header.number(INSTALL_TIME)?,
        signature: signature(&header)?,
        files,
        launchers,
    })
}

fn signature(header: &Header<'_>) -> Result<Option<Signature>, &'static str> {
    for tag in SIGNATURES {
        if let Some(bytes) = header.bytes(tag)? {
            return Ok(Some(Signature { key: openpgp::issuer(bytes) }));
        }
    }
    Ok(header.has(SIGNATURES_6).then_some(Signature { key: None }))
}

/// A look for some of a package's files.
struct Files<'a> {
    header: &'a Header<'a>,
    wanted: &'a [&'a str],
}

impl Files<'_> {
    fn find(&self) -> Result<(Vec<OwnedFile>, Vec<String>), &'static str> {
        let (mut files, mut launchers): (Vec<(usize, OwnedFile)>, _) = (Vec::new(), Vec::new());
        let names = self.header.texts(BASE_NAMES)?;
        let Some(folders) = self.header.numbers(DIR_INDEXES)? else {
            return if names.left() == 0 {
                Ok((Vec::new(), launchers))
            } else {
                Err("its files have no folders")
            };
        };
        let count = names.left();
        if count > MAX_FILES || folders.len() != count {
            return Err("it has too many files, or some without a folder");
        }
        let interesting = self.interesting_folders()?;
        for (place, (name, folder)) in names.zip(folders).enumerate() {
            let name = name?;
            let Ok(found) = interesting.binary_search_by_key(&folder, |(number, _)| *number) else {
                continue;
            };
            let folder = interesting[found].1;
            if folder == LAUNCHERS && name.ends_with(b".desktop") && name.len() <= MAX_TEXT {
                launchers.extend(
                    (launchers.len() < MAX_LAUNCHERS).then(|| String::from_utf8_lossy(name).into_owned()),
                );
            }
            for (wanted, path) in self.wanted.iter().enumerate() {
                if path.as_bytes().strip_prefix(folder) == Some(name) {
                    if files.iter().any(|(_, file)| file.wanted == wanted) {
                        return Err("it has a file twice");
                    }
                    files.push((place, OwnedFile { wanted, digest: None }));
                }
            }
        }
        self.digests(count, files).map(|files| (files, launchers))
    }

    /// The numbers and names of the folders in which something may be found, sorted by number.
    fn interesting_folders(&self) -> Result<Vec<(u32, &[u8])>, &'static str> {
        let names = self.header.texts(DIR_NAMES)?;
        if names.left() > MAX_FILES {
            return Err("it has too many folders");
        }
        let folder = |path: &str| path.rfind('/').map(|slash| path.as_bytes()[..=slash].to_vec());
        let wanted: Vec<_> = self.wanted.iter().filter_map(|path| folder(path)).collect();
        let is_interesting = |name: &[u8]| name == LAUNCHERS || wanted.iter().any(|folder| folder == name);
        let numbered = (0..).zip(names).map(|(number, name)| name.map(|name| (number, name)));
        numbered
            .filter(|folder| folder.is_ok_and(|(_, name)| is_interesting(name)) || folder.is_err())
            .collect()
    }

    /// The digests of the files at these places.
    fn digests(&self, count: usize, files: Vec<(usize, OwnedFile)>) -> Result<Vec<OwnedFile>, &'static str> {
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut digests: Texts<'_> = self.header.texts(FILE_DIGESTS)?;
        if digests.left() != count && digests.left() != 0 {
            return Err("it has another number of digests than of files");
        }
        let algorithm = DigestAlgorithm::parse(self.header.number(FILE_DIGEST_ALGORITHM)?);
        let (mut found, mut next, mut current) = (Vec::new(), 0, None);
        for (place, file) in files {
            // one file may be wanted twice
            while next <= place {
                current = digests.next().transpose()?;
                next += 1;
            }
            let digest = match current {
                None | Some([]) => None,
                Some(hex) => {
                    let algorithm = algorithm.ok_or("its digests are of an unknown kind")?;
                    let bytes = unhex(hex).filter(|bytes| bytes.len() == algorithm.len());
                    Some(Digest { algorithm, bytes: bytes.ok_or("a digest is none")? })
                }
            };
            found.push(OwnedFile { digest, ..file });
        }
        Ok(found)
    }
}

fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = text.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?));
    if rest.is_empty() { bytes.collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::tests::header;

    type Entry<'a> = (u32, u32, usize, &'a [u8]);

    const NAMED: [Entry<'_>; 3] = [(NAME, 6, 1, b"name\0"), (VERSION, 6, 1, b"1\0"), (RELEASE, 6, 1, b"2\0")];

    fn of(entries: &[Entry<'_>]) -> Result<Package, &'static str> {
        parse(&header(&[&NAMED[..], entries].concat()), &["/etc/one", "/etc/two", "/three"])
    }

    /// Files by their folders' numbers and names; folder 0 is `/etc/`, 1 is the root, 2 that of launchers.
    fn with_files(files: &[(u8, &str)], more: &[Entry<'_>]) -> Result<Package, &'static str> {
        let indexes: Vec<u8> = files.iter().flat_map(|(folder, _)| [0, 0, 0, *folder]).collect();
        let names: String = files.iter().map(|(_, name)| format!("{name}\0")).collect();
        let entries = [
            (DIR_INDEXES, 4, files.len(), &indexes[..]),
            (BASE_NAMES, 8, files.len(), names.as_bytes()),
            (DIR_NAMES, 8, 3, b"/etc/\0/\0/usr/share/applications/\0"),
        ];
        of(&[&entries[..], more].concat())
    }

    fn wanted(package: &Package) -> Vec<usize> {
        package.files.iter().map(|file| file.wanted).collect()
    }

    #[test]
    fn a_package_needs_name_version_and_release() {
        let package = of(&[]).unwrap();
        assert_eq!(
            (package.name.as_str(), package.version.as_str(), package.release.as_str()),
            ("name", "1", "2")
        );
        assert_eq!((package.signature, package.installed, package.arch), (None, None, None));
        for left_out in 0..3 {
            let mut entries = NAMED.to_vec();
            entries.remove(left_out);
            assert!(parse(&header(&entries), &[]).is_err());
        }
    }

    #[test]
    fn a_signature_that_names_nobody_is_one() {
        for entry in [(268, 7, 3, &b"abc"[..]), (SIGNATURES_6, 8, 1, b"c2ln\0")] {
            assert_eq!(of(&[entry]).unwrap().signature, Some(Signature { key: None }));
        }
        assert!(of(&[(268, 6, 1, b"text\0")]).is_err());
    }

    #[test]
    fn files_are_found_by_folder_and_name() {
        let package =
            with_files(&[(0, "two"), (1, "one"), (2, "a.desktop"), (1, "three"), (9, "one")], &[]).unwrap();
        assert_eq!(wanted(&package), [1, 2]);
        assert_eq!(package.launchers, ["a.desktop"]);
        assert!(package.files.iter().all(|file| file.digest.is_none()));
        let many = vec![(2, "b.desktop"); MAX_LAUNCHERS + 1];
        assert_eq!(with_files(&many, &[]).unwrap().launchers.len(), MAX_LAUNCHERS);
    }

    #[test]
    fn files_that_contradict_each_other_are_refused() {
        assert_eq!(with_files(&[(0, "one"), (0, "one")], &[]), Err("it has a file twice"));
        assert!(of(&[(BASE_NAMES, 8, 1, b"one\0")]).is_err());
        assert!(of(&[(BASE_NAMES, 8, 1, b"one\0"), (DIR_INDEXES, 4, 2, &[0; 8])]).is_err());
        let many = vec![b'\0'; 4 * (MAX_FILES + 1)];
        assert!(
            of(&[(BASE_NAMES, 8, MAX_FILES + 1, &many), (DIR_INDEXES, 4, MAX_FILES + 1, &many)]).is_err()
        );
    }

    #[test]
    fn a_digest_has_the_length_of_its_algorithm() {
        let sha1 = format!("\0{}\0", "0aF1".repeat(10));
        let files = [(0, "one"), (0, "two")];
        let with = |algorithm: &'static [u8], count, digests: &str| {
            let digests = (FILE_DIGESTS, 8, count, digests.as_bytes());
            with_files(&files, &[digests, (FILE_DIGEST_ALGORITHM, 4, 1, algorithm)])
        };
        let package = with(&[0, 0, 0, 2], 2, &sha1).unwrap();
        assert_eq!(package.files[0].digest, None);
        let bytes = [0x0a, 0xf1].repeat(10);
        assert_eq!(package.files[1].digest, Some(Digest { algorithm: DigestAlgorithm::Sha1, bytes }));
        assert_eq!(with(&[0, 0, 0, 8], 2, &sha1), Err("a digest is none"));
        assert_eq!(with(&[0, 0, 0, 3], 2, &sha1), Err("its digests are of an unknown kind"));
        assert!(with(&[0, 0, 0, 2], 1, &sha1).is_err());
        assert_eq!(unhex(b"0g"), None);
        assert_eq!(unhex(b"0"), None);
    }
}
