//! Servers that somebody has logged in to: one file each in `$XDG_CONFIG_HOME/muster/profiles`, readable by its owner alone, for it holds
//! a token. `current` beside them names the one that is used where none is named.

use crate::output::WrongUse;
use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::{fs, io};

/// A server, who we are to it, and by which CA we know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// `https://HOST:PORT`.
    pub server: String,
    /// Certificates in PEM: no other is believed.
    pub ca: String,
    /// The token.
    pub token: String,
}

/// The folder of profiles.
pub struct Profiles(PathBuf);

/// The name of a profile where none was given.
pub const DEFAULT: &str = "default";

/// Reads the name of a profile, which is also a file's.
pub fn name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if (1..=64).contains(&text.len()) && text.bytes().all(plain) && !text.starts_with('.') {
        return Ok(text.to_owned());
    }
    Err("the name of a profile has 1 to 64 Latin letters, digits, hyphens, dots and underscores, and begins with no dot".to_owned())
}

impl Profiles {
    /// Those of the person who runs the program.
    pub fn own() -> anyhow::Result<Self> {
        let set = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
        let config =
            config.context("find the folder of profiles: neither XDG_CONFIG_HOME nor HOME is set")?;
        Ok(Self(config.join("muster")))
    }

    /// The profile of this name.
    pub fn read(&self, name: &str) -> anyhow::Result<Profile> {
        let path = self.file(name);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(name).into()),
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let mode =
            fs::metadata(&path).with_context(|| format!("read {}", path.display()))?.permissions().mode();
        if mode & 0o077 != 0 {
            bail!(
                "read {}: others may read it (mode {:o}), and it holds a token: chmod 600, and have the token revoked if it was seen",
                path.display(),
                mode & 0o777
            );
        }
        serde_json::from_str(&text).with_context(|| format!("read {}", path.display()))
    }

    /// Keeps a profile, in place of one of the same name, and makes it the current one.
    pub fn keep(&self, name: &str, profile: &Profile) -> anyhow::Result<()> {
        let path = self.file(name);
        write(&path, serde_json::to_string_pretty(profile)?.as_bytes())
            .with_context(|| format!("write {}", path.display()))?;
        self.choose(name)
    }

    /// Forgets a profile, also one that can't be used any more.
    pub fn forget(&self, name: &str) -> anyhow::Result<()> {
        let path = self.file(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(missing(name).into()),
            removed => removed.with_context(|| format!("remove {}", path.display()))?,
        }
        if self.current()?.as_deref() == Some(name) {
            let current = self.0.join("current");
            fs::remove_file(&current).with_context(|| format!("remove {}", current.display()))?;
        }
        Ok(())
    }

    /// Makes a profile the current one.
    pub fn choose(&self, name: &str) -> anyhow::Result<()> {
        self.read(name)?;
        let path = self.0.join("current");
        write(&path, name.as_bytes()).with_context(|| format!("write {}", path.display()))
    }

    /// The name of the current one.
    pub fn current(&self) -> anyhow::Result<Option<String>> {
        let path = self.0.join("current");
        match fs::read_to_string(&path) {
            Ok(text) => Ok(name(text.trim()).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("read {}", path.display())),
        }
    }

    /// The names of all, in their order.
    pub fn names(&self) -> anyhow::Result<Vec<String>> {
        let folder = self.0.join("profiles");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("list {}", folder.display())),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.with_context(|| format!("list {}", folder.display()))?.file_name();
            let known = file.to_str().and_then(|file| file.strip_suffix(".json"));
            names.extend(known.and_then(|known| name(known).ok()));
        }
        names.sort();
        Ok(names)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join("profiles").join(format!("{name}.json"))
    }
}

fn missing(name: &str) -> WrongUse {
    WrongUse(format!("there is no profile {name:?}: muster login --profile {name} https://HOST"))
}

/// Whole or not at all, and readable by its owner alone from the first byte on.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let mut aside = path.as_os_str().to_owned();
    aside.push(format!(".{}.new", std::process::id()));
    let aside = PathBuf::from(aside);
    let kept = || {
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    };
    kept().inspect_err(|_| drop(fs::remove_file(&aside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(server: &str) -> Profile {
        Profile { server: server.to_owned(), ca: "ca".to_owned(), token: "secret".to_owned() }
    }

    #[test]
    fn profiles_are_kept_from_others_and_one_is_current() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles(folder.path().join("muster"));
        assert!(profiles.names().unwrap().is_empty() && profiles.current().unwrap().is_none());
        profiles.keep("b", &profile("https://b")).unwrap();
        profiles.keep("a", &profile("https://a")).unwrap();
        assert_eq!(profiles.names().unwrap(), ["a", "b"]);
        assert_eq!(profiles.current().unwrap().as_deref(), Some("a"));
        profiles.choose("b").unwrap();
        assert_eq!(profiles.read("b").unwrap(), profile("https://b"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&profiles.0), mode(&profiles.0.join("profiles"))), (0o700, 0o700));
        assert_eq!(mode(&profiles.file("b")), 0o600);
        profiles.forget("b").unwrap();
        assert!(profiles.current().unwrap().is_none() && profiles.read("b").is_err());
        assert_eq!(profiles.names().unwrap(), ["a"]);
        assert!(profiles.choose("b").is_err());
    }

    #[test]
    fn a_token_that_others_may_read_is_not_used() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles(folder.path().to_owned());
        profiles.keep("a", &profile("https://a")).unwrap();
        fs::set_permissions(profiles.file("a"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(profiles.read("a").unwrap_err().to_string().contains("others may read it (mode 644)"));
    }

    #[test]
    fn what_cannot_be_used_can_be_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = Profiles(folder.path().to_owned());
        profiles.keep("open", &profile("https://a")).unwrap();
        fs::set_permissions(profiles.file("open"), fs::Permissions::from_mode(0o644)).unwrap();
        profiles.keep("broken", &profile("https://b")).unwrap();
        fs::write(profiles.file("broken"), "{").unwrap();
        for name in ["open", "broken"] {
            assert!(profiles.read(name).is_err());
            profiles.forget(name).unwrap();
            assert!(profiles.forget(name).unwrap_err().is::<WrongUse>());
        }
        assert!(profiles.names().unwrap().is_empty() && profiles.current().unwrap().is_none());
    }

    #[test]
    fn a_name_is_no_path() {
        assert!(name("ministry-1.test").is_ok());
        for wrong in ["", "..", ".a", "a/b", "a b", "я", &"x".repeat(65)] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
    }
}
