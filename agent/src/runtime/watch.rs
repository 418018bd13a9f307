//! Notices that applications came or went: the kernel says when to look, and a look once a minute finds what the kernel could not say.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use inotify::{Inotify, WatchMask, Watches};

use super::Incoming;
use crate::platform::linux::LinuxRoot;

/// Starts to watch the device below `root` and tells the loop of changes, for as long as it listens.
pub fn watch(root: &Path, sender: Sender<Incoming>) {
    let root = root.to_owned();
    let work = move || Watcher::new(&root).run(&sender);
    if let Err(error) = std::thread::Builder::new().name("watch".to_owned()).spawn(work) {
        log::warn!("watch for changes: {error}; only periodic reports will show them");
    }
}

struct Watcher {
    device: LinuxRoot,
    watches: Option<Watches>,
    watched: HashSet<PathBuf>,
    stirred: Receiver<()>,
}

impl Watcher {
    fn new(root: &Path) -> Self {
        let (sender, stirred) = channel();
        let watches = listen(sender);
        Self { device: LinuxRoot::new(root), watches, watched: HashSet::new(), stirred }
    }

    fn run(&mut self, sender: &Sender<Incoming>) {
        self.watch_places();
        let mut seen = self.device.fingerprint();
        loop {
            match self.stirred.recv_timeout(RESCAN) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => self.be_without_kernel(),
            }
            let found = self.device.fingerprint();
            if found != seen {
                seen = found;
                if sender.send(Incoming::Touched).is_err() {
                    return;
                }
            }
            self.watch_places();
        }
    }

    /// Places that appear later are watched from the next look on. A folder that was removed and made again is another one to the kernel.
    fn watch_places(&mut self) {
        let Some(watches) = &mut self.watches else { return };
        let folders: HashSet<PathBuf> = self.device.watched_folders().into_iter().collect();
        self.watched.retain(|folder| folders.contains(folder));
        for folder in folders {
            if !self.watched.contains(&folder) && watches.add(&folder, mask()).is_ok() {
                self.watched.insert(folder);
            }
        }
    }

    /// The kernel says nothing: a channel that never speaks takes its place, so that only the clock wakes.
    fn be_without_kernel(&mut self) {
        let (sender, stirred) = channel();
        std::mem::forget(sender);
        self.stirred = stirred;
        self.watches = None;
    }
}

/// Waits for the kernel on a thread of its own. `None`: it can't be asked.
fn listen(sender: Sender<()>) -> Option<Watches> {
    let mut inotify =
        Inotify::init().inspect_err(|error| log::warn!("ask the kernel for changes: {error}")).ok()?;
    let watches = inotify.watches();
    let work = move || {
        let mut buffer = [0; 4096];
        while inotify.read_events_blocking(&mut buffer).is_ok() && sender.send(()).is_ok() {}
    };
    std::thread::Builder::new().name("inotify".to_owned()).spawn(work).ok()?;
    Some(watches)
}

fn mask() -> WatchMask {
    WatchMask::CREATE
        | WatchMask::DELETE
        | WatchMask::MOVED_FROM
        | WatchMask::MOVED_TO
        | WatchMask::CLOSE_WRITE
        | WatchMask::DELETE_SELF
        | WatchMask::MOVE_SELF
}

/// A look costs a `stat` of a dozen places.
const RESCAN: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn an_installation_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let apps = folder.path().join("usr/share/applications");
        fs::create_dir_all(&apps).unwrap();
        fs::File::open(&apps).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        let (sender, receiver) = channel();
        watch(folder.path(), sender);
        // The watcher may take its first look after the file came: so files come until one is noticed.
        let noticed = (0..200).any(|nth| {
            fs::write(apps.join(format!("app{nth}.desktop")), "[Desktop Entry]\n").unwrap();
            matches!(receiver.recv_timeout(Duration::from_millis(100)), Ok(Incoming::Touched))
        });
        assert!(noticed);
    }
}
