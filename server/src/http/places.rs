//! Places for what a stranger may hold open: so many in all, and of them for one address never more than a share of what is left, so that
//! nobody takes them from the others, and whoever comes with few finds one.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// The places.
#[derive(Debug)]
pub struct Places {
    most: usize,
    each: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    all: usize,
    by: HashMap<IpAddr, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub struct Place {
    of: Arc<Places>,
    who: Option<IpAddr>,
}

/// An address holds at most so many times what is left for all: three quarters if it is alone. Many phones may stand behind one address, so
/// it is no small number; the more addresses hold much, the less each of them may.
const SHARE: usize = 3;

impl Places {
    /// `most` places, and at most `each` of them for one address.
    #[must_use]
    pub fn new(most: usize, each: usize) -> Arc<Self> {
        Arc::new(Self { most, each, held: Mutex::default() })
    }

    /// A place for an address, where there is one left for it.
    #[must_use]
    pub fn take(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let who = holder(peer);
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let has = held.by.get(&who).copied().unwrap_or(0);
        let left = self.most.saturating_sub(held.all);
        if has >= self.each.min(left.saturating_mul(SHARE)) {
            return None;
        }
        held.all += 1;
        held.by.insert(who, has + 1);
        Some(Place { of: Arc::clone(self), who: Some(who) })
    }

    /// A place for somebody who stands for many, where there is one left at all.
    #[must_use]
    pub fn take_for_many(self: &Arc<Self>) -> Option<Place> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.all >= self.most {
            return None;
        }
        held.all += 1;
        Some(Place { of: Arc::clone(self), who: None })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.all = held.all.saturating_sub(1);
        let Some(who) = self.who else { return };
        match held.by.get_mut(&who) {
            Some(has) if *has > 1 => *has -= 1,
            _ => drop(held.by.remove(&who)),
        }
    }
}

/// Whom an address belongs to: in IPv6 everybody has a whole /64.
fn holder(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_takes_nothing_from_the_others() {
        let places = Places::new(5, 2);
        let of = |peer: &str| places.take(peer.parse().unwrap());
        let first = (of("192.0.2.1"), of("::ffff:192.0.2.1"));
        assert!(first.0.is_some() && first.1.is_some());
        assert!(of("192.0.2.1").is_none(), "it has two");
        let second = (of("2001:db8::1"), of("2001:db8::2"));
        assert!(second.1.is_some() && of("2001:db8::3").is_none(), "one /64 is one address");
        let third = of("2001:db8:0:1::1");
        assert!(third.is_some() && of("192.0.2.2").is_none(), "all are held");
        drop(first);
        assert!(of("192.0.2.1").is_some());
        drop((second, third));
        let held = places.held.lock().unwrap();
        assert!(held.all == 0 && held.by.is_empty(), "{held:?}");
    }

    #[test]
    fn who_takes_all_that_he_gets_leaves_some_to_others() {
        let places = Places::new(1000, 1000);
        let all_that = |peer: &str| {
            let peer = peer.parse().unwrap();
            std::iter::from_fn(|| places.take(peer)).collect::<Vec<_>>()
        };
        let first = all_that("192.0.2.1");
        assert_eq!(first.len(), 750);
        let second = all_that("192.0.2.2");
        assert_eq!(second.len(), 188);
        assert!(places.take("192.0.2.3".parse().unwrap()).is_some(), "a third one finds a place");
        drop(second);
        drop(first);
        assert_eq!(all_that("192.0.2.3").len(), 750);
    }
}
