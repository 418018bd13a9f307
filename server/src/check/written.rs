//! A file of configuration that the server does not take: whoever mends one flaw wants to hear of the others too. It is read here key by key, as far
//! as it is TOML at all.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::{Finding, secrets};
use crate::config::Raw;
use crate::outside::Mapped;
use crate::outside::ldap::Part;

/// What can be said of it beside its first flaw: each entry of a map that can't be read, and files of secrets that others read.
/// Whose the folder `data` is, is whom the server runs as: the one given, else the file's, else the usual one.
#[must_use]
pub fn look(path: &Path, data: Option<&Path>) -> Vec<Finding> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let Ok(table) = toml::from_str::<toml::Table>(&text) else { return Vec::new() };
    let mut found: Vec<Finding> =
        ["oidc-map", "ldap-map"].into_iter().flat_map(|key| map::<Mapped>(&table, key, MAPPED)).collect();
    found.extend(map::<Part>(&table, "ldap-carrier-map", PART));
    let folder = path.parent().unwrap_or(Path::new(""));
    let named = |key: &'static str| Some((key, folder.join(table.get(key)?.as_str()?)));
    let files: Vec<(&str, PathBuf)> = [
        "smtp-password-file",
        "oidc-client-secret-file",
        "ldap-bind-password-file",
        "tls-key",
        "admin-tls-key",
    ]
    .into_iter()
    .filter_map(named)
    .chain(holds_a_password(path))
    .collect();
    let written = table.get("data").and_then(toml::Value::as_str).map(|data| folder.join(data));
    let data = data.map(Path::to_owned).or(written).or_else(|| Raw::usual().data);
    found.extend(secrets::look(&data.unwrap_or_default(), &files));
    found
}

/// What entries of the maps look like.
const MAPPED: &str =
    "GROUP=ROLE or GROUP=ROLE:ORG, with a role of owner, author, operator, auditor and helpdesk";
const PART: &str = "DN=ORG or VALUE=ORG, with the id of an organisation";

/// The file itself, where the address of the database in it has a password, wherever that stands in it.
#[must_use]
pub fn holds_a_password(path: &Path) -> Option<(&'static str, PathBuf)> {
    let table: toml::Table = toml::from_str(&std::fs::read_to_string(path).ok()?).ok()?;
    let config: tokio_postgres::Config = table.get("database")?.as_str()?.parse().ok()?;
    config.get_password().map(|_| ("the password of `database`", path.to_owned()))
}

fn map<T: FromStr<Err: Display>>(table: &toml::Table, key: &str, advice: &str) -> Vec<Finding> {
    let entries = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
    let flaw = |entry: &toml::Value| match entry.as_str() {
        Some(text) => text.parse::<T>().err().map(|why| format!("{text:?}: {why}")),
        None => Some(format!("{} instead of a text", entry.type_str())),
    };
    entries.filter_map(flaw).map(|seen| Finding::failure(key, seen, advice)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    fn write(path: &Path, text: &str, mode: u32) {
        std::fs::write(path, text).unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn every_flaw_of_the_maps_is_said_and_not_the_first_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        write(&folder.path().join("secret"), "x", 0o644);
        let text = "oidc-map = ['a=admin', 'b', 'c=owner', 7]\nldap-map = ['cn=a=owner:']\nldap-carrier-map = ['ou=a=b', 'c', 'ou=d=']\nldap-bind-password-file = 'secret'\nlissten = 1\n";
        write(&path, text, 0o644);
        let found = look(&path, Some(folder.path()));
        let said: Vec<_> = found.iter().map(|one| (one.what.as_str(), one.state)).collect();
        let (failure, warning) = (State::Failure, State::Warning);
        let wanted = [
            ("oidc-map", failure),
            ("oidc-map", failure),
            ("oidc-map", failure),
            ("ldap-map", failure),
            ("ldap-carrier-map", failure),
            ("ldap-carrier-map", failure),
            ("secret files", warning),
        ];
        assert_eq!(said, wanted, "{found:?}");
        assert!(found[0].seen.contains("\"admin\" is no role"), "{found:?}");
        // as a package has it: whose group reads it only the folder of the server says, and there is none yet
        let group = "ldap-bind-password-file = 'secret'\nlissten = 1\ndata = 'none'";
        for (mode, advice) in [(0o640, None), (0o644, Some("chown root:GROUP"))] {
            write(&folder.path().join("secret"), "x", mode);
            write(&path, group, 0o640);
            let found = look(&path, None);
            let given = found.iter().find_map(|one| one.advice.as_deref());
            assert_eq!(
                given.map(|given| given.starts_with(advice.unwrap_or("-"))),
                advice.map(|_| true),
                "{found:?}"
            );
        }
        write(&path, "oidc-map = [", 0o644);
        assert_eq!(look(&path, Some(folder.path())), [], "it is no TOML");
        assert_eq!(look(&folder.path().join("gone"), None), []);
    }

    #[test]
    fn a_file_with_the_databases_password_is_a_secret() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        write(&path, "database = 'postgres://muster:secret@db/muster'", 0o600);
        assert!(holds_a_password(&path).is_some());
        assert_eq!(look(&path, Some(folder.path()))[0].state, State::Ok);
        write(&path, "database = 'postgres://muster@db/muster?password=secret'", 0o644);
        assert!(holds_a_password(&path).is_some(), "it stands elsewhere");
        assert_eq!(look(&path, Some(folder.path()))[0].state, State::Warning);
        write(&path, "database = 'postgres://muster@db/muster'", 0o644);
        assert_eq!((holds_a_password(&path), look(&path, Some(folder.path()))), (None, Vec::new()));
    }
}
