//! The configuration in two shapes: [`Raw`] is what may be written, in a file, in the environment and on the command line, and [`Config`]
//! is what the server needs. What is written becomes what is needed here and nowhere else.

mod file;
mod layers;
mod outside;
mod proxies;
mod raw;
pub mod reference;
mod values;

pub use file::{ConfigError, USUAL_FILE, read};
pub use proxies::{ForwardedHeader, Network, Proxies};
pub use raw::Raw;
pub use values::{DatabaseUrl, LogFilter, PublicUrl, Sha256, Tls};

use muster_proto::id::Digest;
use muster_proto::time::Span;
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::certificates::Files;
use crate::hooks;
use crate::log::Format;
use crate::mail;
use crate::retention::Periods;
use crate::store::Place;

/// What the server needs.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// Where phones are served, and people too if nothing else is said.
    pub phones: Listener,
    /// Where people are served, if that is elsewhere.
    pub people: Option<Listener>,
    /// The address to listen on for the package alone.
    pub package_listen: Option<SocketAddr>,
    /// The CA certificate that phones trust, if it isn't the server's own.
    pub phone_ca: Option<PathBuf>,
    /// A CA that phones are to trust whatever becomes of those that trust another.
    pub accepted: Option<Digest>,
    /// Proxies that are believed.
    pub proxies: Proxies,
    /// The database.
    pub place: Place,
    /// The address to listen on for metrics and health alone.
    pub metrics_listen: Option<SocketAddr>,
    /// How long it goes on after it was asked to stop.
    pub drain: Duration,
    /// Connections at once.
    pub connections: usize,
    /// How the server speaks by itself.
    pub hooks: hooks::Settings,
    /// The mail server, where there is one.
    pub mail: Option<mail::Settings>,
    /// How long is kept what.
    pub retention: Periods,
    /// Fewer phones than this are drawn in no chart.
    pub smallest_group: u32,
    /// The provider through which people sign in, where there is one.
    pub oidc: Option<crate::outside::oidc::Settings>,
    /// The directory whose passwords people type, where there is one.
    pub ldap: Option<crate::outside::ldap::Settings>,
    /// What is logged.
    pub log: LogFilter,
    /// How a line of the log looks.
    pub log_format: Format,
}

/// A listener.
#[derive(Debug, Clone)]
pub struct Listener {
    /// The address to listen on.
    pub at: SocketAddr,
    /// Where it is reached, if that is another address.
    pub public: Option<PublicUrl>,
    /// What it shows.
    pub shows: Shows,
}

/// What a listener shows to whoever connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shows {
    /// A certificate by the server's own CA.
    Own,
    /// A certificate that was given.
    Files(Files),
    /// Nothing: TLS is a proxy's work.
    Plain,
}

impl TryFrom<Raw> for Config {
    type Error = ConfigError;

    fn try_from(written: Raw) -> Result<Self, ConfigError> {
        let missing = ConfigError::Missing;
        let written = written.or(Raw::usual());
        let data = written.data.clone().ok_or(missing("data"))?;
        let place = match written.database.clone() {
            None => Place::File(data.join("muster.db")),
            Some(url) => Place::Postgres(url.into()),
        };
        let proxies = Proxies::new(
            written.trusted_proxies.clone().unwrap_or_default(),
            written.forwarded_header.unwrap_or_default(),
        );
        let phones = phones(&written, &proxies)?;
        let mail = mail(&written)?;
        let oidc = outside::provider(&written)?;
        let ldap = outside::directory(&written)?;
        Ok(Self {
            data,
            place,
            phones,
            people: people(&written, &proxies)?,
            package_listen: written.package_listen,
            phone_ca: written.phone_ca,
            accepted: written.accept_phone_ca.map(|digest| digest.0),
            proxies,
            metrics_listen: written.metrics_listen,
            drain: Duration::from_secs(written.drain.ok_or(missing("drain"))?.0.into()),
            connections: written.connections.ok_or(missing("connections"))?.0 as usize,
            mail,
            retention: Periods::days(
                written.keep_reports.ok_or(missing("keep-reports"))?.0,
                written.keep_history.ok_or(missing("keep-history"))?.0,
                written.keep_ended.ok_or(missing("keep-ended"))?.0,
            ),
            smallest_group: written.smallest_group.ok_or(missing("smallest-group"))?.0,
            oidc,
            ldap,
            hooks: hooks::Settings {
                open: written.hooks_allow_http.unwrap_or_default(),
                ca: written.hooks_ca,
                give_up: Span::from_hours(written.hooks_give_up.ok_or(missing("hooks-give-up"))?.0.into()),
            },
            log: written.log.ok_or(missing("log"))?,
            log_format: written.log_format.unwrap_or_default(),
        })
    }
}

fn mail(written: &Raw) -> Result<Option<mail::Settings>, ConfigError> {
    let Some(url) = written.smtp_url.clone() else {
        let keys = [
            ("mail-from", written.mail_from.is_some()),
            ("smtp-password-file", written.smtp_password_file.is_some()),
        ];
        return match keys.into_iter().find(|(_, set)| *set) {
            Some((key, _)) => Err(ConfigError::Needs(key, "smtp-url")),
            None => Ok(None),
        };
    };
    let from = written.mail_from.clone().ok_or(ConfigError::Needs("smtp-url", "mail-from"))?;
    match (url.user(), &written.smtp_password_file) {
        (Some(_), None) => return Err(ConfigError::Needs("a user in smtp-url", "smtp-password-file")),
        (None, Some(_)) => return Err(ConfigError::Needs("smtp-password-file", "a user in smtp-url")),
        _ => {}
    }
    let (password_file, ca) = (written.smtp_password_file.clone(), written.hooks_ca.clone());
    Ok(Some(mail::Settings { url, password_file, from, ca }))
}

fn phones(written: &Raw, proxies: &Proxies) -> Result<Listener, ConfigError> {
    let at = written.listen.ok_or(ConfigError::Missing("listen"))?;
    let keys = ["tls", "tls-certificate", "tls-key"];
    let shows = shows(keys, written.tls, written.tls_certificate.as_ref(), written.tls_key.as_ref())?;
    match (&shows, &written.phone_ca) {
        (Shows::Own, Some(_)) => {
            return Err(ConfigError::Needs("phone-ca", "tls-certificate, or tls = \"off\""));
        }
        (Shows::Files(_), None) => return Err(ConfigError::Needs("tls-certificate", "phone-ca")),
        (Shows::Plain, None) => return Err(ConfigError::Needs("tls = \"off\"", "phone-ca")),
        _ => {}
    }
    let listener = Listener { at, public: written.public_url.clone(), shows };
    listener.sound("listen", "public-url", proxies)
}

fn people(written: &Raw, proxies: &Proxies) -> Result<Option<Listener>, ConfigError> {
    let keys = ["admin-tls", "admin-tls-certificate", "admin-tls-key"];
    let (certificate, key) = (written.admin_tls_certificate.as_ref(), written.admin_tls_key.as_ref());
    let shows = shows(keys, written.admin_tls, certificate, key)?;
    let public = written.admin_public_url.clone();
    match written.admin_listen {
        Some(at) => {
            Listener { at, public, shows }.sound("admin-listen", "admin-public-url", proxies).map(Some)
        }
        None if public.is_some() => Err(ConfigError::Needs("admin-public-url", "admin-listen")),
        None if shows == Shows::Plain => Err(ConfigError::Needs("admin-tls = \"off\"", "admin-listen")),
        None if shows != Shows::Own => Err(ConfigError::Needs("admin-tls-certificate", "admin-listen")),
        None => Ok(None),
    }
}

fn shows(
    [tls, certificate, key]: [&'static str; 3],
    word: Option<Tls>,
    certificate_file: Option<&PathBuf>,
    key_file: Option<&PathBuf>,
) -> Result<Shows, ConfigError> {
    match (word, certificate_file, key_file) {
        (Some(Tls::Off), None, None) => Ok(Shows::Plain),
        (Some(Tls::Off), ..) => Err(ConfigError::Clash(certificate, tls)),
        (_, None, None) => Ok(Shows::Own),
        (_, Some(certificate), Some(key)) => {
            Ok(Shows::Files(Files { certificate: certificate.clone(), key: key.clone() }))
        }
        (_, Some(_), None) => Err(ConfigError::Needs(certificate, key)),
        (_, None, Some(_)) => Err(ConfigError::Needs(key, certificate)),
    }
}

impl Listener {
    fn sound(
        self,
        listen: &'static str,
        public: &'static str,
        proxies: &Proxies,
    ) -> Result<Self, ConfigError> {
        match self.shows {
            Shows::Own => Ok(self),
            // what stands in the certificate is this name
            _ if self.public.is_none() => Err(ConfigError::NoName(listen, public)),
            Shows::Plain if !self.at.ip().is_loopback() && proxies.is_empty() => {
                Err(ConfigError::InTheClear(listen))
            }
            Shows::Files(_) | Shows::Plain => Ok(self),
        }
    }

    /// Names for a certificate of the server's own CA.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = if self.at.ip().is_unspecified() { None } else { Some(self.at.ip().to_string()) };
        let public = self.public.as_ref().map(|public| public.host().to_owned());
        let fixed = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
        let mut names: Vec<String> = public.into_iter().chain(own).chain(fixed).collect();
        let mut seen = HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }
}

/// Where people reach their listener: where that is said, else at the server's own name if it listens on every address.
#[must_use]
pub fn people_authority(people: &Listener, bound: SocketAddr, phones: Option<&PublicUrl>) -> String {
    match (&people.public, phones) {
        (Some(public), _) => public.authority().to_owned(),
        (None, Some(phones)) if bound.ip().is_unspecified() => {
            let host = phones.authority().rsplit_once(':').map_or(phones.authority(), |(host, _)| host);
            format!("{host}:{}", bound.port())
        }
        (None, _) => reached(bound).to_string(),
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

    fn config(text: &str) -> Result<Config, String> {
        let raw: Raw = toml::from_str(text).expect("a configuration");
        Config::try_from(raw).map_err(|error| error.to_string())
    }

    #[test]
    fn the_certificate_has_each_name_once() {
        let config = config("public-url = 'https://phones.example'\nlisten = '127.0.0.1:1'").expect("sound");
        assert_eq!(config.phones.names(), ["phones.example", "127.0.0.1", "localhost", "::1"]);
    }

    #[test]
    fn keys_that_don_t_fit_each_other_are_named() {
        let public = "public-url = 'https://a'\n";
        let wrong = [
            ("tls-certificate = 'c'", "tls-certificate needs tls-key"),
            ("tls-key = 'k'", "tls-key needs tls-certificate"),
            ("tls-certificate = 'c'\ntls-key = 'k'", "tls-certificate needs phone-ca"),
            ("phone-ca = 'c'", "phone-ca needs tls-certificate, or tls = \"off\""),
            ("tls = 'off'", "tls = \"off\" needs phone-ca"),
            ("tls = 'off'\ntls-certificate = 'c'\ntls-key = 'k'", "tls-certificate is set, and tls is off"),
            ("tls = 'off'\nphone-ca = 'c'", "public-url is not set"),
            ("admin-public-url = 'https://a'", "admin-public-url needs admin-listen"),
            ("smtp-url = 'smtps://a'", "smtp-url needs mail-from"),
            ("mail-from = 'a@b'", "mail-from needs smtp-url"),
            ("smtp-url = 'smtps://me@a'\nmail-from = 'a@b'", "a user in smtp-url needs smtp-password-file"),
            ("oidc-client-id = 'a'", "oidc-client-id needs oidc-issuer"),
            ("oidc-issuer = 'https://a'", "oidc-issuer needs oidc-client-id"),
            ("ldap-base = 'dc=a'", "ldap-base needs ldap-url"),
            ("ldap-url = 'ldaps://a'", "ldap-url needs ldap-base"),
            ("ldap-url = 'ldaps://a'\nldap-base = 'dc=a'", "ldap-url needs ldap-map, or ldap-carrier-base"),
            ("ldap-carrier-base = 'dc=a'", "ldap-carrier-base needs ldap-url"),
            ("ldap-url = 'ldaps://a'\nldap-bind-dn = 'cn=a'", "ldap-bind-dn needs ldap-bind-password-file"),
            ("ldap-url = 'ldaps://a'\nldap-user-filter = '(a={dn})'", "ldap-user-filter needs {name} in it"),
            ("admin-tls = 'off'", "admin-tls = \"off\" needs admin-listen"),
        ];
        for (text, why) in wrong {
            let said = config(text).expect_err(text);
            assert!(said.starts_with(why), "{text}: {said}");
        }
        let said =
            config(&format!("{public}tls = 'off'\nphone-ca = 'c'\nlisten = '0.0.0.0:80'")).expect_err("open");
        assert!(said.contains("in the clear"), "{said}");
        for listen in ["listen = '127.0.0.1:80'", "listen = '0.0.0.0:80'\ntrusted-proxies = ['10.0.0.2']"] {
            let config = config(&format!("{public}tls = 'off'\nphone-ca = 'c'\n{listen}")).expect(listen);
            assert_eq!(config.phones.shows, Shows::Plain);
        }
    }

    #[test]
    fn the_register_is_compared_with_a_directory_through_which_nobody_signs_in() {
        let written = |more: &str| {
            let text =
                format!("ldap-url = 'ldaps://a'\nldap-base = 'dc=a'\nldap-carrier-base = 'dc=a'\n{more}");
            config(&text).map(|config| config.ldap.expect("a directory"))
        };
        let ldap = written("").expect("sound");
        assert!(ldap.map.is_empty());
        let people = ldap.people.expect("people");
        assert_eq!(
            (people.filter.text(), people.every),
            ("(objectClass=person)", Some(Span::from_hours(24)))
        );
        let asked = written("ldap-carrier-every = 0").expect("sound").people.expect("people");
        assert_eq!(asked.every, None);
        let lone = written("ldap-carrier-org-attribute = 'department'").expect_err("refused");
        assert!(lone.starts_with("ldap-carrier-org-attribute needs ldap-carrier-map"), "{lone}");
    }

    #[test]
    fn people_are_sent_to_their_own_listener() {
        let at = |text: &str, bound: &str| {
            let config = config(text).expect(text);
            let people = config.people.expect("people");
            people_authority(&people, bound.parse().expect("an address"), config.phones.public.as_ref())
        };
        let both = "public-url = 'https://phones.example'\nadmin-listen = '0.0.0.0:9443'\n";
        assert_eq!(at(both, "0.0.0.0:9443"), "phones.example:9443");
        let named = format!("{both}admin-public-url = 'https://people.example'");
        assert_eq!(at(&named, "0.0.0.0:9443"), "people.example:443");
        assert_eq!(at("admin-listen = '10.0.0.5:9443'", "10.0.0.5:9443"), "10.0.0.5:9443");
    }
}
