//! Whether those elsewhere can be asked through whom people sign in, with whom the register is compared, and who takes mails: the provider's
//! document, the directory's door, and the mail server's. Nobody's data is read, and nothing is sent.

use super::{Finding, in_full};
use crate::config::Config;
use crate::hooks::Outbound;
use crate::mail::{self, Mailer};
use crate::outside::ldap::{self, Directory};
use crate::outside::oidc::{self, Provider};

/// Asks all at once; nothing where none is configured.
pub fn look(config: &Config) -> Vec<Finding> {
    let receivers = Outbound::new(config.hooks.clone()).err().map(|error| unusable("hooks-ca", &error));
    if config.oidc.is_none() && config.ldap.is_none() && config.mail.is_none() {
        return receivers.into_iter().collect();
    }
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let what = "provider, directory and mail server";
            return vec![Finding::warning(what, error.to_string(), "look again")];
        }
    };
    let (oidc, ldap, mail) = (config.oidc.clone(), config.ldap.clone(), config.mail.as_ref());
    let asked = async { tokio::join!(provider(oidc), directory(ldap), mail_server(mail)) };
    let (provider, directory, mail) = runtime.block_on(asked);
    provider.into_iter().chain(directory).chain(mail).chain(receivers).collect()
}

async fn mail_server(settings: Option<&mail::Settings>) -> Option<Finding> {
    let (what, settings) = ("mail server", settings?);
    let mailer = match Mailer::new(settings) {
        Ok(mailer) => mailer,
        Err(error) => return Some(unusable(what, &error)),
    };
    let host = settings.url.host();
    Some(match mailer.look().await {
        Ok(()) => Finding::ok(what, format!("{host} lets the server in")),
        Err(refused) => Finding::warning(
            what,
            format!("{host} can't be used: {}", refused.words),
            "mails wait until it can: look at smtp-url, smtp-password-file and hooks-ca, and whether this machine reaches it",
        ),
    })
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
        let mail = "smtp-url = 'smtps://a@127.0.0.1:9'\nmail-from = 'a@b.example'\nsmtp-password-file =";
        for text in [
            "ldap-url = 'ldaps://a'\nldap-base = 'dc=a'\nldap-carrier-base = 'dc=a'\nldap-ca = '/no/such.pem'".to_owned(),
            format!("{mail} '/no/such'"),
            "hooks-ca = '/no/such.pem'".to_owned(),
            "hooks-ca = 'SECRET'".to_owned(),
        ] {
            let found = found(&text);
            assert_eq!((found.len(), found[0].state), (1, State::Failure), "{text}: {found:?}");
        }
        let away = found(&format!("{mail} 'SECRET'"));
        assert_eq!((away.len(), away[0].state), (1, State::Warning), "{away:?}");
    }
}
