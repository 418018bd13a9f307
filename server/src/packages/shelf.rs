//! The files, and what is known of them in memory.

use muster_proto::id::{DeviceId, Digest};
use ring::digest::{Context, SHA256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::{Mutex, PoisonError, RwLock};

use super::{AuroraPackage, Package, Ring, all, aurora, in_ring};
use crate::app::App;
use crate::error::ActionError;
use crate::problems::Code;

/// Packages, and whether the file of each is whole.
type Known = Arc<[(Package, bool)]>;
/// The same for Aurora OS.
type KnownAurora = Arc<[(AuroraPackage, bool)]>;

/// Where packages lie.
#[derive(Debug)]
pub struct Shelf {
    folder: PathBuf,
    download: Option<String>,
    known: RwLock<Known>,
    aurora: RwLock<KnownAurora>,
    /// Files that were read and found to be what their name says: nothing but this program writes there.
    checked: Mutex<HashMap<Digest, bool>>,
    /// One package is taken in at a time.
    pub(super) adding: tokio::sync::Mutex<()>,
    /// The list is read anew by one at a time, so that an older one never takes a newer one's place.
    loading: tokio::sync::Mutex<()>,
}

impl Shelf {
    /// The shelf of a data folder. `download` is the address of the listener without TLS, where there is one.
    #[must_use]
    pub fn new(data: &Path, download: Option<String>) -> Self {
        Self {
            folder: data.join("packages"),
            download,
            known: RwLock::new(Arc::from([])),
            aurora: RwLock::new(Arc::from([])),
            checked: Mutex::default(),
            adding: tokio::sync::Mutex::default(),
            loading: tokio::sync::Mutex::default(),
        }
    }

    /// The address of the listener without TLS.
    #[must_use]
    pub fn download(&self) -> Option<String> {
        self.download.clone()
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where a file with this digest lies.
    #[must_use]
    pub fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("{digest}.apk"))
    }

    /// All packages, the newest first, and whether each one's file is whole.
    #[must_use]
    pub fn all(&self) -> Known {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Where a file for Aurora OS with this digest lies.
    #[must_use]
    pub fn rpm_path(&self, digest: Digest) -> PathBuf {
        self.folder.join(format!("{digest}.rpm"))
    }

    /// All packages for Aurora OS, of each kind and architecture the newest first, and whether each one's file is whole.
    #[must_use]
    pub fn aurora(&self) -> KnownAurora {
        Arc::clone(&self.aurora.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is handed out for Aurora OS: of each kind and architecture the newest whose file is whole.
    #[must_use]
    pub fn current_aurora(&self) -> Vec<AuroraPackage> {
        let mut current: Vec<AuroraPackage> = Vec::new();
        for (package, whole) in self.aurora().iter() {
            if *whole && current.iter().all(|newer| newer.against(package).is_none()) {
                current.push(package.clone());
            }
        }
        current
    }

    /// What a device is offered, or a phone in set-up: the newest version whose ring it is in.
    #[must_use]
    pub fn offer(&self, device: Option<DeviceId>) -> Option<Package> {
        let known = self.all();
        let offered = |package: &Package| match device {
            Some(device) => in_ring(package, device),
            None => package.ring == Ring::All,
        };
        known.iter().find(|(package, whole)| *whole && offered(package)).map(|(package, _)| package.clone())
    }

    /// A version that is not halted.
    #[must_use]
    pub fn version(&self, code: u64) -> Option<Package> {
        let known = self.all();
        let wanted = |package: &Package| package.version_code == code && package.ring != Ring::Halt;
        known.iter().find(|(package, whole)| *whole && wanted(package)).map(|(package, _)| package.clone())
    }

    /// Whether a package for Aurora OS is signed, by the head of its file; nothing where that can't be read.
    fn is_signed(&self, package: &AuroraPackage) -> Option<bool> {
        let file = File::open(self.rpm_path(package.sha256)).ok()?;
        muster_rpm::is_signed(&mut io::BufReader::new(file)).ok()
    }

    /// Keeps in mind that a file is what its name says.
    pub(super) fn note_whole(&self, digest: Digest) {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, true);
    }

    fn is_whole(&self, path: &Path, sha256: Digest, size: u64, version: &str) -> bool {
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let there = fs::metadata(path).is_ok_and(|file| file.len() == size);
        if !there {
            checked.remove(&sha256);
            tracing::error!(path = %path.display(), version, "a package's file is missing or cut off");
            return false;
        }
        *checked.entry(sha256).or_insert_with(|| {
            let whole = digest_of(path).is_ok_and(|digest| digest == sha256);
            if !whole {
                tracing::error!(path = %path.display(), version, "a package's file is not the one that was added");
            }
            whole
        })
    }
}

/// Another package is being taken in.
pub(super) fn busy() -> ActionError {
    ActionError::conflict(Code::PackageBusy, "another package is being added; try again when it is done")
}

/// Reads the list anew, and every file of it that was not read yet.
///
/// # Errors
/// The store's.
pub async fn reload(app: &App) -> Result<(), ActionError> {
    let _one = app.packages.loading.lock().await;
    let (packages, aurora) = app.store.read(|tx| Ok::<_, ActionError>((all(tx)?, aurora::all(tx)?))).await?;
    let shelf = Arc::clone(&app.packages);
    let read = tokio::task::spawn_blocking(move || {
        let known: Known =
            judged(packages, |it| shelf.is_whole(&shelf.path(it.sha256), it.sha256, it.size, &it.version));
        let aurora: KnownAurora =
            judged(aurora, |it| shelf.is_whole(&shelf.rpm_path(it.sha256), it.sha256, it.size, &it.version));
        let signed = |(package, whole): &(AuroraPackage, bool)| {
            let signed = whole.then(|| shelf.is_signed(package)).flatten();
            (AuroraPackage { signed, ..package.clone() }, *whole)
        };
        let aurora = aurora.iter().map(signed).collect();
        *shelf.aurora.write().unwrap_or_else(PoisonError::into_inner) = aurora;
        *shelf.known.write().unwrap_or_else(PoisonError::into_inner) = known;
    });
    if let Err(error) = read.await {
        tracing::error!(%error, "read the packages' files");
    }
    Ok(())
}

fn judged<P>(packages: Vec<P>, is_whole: impl Fn(&P) -> bool) -> Arc<[(P, bool)]> {
    let judge = |package| {
        let whole = is_whole(&package);
        (package, whole)
    };
    packages.into_iter().map(judge).collect()
}

fn digest_of(path: &Path) -> io::Result<Digest> {
    let (mut file, mut context) = (File::open(path)?, Context::new(&SHA256));
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            len => context.update(&piece[..len]),
        }
    }
    Ok(Digest(context.finish().as_ref().try_into().unwrap_or_default()))
}
