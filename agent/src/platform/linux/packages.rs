//! What RPM's database says: which packages are there beside their launchers, who signed them, and whether the files of the release are
//! as their package brought them.
//!
//! The database is read once and kept while its file stays as it is: it has 50 to 200 MB on a phone.

use std::collections::BTreeMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex};

use muster_proto::cbor::List;
use muster_proto::facts::{
    AppSource, Fact, PackageCertificate, Platform, Reason, RootKind, RootSign, Source,
};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use muster_rpmdb::{Digest, DigestAlgorithm, OwnedFile, Package, ReadSeek, RpmDbError};
use ring::digest;

use super::apps::App;
use super::{LinuxRoot, Reading};

/// Where the database lies, in each of its formats; of several the one that was written to last is in use.
pub(super) const DATABASES: [&str; 6] = [
    "var/lib/rpm/Packages.db",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "usr/lib/sysimage/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages",
];
/// The files that say which system this is.
const RELEASE_FILES: [&str; 6] = [
    "/etc/os-release",
    "/etc/aurora-release",
    "/etc/sailfish-release",
    "/etc/hw-release",
    "/usr/lib/os-release",
    "/usr/lib/hw-release",
];
/// Certificates that a report names.
const MAX_CERTIFICATES: usize = 16;
/// The packages in which RPM keeps the keys that it trusts: nobody installed them.
const KEYS: &str = "gpg-pubkey";

/// What is kept of the database.
#[derive(Debug, Default)]
pub(super) struct Packages {
    /// One for each package.
    pub apps: Vec<App>,
    /// How many packages each key has signed; under the empty name those that nobody has.
    signers: BTreeMap<String, u32>,
    /// The release files that packages own, and the digests that were recorded.
    release: Vec<(&'static str, Digest)>,
}

/// When a file was changed, and how large it is.
type Stamp = (i64, i64, u64);

/// What came of a reading.
type Outcome = Result<Arc<Packages>, Reason>;

/// The newest reading, and of what it was: one that failed is not tried again before something has changed.
pub(super) type Memory = Arc<Mutex<Option<([Option<Stamp>; 2], Outcome)>>>;

impl LinuxRoot {
    /// By which keys the installed packages are signed, as the database names them; under `?` those whose signature names none.
    #[must_use]
    pub fn package_certificates(&self) -> Reading<List<PackageCertificate>> {
        let packages = match self.packages() {
            Ok(packages) => packages,
            Err(reason) => return Reading::unknown(reason),
        };
        let mut signers: Vec<(&String, &u32)> = packages.signers.iter().collect();
        signers.sort_by_key(|(id, count)| (u32::MAX - **count, *id));
        let named = signers.into_iter().take(MAX_CERTIFICATES);
        let named = named.map(|(id, count)| PackageCertificate { id: Text::clipped(id), packages: *count });
        Reading::known(named.collect(), Source::RpmDatabase)
    }

    /// Files of the release whose content no package has recorded that owns them; in the midst of an update there are two records of one
    /// file. Without a database nothing was recorded.
    pub(super) fn changed_release(&self) -> Result<Vec<RootSign>, Reason> {
        let packages = match self.packages() {
            Ok(packages) => packages,
            Err(Reason::Absent) if !self.has_database() => return Ok(Vec::new()),
            Err(reason) => return Err(reason),
        };
        let (mut signs, mut untold) = (Vec::new(), false);
        for path in RELEASE_FILES {
            let records =
                packages.release.iter().filter(|(owned, _)| *owned == path).map(|(_, digest)| digest);
            match self.is_as_recorded(path, records)? {
                Some(true) => {}
                Some(false) => {
                    signs.push(RootSign { kind: RootKind::ModifiedFile, seen: Text::clipped(path) })
                }
                None => untold = true,
            }
        }
        if untold && signs.is_empty() { Err(Reason::Unsupported) } else { Ok(signs) }
    }

    /// Whether one of the records fits; without a record there is nothing to hold against the file. `None`: nobody can tell.
    fn is_as_recorded<'d>(
        &self,
        path: &str,
        records: impl Iterator<Item = &'d Digest>,
    ) -> Result<Option<bool>, Reason> {
        let mut records = records.peekable();
        if records.peek().is_none() {
            return Ok(Some(true));
        }
        let content = match self.files.start(path) {
            Ok(start) if start.whole => start.bytes,
            Ok(_) | Err(Reason::Absent) => return Ok(Some(false)),
            Err(reason) => return Err(reason),
        };
        let fits: Vec<Option<bool>> = records.map(|recorded| fits(&content, recorded)).collect();
        Ok(if fits.contains(&Some(true)) {
            Some(true)
        } else if fits.contains(&None) {
            None
        } else {
            Some(false)
        })
    }

    /// Whether there must be a database: on Sailfish there always is one. Where Aurora keeps its own nobody has published.
    pub(super) fn has_database(&self) -> bool {
        self.platform().fact == Fact::Known(Platform::Sailfish)
    }

    /// The database, read anew where it has changed.
    pub(super) fn packages(&self) -> Outcome {
        let place = self.database()?;
        let log = format!("{place}-wal");
        let stamps = || [self.files.stamp(place), self.files.stamp(&log)];
        let before = stamps();
        // What a panic elsewhere left is whole: it is replaced at once.
        let mut memory = self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, outcome)) = memory.as_ref().filter(|(of, _)| *of == before && of[0].is_some()) {
            return outcome.clone();
        }
        let mut outcome = self.read_packages(place, &log);
        let mut after = stamps();
        if outcome.is_err() && after != before {
            // Somebody is installing something just now: once more.
            outcome = self.read_packages(place, &log);
            after = stamps();
        }
        *memory = Some((after, outcome.clone()));
        outcome
    }

    fn read_packages(&self, place: &str, log: &str) -> Outcome {
        // A change that SQLite has begun and not ended can't be told from the database alone.
        if self.files.stamp(format!("{place}-journal")).is_some_and(|(.., size)| size > 0) {
            return Err(Reason::Failed);
        }
        let log = match self.files.open(log) {
            Ok(log) => Some(log),
            Err(Reason::Absent) => None,
            Err(reason) => return Err(reason),
        };
        let packages = Packages::read(self.files.open(place)?, log);
        packages.map(Arc::new).map_err(|error| {
            log::info!("{}", crate::errors::in_full(&error));
            Reason::Failed
        })
    }

    /// The database that is in use.
    fn database(&self) -> Result<&'static str, Reason> {
        let mut newest: Option<(Stamp, &'static str)> = None;
        for place in DATABASES {
            if self.files.exists(place)?
                && let Some(stamp) = self.files.stamp(place)
                && newest.is_none_or(|(before, _)| before < stamp)
            {
                newest = Some((stamp, place));
            }
        }
        newest.map(|(_, place)| place).ok_or(Reason::Absent)
    }
}

impl Packages {
    fn read(mut database: File, mut log: Option<File>) -> Result<Self, RpmDbError> {
        let mut packages = Self::default();
        let log = log.as_mut().map(|log| log as &mut dyn ReadSeek);
        muster_rpmdb::read(&mut database, log, &RELEASE_FILES, |package| {
            packages.take(package);
            ControlFlow::Continue(())
        })?;
        Ok(packages)
    }

    fn take(&mut self, package: Package) {
        if package.name == KEYS {
            return;
        }
        let signer = match package.signature {
            None => String::new(),
            Some(signature) => {
                signature.key.map_or_else(|| "?".to_owned(), |key| muster_proto::id::hex(&key))
            }
        };
        *self.signers.entry(signer).or_default() += 1;
        let owned = package
            .files
            .into_iter()
            .filter_map(|OwnedFile { wanted, digest }| Some((*RELEASE_FILES.get(wanted)?, digest?)));
        self.release.extend(owned);
        // The launchers first: the folder of launchers knows the application by the same names.
        let stems = package.launchers.iter().filter_map(|name| name.strip_suffix(".desktop"));
        let mut ids: Vec<String> = stems.chain([package.name.as_str()]).map(str::to_owned).collect();
        ids.dedup();
        self.apps.push(App {
            ids,
            version: Some(package.version),
            updated: package.installed.map(|secs| Timestamp::from_secs(i64::from(secs))),
            ..App::shown_by(AppSource::RpmDatabase)
        });
    }
}

/// Whether the content digests to what was recorded; `None` for digests that nobody computes here.
fn fits(content: &[u8], recorded: &Digest) -> Option<bool> {
    let algorithm = match recorded.algorithm {
        DigestAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
        DigestAlgorithm::Md5 | DigestAlgorithm::Sha224 => return None,
    };
    Some(digest::digest(algorithm, content).as_ref() == recorded.bytes)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Databases with the same packages; how they were made is told beside them.
    const NDB: &[u8] = include_bytes!("../../../rpmdb/tests/databases/Packages.db.zlib");
    const BDB: &[u8] = include_bytes!("../../../rpmdb/tests/databases/Packages.zlib");
    const SQLITE: &[u8] = include_bytes!("../../../rpmdb/tests/databases/rpmdb.sqlite.zlib");
    /// What their packages recorded of `/usr/lib/os-release`.
    const RELEASE: &str = "ID=example\nVERSION_ID=5.1.2\n";

    fn write(root: &Path, path: &str, content: &[u8]) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn unpacked(database: &[u8]) -> Vec<u8> {
        miniz_oxide::inflate::decompress_to_vec_zlib(database).unwrap()
    }

    #[test]
    fn the_formats_say_the_same() {
        for (name, database) in [("Packages.db", NDB), ("Packages", BDB), ("rpmdb.sqlite", SQLITE)] {
            let folder = tempfile::tempdir().unwrap();
            let root = LinuxRoot::new(folder.path());
            write(folder.path(), &format!("var/lib/rpm/{name}"), &unpacked(database));
            let inventory = root.inventory(&root.ask());
            assert_eq!(
                inventory.sources.get(&AppSource::RpmDatabase),
                Some(&Fact::Known(Default::default()))
            );
            let telegram = inventory.apps.iter().find(|app| app.ids == ["harbour-fernschreiber"]).unwrap();
            assert_eq!(telegram.version.as_deref(), Some("0.17"), "{name}");
            assert_eq!(telegram.updated, Some(Timestamp::from_secs(1_750_000_001)));
            let Fact::Known(signers) = root.package_certificates().fact else { panic!("{name}") };
            let said: Vec<(&str, u32)> = signers.iter().map(|by| (by.id.as_str(), by.packages)).collect();
            assert_eq!(said, [("", 4), ("3b9e7c5e563978c2", 1), ("5c2399127ed532bc", 1)], "{name}");
        }
    }

    #[test]
    fn a_changed_release_file_shows() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        assert_eq!(root.changed_release(), Ok(Vec::new()));
        write(folder.path(), "var/lib/rpm/Packages.db", &unpacked(NDB));
        write(folder.path(), "usr/lib/os-release", RELEASE.as_bytes());
        assert_eq!(root.changed_release(), Ok(Vec::new()));
        write(folder.path(), "usr/lib/os-release", RELEASE.replace("5.1.2", "5.2.0").as_bytes());
        let sign = RootSign { kind: RootKind::ModifiedFile, seen: Text::clipped("/usr/lib/os-release") };
        assert_eq!(root.changed_release(), Ok(vec![sign.clone()]));
        fs::remove_file(folder.path().join("usr/lib/os-release")).unwrap();
        assert_eq!(root.changed_release(), Ok(vec![sign]));
    }

    #[test]
    fn one_record_that_fits_is_enough_and_one_that_nobody_can_compute_is_no_proof() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        write(folder.path(), "etc/os-release", b"new");
        let sha256 = |text: &[u8]| Digest {
            algorithm: DigestAlgorithm::Sha256,
            bytes: digest::digest(&digest::SHA256, text).as_ref().to_vec(),
        };
        let md5 = Digest { algorithm: DigestAlgorithm::Md5, bytes: vec![0; 16] };
        let of = |records: &[Digest]| root.is_as_recorded("/etc/os-release", records.iter()).unwrap();
        assert_eq!(of(&[]), Some(true));
        assert_eq!(of(&[sha256(b"old"), sha256(b"new")]), Some(true));
        assert_eq!(of(&[sha256(b"old")]), Some(false));
        assert_eq!(of(&[sha256(b"old"), md5.clone()]), None);
        assert_eq!(of(&[md5, sha256(b"new")]), Some(true));
    }

    #[test]
    fn sailfish_has_a_database() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        write(folder.path(), "etc/sailfish-release", b"ID=sailfishos\n");
        assert_eq!(root.changed_release(), Err(Reason::Absent));
        let absent = Fact::Unknown(Reason::Absent);
        assert_eq!(root.inventory(&root.ask()).sources.get(&AppSource::RpmDatabase), Some(&absent));
    }

    #[test]
    fn the_newest_database_counts_and_a_broken_one_is_no_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let root = LinuxRoot::new(folder.path());
        assert_eq!(root.packages().unwrap_err(), Reason::Absent);
        write(folder.path(), "var/lib/rpm/Packages", &unpacked(BDB));
        File::open(folder.path().join("var/lib/rpm/Packages"))
            .unwrap()
            .set_modified(std::time::UNIX_EPOCH)
            .unwrap();
        let before = root.packages().unwrap();
        assert!(Arc::ptr_eq(&before, &root.packages().unwrap()));
        write(folder.path(), "var/lib/rpm/Packages.db", b"RpmP and then nothing that makes sense");
        assert_eq!(root.packages().unwrap_err(), Reason::Failed);
        let failed = Fact::Unknown(Reason::Failed);
        assert_eq!(root.inventory(&root.ask()).sources.get(&AppSource::RpmDatabase), Some(&failed));
        let huge = File::create(folder.path().join("var/lib/rpm/Packages.db")).unwrap();
        huge.set_len(1 << 30).unwrap();
        assert_eq!(root.packages().unwrap_err(), Reason::Failed);
    }
}
