//! What the configuration says of the directory.

use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::people::People;
use crate::outside::Mapped;

/// What the configuration says of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where it is.
    pub url: LdapUrl,
    /// As whom the server looks for people; as nobody where none is named.
    pub bind: Option<Bind>,
    /// Below which entry people and groups are.
    pub base: String,
    /// Which entry a name is that somebody types.
    pub user_filter: Filter,
    /// Which groups somebody is in.
    pub group_filter: Filter,
    /// The attribute that stays as it is for ever.
    pub id_attribute: String,
    /// The attribute that has the account's name.
    pub name_attribute: String,
    /// What members of a group may.
    pub map: Vec<Mapped>,
    /// Those who may carry phones, where the register is compared with the directory.
    pub people: Option<People>,
    /// One more CA, in PEM.
    pub ca: Option<PathBuf>,
}

/// As whom the server looks for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// The entry.
    pub dn: String,
    /// The file of its password.
    pub password_file: PathBuf,
}

/// Where a directory is: `ldaps://HOST[:PORT]` (TLS from the start), `ldap://HOST[:PORT]` (StartTLS, without which no password is sent), or
/// `ldap://HOST[:PORT]?tls=off` on the server's own machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct LdapUrl {
    url: String,
    security: Security,
}

/// How TLS is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    /// From the start.
    Whole,
    /// After StartTLS.
    Started,
    /// Not at all.
    Off,
}

/// A filter (RFC 4515) with places for a name and an entry: `{name}` and `{dn}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Filter(String);

impl LdapUrl {
    /// `ldap://HOST:PORT` or `ldaps://HOST:PORT`.
    pub(super) fn bare(&self) -> &str {
        &self.url
    }

    pub(super) fn security(&self) -> Security {
        self.security
    }
}

impl FromStr for LdapUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "{text:?} is not ldaps://HOST[:PORT], ldap://HOST[:PORT], or ldap://127.0.0.1[:PORT]?tls=off"
            )
        };
        let url = Url::parse(text).map_err(|_| wrong())?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let near = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
        let security = match (url.scheme(), url.query()) {
            ("ldaps", None) => Security::Whole,
            ("ldap", None) => Security::Started,
            ("ldap", Some("tls=off")) if near => Security::Off,
            _ => return Err(wrong()),
        };
        let nobody = url.username().is_empty() && url.password().is_none();
        if !nobody || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(wrong());
        }
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        Ok(Self { url: format!("{}://{host}{port}", url.scheme()), security })
    }
}

impl fmt::Display for LdapUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)?;
        if self.security == Security::Off { f.write_str("?tls=off") } else { Ok(()) }
    }
}

impl Filter {
    /// The filter for this name and this entry. What stands for something else in a filter is only itself in them (RFC 4515 §3).
    pub(super) fn of(&self, name: &str, dn: &str) -> String {
        let mut filter = String::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            let (before, tail) = rest.split_at(at);
            filter += before;
            if let Some(after) = tail.strip_prefix("{name}") {
                filter += &escaped(name);
                rest = after;
            } else if let Some(after) = tail.strip_prefix("{dn}") {
                filter += &escaped(dn);
                rest = after;
            } else {
                filter.push('{');
                rest = &tail[1..];
            }
        }
        filter + rest
    }

    /// Whether it asks for a name.
    #[must_use]
    pub fn has_name(&self) -> bool {
        self.0.contains("{name}")
    }
}

/// All but letters and digits as two hexadecimal digits: the filter can't tell it from what was meant.
fn escaped(text: &str) -> String {
    let one = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
        _ => format!("\\{byte:02x}"),
    };
    text.bytes().map(one).collect()
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let filter = Self(text.to_owned());
        let asks = filter.has_name() || text.contains("{dn}");
        match ldap3::parse_filter(filter.of("x", "x")) {
            Ok(_) if asks && text.starts_with('(') => Ok(filter),
            Ok(_) if text.starts_with('(') => Err(format!("{text:?} has neither {{name}} nor {{dn}} in it")),
            _ => Err(format!("{text:?} is no filter like (uid={{name}})")),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                text.parse()
            }
        }

        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.to_string()
            }
        }
    )*};
}

pub(super) use as_text;

as_text!(LdapUrl, Filter);

/// How two names of one entry are told to be the same: directories ignore case, and spaces around what separates.
pub(super) fn plain(dn: &str) -> String {
    let around =
        |c: char| move |part: &str| part.split(c).map(str::trim).collect::<Vec<_>>().join(&c.to_string());
    around('=')(&around(',')(dn)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_directory_is_reached_over_tls_or_on_this_machine() {
        for good in [
            "ldaps://dc.example.org",
            "ldap://dc.example.org:3389",
            "ldap://127.0.0.1:389?tls=off",
            "ldaps://[::1]:636",
        ] {
            assert_eq!(good.parse::<LdapUrl>().unwrap().to_string(), good);
        }
        let wrong = [
            "ldap://dc.example.org?tls=off",
            "ldaps://dc.example.org?tls=off",
            "ldap://u:p@dc",
            "ldap:///dc=a",
            "ldap://dc/dc=a",
            "ldapi://x",
            "dc",
            "",
        ];
        for wrong in wrong {
            assert!(wrong.parse::<LdapUrl>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_typed_is_no_part_of_the_filter() {
        let filter: Filter = "(&(objectClass=person)(uid={name}))".parse().unwrap();
        assert_eq!(filter.of("anna", ""), "(&(objectClass=person)(uid=anna))");
        assert_eq!(filter.of("*)(uid=*", ""), r"(&(objectClass=person)(uid=\2a\29\28uid\3d\2a))");
        assert_eq!(filter.of("a\0\\", ""), r"(&(objectClass=person)(uid=a\00\5c))");
        assert_eq!(
            filter.of("{dn}", "x"),
            r"(&(objectClass=person)(uid=\7bdn\7d))",
            "nothing is filled in twice"
        );
        let nested: Filter = "(member:1.2.840.113556.1.4.1941:={dn})".parse().unwrap();
        assert_eq!(nested.of("", "cn=A"), r"(member:1.2.840.113556.1.4.1941:=cn\3dA)");
        for wrong in ["", "uid={name}", "(uid={name}", "(uid=anna)", "(uid={name}))"] {
            assert!(wrong.parse::<Filter>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn one_entry_has_many_spellings() {
        assert_eq!(plain("CN=Staff, OU=Groups ,dc = Example"), "cn=staff,ou=groups,dc=example");
    }

    proptest! {
        #[test]
        fn no_name_changes_what_is_asked(name in "\\PC{0,40}", dn in "\\PC{0,40}") {
            let filter: Filter = "(&(a={name})(b={dn}))".parse().unwrap();
            let made = filter.of(&name, &dn);
            prop_assert!(ldap3::parse_filter(&made).is_ok());
            prop_assert_eq!(made.matches(['(', ')', '*', '=']).count(), 8);
        }

        #[test]
        fn no_text_makes_it_fail(text in "\\PC{0,60}") {
            let _ = (text.parse::<Filter>(), text.parse::<LdapUrl>(), plain(&text));
        }
    }
}
