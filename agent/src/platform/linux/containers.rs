//! Containers in which Android applications run beside the system's own.

use muster_proto::cbor::List;
use muster_proto::facts::{Container, Reason, Source};

use super::{LinuxRoot, Reading, graver};

/// Folders that a container leaves.
const FOLDERS: [(&str, Container); 8] = [
    ("opt/alien", Container::AppSupport),
    ("opt/appsupport", Container::AppSupport),
    ("home/.android/data", Container::AppSupport),
    ("home/.appsupport/instance", Container::AppSupport),
    ("var/lib/waydroid", Container::Waydroid),
    ("var/lib/anbox", Container::Anbox),
    ("var/lib/avroid", Container::Avroid),
    ("opt/avroid", Container::Avroid),
];
/// Where LXC keeps its containers.
const LXC: &str = "var/lib/lxc";

impl LinuxRoot {
    /// The containers that are there; an empty list says that all were looked for.
    #[must_use]
    pub fn containers(&self) -> Reading<List<Container>> {
        let mut found = Vec::new();
        let mut why = None;
        let mut hidden = |reason| why = Some(why.map_or(reason, |before| graver(before, reason)));
        for (folder, container) in FOLDERS {
            match self.files.exists(folder) {
                Ok(true) => found.push(container),
                Ok(false) => {}
                Err(reason) => hidden(reason),
            }
        }
        match self.files.names(LXC) {
            Ok(names) => found.extend(names.iter().filter_map(|name| name.to_str()).map(by_name)),
            Err(Reason::Absent) => {}
            Err(reason) => hidden(reason),
        }
        found.sort();
        found.dedup();
        match why {
            Some(reason) if found.is_empty() => Reading::unknown(reason),
            _ => Reading::known(List(found), Source::FilePresence),
        }
    }
}

fn by_name(name: &str) -> Container {
    let name = name.to_lowercase();
    let known = [
        ("aliendalvik", Container::AppSupport),
        ("appsupport", Container::AppSupport),
        ("waydroid", Container::Waydroid),
        ("anbox", Container::Anbox),
        ("avroid", Container::Avroid),
    ];
    known
        .into_iter()
        .find(|(word, _)| name.contains(word))
        .map_or(Container::Other, |(_, container)| container)
}
