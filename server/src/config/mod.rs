//! The configuration in two shapes: [`Raw`] is what may be written, in a file, in the environment and on the command line, and [`Config`]
//! is what the server needs. What is written becomes what is needed here and nowhere else.

mod file;
mod raw;
mod values;

pub use file::{ConfigError, USUAL_FILE, read};
pub use raw::Raw;
pub use values::{DatabaseUrl, LogFilter, PublicUrl};

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::store::Place;

/// What the server needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address to listen on for the package alone.
    pub package_listen: Option<SocketAddr>,
    /// Where the server is reached, if that is another address.
    pub public: Option<PublicUrl>,
    /// The database.
    pub place: Place,
    /// What is logged.
    pub log: LogFilter,
}

impl TryFrom<Raw> for Config {
    type Error = ConfigError;

    fn try_from(written: Raw) -> Result<Self, ConfigError> {
        let missing = ConfigError::Missing;
        let written = written.or(Raw::usual());
        let data = written.data.ok_or(missing("data"))?;
        let place = match written.database {
            None => Place::File(data.join("muster.db")),
            Some(url) => Place::Postgres(url.into()),
        };
        Ok(Self {
            data,
            place,
            listen: written.listen.ok_or(missing("listen"))?,
            package_listen: written.package_listen,
            public: written.public_url,
            log: written.log.ok_or(missing("log"))?,
        })
    }
}

impl Config {
    /// Names for the server's certificate.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = if self.listen.ip().is_unspecified() { None } else { Some(self.listen.ip().to_string()) };
        let public = self.public.as_ref().map(|public| public.host().to_owned());
        let fixed = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut names: Vec<String> = public.into_iter().chain(own).chain(fixed).collect();
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}

/// Where phones find the listener for the package: at the server's own name if it listens on every address.
#[must_use]
pub fn package_address(bound: SocketAddr, authority: &str) -> String {
    let host = match authority.rsplit_once(':') {
        Some((host, _)) if bound.ip().is_unspecified() => host.to_owned(),
        _ => reached(SocketAddr::new(bound.ip(), 0)).to_string().trim_end_matches(":0").to_owned(),
    };
    format!("http://{host}:{}/agent/android.apk", bound.port())
}

/// The address at which programs on this machine reach a listener.
#[must_use]
pub fn reached(bound: SocketAddr) -> SocketAddr {
    let ip = if bound.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { bound.ip() };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_find_the_listener_for_the_package() {
        let at = |bound: &str| package_address(bound.parse().expect("an address"), "phones.example:8443");
        assert_eq!(at("0.0.0.0:8080"), "http://phones.example:8080/agent/android.apk");
        assert_eq!(at("[::]:8080"), "http://phones.example:8080/agent/android.apk");
        assert_eq!(at("192.0.2.7:80"), "http://192.0.2.7:80/agent/android.apk");
        assert_eq!(at("[2001:db8::1]:80"), "http://[2001:db8::1]:80/agent/android.apk");
    }

    #[test]
    fn the_certificate_has_each_name_once() {
        let written = Raw {
            public_url: Some("https://phones.example".parse().expect("an address")),
            listen: Some("127.0.0.1:1".parse().expect("an address")),
            ..Raw::default()
        };
        let config = Config::try_from(written).expect("a configuration");
        assert_eq!(config.names(), ["phones.example", "127.0.0.1", "localhost", "::1"]);
    }
}
