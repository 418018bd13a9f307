//! Whether the addresses can be had, or the running server has them.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use tokio::net::TcpSocket;

use super::Finding;
use crate::config::Config;

/// A key of the configuration, and the address that it says.
type Said = (&'static str, SocketAddr);

pub fn look(config: &Config, running: bool) -> Vec<Finding> {
    let all = all(config);
    let mut found = Vec::new();
    for (nth, &(key, at)) in all.iter().enumerate() {
        found.push(match all.iter().take(nth).find(|(_, other)| clash(at, *other)) {
            Some(&other) => twice((key, at), other),
            None => one(key, at, running),
        });
    }
    found.extend(public(config));
    found
}

/// Wherever the server listens.
fn all(config: &Config) -> Vec<Said> {
    let keys = [
        ("listen", Some(config.phones.at)),
        ("admin-listen", config.people.as_ref().map(|people| people.at)),
        ("package-listen", config.package_listen),
        ("metrics-listen", config.metrics_listen),
    ];
    keys.into_iter().filter_map(|(key, at)| Some((key, at?))).collect()
}

/// Whether no two listeners can have these.
fn clash(one: SocketAddr, other: SocketAddr) -> bool {
    // :: takes the addresses of IPv4 too
    let takes = |one: SocketAddr, other: SocketAddr| {
        one.ip() == other.ip() || one.ip().is_unspecified() && (one.is_ipv6() || other.is_ipv4())
    };
    one.port() == other.port() && one.port() != 0 && (takes(one, other) || takes(other, one))
}

fn twice((key, at): Said, (other, there): Said) -> Finding {
    let seen = if at == there {
        format!("{at} is also the address of {other}")
    } else {
        format!("{at} and {other}, {there}, can't both be had")
    };
    Finding::failure(key, seen, "give each key an address or a port of its own")
}

/// Takes an address without listening: a server that starts in this moment still gets it.
fn free(at: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if at.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    Ok(socket)
}

fn one(key: &str, at: SocketAddr, running: bool) -> Finding {
    match free(at) {
        Ok(_) if running && at.port() != 0 => Finding::warning(
            key,
            format!("{at} is free, although the server is running"),
            "restart the server: it does not know this configuration yet",
        ),
        Ok(_) => Finding::ok(key, format!("{at} can be had")),
        Err(error) if error.kind() == ErrorKind::AddrInUse && running => {
            Finding::ok(key, format!("{at} is held, by the running server as it seems"))
        }
        Err(error) if error.kind() == ErrorKind::AddrInUse => Finding::failure(
            key,
            format!("{at} is held by another program"),
            format!(
                "end that program (`ss -ltnp 'sport = :{}'` names it) or take another address",
                at.port()
            ),
        ),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Finding::failure(
            key,
            format!("{at} can't be had by this user: {error}"),
            "take a port from 1024 on, or let the service have CAP_NET_BIND_SERVICE and check as its user",
        ),
        Err(error) => {
            Finding::failure(key, format!("{at} can't be had: {error}"), "take an address of this machine")
        }
    }
}

/// Links have to lead somewhere.
fn public(config: &Config) -> Option<Finding> {
    let at = config.phones.at;
    match &config.phones.public {
        Some(public) => Some(Finding::ok("public-url", format!("links say https://{}", public.authority()))),
        None if at.ip().is_loopback() || at.ip().is_unspecified() => Some(Finding::warning(
            "public-url",
            "links and QR codes say an address of this machine that no phone reaches",
            "set public-url to the address at which phones reach the server",
        )),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(one: &str, other: &str) -> bool {
        let (one, other) = (one.parse().unwrap(), other.parse().unwrap());
        assert_eq!(clash(one, other), clash(other, one));
        clash(one, other)
    }

    #[test]
    fn two_listeners_can_not_have_one_address() {
        assert!(clashes("127.0.0.1:8443", "127.0.0.1:8443"));
        assert!(clashes("0.0.0.0:8443", "127.0.0.1:8443"));
        assert!(clashes("[::]:8443", "127.0.0.1:8443"));
        assert!(clashes("[::]:8443", "[::1]:8443"));
        assert!(!clashes("0.0.0.0:8443", "[::1]:8443"));
        assert!(!clashes("127.0.0.1:8443", "127.0.0.2:8443"));
        assert!(!clashes("127.0.0.1:8443", "127.0.0.1:8444"));
        assert!(!clashes("127.0.0.1:0", "127.0.0.1:0"), "each takes a free one");
    }

    #[test]
    fn a_look_is_in_nobodys_way() {
        let looked = free("127.0.0.1:0".parse().unwrap()).unwrap();
        let at = looked.local_addr().unwrap();
        let server = std::net::TcpListener::bind(at).unwrap();
        assert_eq!(free(at).unwrap_err().kind(), ErrorKind::AddrInUse);
        drop(server);
    }
}
