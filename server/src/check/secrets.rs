//! Files that hold a secret and lie where their administrator has put them: whether others than the server can read them, and whether the server can.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::Finding;
use super::reader::Reader;
use crate::config::{Config, Shows};

/// What the findings are about.
const WHAT: &str = "secret files";

/// What names the file that the backups' passphrase is in.
pub const PASSPHRASE: &str = "the passphrase of backups";

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
    let server = Reader::of(data);
    let mut found: Vec<Finding> =
        files.iter().filter_map(|(key, path)| flaw(key, path, server.as_ref())).collect();
    if found.is_empty() && !files.is_empty() {
        found.push(Finding::ok(WHAT, "nobody but the server reads them"));
    }
    found
}

fn flaw(key: &str, path: &Path, server: Option<&Reader>) -> Option<Finding> {
    let shown = path.display();
    let about = match path.metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            let seen = format!("{shown} can't be looked at ({key}): {error}");
            return Some(Finding::warning(
                WHAT,
                seen,
                "check as the server's user (sudo -u muster muster-server check), or as root",
            ));
        }
    };
    let mode = about.permissions().mode() & 0o777;
    if open(key, &about, mode, server) {
        let seen = format!("others can read or write {shown} ({key}, mode {mode:04o})");
        return Some(Finding::warning(WHAT, seen, mend(&about, path, server)));
    }
    // whoever makes backups reads their passphrase, and that need not be the server
    let server = server.filter(|server| key != PASSPHRASE && !server.reads(path, &about))?;
    let advice =
        format!("{}; its folders, too, have to let the server through", mend(&about, path, Some(server)));
    Some(if server.looks() {
        Finding::failure(WHAT, format!("the server can't read {shown} ({key}, mode {mode:04o})"), advice)
    } else {
        let seen = format!("by owner, group and mode the server can't read {shown} ({key}, mode {mode:04o})");
        Finding::warning(WHAT, seen, advice)
    })
}

/// Whether others have it. A file of root's that a group reads, as packages have it, is not open: the group is the server's, or the server can't
/// read it, which is a finding of its own. Of the passphrase, which the server need not read, the group has to be known for the server's.
fn open(key: &str, about: &Metadata, mode: u32, server: Option<&Reader>) -> bool {
    let by_group = match server {
        Some(server) if server.owns(about) => false,
        Some(server) => key != PASSPHRASE || server.is_in_group_of(about),
        None => key != PASSPHRASE,
    };
    mode & if by_group { 0o027 } else { 0o077 } != 0
}

/// What takes it from others and leaves it to the server, who goes on reading it.
fn mend(about: &Metadata, path: &Path, server: Option<&Reader>) -> String {
    let path = path.display();
    match server {
        Some(server) if server.owns(about) => format!("chmod 0600 {path}"),
        Some(server) if server.is_in_group_of(about) => format!("chmod 0640 {path}"),
        Some(server) => format!("chown root:{} {path} && chmod 0640 {path}", server.group()),
        None => format!("chown root:GROUP {path} && chmod 0640 {path}, with the group of the server's user"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::MetadataExt as _;

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
    fn what_is_told_to_be_closed_stays_readable_for_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let said = |mode, user: u32, groups: &[u32]| {
            let path = file(folder.path(), "a", mode);
            let about = path.metadata().unwrap();
            let server = Reader::new(
                about.uid() + user,
                &groups.iter().map(|group| about.gid() + group).collect::<Vec<_>>(),
            );
            let found = flaw("a key", &path, Some(&server));
            found.map(|found| found.advice.unwrap().replace(&path.display().to_string(), "F"))
        };
        let (own, group) = (Some("chmod 0600 F".to_owned()), Some("chmod 0640 F".to_owned()));
        let given = said(0o644, 1, &[1]).unwrap();
        assert!(given.starts_with("chown root:") && given.ends_with(" F && chmod 0640 F"), "{given}");
        assert_eq!((said(0o644, 1, &[0]), said(0o660, 1, &[0])), (group.clone(), group.clone()));
        assert_eq!(said(0o644, 1, &[1, 0]), group, "a group that it is in beside its own");
        assert_eq!((said(0o640, 0, &[0]), said(0o604, 0, &[1])), (own.clone(), own), "the server's own");
    }

    #[test]
    fn nothing_is_well_that_the_server_can_not_read() {
        // as /etc has it: whoever comes by may look for what is there
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        let seen = |key, mode, user: u32, groups: &[u32]| {
            let path = file(folder.path(), "a", mode);
            let about = path.metadata().unwrap();
            let server = Reader::new(
                about.uid() + user,
                &groups.iter().map(|group| about.gid() + group).collect::<Vec<_>>(),
            );
            flaw(key, &path, Some(&server)).map(|found| found.seen.contains("the server can't read"))
        };
        assert_eq!(seen("a key", 0o600, 1, &[0]), Some(true), "the owner's alone");
        assert_eq!(seen("a key", 0o640, 1, &[1]), Some(true), "another group's");
        assert_eq!((seen("a key", 0o640, 1, &[0]), seen("a key", 0o640, 1, &[1, 0])), (None, None));
        assert_eq!(seen(PASSPHRASE, 0o600, 1, &[1]), None, "whoever makes backups reads that one");
        assert_eq!(seen(PASSPHRASE, 0o644, 1, &[1]), Some(false));
        assert_eq!(seen(PASSPHRASE, 0o640, 1, &[1]), Some(false), "some group's, that is not the server's");
        assert_eq!(seen(PASSPHRASE, 0o640, 1, &[0]), None);
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o700)).unwrap();
        assert_eq!(seen("a key", 0o640, 1, &[0]), Some(true), "the folder does not let it through");
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
