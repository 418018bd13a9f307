//! Where the server may speak to by itself. An administrator names the address; whoever has an administrator's token must not come through it to
//! what listens on the server's loopback alone, nor to what a cloud shows to its machines. So the address is looked at when it is written, and
//! again each time that a name was looked up. Other addresses of the inner network may be named, the server's own in it among them: receivers
//! are there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use reqwest::Url;

/// An address that may be told something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(Url);

/// Why it may not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoTarget {
    /// It is no URL.
    #[error("url: {0:?} is not https://HOST/PATH")]
    Malformed(String),
    /// It has a name or a password in it, which would be in lists and logs.
    #[error("url: it must have no name and no password in it")]
    Credentials,
    /// It speaks in the clear.
    #[error("url: only https, unless the server's configuration has hooks-allow-http")]
    InTheClear,
    /// The server doesn't speak with this address.
    #[error("url: the server does not send to {0}")]
    Refused(IpAddr),
}

/// Where clouds show a machine its credentials, beside the link-local addresses: Alibaba, Oracle, Azure.
const CLOUDS_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
/// The same: Amazon, Google, Scaleway.
const CLOUDS_V6: [Ipv6Addr; 3] = [
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Longest address.
const LONGEST: usize = 2000;

impl Target {
    /// Reads an address. `open` is whether the configuration allows HTTP and the server's own machine.
    ///
    /// # Errors
    /// It is none that may be told something.
    pub fn read(text: &str, open: bool) -> Result<Self, NoTarget> {
        let malformed = || NoTarget::Malformed(text.chars().take(100).collect());
        if text.len() > LONGEST || text.chars().any(|char| char.is_whitespace() || char.is_control()) {
            return Err(malformed());
        }
        let url = Url::parse(text).map_err(|_| malformed())?;
        match url.scheme() {
            "https" => {}
            "http" if open => {}
            "http" => return Err(NoTarget::InTheClear),
            _ => return Err(malformed()),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NoTarget::Credentials);
        }
        if url.fragment().is_some() {
            return Err(malformed());
        }
        let host = url.host_str().ok_or_else(malformed)?;
        if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>()
            && !may_reach(address, open)
        {
            return Err(NoTarget::Refused(address));
        }
        Ok(Self(url))
    }

    /// The address.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// Whether the server sends anything to this address. `open` lets it speak with its own machine.
#[must_use]
pub fn may_reach(address: IpAddr, open: bool) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => may_reach_v4(address, open),
        IpAddr::V6(address) => {
            let link_local = address.segments()[0] & 0xffc0 == 0xfe80;
            let site = !address.is_unspecified() && !address.is_multicast() && !link_local;
            let inner = within(address).is_none_or(|inner| may_reach_v4(inner, open));
            let local =
                local_nat64(address).is_none_or(|all| all.iter().all(|inner| is_harmless(*inner, open)));
            site && inner && local && !CLOUDS_V6.contains(&address) && (open || !address.is_loopback())
        }
    }
}

fn may_reach_v4(address: Ipv4Addr, open: bool) -> bool {
    let nowhere = address.octets()[0] == 0 || address.is_broadcast() || address.is_multicast();
    !nowhere && is_harmless(address, open)
}

/// Whether it is neither loopback nor a cloud's.
fn is_harmless(address: Ipv4Addr, open: bool) -> bool {
    !address.is_link_local() && !CLOUDS_V4.contains(&address) && (open || !address.is_loopback())
}

/// The addresses that a gateway may make of one in the prefix that networks use for NAT64 within themselves (RFC 8215). How long the prefix is
/// of which they use it can't be seen (48, 56, 64 or 96 bits, RFC 6052): each is looked at.
fn local_nat64(address: Ipv6Addr) -> Option<[Ipv4Addr; 4]> {
    let ([0x64, 0xff9b, 1, ..], octets) = (address.segments(), address.octets()) else { return None };
    let places = [[6, 7, 9, 10], [7, 9, 10, 11], [9, 10, 11, 12], [12, 13, 14, 15]];
    Some(places.map(|place| Ipv4Addr::from(place.map(|at: usize| octets[at]))))
}

/// The address that a gateway makes of this one: NAT64 (RFC 6052), 6to4 (RFC 3056), translation without state (`::ffff:0:a.b.c.d`, RFC 2765),
/// and the form `::a.b.c.d` that is no more in use.
fn within(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let at = |from: usize| Ipv4Addr::new(octets[from], octets[from + 1], octets[from + 2], octets[from + 3]);
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _] => Some(at(12)),
        [0x2002, ..] => Some(at(2)),
        [0, 0, 0, 0, 0, 0, high, _] if high != 0 => Some(at(12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_may_be_told_something() {
        for url in [
            "https://hooks.example/a?b=c",
            "https://10.0.0.1:8443/",
            "https://[2001:db8::1]/x",
            "https://[fd00:ec2::255]/",
            "https://100.100.100.201/",
            "https://[64:ff9b::a00:1]/",
            "https://[::ffff:0:10.0.0.1]/",
            "https://[64:ff9b:1::a00:1]/",
            "https://[64:ff9b:1:a00:0:100::]/",
        ] {
            assert!(Target::read(url, false).is_ok(), "{url}");
        }
        for url in ["http://hooks.example/", "http://127.0.0.1:1/", "https://[::1]/"] {
            assert!(Target::read(url, false).is_err() && Target::read(url, true).is_ok(), "{url}");
        }
        assert_eq!(Target::read("https://a:b@example/", true), Err(NoTarget::Credentials));
        assert_eq!(Target::read("http://example/", false), Err(NoTarget::InTheClear));
        for url in
            ["", "example", "ftp://example/", "https://", "https://a/ b", "https://a/\n", "https://a/#x"]
        {
            assert!(matches!(Target::read(url, true), Err(NoTarget::Malformed(_))), "{url:?}");
        }
    }

    #[test]
    fn no_way_of_writing_it_leads_to_the_own_machine_or_the_link() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "0",
            "169.254.169.254",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:169.254.169.254]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[::ffff:0:127.0.0.1]",
            "[64:ff9b:1::127.0.0.1]",
            "[64:ff9b:1:7f00:0:100::]",
            "[64:ff9b:1:7f:0:1::]",
            "[64:ff9b:1:0:7f:0:100:0]",
            "[fe80::1]",
            "[ff02::1]",
            "224.0.0.1",
            "255.255.255.255",
        ] {
            let read = Target::read(&format!("https://{host}/"), false);
            assert!(matches!(read, Err(NoTarget::Refused(_))), "{host}: {read:?}");
        }
        for host in [
            "0.0.0.0",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[fd00:42::42]",
            "[::ffff:169.254.1.1]",
            "[::ffff:0:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
            "[64:ff9b::100.100.100.200]",
            "[64:ff9b:1:a9fe:a9:fe00::]",
        ] {
            let read = Target::read(&format!("http://{host}/"), true);
            assert!(matches!(read, Err(NoTarget::Refused(_))), "{host}: {read:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_read_or_refused(text in ".{0,80}") {
            if let Ok(target) = Target::read(&text, false) {
                prop_assert_eq!(target.url().scheme(), "https");
                prop_assert!(target.url().host_str().is_some_and(|host| !host.is_empty()));
                let again = Target::read(target.url().as_str(), false);
                prop_assert_eq!(again, Ok(target));
            }
        }

        #[test]
        fn a_written_address_is_judged_like_the_address(bits in any::<u32>()) {
            let address = Ipv4Addr::from_bits(bits);
            let read = Target::read(&format!("https://{bits}/"), false);
            prop_assert_eq!(read.is_ok(), may_reach(address.into(), false));
            let mapped = Target::read(&format!("https://[{}]/", address.to_ipv6_mapped()), false);
            prop_assert_eq!(mapped.is_ok(), may_reach(address.into(), false));
        }
    }
}
