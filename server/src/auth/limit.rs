//! How often one address may fail to sign in. The secrets can't be guessed anyway; this keeps the log and the processor quiet.

use muster_proto::time::{Span, Timestamp};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// Failures that are forgiven within [`WINDOW`].
pub const FAILURES: u32 = 10;
/// After this an address begins anew.
pub const WINDOW: Span = Span::from_secs(5 * 60);
/// Addresses that are remembered; beyond, those that began earliest are forgotten.
const ADDRESSES: usize = 10_000;

/// Failures by address.
#[derive(Debug, Default)]
pub struct FailureLimit {
    seen: Mutex<HashMap<IpAddr, Failures>>,
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    began: Timestamp,
    count: u32,
}

impl FailureLimit {
    /// Whether `address` may try, or after what time it may again.
    ///
    /// # Errors
    /// It has failed too often; it may try again after the span.
    pub fn check(&self, address: IpAddr, now: Timestamp) -> Result<(), Span> {
        match self.lock().get(&group(address)) {
            Some(failures) if failures.count >= FAILURES && now < failures.began + WINDOW => {
                Err((failures.began + WINDOW).since(now))
            }
            _ => Ok(()),
        }
    }

    /// `address` has failed.
    pub fn failed(&self, address: IpAddr, now: Timestamp) {
        let mut seen = self.lock();
        if seen.len() >= ADDRESSES {
            seen.retain(|_, failures| now < failures.began + WINDOW);
        }
        if seen.len() >= ADDRESSES {
            let oldest = seen.iter().min_by_key(|(_, failures)| failures.began).map(|(address, _)| *address);
            oldest.and_then(|address| seen.remove(&address));
        }
        let failures = seen.entry(group(address)).or_insert(Failures { began: now, count: 0 });
        if now >= failures.began + WINDOW {
            *failures = Failures { began: now, count: 0 };
        }
        failures.count += 1;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// One household or office has a whole /64 of IPv6.
fn group(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_failures_are_forgiven_and_the_eleventh_waits() {
        let limit = FailureLimit::default();
        let (here, there): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        let now = Timestamp::from_secs(1000);
        for _ in 0..FAILURES {
            assert_eq!(limit.check(here, now), Ok(()));
            limit.failed(here, now);
        }
        assert_eq!(limit.check(here, now + Span::from_secs(60)), Err(Span::from_secs(240)));
        assert_eq!(limit.check(there, now), Ok(()));
        assert_eq!(limit.check(here, now + WINDOW), Ok(()));
    }

    #[test]
    fn neighbours_in_one_ipv6_network_count_together() {
        let limit = FailureLimit::default();
        for n in 0..FAILURES {
            limit.failed(format!("2001:db8::{n:x}").parse().unwrap(), Timestamp::default());
        }
        assert!(limit.check("2001:db8::ffff".parse().unwrap(), Timestamp::default()).is_err());
        assert!(limit.check("2001:db8:0:1::1".parse().unwrap(), Timestamp::default()).is_ok());
    }
}
