//! Whether those elsewhere can be asked through whom people sign in, and with whom the register is compared: the provider's document, and the
//! directory's door. Nobody's data is read.

use super::{Finding, in_full};
use crate::config::Config;
use crate::outside::ldap::{self, Directory};
use crate::outside::oidc::{self, Provider};

/// Asks both at once; nothing where neither is configured.
pub fn look(config: &Config) -> Vec<Finding> {
    if config.oidc.is_none() && config.ldap.is_none() {
        return Vec::new();
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return vec![Finding::warning("directory and provider", error.to_string(), "look again")];
        }
    };
    let asked = async { tokio::join!(provider(config.oidc.clone()), directory(config.ldap.clone())) };
    let (provider, directory) = runtime.block_on(asked);
    provider.into_iter().chain(directory).collect()
}

async fn provider(settings: Option<oidc::Settings>) -> Option<Finding> {
    let (what, settings) = ("provider", settings?);
    let issuer = settings.issuer.clone();
    let provider = match Provider::new(settings) {
        Ok(provider) => provider,
        Err(error) => return Some(unusable(what, &error)),
    };
    Some(match provider.look().await {
        Ok(()) => Finding::ok(what, format!("{issuer} says what it is")),
        Err(error) => Finding::warning(
            what,
            format!("{issuer} does not say what it is: {error}"),
            "people who sign in through it can't: look at oidc-issuer and oidc-ca, and whether this machine reaches it",
        ),
    })
}

async fn directory(settings: Option<ldap::Settings>) -> Option<Finding> {
    let (what, settings) = ("directory", settings?);
    let url = settings.url.clone();
    let directory = match Directory::new(settings) {
        Ok(directory) => directory,
        Err(error) => return Some(unusable(what, &error)),
    };
    Some(match directory.look().await {
        Ok(()) => Finding::ok(what, format!("{url} lets the server in and has somebody")),
        Err(error) => Finding::warning(
            what,
            format!("{url} can't be used: {}", in_full(&error)),
            "nobody signs in with its passwords, and the register is not compared: look at ldap-url, ldap-ca, ldap-bind-dn, ldap-base and ldap-carrier-base",
        ),
    })
}

/// With such a file the server does not start.
fn unusable(what: &str, error: &dyn std::error::Error) -> Finding {
    Finding::failure(
        what,
        in_full(error),
        "mend the file, readable for the server's user: without it the server does not start",
    )
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use crate::config::Raw;

    fn found(more: &str) -> Vec<Finding> {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "x").unwrap();
        let text = more.replace("SECRET", secret.to_str().unwrap());
        look(&Config::try_from(toml::from_str::<Raw>(&text).unwrap()).unwrap())
    }

    #[test]
    fn who_is_away_is_a_warning_and_who_is_not_configured_is_nothing() {
        assert_eq!(found(""), []);
        let both = "oidc-issuer = 'https://127.0.0.1:9'\noidc-client-id = 'a'\noidc-client-secret-file = 'SECRET'\n\
                    oidc-map = ['a=owner']\nldap-url = 'ldap://127.0.0.1:9'\nldap-base = 'dc=a'\nldap-carrier-base = 'dc=a'";
        let found = found(both);
        let states: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.state)).collect();
        assert_eq!(states, [("provider", State::Warning), ("directory", State::Warning)], "{found:?}");
        assert!(found[1].seen.contains("reach the directory"), "{}", found[1].seen);
    }

    #[test]
    fn a_file_that_is_missing_is_a_failure() {
        let text = "ldap-url = 'ldaps://a'\nldap-base = 'dc=a'\nldap-carrier-base = 'dc=a'\nldap-ca = '/no/such.pem'";
        let found = found(text);
        assert_eq!((found.len(), found[0].state), (1, State::Failure), "{found:?}");
    }
}
