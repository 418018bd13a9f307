//! Values of keys that are more than text: each is parsed once, and says what is wrong with it.

use clap::ValueEnum;
use muster_proto::id::{Digest, hex, unhex};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::EnvFilter;

/// An address where the server is reached: `https://HOST` or `https://HOST:PORT`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PublicUrl {
    authority: String,
}

/// Text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not https://HOST or https://HOST:PORT")]
pub struct NotPublic(String);

impl PublicUrl {
    /// `HOST:PORT`, an IPv6 address in brackets.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The host alone, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.authority.rsplit_once(':').map_or(self.authority.as_str(), |(host, _)| host);
        host.trim_matches(['[', ']'])
    }
}

impl FromStr for PublicUrl {
    type Err = NotPublic;

    fn from_str(url: &str) -> Result<Self, NotPublic> {
        let wrong = || NotPublic(url.to_owned());
        let host = url.strip_prefix("https://").ok_or_else(wrong)?.trim_end_matches('/');
        let allowed =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']');
        if host.is_empty() || !host.bytes().all(allowed) {
            return Err(wrong());
        }
        let after_address = host.rsplit_once(']').map_or(host, |(_, rest)| rest);
        match after_address.split_once(':') {
            None => Ok(Self { authority: format!("{host}:443") }),
            Some((_, port)) if port.parse::<u16>().is_ok_and(|port| port > 0) => {
                Ok(Self { authority: host.to_owned() })
            }
            Some(_) => Err(wrong()),
        }
    }
}

impl TryFrom<String> for PublicUrl {
    type Error = NotPublic;

    fn try_from(url: String) -> Result<Self, NotPublic> {
        url.parse()
    }
}

impl From<PublicUrl> for String {
    fn from(url: PublicUrl) -> Self {
        format!("https://{}", url.authority)
    }
}

/// A PostgreSQL database. It may have a password in it, and is shown to nobody.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct DatabaseUrl(String);

/// Text that names no such database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not postgres://…")]
pub struct NotPostgres;

impl std::fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseUrl(…)")
    }
}

impl FromStr for DatabaseUrl {
    type Err = NotPostgres;

    fn from_str(url: &str) -> Result<Self, NotPostgres> {
        let known = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if known { Ok(Self(url.to_owned())) } else { Err(NotPostgres) }
    }
}

impl TryFrom<String> for DatabaseUrl {
    type Error = NotPostgres;

    fn try_from(url: String) -> Result<Self, NotPostgres> {
        url.parse()
    }
}

impl From<DatabaseUrl> for String {
    fn from(url: DatabaseUrl) -> Self {
        url.0
    }
}

/// What is logged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct LogFilter(String);

/// Text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no filter of the log: a level is error, warn, info, debug, trace or off; of one part of it, TARGET=LEVEL"
)]
pub struct NotAFilter(String);

impl LogFilter {
    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The filter itself.
    #[must_use]
    pub fn filter(&self) -> EnvFilter {
        EnvFilter::new(&self.0)
    }
}

impl Default for LogFilter {
    fn default() -> Self {
        Self("info".to_owned())
    }
}

impl FromStr for LogFilter {
    type Err = NotAFilter;

    fn from_str(text: &str) -> Result<Self, NotAFilter> {
        let wrong = || NotAFilter(text.to_owned());
        EnvFilter::try_new(text).map_err(|_| wrong())?;
        // a word alone would be the name of a part, and a level that is misspelt would leave an empty log
        let misspelt = |part: &str| {
            !part.contains(['=', '['])
                && (part.trim().is_empty() || part.trim().parse::<LevelFilter>().is_err())
        };
        if !text.contains('{') && text.split(',').any(misspelt) {
            Err(wrong())
        } else {
            Ok(Self(text.to_owned()))
        }
    }
}

impl TryFrom<String> for LogFilter {
    type Error = NotAFilter;

    fn try_from(text: String) -> Result<Self, NotAFilter> {
        text.parse()
    }
}

impl From<LogFilter> for String {
    fn from(filter: LogFilter) -> Self {
        filter.0
    }
}

/// A number from `LEAST` to `MOST`, wherever it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
#[schemars(with = "u32")]
pub struct Within<const LEAST: u32, const MOST: u32>(pub u32);

/// Something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a number from {0} to {1}")]
pub struct NotWithin(u32, u32);

impl<const LEAST: u32, const MOST: u32> TryFrom<u32> for Within<LEAST, MOST> {
    type Error = NotWithin;

    fn try_from(number: u32) -> Result<Self, NotWithin> {
        if (LEAST..=MOST).contains(&number) { Ok(Self(number)) } else { Err(NotWithin(LEAST, MOST)) }
    }
}

impl<const LEAST: u32, const MOST: u32> FromStr for Within<LEAST, MOST> {
    type Err = NotWithin;

    fn from_str(text: &str) -> Result<Self, NotWithin> {
        text.parse::<u32>().map_err(|_| NotWithin(LEAST, MOST))?.try_into()
    }
}

impl<const LEAST: u32, const MOST: u32> From<Within<LEAST, MOST>> for u32 {
    fn from(number: Within<LEAST, MOST>) -> Self {
        number.0
    }
}

/// Whether a listener speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tls {
    /// It does.
    On,
    /// A proxy does it.
    Off,
}

/// A SHA-256 digest, as 64 hexadecimal digits with or without colons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Sha256(pub Digest);

/// Text that is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not the 64 hexadecimal digits of a SHA-256")]
pub struct NotADigest;

impl FromStr for Sha256 {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let digits = text.replace(':', "").to_ascii_lowercase();
        let bytes = unhex(&digits).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes.map(|bytes| Self(Digest(bytes))).ok_or(NotADigest)
    }
}

impl TryFrom<String> for Sha256 {
    type Error = NotADigest;

    fn try_from(text: String) -> Result<Self, NotADigest> {
        text.parse()
    }
}

impl From<Sha256> for String {
    fn from(digest: Sha256) -> Self {
        hex(&digest.0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_becomes_host_and_port() {
        let public = |url: &str| url.parse::<PublicUrl>().map(|url| url.authority().to_owned());
        assert_eq!(public("https://phones.example"), Ok("phones.example:443".to_owned()));
        assert_eq!(public("https://phones.example:8443/"), Ok("phones.example:8443".to_owned()));
        assert_eq!(public("https://[::1]:1"), Ok("[::1]:1".to_owned()));
        assert_eq!(public("https://[::1]"), Ok("[::1]:443".to_owned()));
        for wrong in ["http://a", "https://", "https://a/b", "https://a:0", "https://a:x"] {
            assert_eq!(public(wrong), Err(NotPublic(wrong.to_owned())));
        }
        assert_eq!("https://[::1]".parse::<PublicUrl>().expect("an address").host(), "::1");
    }

    #[test]
    fn a_database_s_password_is_not_shown() {
        let url: DatabaseUrl = "postgres://muster:secret@db/muster".parse().expect("a database");
        assert!(!format!("{url:?}").contains("secret"));
        assert_eq!("mysql://db".parse::<DatabaseUrl>(), Err(NotPostgres));
    }

    #[test]
    fn a_filter_of_the_log_is_read_when_it_is_written() {
        assert!("muster_server=debug,info".parse::<LogFilter>().is_ok());
        assert!("off".parse::<LogFilter>().is_ok());
        for wrong in ["muster_server=loud", "verbose", "info,verbose", ""] {
            assert!(wrong.parse::<LogFilter>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_number_has_its_bounds_wherever_it_is_written() {
        type Few = Within<16, 20>;
        assert_eq!("16".parse::<Few>(), Ok(Within(16)));
        assert_eq!(Few::try_from(20), Ok(Within(20)));
        for wrong in ["15", "21", "-1", "x", ""] {
            assert_eq!(wrong.parse::<Few>(), Err(NotWithin(16, 20)), "{wrong:?}");
        }
    }
}
