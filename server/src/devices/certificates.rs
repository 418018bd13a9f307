//! The certificates that came with a device's key: kept as they came, so that they can be verified later and elsewhere.
//!
//! A message has at most ten of them, and at most 64 KiB in all. They are stored one after the other; the length inside each says where
//! it ends, which is why nothing else is taken in.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use muster_proto::id::{DeviceId, Digest};

use super::list;
use super::view::KeyChain;
use crate::app::App;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// Certificates that can't be told apart again.
#[derive(Debug, thiserror::Error)]
#[error("a certificate of the chain is not DER")]
pub struct NotDer;

/// Whether each is one DER sequence and nothing else.
///
/// # Errors
/// One is not.
pub fn check(chain: &[Vec<u8>]) -> Result<(), NotDer> {
    let whole = |certificate: &Vec<u8>| first(certificate).is_some_and(|one| one.len() == certificate.len());
    if chain.iter().all(whole) { Ok(()) } else { Err(NotDer) }
}

/// The certificates of the key that counts now, in PEM, the key's own first.
///
/// # Errors
/// There is no such device, or none came with its key; the store's.
pub async fn pem(app: &App, device: DeviceId) -> Result<String, ActionError> {
    app.store
        .read(move |tx| {
            list::find(tx, device)?.ok_or_else(|| ActionError::missing("device", device))?;
            let stored = stored(tx, device)?;
            if stored.is_empty() {
                return Err(ActionError::missing("attestation chain of device", device));
            }
            Ok(split(&stored).into_iter().map(armoured).collect())
        })
        .await
}

/// What a page says about the certificates of the key that counts now.
///
/// # Errors
/// The store's.
pub fn about(tx: &mut dyn Tx, device: DeviceId) -> Result<Option<KeyChain>, StoreError> {
    let stored = stored(tx, device)?;
    let some = !stored.is_empty();
    Ok(some.then(|| KeyChain { certificates: split(&stored).len(), sha256: Digest::of(&stored) }))
}

fn stored(tx: &mut dyn Tx, device: DeviceId) -> Result<Vec<u8>, StoreError> {
    let sql = "SELECT certificates FROM device_keys WHERE device = $1 ORDER BY added DESC, from_number DESC LIMIT 1";
    tx.query_one(sql, &values![device])?.ok_or(StoreError::Column("a device's key"))?.take()
}

/// The certificates; what is none, from an older program, stays whole.
fn split(mut stored: &[u8]) -> Vec<&[u8]> {
    let mut certificates = Vec::new();
    while !stored.is_empty() {
        let one = first(stored).unwrap_or(stored);
        certificates.push(one);
        stored = &stored[one.len()..];
    }
    certificates
}

/// The DER sequence at the beginning.
fn first(bytes: &[u8]) -> Option<&[u8]> {
    let (&[tag, short], rest) = bytes.split_first_chunk::<2>()?;
    let (head, len) = match short {
        0..=0x7f => (2, usize::from(short)),
        0x81..=0x83 => {
            let count = usize::from(short & 0x7f);
            (2 + count, rest.get(..count)?.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
        _ => return None,
    };
    if tag != 0x30 { None } else { bytes.get(..head + len) }
}

fn armoured(certificate: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(certificate);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).filter_map(|at| text.get(at..text.len().min(at + 64))).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_told_apart_by_the_lengths_inside_them() {
        let long = [&[0x30, 0x82, 0x01, 0x00][..], &[7; 256]].concat();
        let middle = [&[0x30, 0x81, 0x80][..], &[8; 128]].concat();
        let chain = [long.clone(), middle.clone(), vec![0x30, 0]];
        assert!(check(&chain).is_ok());
        assert_eq!(split(&chain.concat()), [&long[..], &middle, &[0x30, 0]]);
        for wrong in [
            &[][..],
            &[0x30],
            &[0x30, 1],
            &[0x31, 0],
            &[0x30, 0, 0],
            &[0x30, 0x84, 0, 0, 0, 0],
            &[0x30, 0x82, 1],
        ] {
            assert!(check(&[wrong.to_vec()]).is_err(), "{wrong:?}");
        }
        assert_eq!(split(b"garbage"), [b"garbage"]);
        assert_eq!(armoured(&[0x30, 0]), "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
        assert!(armoured(&long).lines().all(|line| line.len() <= 64));
    }
}
