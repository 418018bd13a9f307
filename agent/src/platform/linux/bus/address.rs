//! Where a bus listens, as the specification of D-Bus writes it: `unix:path=/run/dbus/system_bus_socket`.

use std::str::FromStr;

/// A bus on a socket of this device. Buses on a network are not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket in the file system.
    Path(Vec<u8>),
    /// A name in the kernel's own table of sockets.
    Abstract(Vec<u8>),
}

/// The buses that may be asked. None is asked that isn't given here: who reads a folder that stands for a device must not
/// report what the services of this one say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Buses {
    /// Places of the system's bus, tried in turn.
    pub system: Vec<Address>,
    /// Places of the bus of the person's session.
    pub session: Vec<Address>,
}

/// A text that names no bus on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a bus is named as in unix:path=/run/dbus/system_bus_socket")]
pub struct BadAddress;

/// Places of the system's bus, where the environment names none.
const SYSTEM: [&str; 2] = ["/run/dbus/system_bus_socket", "/var/run/dbus/system_bus_socket"];

impl Buses {
    /// The buses of this device: where the environment says, else in the usual places.
    #[must_use]
    pub fn of_device() -> Self {
        let named = |variable: &str| std::env::var(variable).ok().map(|text| addresses(&text));
        let usual = || SYSTEM.map(|path| Address::Path(path.into())).into();
        let own = || {
            let folder = std::env::var("XDG_RUNTIME_DIR").ok().filter(|folder| folder.starts_with('/'));
            let user = rustix::process::getuid().as_raw();
            let folder = folder.unwrap_or_else(|| format!("/run/user/{user}"));
            vec![Address::Path(format!("{folder}/bus").into())]
        };
        Self {
            system: named("DBUS_SYSTEM_BUS_ADDRESS").unwrap_or_else(usual),
            session: named("DBUS_SESSION_BUS_ADDRESS").unwrap_or_else(own),
        }
    }

    /// One bus for everything.
    #[must_use]
    pub fn one(address: Address) -> Self {
        Self { system: vec![address.clone()], session: vec![address] }
    }
}

/// The addresses of a list; what is not on this device is passed over.
fn addresses(list: &str) -> Vec<Address> {
    list.split(';').filter_map(|address| address.parse().ok()).collect()
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        let pairs = text.trim().strip_prefix("unix:").ok_or(BadAddress)?;
        pairs.split(',').find_map(named).ok_or(BadAddress)
    }
}

fn named(pair: &str) -> Option<Address> {
    let (key, value) = pair.split_once('=')?;
    let bytes = unescaped(value).filter(|bytes| !bytes.is_empty())?;
    match key {
        "path" => Some(Address::Path(bytes)),
        "abstract" => Some(Address::Abstract(bytes)),
        _ => None,
    }
}

/// A value without its `%XX`.
fn unescaped(value: &str) -> Option<Vec<u8>> {
    let mut bytes = value.bytes();
    let mut plain = Vec::new();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            plain.push(byte);
            continue;
        }
        let mut digit = || char::from(bytes.next()?).to_digit(16);
        plain.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_the_specification_writes_them() {
        let path = |path: &str| Ok(Address::Path(path.into()));
        assert_eq!("unix:path=/run/a%20b,guid=12".parse(), path("/run/a b"));
        assert_eq!("unix:guid=12,path=/x".parse(), path("/x"));
        assert_eq!("unix:abstract=/tmp/x".parse(), Ok(Address::Abstract("/tmp/x".into())));
        for bad in [
            "",
            "tcp:host=1.1.1.1",
            "unix:",
            "unix:path=",
            "unix:path=%4",
            "unix:path=%zz",
            "unix:tmpdir=/tmp",
        ] {
            assert_eq!(bad.parse::<Address>(), Err(BadAddress), "{bad}");
        }
        assert_eq!(addresses("tcp:host=x,port=1;unix:path=/y"), [Address::Path("/y".into())]);
    }
}
