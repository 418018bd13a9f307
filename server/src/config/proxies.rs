//! Proxies in front of the server, and whom they speak for.
//!
//! A request that comes from a named proxy has its sender in a header, to which each proxy on the way has added the address that it saw. Read
//! from the end, the first address that is no proxy of ours is the sender: what stands before it, the sender can have made up.

use clap::ValueEnum;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address, or a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Network(IpNet);

/// Text that is no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotANetwork {
    /// It is something else.
    #[error("{0:?} is no address and no network like 10.0.0.0/8")]
    Malformed(String),
    /// Everybody is in it.
    #[error("{0:?} is everybody: whoever sends a request could then say who he is")]
    Everybody(String),
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let network = match text.parse::<IpAddr>() {
            Ok(address) => IpNet::from(address.to_canonical()),
            Err(_) => text.parse::<IpNet>().map_err(|_| NotANetwork::Malformed(text.to_owned()))?,
        };
        if network.prefix_len() == 0 {
            return Err(NotANetwork::Everybody(text.to_owned()));
        }
        Ok(Self(network.trunc()))
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.0.to_string()
    }
}

/// The header in which proxies name the sender.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For: ADDRESS, ADDRESS`.
    #[default]
    XForwardedFor,
    /// `Forwarded: for=ADDRESS, for=ADDRESS` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// Proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
}

impl Proxies {
    /// Those in `networks`, which name the sender in `header`.
    #[must_use]
    pub const fn new(networks: Vec<Network>, header: ForwardedHeader) -> Self {
        Self { networks, header }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// The header's name.
    #[must_use]
    pub const fn header(&self) -> &'static str {
        self.header.name()
    }

    /// Whether `peer` is one of them.
    #[must_use]
    pub fn has(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.networks.iter().any(|network| network.0.contains(&peer))
    }

    /// Who sent a request that came from `peer` with these lines of the header.
    #[must_use]
    pub fn sender<'a>(&self, peer: IpAddr, lines: impl DoubleEndedIterator<Item = &'a str>) -> IpAddr {
        let mut known = peer.to_canonical();
        if !self.has(known) {
            return known;
        }
        for line in lines.rev() {
            // commas in quotes are the sender's own: what our proxies write has none
            for hop in line.rsplit(',') {
                let address = match self.header {
                    ForwardedHeader::XForwardedFor => node(hop),
                    ForwardedHeader::Forwarded => for_of(hop).and_then(node),
                };
                // a proxy that doesn't say from whom it has a request is the last that is known
                let Some(address) = address else { return known };
                known = address;
                if !self.has(known) {
                    return known;
                }
            }
        }
        known
    }
}

/// What `for=` says in one element of `Forwarded`.
fn for_of(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// An address with or without a port, an IPv6 address with or without brackets.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let address = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip()));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn proxies(header: ForwardedHeader) -> Proxies {
        let networks = ["10.0.0.2", "192.168.0.0/16", "2001:db8:1::/64"];
        Proxies::new(networks.map(|network| network.parse().unwrap()).to_vec(), header)
    }

    fn sender(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
        proxies(header).sender(peer.parse().unwrap(), lines.iter().copied()).to_string()
    }

    #[test]
    fn the_last_who_is_no_proxy_of_ours_is_the_sender() {
        let from = |peer, lines: &[&str]| sender(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(from("10.0.0.2", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &["6.6.6.6, 198.51.100.1"]), "198.51.100.1", "6.6.6.6 is made up");
        assert_eq!(from("10.0.0.2", &["6.6.6.6", "198.51.100.1, 192.168.3.4"]), "198.51.100.1");
        assert_eq!(from("::ffff:10.0.0.2", &["[2001:db8:2::1]:4711"]), "2001:db8:2::1");
        assert_eq!(from("10.0.0.2", &["198.51.100.1:80"]), "198.51.100.1");
        assert_eq!(from("10.0.0.2", &["192.168.0.1"]), "192.168.0.1", "all are ours");
        assert_eq!(from("10.0.0.2", &["198.51.100.1, unknown"]), "10.0.0.2");
        assert_eq!(from("10.0.0.2", &[]), "10.0.0.2");
    }

    #[test]
    fn who_is_no_proxy_of_ours_says_nothing_about_the_sender() {
        assert_eq!(sender(ForwardedHeader::XForwardedFor, "10.0.0.3", &["198.51.100.1"]), "10.0.0.3");
        assert_eq!(sender(ForwardedHeader::Forwarded, "10.0.0.3", &["for=198.51.100.1"]), "10.0.0.3");
    }

    #[test]
    fn the_standard_s_header_is_read() {
        let from = |lines: &[&str]| sender(ForwardedHeader::Forwarded, "10.0.0.2", lines);
        assert_eq!(from(&["for=192.0.2.43;proto=https, FOR=198.51.100.1;by=10.0.0.2"]), "198.51.100.1");
        assert_eq!(from(&["proto=https; for=\"[2001:db8:cafe::17]:4711\""]), "2001:db8:cafe::17");
        assert_eq!(from(&["for=6.6.6.6;by=\"a,b\", for=_hidden"]), "10.0.0.2");
    }

    #[test]
    fn everybody_is_no_proxy() {
        for wrong in ["0.0.0.0/0", "::/0", "10.0.0.0/33", "proxy.example", ""] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    proptest! {
        /// Whatever the sender writes before it, what our proxy adds counts.
        #[test]
        fn nothing_that_the_sender_writes_changes_who_he_is(made_up in "[ -~]{0,80}", own: [u8; 4]) {
            let own = IpAddr::from(own);
            let proxies = proxies(ForwardedHeader::XForwardedFor);
            prop_assume!(!proxies.has(own));
            let line = format!("{made_up}, {own}");
            let found = proxies.sender("10.0.0.2".parse().unwrap(), std::iter::once(line.as_str()));
            prop_assert_eq!(found, own);
            let lines = [made_up.as_str(), &own.to_string()];
            prop_assert_eq!(proxies.sender("10.0.0.2".parse().unwrap(), lines.into_iter()), own);
        }
    }
}
