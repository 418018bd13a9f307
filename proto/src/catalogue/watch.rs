//! What a phone can really look for: a report says it, so that "not found" is never taken for "not there".

use std::collections::BTreeSet;

use super::{Catalogue, Messenger};
use crate::cbor::{Encoder, written};
use crate::facts::WatchListRef;
use crate::id::Digest;

/// How a phone sees the applications that are installed on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inventory<'a> {
    /// Android shows a program only the packages that its manifest names.
    Android(&'a [&'a str]),
    /// On Aurora, Sailfish and Linux everything can be seen, Android launchers too.
    Linux,
}

/// The part of a catalogue that a phone can look for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchList {
    /// Messengers of which every known name can be looked for.
    pub ids: BTreeSet<String>,
    /// SHA-256 over the ids and their names, in a fixed order.
    pub digest: Digest,
}

impl WatchList {
    /// What a report says of it.
    #[must_use]
    pub fn reference(&self) -> WatchListRef {
        let size = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        WatchListRef { digest: self.digest, size }
    }

    /// Whether every one of `ids` can be looked for.
    pub fn covers<'a>(&self, ids: impl IntoIterator<Item = &'a str>) -> bool {
        ids.into_iter().all(|id| self.ids.contains(id))
    }
}

impl Catalogue {
    /// What can be looked for with this inventory.
    ///
    /// An Android messenger counts only if all of its packages can be seen: the one that can't may be the one in use.
    #[must_use]
    pub fn watch_list(&self, inventory: Inventory<'_>) -> WatchList {
        let visible: BTreeSet<&str> = match inventory {
            Inventory::Android(packages) => packages.iter().copied().collect(),
            Inventory::Linux => BTreeSet::new(),
        };
        let mut ids = BTreeSet::new();
        let mut looked_for = Vec::new();
        for messenger in &self.messengers {
            let names: BTreeSet<&str> = match inventory {
                Inventory::Linux => {
                    packages(messenger).chain(messenger.aurora.iter().map(|p| p.as_str())).collect()
                }
                Inventory::Android(_) => {
                    packages(messenger).filter(|package| visible.contains(package)).collect()
                }
            };
            let whole = !names.is_empty() && packages(messenger).all(|package| names.contains(package));
            if whole {
                ids.insert(messenger.id.clone());
            }
            if !names.is_empty() {
                looked_for.push((messenger.id.as_str(), names));
            }
        }
        WatchList { ids, digest: digest(&looked_for) }
    }
}

fn packages(messenger: &Messenger) -> impl Iterator<Item = &str> {
    messenger.android.iter().map(String::as_str)
}

fn digest(looked_for: &[(&str, BTreeSet<&str>)]) -> Digest {
    let mut e = Encoder::new(Vec::new());
    written(e.array(looked_for.len() as u64));
    for (id, names) in looked_for {
        written(e.array(1 + names.len() as u64));
        written(e.str(id));
        for name in names {
            written(e.str(name));
        }
    }
    Digest::of(&e.into_writer())
}
