//! What the configuration says of the provider.

use reqwest::Url;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::outside::Mapped;

/// What the configuration says of the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Who it is.
    pub issuer: Issuer,
    /// What the server is called there.
    pub client_id: String,
    /// The file of the secret that both know.
    pub secret_file: PathBuf,
    /// What it is called on the sign-in page.
    pub title: String,
    /// What is asked for beside `openid`.
    pub scopes: Vec<String>,
    /// The claim that names a person's groups.
    pub groups_claim: String,
    /// What members of a group may.
    pub map: Vec<Mapped>,
    /// One more CA, in PEM.
    pub ca: Option<PathBuf>,
}

/// The issuer's identifier: `https://HOST[:PORT][/PATH]`; `http://` on the server's own machine alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Issuer(String);

impl Issuer {
    /// As it was written: issuers are compared letter by letter.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The host.
    #[must_use]
    pub fn host(&self) -> String {
        Url::parse(&self.0).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
    }
}

impl FromStr for Issuer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not https://HOST[:PORT][/PATH]");
        let url = Url::parse(text).map_err(|_| wrong())?;
        let bare = url.query().is_none() && url.fragment().is_none();
        let nobody = url.username().is_empty() && url.password().is_none();
        let whole = !text.chars().any(|c| c.is_whitespace() || c.is_control());
        if is_safe(&url) && bare && nobody && whole { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Issuer {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Issuer> for String {
    fn from(issuer: Issuer) -> Self {
        issuer.0
    }
}

/// Whether nobody on the way reads what is sent there.
pub(super) fn is_safe(url: &Url) -> bool {
    let near = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    url.scheme() == "https" || (url.scheme() == "http" && near)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_reached_over_tls_or_on_this_machine() {
        for good in ["https://id.example.org/realms/a", "http://localhost:3000", "http://127.0.0.1:1/x"] {
            assert_eq!(good.parse::<Issuer>().unwrap().text(), good);
        }
        for wrong in [
            "http://id.example.org",
            "https://a?b",
            "https://u@a",
            "https://u:p@a",
            "a",
            "https://a#b",
            "https://a/b c",
        ] {
            assert!(wrong.parse::<Issuer>().is_err(), "{wrong}");
        }
    }
}
