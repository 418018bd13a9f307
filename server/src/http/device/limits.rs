//! How much one device and one address may send.
//!
//! A device's rate counts messages that were verified, so that nobody can use up another's. An address's counts what was *not* verified; an
//! address from which verified messages came lately is spared, because many phones share one.

use muster_proto::id::DeviceId;
use muster_proto::time::{Span, Timestamp};
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

/// Buckets that fill with time and are emptied by what comes.
#[derive(Debug, Default)]
pub struct Limits {
    devices: Mutex<Buckets<DeviceId>>,
    addresses: Mutex<Buckets<IpAddr>>,
    verified: Mutex<HashMap<IpAddr, Timestamp>>,
}

type Buckets<K> = HashMap<K, Bucket>;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    /// What may still come, in thousandths.
    left: u64,
    at: Timestamp,
}

/// How much may come at once, and how much more each second.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: u64,
    per_second: u64,
}

/// A full queue is 64 reports; somebody who presses a button is slower than one a second.
const DEVICE: Rate = Rate { burst: 256, per_second: 2 };
/// Phones with a wrong clock or an old state fail now and then; a flood fails without end.
const ADDRESS: Rate = Rate { burst: 60, per_second: 1 };
/// An address is spared for so long after a verified message.
const SPARED: Span = Span::from_secs(15 * 60);
/// Entries that are kept of each kind; beyond, those that are full again are forgotten.
const MOST: usize = 50_000;

impl Limits {
    /// Whether more may come from an address, or after what time.
    ///
    /// # Errors
    /// Too much has failed that came from there.
    pub fn check_address(&self, address: IpAddr, now: Timestamp) -> Result<(), Span> {
        let address = network(address);
        let left = peek(&self.addresses, &address, ADDRESS, now);
        if left >= 1000 || self.is_spared(address, now) {
            return Ok(());
        }
        Err(Span::from_millis((1000 - left) / ADDRESS.per_second).max(Span::from_secs(1)))
    }

    /// Notes that something came from an address that nobody of ours has signed.
    pub fn note_failure(&self, address: IpAddr, now: Timestamp) {
        take(&self.addresses, network(address), ADDRESS, 1, now);
    }

    /// Notes that a device has sent so many verified messages.
    ///
    /// # Errors
    /// They are too many: none of them counts.
    pub fn note_verified(
        &self,
        address: IpAddr,
        device: DeviceId,
        messages: u64,
        now: Timestamp,
    ) -> Result<(), Span> {
        let address = network(address);
        self.spare(address, now);
        let missing = take(&self.devices, device, DEVICE, messages, now);
        if missing == 0 {
            Ok(())
        } else {
            Err(Span::from_millis(missing / DEVICE.per_second).max(Span::from_secs(1)))
        }
    }

    /// Notes that somebody of ours is at this address.
    pub fn spare_address(&self, address: IpAddr, now: Timestamp) {
        self.spare(network(address), now);
    }

    fn spare(&self, address: IpAddr, now: Timestamp) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= MOST {
            verified.retain(|_, at| now.since(*at) < SPARED);
        }
        if verified.len() < MOST {
            verified.insert(address, now);
        }
    }

    fn is_spared(&self, address: IpAddr, now: Timestamp) -> bool {
        let verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        verified.get(&address).is_some_and(|at| now.since(*at) < SPARED)
    }
}

/// One household or office has a whole /64 of IPv6.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Bucket {
    fn filled(self, rate: Rate, now: Timestamp) -> Self {
        let more = now.since(self.at).millis().saturating_mul(rate.per_second);
        Self { left: self.left.saturating_add(more).min(rate.burst * 1000), at: now.max(self.at) }
    }
}

fn peek<K: Eq + Hash>(buckets: &Mutex<Buckets<K>>, key: &K, rate: Rate, now: Timestamp) -> u64 {
    let buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
    buckets.get(key).map_or(rate.burst * 1000, |bucket| bucket.filled(rate, now).left)
}

/// Takes `count` out of a bucket; says how many thousandths were missing, and takes nothing if any were.
fn take<K: Eq + Hash>(buckets: &Mutex<Buckets<K>>, key: K, rate: Rate, count: u64, now: Timestamp) -> u64 {
    let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
    if buckets.len() >= MOST {
        buckets.retain(|_, bucket| bucket.filled(rate, now).left < rate.burst * 1000);
    }
    if buckets.len() >= MOST {
        // everybody is busy: better to forget a debt than to grow without end
        buckets.clear();
    }
    let full = Bucket { left: rate.burst * 1000, at: now };
    let bucket = buckets.entry(key).or_insert(full);
    *bucket = bucket.filled(rate, now);
    let wanted = count.min(rate.burst) * 1000;
    match bucket.left.checked_sub(wanted) {
        Some(left) => {
            bucket.left = left;
            0
        }
        None => wanted - bucket.left,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_secs(1_790_000_000)
    }

    #[test]
    fn an_address_that_only_fails_has_to_wait_and_one_that_verifies_has_not() {
        let (limits, flood): (Limits, IpAddr) = (Limits::default(), "10.0.0.1".parse().expect("an address"));
        for _ in 0..ADDRESS.burst {
            assert_eq!(limits.check_address(flood, now()), Ok(()));
            limits.note_failure(flood, now());
        }
        assert_eq!(limits.check_address(flood, now()), Err(Span::from_secs(1)));
        assert_eq!(limits.check_address("10.0.0.2".parse().expect("an address"), now()), Ok(()));
        assert_eq!(limits.check_address(flood, now() + Span::from_secs(2)), Ok(()));
        limits.note_verified(flood, DeviceId([1; 16]), 1, now()).expect("not too many");
        assert_eq!(limits.check_address(flood, now()), Ok(()));
    }

    #[test]
    fn a_device_uses_up_its_own_rate_alone() {
        let (limits, here): (Limits, IpAddr) = (Limits::default(), "::1".parse().expect("an address"));
        let (one, other) = (DeviceId([1; 16]), DeviceId([2; 16]));
        assert_eq!(limits.note_verified(here, one, DEVICE.burst, now()), Ok(()));
        assert_eq!(limits.note_verified(here, one, 10, now()), Err(Span::from_secs(5)));
        assert_eq!(limits.note_verified(here, other, 1, now()), Ok(()));
        assert_eq!(limits.note_verified(here, one, 10, now() + Span::from_secs(5)), Ok(()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_together() {
        let limits = Limits::default();
        for n in 0..ADDRESS.burst {
            limits.note_failure(format!("2001:db8::{n:x}").parse().expect("an address"), now());
        }
        assert!(limits.check_address("2001:db8::ffff".parse().expect("an address"), now()).is_err());
        assert!(limits.check_address("2001:db8:0:1::1".parse().expect("an address"), now()).is_ok());
    }
}
