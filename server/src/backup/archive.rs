//! The archive inside: a manifest, then exactly the members that it names, in its order. What comes out of a backup is believed only
//! when the whole of it was read: every digest, the end of the archive, the end of the encryption.

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use super::folder::is_member;

/// The form of an archive: a program reads those up to its own. Since 2 it may have keys that not every server has.
pub const FORMAT: u32 = 2;

/// What a backup has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of the archive.
    pub format: u32,
    /// The version of the program that made it.
    pub program: String,
    /// The newest migration of the database.
    pub migration: i64,
    /// The moment that it shows.
    pub made: Timestamp,
    /// The engine of the database that it was made of.
    pub engine: String,
    /// Rows of each table.
    pub tables: BTreeMap<String, u64>,
    /// The newest entry of the audit.
    pub audit: Option<AuditHead>,
    /// What follows.
    pub members: Vec<Member>,
    /// Packages that the database knows and whose files were not there.
    pub missing: Vec<String>,
}

/// The newest entry of the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditHead {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Digest,
}

/// A file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// `muster.db`, `keys/…` or `packages/…`.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Digest of them.
    pub sha256: Digest,
}

/// Why an archive is not read or written.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It ends early, or a byte of it is another.
    #[error("the backup is damaged or cut off")]
    Damaged(#[source] io::Error),
    /// It could not be written, or what is taken out of it couldn't.
    #[error("write")]
    Write(#[source] io::Error),
    /// It has another form.
    #[error("the backup is not one: {0}")]
    Form(String),
    /// A newer program made it.
    #[error("muster-server {program} made this backup in form {format}, and muster-server {} reads forms up to {FORMAT}: restore it with that version, or a newer one", env!("CARGO_PKG_VERSION"))]
    Newer {
        /// Which.
        program: String,
        /// Its form.
        format: u32,
    },
}

const MANIFEST: &str = "manifest.json";
/// Bytes of a manifest at most.
const MOST_MANIFEST: u64 = 16 << 20;

/// Writes an archive; `open` gives the bytes of a member.
///
/// # Errors
/// They can't be read, are others than the manifest says, or can't be written.
pub fn write<W: Write, R: Read>(
    out: W,
    manifest: &Manifest,
    mut open: impl FnMut(&Member) -> io::Result<R>,
) -> Result<W, ArchiveError> {
    let text = serde_json::to_vec(manifest).map_err(|error| ArchiveError::Write(error.into()))?;
    let mut tar = tar::Builder::new(GzEncoder::new(out, Compression::fast()));
    let mut add = |name: &str, size: u64, bytes: &mut dyn Read| {
        let mut header = tar::Header::new_ustar();
        header.set_size(size);
        header.set_mode(0o600);
        header.set_mtime(manifest.made.millis().unsigned_abs() / 1000);
        tar.append_data(&mut header, name, bytes)
    };
    add(MANIFEST, text.len() as u64, &mut text.as_slice()).map_err(ArchiveError::Write)?;
    for member in &manifest.members {
        let mut bytes = Digesting::of(open(member).map_err(ArchiveError::Write)?.take(member.size));
        add(&member.name, member.size, &mut bytes).map_err(ArchiveError::Write)?;
        if bytes.read != member.size || bytes.digest() != member.sha256 {
            return Err(ArchiveError::Form(format!("{} changed while it was read", member.name)));
        }
    }
    tar.into_inner().and_then(GzEncoder::finish).map_err(ArchiveError::Write)
}

/// Reads an archive to its end, and hands each member to `take`, in the manifest's order. What `take` was given counts only if this
/// succeeds.
///
/// # Errors
/// It is damaged, of another form, or `take` fails.
pub fn read<R: Read>(
    input: R,
    take: &mut dyn FnMut(&Manifest, &Member, &mut dyn Read) -> io::Result<()>,
) -> Result<Manifest, ArchiveError> {
    let mut tar = tar::Archive::new(GzDecoder::new(input));
    let mut entries = tar.entries().map_err(ArchiveError::Damaged)?;
    let mut next = |name: &str, most: u64| -> Result<_, ArchiveError> {
        let none = || ArchiveError::Form(format!("{name} is missing"));
        let entry = entries.next().ok_or_else(none)?.map_err(ArchiveError::Damaged)?;
        let plain = entry.header().entry_type() == tar::EntryType::Regular;
        if !plain || entry.path_bytes().as_ref() != name.as_bytes() || entry.size() > most {
            return Err(ArchiveError::Form(format!("something else stands where {name} should")));
        }
        Ok(entry)
    };
    let mut text = Vec::new();
    next(MANIFEST, MOST_MANIFEST)?.read_to_end(&mut text).map_err(ArchiveError::Damaged)?;
    let manifest = parse(&text)?;
    for member in &manifest.members {
        let mut bytes = Digesting::of(next(&member.name, member.size)?);
        take(&manifest, member, &mut bytes).map_err(|error| bytes.blame(error))?;
        io::copy(&mut bytes, &mut io::sink()).map_err(ArchiveError::Damaged)?;
        if bytes.read != member.size || bytes.digest() != member.sha256 {
            return Err(ArchiveError::Form(format!("{} is not what the manifest says", member.name)));
        }
    }
    if entries.next().is_some() {
        return Err(ArchiveError::Form("it has more than the manifest says".to_owned()));
    }
    // the checksum of the packing and the seal of the encryption stand at the very end
    let mut packed = tar.into_inner();
    io::copy(&mut packed, &mut io::sink()).map_err(ArchiveError::Damaged)?;
    let rest = io::copy(&mut packed.into_inner(), &mut io::sink()).map_err(ArchiveError::Damaged)?;
    if rest > 0 {
        return Err(ArchiveError::Form("something follows its end".to_owned()));
    }
    Ok(manifest)
}

fn parse(text: &[u8]) -> Result<Manifest, ArchiveError> {
    #[derive(Deserialize)]
    struct Form {
        format: u32,
        program: String,
    }
    let wrong = |error: serde_json::Error| ArchiveError::Form(format!("its manifest: {error}"));
    let form: Form = serde_json::from_slice(text).map_err(wrong)?;
    if form.format > FORMAT {
        let program = form.program.chars().filter(|char| !char.is_control()).take(32).collect();
        return Err(ArchiveError::Newer { program, format: form.format });
    }
    let manifest: Manifest = serde_json::from_slice(text).map_err(wrong)?;
    let mut seen = std::collections::BTreeSet::new();
    for member in &manifest.members {
        if !is_member(&member.name) || !seen.insert(&member.name) {
            return Err(ArchiveError::Form(format!("it names {:?}", member.name)));
        }
    }
    Ok(manifest)
}

/// Reads, and remembers what of.
pub struct Digesting<R> {
    inner: R,
    context: Context,
    read: u64,
    failed: bool,
}

impl<R: Read> Digesting<R> {
    /// Of these bytes.
    pub fn of(inner: R) -> Self {
        Self { inner, context: Context::new(&SHA256), read: 0, failed: false }
    }

    /// The digest of what was read.
    pub fn digest(&self) -> Digest {
        Digest(self.context.clone().finish().as_ref().try_into().unwrap_or_default())
    }

    /// How much was read.
    pub fn size(&self) -> u64 {
        self.read
    }

    /// Whose fault it was that reading here and writing there did not get through.
    fn blame(&self, error: io::Error) -> ArchiveError {
        if self.failed { ArchiveError::Damaged(error) } else { ArchiveError::Write(error) }
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let len = self.inner.read(into).inspect_err(|_| self.failed = true)?;
        self.context.update(&into[..len]);
        self.read += len as u64;
        Ok(len)
    }
}

#[cfg(test)]
#[path = "archive_tests.rs"]
mod tests;
