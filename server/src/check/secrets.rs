//! Files that hold a secret and lie where their administrator has put them: whether others than the server can read them.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::Finding;
use crate::config::{Config, Shows};

/// What the findings are about.
const WHAT: &str = "secret files";

/// The files that the configuration names, each with its key.
pub fn named(config: &Config) -> Vec<(&'static str, PathBuf)> {
    let mut all = Vec::new();
    let mut add = |key, path: Option<&PathBuf>| all.extend(path.map(|path| (key, path.clone())));
    add("smtp-password-file", config.mail.as_ref().and_then(|mail| mail.password_file.as_ref()));
    add("oidc-client-secret-file", config.oidc.as_ref().map(|oidc| &oidc.secret_file));
    let bind = config.ldap.as_ref().and_then(|ldap| ldap.bind.as_ref());
    add("ldap-bind-password-file", bind.map(|bind| &bind.password_file));
    for listener in [Some(&config.phones), config.people.as_ref()].into_iter().flatten() {
        if let Shows::Files(files) = &listener.shows {
            add("a key for TLS", Some(&files.key));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// Looks at files, each with what names it. `data` is the folder of the server: whose that is, is whom the server runs as. Files that are
/// not there are somebody else's finding.
pub fn look(data: &Path, files: &[(&str, PathBuf)]) -> Vec<Finding> {
    let server = data.metadata().ok().map(|about| (about.uid(), about.gid()));
    let mut found: Vec<Finding> = files.iter().filter_map(|(key, path)| open(key, path, server)).collect();
    if found.is_empty() && !files.is_empty() {
        found.push(Finding::ok(WHAT, "nobody but the server reads them"));
    }
    found
}

fn open(key: &str, path: &Path, server: Option<(u32, u32)>) -> Option<Finding> {
    let about = path.metadata().ok()?;
    let mode = about.permissions().mode() & 0o777;
    let mend = mend(&about, mode, server)?;
    Some(Finding::warning(
        WHAT,
        format!("others can read or write {} ({key}, mode {mode:04o})", path.display()),
        format!("{mend} {}", path.display()),
    ))
}

/// What takes it from others, where they have it. A file of root's that the server reads through its group, as packages have it, stays so.
fn mend(about: &Metadata, mode: u32, server: Option<(u32, u32)>) -> Option<&'static str> {
    let by_group = server.is_some_and(|(user, group)| about.uid() != user && about.gid() == group);
    match by_group {
        true => (mode & 0o027 != 0).then_some("chmod 0640"),
        false => (mode & 0o077 != 0).then_some("chmod 0600"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;

    use super::super::State;
    use super::*;

    fn file(folder: &Path, name: &str, mode: u32) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, "x").unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn each_file_that_others_read_is_named_with_its_mode_and_what_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            ("smtp-password-file", file(folder.path(), "smtp", 0o644)),
            ("oidc-client-secret-file", file(folder.path(), "oidc", 0o600)),
            ("ldap-bind-password-file", file(folder.path(), "ldap", 0o640)),
            ("backup", file(folder.path(), "backup", 0o602)),
            ("gone", folder.path().join("gone")),
        ];
        let found = look(folder.path(), &files);
        let said: Vec<_> = found.iter().map(|one| (one.state, one.seen.as_str())).collect();
        assert_eq!(said.len(), 3, "{said:?}");
        for (nth, (name, mode)) in [("smtp", "0644"), ("ldap", "0640"), ("backup", "0602")].iter().enumerate()
        {
            assert_eq!(said[nth].0, State::Warning);
            assert!(said[nth].1.contains(name) && said[nth].1.contains(mode), "{said:?}");
            let mend = found[nth].advice.clone().unwrap();
            assert_eq!(mend, format!("chmod 0600 {}", folder.path().join(name).display()));
        }
        let closed = look(folder.path(), &files[1..2]);
        assert_eq!((closed.len(), closed[0].state), (1, State::Ok));
        assert_eq!(look(folder.path(), &[]), []);
    }

    #[test]
    fn a_file_of_another_user_is_read_through_the_servers_group() {
        let folder = tempfile::tempdir().unwrap();
        let about = |mode| file(folder.path(), "a", mode).metadata().unwrap();
        let of = |mode, user: u32, group: u32| {
            let about = about(mode);
            mend(&about, mode, Some((about.uid() + user, about.gid() + group)))
        };
        assert_eq!(of(0o640, 1, 0), None, "root's, and the server's group reads it");
        assert_eq!(of(0o644, 1, 0), Some("chmod 0640"));
        assert_eq!(of(0o660, 1, 0), Some("chmod 0640"));
        assert_eq!(of(0o640, 1, 1), Some("chmod 0600"), "another group");
        assert_eq!(of(0o640, 0, 0), Some("chmod 0600"), "the server's own");
    }

    #[test]
    fn what_the_configuration_names_is_looked_at() {
        let text = "data = 'd'\nsmtp-url = 'smtps://a@b'\nsmtp-password-file = '/1'\nmail-from = 'a@b'\n\
                    oidc-issuer = 'https://a'\noidc-client-id = 'a'\noidc-client-secret-file = '/2'\noidc-map = ['a=owner']\n\
                    ldap-url = 'ldaps://a'\nldap-base = 'dc=a'\nldap-bind-dn = 'cn=a'\nldap-bind-password-file = '/3'\nldap-map = ['a=owner']\n";
        let config = Config::try_from(toml::from_str::<crate::config::Raw>(text).unwrap()).unwrap();
        let paths: Vec<_> = named(&config).into_iter().map(|(_, path)| path).collect();
        assert_eq!(paths, ["/3", "/2", "/1"].map(PathBuf::from));
    }
}
