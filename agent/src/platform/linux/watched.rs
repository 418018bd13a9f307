//! The places whose change is worth a report of its own: applications come and go, settings are switched.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::PathBuf;

use super::LinuxRoot;
use super::developer::DEVEL_SU;
use super::lock::SETTINGS;
use super::packages::DATABASES;

/// Files and folders of the whole device.
const PLACES: [&str; 10] = [
    "usr/share/applications",
    "usr/local/share/applications",
    "var/lib/flatpak/app",
    "var/lib/flatpak/exports/share/applications",
    "var/lib/snapd/desktop/applications",
    "home/.android/data/data",
    "home/.appsupport/instance/defaultuser/data/data",
    "etc/passwd",
    SETTINGS,
    DEVEL_SU,
];
/// Folders in each home.
const OWN_PLACES: [&str; 2] = [".local/share/applications", ".local/share/flatpak/app"];

impl LinuxRoot {
    /// The folders in which a change of the watched places shows: something happens there, then [`fingerprint`](Self::fingerprint)
    /// tells whether it mattered. Where a place isn't there yet, the nearest folder above it that is.
    #[must_use]
    pub fn watched_folders(&self) -> Vec<PathBuf> {
        let own = self.homes().0.into_iter();
        let own = own.flat_map(|home| OWN_PLACES.map(|place| format!("{home}/{place}")));
        let places = PLACES.iter().chain(&DATABASES[..3]).map(|place| (*place).to_owned()).chain(own);
        let mut folders: Vec<PathBuf> = places.filter_map(|place| self.files.folder_of(&place)).collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// A number that changes when something comes to one of the watched places or leaves it, or when a watched file is written. It
    /// costs a look at each place and reads none; it says nothing across two runs of the program.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for place in PLACES.iter().chain(&DATABASES) {
            self.files.stamp(place).hash(&mut hasher);
        }
        for home in self.homes().0 {
            for place in OWN_PLACES {
                self.files.stamp(format!("{home}/{place}")).hash(&mut hasher);
            }
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_comes_and_goes_changes_the_fingerprint() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        let apps = folder.path().join("home/defaultuser/.local/share/applications");
        let empty = root.fingerprint();
        assert_eq!(root.watched_folders(), [folder.path()]);
        fs::create_dir_all(&apps).unwrap();
        // A folder that was made a moment ago would look the same after a change in the same tick of the clock.
        fs::File::open(&apps).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let there = root.fingerprint();
        assert_ne!(empty, there);
        assert!(root.watched_folders().contains(&apps));
        assert_eq!(there, root.fingerprint());
        fs::write(apps.join("a.desktop"), "").unwrap();
        let launcher = root.fingerprint();
        assert_ne!(there, launcher);
        fs::create_dir_all(folder.path().join("usr/bin")).unwrap();
        fs::write(folder.path().join("usr/bin/devel-su"), "").unwrap();
        assert_ne!(launcher, root.fingerprint());
    }
}
