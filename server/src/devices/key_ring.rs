//! Keys of devices, found by the hint that envelopes carry. Those that were heard lately are kept in memory, so that no report waits for a
//! look-up; a hint that is not known is always looked up, so that what was added by another process is found.

use muster_proto::facts::Protection;
use muster_proto::id::{ChainId, DeviceId, Kid};
use muster_proto::key::PublicKey;
use muster_proto::time::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use crate::store::{Row, StoreError, Tx, values};

/// A key that a device had or has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceKey {
    /// The device.
    pub device: DeviceId,
    /// The key.
    pub key: PublicKey,
    /// The chain in which it began to count; none for the key of the enrolment.
    pub chain: Option<ChainId>,
    /// The number from which it counts there.
    pub from: u64,
    /// The chain in which a newer key took its place, and the number from which that one counts.
    pub until: Option<(ChainId, u64)>,
}

impl DeviceKey {
    /// Whether a report with this place may be signed by this key: from its own number on, and below the number of the key after it.
    /// In another chain only the newest key counts.
    #[must_use]
    pub fn covers(&self, chain: ChainId, number: u64) -> bool {
        let begun = self.chain != Some(chain) || number >= self.from;
        let not_over = self.until.is_none_or(|(until, from)| until == chain && number < from);
        begun && not_over
    }
}

/// Keys in memory, by hint.
#[derive(Default)]
pub struct KeyRing {
    known: RwLock<HashMap<Kid, Arc<[DeviceKey]>>>,
    /// Grows whenever something is forgotten: what was looked up before that may be what was to be forgotten.
    changes: AtomicU64,
}

/// Hints that are kept; when there are more, all are looked up again.
const MOST: usize = 200_000;

impl KeyRing {
    /// The keys with this hint, where they are known.
    #[must_use]
    pub fn known(&self, kid: Kid) -> Option<Arc<[DeviceKey]>> {
        self.known.read().ok()?.get(&kid).cloned()
    }

    /// How often keys have changed: to be asked before a look-up, and handed in with what it found.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    /// Keeps what a look-up found, unless keys have changed since it began. Nothing found is not kept: anybody can make up hints.
    pub fn keep(&self, kid: Kid, keys: Vec<DeviceKey>, changes: u64) -> Arc<[DeviceKey]> {
        let keys: Arc<[DeviceKey]> = keys.into();
        if let Ok(mut known) = self.known.write()
            && !keys.is_empty()
            && self.changes() == changes
        {
            if known.len() >= MOST {
                known.clear();
            }
            known.insert(kid, Arc::clone(&keys));
        }
        keys
    }

    /// Forgets hints whose keys have changed.
    pub fn forget(&self, kids: &[Kid]) {
        if let Ok(mut known) = self.known.write() {
            self.changes.fetch_add(1, Ordering::SeqCst);
            kids.iter().for_each(|kid| drop(known.remove(kid)));
        }
    }
}

/// Every key with this hint.
///
/// # Errors
/// The store's.
pub fn keys_of_kid(tx: &mut dyn Tx, kid: Kid) -> Result<Vec<DeviceKey>, StoreError> {
    let mut keys = Vec::new();
    for mut row in tx.query("SELECT device FROM device_keys WHERE kid = $1", &values![kid])? {
        let device: DeviceId = row.take()?;
        keys.extend(keys_of(tx, device)?.into_iter().filter(|key| key.key.kid() == kid));
    }
    Ok(keys)
}

/// Every key that a device has had, the oldest first.
///
/// # Errors
/// The store's.
pub fn keys_of(tx: &mut dyn Tx, device: DeviceId) -> Result<Vec<DeviceKey>, StoreError> {
    let sql = "SELECT device, public_key, chain, from_number FROM device_keys WHERE device = $1 ORDER BY added, from_number";
    let read = |mut row: Row| {
        Ok(DeviceKey {
            device: row.take()?,
            key: row.take()?,
            chain: row.take()?,
            from: row.take()?,
            until: None,
        })
    };
    let mut keys: Vec<DeviceKey> =
        tx.query(sql, &values![device])?.into_iter().map(read).collect::<Result<_, StoreError>>()?;
    for nth in 1..keys.len() {
        let (chain, from) = (keys[nth].chain, keys[nth].from);
        keys[nth - 1].until = chain.map(|chain| (chain, from));
    }
    Ok(keys)
}

/// Adds a key to a device.
///
/// # Errors
/// The device has it already; the store's.
pub fn add_key(
    tx: &mut dyn Tx,
    key: &DeviceKey,
    protection: Protection,
    certificates: &[Vec<u8>],
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO device_keys (device, kid, public_key, protection, chain, from_number, added, certificates) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![
            key.device, key.key.kid(), &key.key, protection.word(), key.chain, key.from, now, certificates.concat()
        ],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_looked_up_before_a_change_is_not_kept() {
        #[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
        let random = ring::rand::SystemRandom::new();
        let (signer, _) = muster_proto::key::SoftwareKey::generate(random).expect("a key");
        let key = muster_proto::key::Signer::public_key(&signer);
        let found = || vec![DeviceKey { device: DeviceId([0; 16]), key, chain: None, from: 0, until: None }];
        let (ring, before) = (KeyRing::default(), KeyRing::default().changes());
        ring.forget(&[key.kid()]);
        assert_eq!(ring.keep(key.kid(), found(), before).len(), 1);
        assert!(ring.known(key.kid()).is_none(), "it may be the key that was replaced");
        ring.keep(key.kid(), found(), ring.changes());
        assert!(ring.known(key.kid()).is_some());
    }

    #[test]
    fn the_old_key_counts_for_lower_numbers_and_no_other_chain() {
        #[expect(clippy::disallowed_methods, reason = "a test owns its source of randomness")]
        let random = ring::rand::SystemRandom::new();
        let (signer, _) = muster_proto::key::SoftwareKey::generate(random).expect("a key");
        let key = muster_proto::key::Signer::public_key(&signer);
        let (chain, other) = (ChainId([1; 16]), ChainId([2; 16]));
        let device = DeviceId([0; 16]);
        let old = DeviceKey { device, key, chain: None, from: 0, until: Some((chain, 5)) };
        let new = DeviceKey { device, key, chain: Some(chain), from: 5, until: None };
        assert!(old.covers(chain, 4) && !old.covers(chain, 5) && !old.covers(other, 1));
        assert!(!new.covers(chain, 4) && new.covers(chain, 5) && new.covers(other, 1));
    }
}
