//! What a server that starts says of its configuration: it works, and somebody should look after it.

use super::{Finding, State, maps, secrets};
use crate::app::App;
use crate::config::Config;
use crate::error::ActionError;
use crate::orgs;

/// Writes into the log which files of secrets others can read, and which entries of maps name an organisation that is not there.
pub async fn warn(app: &App, config: &Config) {
    match flaws(app, config).await {
        Ok(found) => {
            for Finding { what, seen, advice, .. } in found {
                tracing::warn!(what, advice, "{seen}");
            }
        }
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the configuration was not looked at");
        }
    }
}

async fn flaws(app: &App, config: &Config) -> Result<Vec<Finding>, ActionError> {
    let known = app.store.read(|tx| Ok::<_, ActionError>(orgs::all(tx)?)).await?;
    let known = known.into_iter().map(|org| org.id).collect();
    let mut found = secrets::look(&config.data, &secrets::named(config));
    found.extend(maps::look(config.oidc.as_ref(), config.ldap.as_ref(), &known));
    found.retain(|finding| finding.state != State::Ok);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Raw;
    use crate::http::testing::world;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    #[tokio::test]
    async fn what_should_be_looked_after_is_said_at_the_start() {
        let (world, folder) = (world().await, tempfile::tempdir().unwrap());
        let secret = folder.path().join("secret");
        std::fs::write(&secret, "x").unwrap();
        let said = async |mode, org: &str| {
            std::fs::set_permissions(&secret, Permissions::from_mode(mode)).unwrap();
            let text = format!(
                "data = {:?}\noidc-issuer = 'https://a'\noidc-client-id = 'a'\noidc-map = ['a=owner:{org}']\noidc-client-secret-file = {secret:?}",
                folder.path()
            );
            let config = Config::try_from(toml::from_str::<Raw>(&text).unwrap()).unwrap();
            let found = flaws(&world.app, &config).await.unwrap();
            found.into_iter().map(|one| one.what).collect::<Vec<_>>()
        };
        assert_eq!(said(0o600, "minfin").await, [""; 0]);
        assert_eq!(said(0o644, "nobody").await, ["secret files", "oidc-map"]);
    }
}
