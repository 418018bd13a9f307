//! Places for what a stranger may hold open: so many in all, and few of them for one address, so that nobody takes them from the others.

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

impl Places {
    /// `most` places, and `each` of them for one address.
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
        if held.all >= self.most || has >= self.each {
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
}
