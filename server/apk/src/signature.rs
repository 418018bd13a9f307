//! The signing block: it ends where the ZIP directory begins.
//!
//! ```text
//! length (8 bytes) | pairs of length (8), id (4), value | the same length (8) | "APK Sig Block 42"
//! ```

use crate::ApkError;
use crate::bytes::Bytes;
use crate::zip::{Archive, read_at};
use std::io::{Read, Seek};

const MAGIC: &[u8; 16] = b"APK Sig Block 42";
/// Length and magic at the end of the block.
const FOOT: u64 = 24;
/// Signatures take some thousand bytes; what stores add is longer.
const MAX_BLOCK: u64 = 4 * 1024 * 1024;
const SCHEME_2: u32 = 0x7109_871a;
const SCHEME_3: u32 = 0xf053_68c0;
const SCHEME_3_1: u32 = 0x1b93_ad61;
/// A certificate with a long key has some two thousand bytes.
const MAX_CERTIFICATE: usize = 16 * 1024;

/// The certificate of the one key that has signed.
pub fn certificate(source: &mut (impl Read + Seek), archive: &Archive) -> Result<Vec<u8>, ApkError> {
    let block = block(source, archive.directory_at)?;
    let mut found: Option<&[u8]> = None;
    let mut signed = false;
    let mut pairs = Bytes(&block);
    while !pairs.0.is_empty() {
        let (id, value) = pair(&mut pairs).ok_or(ApkError::Signature("a pair is cut off"))?;
        if !matches!(id, SCHEME_2 | SCHEME_3 | SCHEME_3_1) {
            continue;
        }
        signed |= id == SCHEME_2;
        for certificate in signers(value)? {
            // a key that was changed shows as two: which one a phone compares with depends on its version of Android
            if found.replace(certificate).is_some_and(|before| before != certificate) {
                return Err(ApkError::ManySigners);
            }
        }
    }
    let certificate = found.filter(|_| signed).ok_or(ApkError::NoSignature)?;
    Ok(certificate.to_vec())
}

/// The pairs of the block.
fn block(source: &mut (impl Read + Seek), end: u64) -> Result<Vec<u8>, ApkError> {
    let foot_at = end.checked_sub(FOOT).ok_or(ApkError::NoSignature)?;
    let foot = read_at(source, foot_at, FOOT)?;
    let mut bytes = Bytes(&foot);
    let len = bytes.u64().ok_or(ApkError::NoSignature)?;
    if bytes.0 != MAGIC {
        return Err(ApkError::NoSignature);
    }
    // the length counts all but its first writing
    let pairs = len.checked_sub(FOOT).filter(|pairs| *pairs <= MAX_BLOCK);
    let pairs = pairs.ok_or(ApkError::Signature("its length is out of bounds"))?;
    let begin = foot_at.checked_sub(pairs + 8).ok_or(ApkError::Signature("it begins before the file"))?;
    let whole = read_at(source, begin, pairs + 8)?;
    let mut bytes = Bytes(&whole);
    if bytes.u64() != Some(len) {
        return Err(ApkError::Signature("its two lengths differ"));
    }
    Ok(bytes.0.to_vec())
}

fn pair<'a>(bytes: &mut Bytes<'a>) -> Option<(u32, &'a [u8])> {
    let len = usize::try_from(bytes.u64()?).ok()?;
    let mut pair = Bytes(bytes.take(len)?);
    Some((pair.u32()?, pair.0))
}

/// The first certificate of each signer: it is the key's that has signed.
fn signers(value: &[u8]) -> Result<Vec<&[u8]>, ApkError> {
    let cut = || ApkError::Signature("a signer is cut off");
    let mut signers = Bytes(value).counted().ok_or_else(cut)?;
    let mut certificates = Vec::new();
    while !signers.0.is_empty() {
        let certificate = signers.counted().and_then(signer).ok_or_else(cut)?;
        if certificate.is_empty() || certificate.len() > MAX_CERTIFICATE {
            return Err(ApkError::Signature("a certificate's length is out of bounds"));
        }
        certificates.push(certificate);
        if certificates.len() > 10 {
            return Err(ApkError::ManySigners);
        }
    }
    Ok(certificates)
}

/// All schemes begin alike: signed data, and in it digests, then certificates.
fn signer(mut signer: Bytes<'_>) -> Option<&[u8]> {
    let mut data = signer.counted()?;
    data.counted()?;
    let mut certificates = data.counted()?;
    certificates.counted().map(|certificate| certificate.0)
}
