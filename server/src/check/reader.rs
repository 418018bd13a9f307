//! Whom the server runs as, and what that user can read: whoever checks is often root, who can read everything.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access};
use rustix::process::{getegid, geteuid, getgroups};

/// The user of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    user: u32,
    /// The user's own comes first.
    groups: Vec<u32>,
    /// Whether whoever looks is this user.
    looks: bool,
}

impl Reader {
    /// Whose the data folder is; nobody is known where there is none yet.
    pub fn of(data: &Path) -> Option<Self> {
        let about = data.metadata().ok()?;
        let user = about.uid();
        if user == geteuid().as_raw() {
            let more = getgroups().unwrap_or_default().into_iter().map(rustix::process::Gid::as_raw);
            let groups = std::iter::once(getegid().as_raw()).chain(more).collect();
            return Some(Self { user, groups, looks: true });
        }
        let list = |path| std::fs::read_to_string(path).unwrap_or_default();
        let mut groups = groups_of(user, &list("/etc/passwd"), &list("/etc/group"));
        if groups.is_empty() {
            groups.push(about.gid());
        }
        Some(Self { user, groups, looks: false })
    }

    /// Whether whoever looks is this user, and so has tried what it can read.
    pub const fn looks(&self) -> bool {
        self.looks
    }

    /// Whether it owns a file.
    pub fn owns(&self, about: &Metadata) -> bool {
        about.uid() == self.user
    }

    /// Whether a file belongs to a group of its.
    pub fn is_in_group_of(&self, about: &Metadata) -> bool {
        self.groups.contains(&about.gid())
    }

    /// Whether it can read a file: tried where it is who looks, else by owners, groups and modes on the way there.
    pub fn reads(&self, path: &Path, about: &Metadata) -> bool {
        if self.looks {
            return access(path, Access::READ_OK).is_ok();
        }
        let Ok(path) = path.canonicalize() else { return self.may(about, 4) };
        let mut folders = path.ancestors().skip(1);
        let reaches = folders.all(|folder| folder.metadata().is_ok_and(|about| self.may(&about, 1)));
        reaches && self.may(about, 4)
    }

    fn may(&self, about: &Metadata, right: u32) -> bool {
        let shift = match about {
            about if self.owns(about) => 6,
            about if self.is_in_group_of(about) => 3,
            _ => 0,
        };
        self.user == 0 || (about.mode() >> shift) & right != 0
    }

    /// Its own group, as `chown` takes it.
    pub fn group(&self) -> String {
        let own = self.groups.first().copied().unwrap_or_default();
        let list = std::fs::read_to_string("/etc/group").unwrap_or_default();
        lines(&list)
            .find(|line| line.get(2) == Some(&own.to_string().as_str()))
            .map_or_else(|| own.to_string(), |line| line.first().copied().unwrap_or_default().to_owned())
    }
}

/// A user's groups, the own one first, by the two files (passwd(5), group(5)); none of a user who is not in them.
fn groups_of(user: u32, passwd: &str, group: &str) -> Vec<u32> {
    let user = user.to_string();
    let Some(entry) = lines(passwd).find(|line| line.get(2) == Some(&user.as_str())) else {
        return Vec::new();
    };
    let own = entry.get(3).and_then(|id| id.parse().ok());
    let is_in =
        |line: &Vec<&str>| line.get(3).is_some_and(|names| names.split(',').any(|name| name == entry[0]));
    let more = lines(group).filter(is_in).filter_map(|line| line.get(2)?.parse().ok());
    own.into_iter().chain(more).collect()
}

fn lines(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().map(|line| line.split(':').collect())
}

#[cfg(test)]
impl Reader {
    /// A server's user and groups, of whom somebody else looks at files.
    pub fn new(user: u32, groups: &[u32]) -> Self {
        Self { user, groups: groups.to_vec(), looks: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_users_groups_are_its_own_and_those_that_name_it() {
        let passwd =
            "root:x:0:0:root:/root:/bin/sh\nbroken\nmuster:x:990:991::/var/lib/muster:/usr/sbin/nologin\n";
        let group = "root:x:0:\nssl-cert:x:110:postgres,muster\nadm:x:4:musters\nmuster:x:991:\n:";
        assert_eq!(groups_of(990, passwd, group), [991, 110]);
        assert_eq!(groups_of(0, passwd, group), [0]);
        assert_eq!(groups_of(7, passwd, group), [0; 0]);
    }

    #[test]
    fn whoever_looks_at_a_folder_of_its_own_tries() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Reader::of(folder.path()).unwrap().looks());
        assert_eq!(Reader::of(&folder.path().join("gone")), None);
    }
}
