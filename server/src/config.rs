//! The command line: what was written becomes what is needed.

use clap::{Args, Parser, Subcommand};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::store::Place;

/// Muster's policy server.
#[derive(Debug, Parser)]
#[command(name = "muster-server", version, about)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves phones, administrators and the console until it is asked to stop
    Serve(ServeArguments),
}

/// How to serve.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// Folder of the database and the keys; made if it isn't there
    #[arg(long, env = "MUSTER_DATA")]
    data: PathBuf,
    /// Address to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    /// Where phones and people reach the server, if that is another address: https://HOST[:PORT]
    #[arg(long)]
    public_url: Option<String>,
    /// Address of a second listener, without TLS, for the agent's Android package and nothing else: a phone in set-up knows no CA of yours
    #[arg(long, value_name = "ADDR")]
    package_listen: Option<SocketAddr>,
    /// A PostgreSQL database instead of a file in the folder: postgres://…
    #[arg(long, env = "MUSTER_DATABASE")]
    database: Option<String>,
    /// What is logged to stderr: error, warn, info, debug, or a filter as tracing-subscriber reads it
    #[arg(long, default_value = "info")]
    pub log: String,
}

/// What the server needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The address to listen on for the package alone.
    pub package_listen: Option<SocketAddr>,
    /// `HOST:PORT` where the server is reached, if that is another address.
    pub public: Option<String>,
    /// The database.
    pub place: Place,
}

/// A command line that makes no sense.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not an address of this server.
    #[error("--public-url {0:?} is not https://HOST or https://HOST:PORT")]
    PublicUrl(String),
    /// Not a PostgreSQL database.
    #[error("--database is not postgres://…")]
    Database,
}

impl TryFrom<ServeArguments> for Config {
    type Error = ConfigError;

    fn try_from(written: ServeArguments) -> Result<Self, ConfigError> {
        let place = match written.database {
            None => Place::File(written.data.join("muster.db")),
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => {
                Place::Postgres(url)
            }
            Some(_) => return Err(ConfigError::Database),
        };
        let public = written.public_url.as_deref().map(authority).transpose()?;
        Ok(Self {
            data: written.data,
            listen: written.listen,
            package_listen: written.package_listen,
            public,
            place,
        })
    }
}

impl Config {
    /// Names for the server's certificate.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = if self.listen.ip().is_unspecified() { None } else { Some(self.listen.ip().to_string()) };
        let public = self
            .public
            .as_deref()
            .and_then(|public| public.rsplit_once(':'))
            .map(|(host, _)| host.trim_matches(['[', ']']));
        let fixed = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut names: Vec<String> = public.map(str::to_owned).into_iter().chain(own).chain(fixed).collect();
        let mut seen = std::collections::HashSet::new();
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

fn authority(url: &str) -> Result<String, ConfigError> {
    let wrong = || ConfigError::PublicUrl(url.to_owned());
    let host = url.strip_prefix("https://").ok_or_else(wrong)?.trim_end_matches('/');
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
    if host.is_empty() || !host.bytes().all(allowed) {
        return Err(wrong());
    }
    let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
    match after_address.split_once(':') {
        None => Ok(format!("{host}:443")),
        Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => Ok(host.to_owned()),
        Some(_) => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(args: &[&str]) -> Result<Config, ConfigError> {
        let line = ["muster-server", "serve", "--data", "d"].iter().chain(args);
        match Arguments::try_parse_from(line).expect("the arguments").command {
            Command::Serve(written) => written.try_into(),
        }
    }

    #[test]
    fn a_public_url_becomes_host_and_port() {
        let public =
            |url| config(&["--public-url", url]).map(|config| config.public.expect("a public address"));
        assert_eq!(public("https://phones.example"), Ok("phones.example:443".to_owned()));
        assert_eq!(public("https://phones.example:8443/"), Ok("phones.example:8443".to_owned()));
        assert_eq!(public("https://[::1]:1"), Ok("[::1]:1".to_owned()));
        assert_eq!(public("https://[::1]"), Ok("[::1]:443".to_owned()));
        for wrong in ["http://a", "https://", "https://a/b", "https://a:0", "https://a:x"] {
            assert_eq!(public(wrong), Err(ConfigError::PublicUrl(wrong.to_owned())));
        }
    }

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
        let config =
            config(&["--public-url", "https://phones.example", "--listen", "127.0.0.1:1"]).expect("a config");
        assert_eq!(config.names(), ["phones.example", "127.0.0.1", "localhost", "::1"]);
    }
}
