//! What a server that starts says of its configuration: it works, and somebody should look after it.

use std::path::Path;

use super::{Finding, State, maps, secrets, written};
use crate::app::App;
use crate::config::Config;
use crate::error::ActionError;
use crate::orgs;

/// Writes into the log which files of secrets others can read, and which entries of maps name an organisation that is not there.
pub async fn warn(app: &App, config: &Config) {
    match flaws(app, config).await {
        Ok(found) => log(found),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the configuration was not looked at");
        }
    }
}

/// Writes into the log that others can read the file of configuration, where the database's password is in it.
pub fn warn_of_file(path: &Path, data: &Path) {
    log(flaws_of_file(path, data));
}

fn flaws_of_file(path: &Path, data: &Path) -> Vec<Finding> {
    let files: Vec<_> = written::holds_a_password(path).into_iter().collect();
    let mut found = secrets::look(data, &files);
    found.retain(|finding| finding.state != State::Ok);
    found
}

fn log(found: Vec<Finding>) {
    for Finding { what, seen, advice, .. } in found {
        tracing::warn!(what, advice, "{seen}");
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

    #[test]
    fn a_file_with_the_databases_password_is_said_at_the_start_where_others_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        std::fs::write(&path, "database = 'postgres://muster:secret@db/muster'").unwrap();
        let said = |mode| {
            std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
            flaws_of_file(&path, folder.path()).into_iter().map(|one| one.what).collect::<Vec<_>>()
        };
        assert_eq!((said(0o600), said(0o644)), (vec![], vec!["secret files".to_owned()]));
    }
}
