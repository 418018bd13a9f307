//! The applications that are installed: the union of all places that name some.
//!
//! The list stays on the device. Only what the catalogue watches is put in a report, by `collect`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use muster_proto::facts::{AppSource, Fact, Read, Reason};
use muster_proto::time::Timestamp;

use super::bus::Said;
use super::files::MAX_ENTRIES;
use super::launchers::Launcher;
use super::packages::Packages;
use super::{LinuxRoot, graver};

/// Folders below a folder of launchers that are looked into (the specification of desktop entries allows them).
const MAX_FOLDERS: usize = 3;
const USER_LAUNCHERS: &str = ".local/share/applications";
const USER_FLATPAK: &str = ".local/share/flatpak";

/// One installed application, by every name that it may be watched under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct App {
    /// Ids.
    pub ids: Vec<String>,
    /// Programs that its launcher starts.
    pub programs: Vec<String>,
    /// Its package, if it is an Android application.
    pub android: Option<String>,
    /// Its version, where the place knows it.
    pub version: Option<String>,
    /// When it was installed last, where the place knows it.
    pub updated: Option<Timestamp>,
    /// The place that showed it.
    pub source: AppSource,
}

impl App {
    /// An application of which nothing is known but the place that showed it.
    pub(super) fn shown_by(source: AppSource) -> Self {
        Self { ids: Vec::new(), programs: Vec::new(), android: None, version: None, updated: None, source }
    }
}

/// What is installed, and which places could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The applications; one that two places show is there twice.
    pub apps: Vec<App>,
    /// Each place that matters on this device: read, or why not.
    pub sources: BTreeMap<AppSource, Fact<Read>>,
}

impl LinuxRoot {
    /// Reads all places that name applications, and adds what the services named.
    #[must_use]
    pub fn inventory(&self, said: &Said) -> Inventory {
        let mut inventory = Inventory::default();
        let (people, unseen) = self.homes();
        let people = people.as_slice();

        let mut system = Walk::new(AppSource::DesktopFiles);
        system.needed(self, "usr/share/applications");
        system.launchers(self, "usr/local/share/applications");
        let mut own = Walk::new(AppSource::DesktopFiles);
        people.iter().for_each(|home| own.launchers(self, &format!("{home}/{USER_LAUNCHERS}")));
        if let Some(reason) = unseen {
            own.failed(reason);
        }
        // Launchers of Android applications stand among the people's own.
        let android = || own.apps.iter().any(|app| app.android.is_some());
        if self.is_phone() || self.files.exists("var/lib/waydroid") == Ok(true) || android() {
            inventory.sources.insert(AppSource::AndroidLaunchers, own.outcome());
        }
        if let Some(reason) = own.why {
            system.failed(reason);
        }
        system.apps.append(&mut own.apps);
        // Launchers of the system that a service names while their folder hides them; people's own it does not know, so that the
        // folder's reason stays.
        if system.why.is_some() {
            system.apps.extend(said.launchable.iter().map(|id| launchable(id)));
        }
        inventory.take(system);

        self.apm(said, &mut inventory);
        inventory.take_if_there(self.flatpaks(people));
        inventory.take_if_there(self.snaps());
        inventory.take_if_there(self.android_data());
        inventory.take_packages(self.packages(), self.has_database());
        if self.is_sandboxed() {
            inventory.hide();
        }
        inventory
    }

    /// The packages of APM, which Aurora has since its fifth release: there its silence hides something.
    fn apm(&self, said: &Said, inventory: &mut Inventory) {
        let expected = self.has_apm() && !self.buses.system.is_empty();
        let outcome = match said.packages.unseen {
            Some(Reason::Absent | Reason::Unsupported) if !expected => return,
            Some(reason) => Fact::Unknown(reason),
            None => Fact::Known(Read),
        };
        inventory.sources.insert(AppSource::Apm, outcome);
        inventory.apps.extend(said.packages.apps.iter().cloned());
    }

    fn flatpaks(&self, homes: &[String]) -> Walk {
        let mut walk = Walk::new(AppSource::Flatpak);
        let places = homes.iter().map(|home| format!("{home}/{USER_FLATPAK}"));
        for place in places.chain(["var/lib/flatpak".to_owned()]) {
            walk.folders(self, &format!("{place}/app"), |id| (vec![id.to_owned()], None));
            walk.launchers(self, &format!("{place}/exports/share/applications"));
        }
        walk
    }

    fn snaps(&self) -> Walk {
        let mut walk = Walk::new(AppSource::Snap);
        walk.launchers(self, "var/lib/snapd/desktop/applications");
        walk
    }

    /// The data folders of Android applications: Sailfish's older and newer layout.
    fn android_data(&self) -> Walk {
        let mut walk = Walk::new(AppSource::AndroidData);
        let package = |name: &str| (Vec::new(), Some(name.to_owned()));
        walk.folders(self, "home/.android/data/data", package);
        match self.files.names("home/.appsupport/instance") {
            Ok(users) => users.iter().filter_map(|user| user.to_str()).for_each(|user| {
                walk.folders(self, &format!("home/.appsupport/instance/{user}/data/data"), package);
            }),
            Err(Reason::Absent) => {}
            Err(reason) => walk.failed(reason),
        }
        walk
    }
}

impl Inventory {
    fn take(&mut self, walk: Walk) {
        self.sources.insert(walk.source, walk.outcome());
        self.apps.extend(walk.apps);
    }

    /// In a sandbox a folder may be there and show a part: what it shows counts, what it doesn't show says nothing.
    fn hide(&mut self) {
        let folders = self.sources.iter_mut().filter(|(source, _)| **source != AppSource::Apm);
        folders
            .filter(|(_, fact)| fact.known().is_some())
            .for_each(|(_, fact)| *fact = Fact::Unknown(Reason::Denied));
    }

    fn take_packages(&mut self, packages: Result<Arc<Packages>, Reason>, expected: bool) {
        let read = match packages {
            Ok(packages) => {
                self.apps.extend(packages.apps.iter().cloned());
                Fact::Known(Read)
            }
            Err(Reason::Absent) if !expected => return,
            Err(reason) => Fact::Unknown(reason),
        };
        self.sources.insert(AppSource::RpmDatabase, read);
    }

    /// A place that isn't there on this device doesn't matter on it.
    fn take_if_there(&mut self, walk: Walk) {
        if walk.there || walk.why.is_some() {
            self.take(walk);
        }
    }
}

fn launchable(id: &str) -> App {
    App { ids: vec![id.to_owned()], ..App::shown_by(AppSource::DesktopFiles) }
}

/// A way through the places of one source.
struct Walk {
    source: AppSource,
    apps: Vec<App>,
    there: bool,
    why: Option<Reason>,
    budget: usize,
}

impl Walk {
    fn new(source: AppSource) -> Self {
        Self { source, apps: Vec::new(), there: false, why: None, budget: MAX_ENTRIES }
    }

    fn failed(&mut self, reason: Reason) {
        self.why = Some(self.why.map_or(reason, |before| graver(before, reason)));
    }

    fn outcome(&self) -> Fact<Read> {
        self.why.map_or(Fact::Known(Read), Fact::Unknown)
    }

    /// A folder of launchers without which nothing can be said.
    fn needed(&mut self, root: &LinuxRoot, folder: &str) {
        self.launchers(root, folder);
        if !self.there && self.why.is_none() {
            self.failed(Reason::Absent);
        }
    }

    /// A folder of launchers that may be there.
    fn launchers(&mut self, root: &LinuxRoot, folder: &str) {
        self.launchers_below(root, Path::new(folder), MAX_FOLDERS);
    }

    fn launchers_below(&mut self, root: &LinuxRoot, folder: &Path, depth: usize) {
        for name in self.names(root, folder) {
            let path = folder.join(&name);
            if let Some(launcher) = Launcher::named(&name) {
                self.launcher(root, launcher, &path);
            } else if depth > 0 && root.files.is_folder(&path) {
                self.launchers_below(root, &path, depth - 1);
            }
        }
    }

    fn launcher(&mut self, root: &LinuxRoot, named: Launcher, path: &Path) {
        let launcher = match root.files.start(path) {
            // A link to nothing is what an application leaves that was removed.
            Err(Reason::Absent) => return,
            Err(reason) => {
                self.failed(reason);
                named
            }
            Ok(start) => {
                if !start.whole {
                    self.failed(Reason::Failed);
                }
                named.filled(&String::from_utf8_lossy(&start.bytes))
            }
        };
        // `NoDisplay` is no reason to pass one over: whoever hides a launcher still has the application.
        let Launcher { ids, programs, android } = launcher;
        let source = if android.is_some() { AppSource::AndroidLaunchers } else { self.source };
        self.apps.push(App { ids, programs, android, ..App::shown_by(source) });
    }

    /// A folder in which each folder is named after an application.
    fn folders(
        &mut self,
        root: &LinuxRoot,
        folder: &str,
        app: impl Fn(&str) -> (Vec<String>, Option<String>),
    ) {
        for name in self.names(root, Path::new(folder)) {
            let (ids, android) = app(&name.to_string_lossy());
            self.apps.push(App { ids, android, ..App::shown_by(self.source) });
        }
    }

    /// The names in a folder, while there are not too many in all.
    fn names(&mut self, root: &LinuxRoot, folder: &Path) -> Vec<OsString> {
        match root.files.names(folder) {
            Ok(names) => {
                self.there = true;
                if names.len() > self.budget {
                    self.failed(Reason::Failed);
                }
                let names: Vec<_> = names.into_iter().take(self.budget).collect();
                self.budget -= names.len();
                names
            }
            Err(Reason::Absent) => Vec::new(),
            Err(reason) => {
                self.there = true;
                self.failed(reason);
                Vec::new()
            }
        }
    }
}
