//! Whether the addresses can be had, or the running server has them.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::Finding;
use crate::config::Config;

pub fn look(config: &Config, running: bool) -> Vec<Finding> {
    let people = config.people.as_ref().map(|people| ("admin-listen", people.at));
    let package = config.package_listen.map(|at| ("package-listen", at));
    let all = std::iter::once(("listen", config.phones.at)).chain(people).chain(package);
    let mut found: Vec<Finding> = all.map(|(key, at)| one(key, at, running)).collect();
    found.extend(public(config));
    found
}

fn one(key: &str, at: SocketAddr, running: bool) -> Finding {
    match TcpListener::bind(at) {
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
