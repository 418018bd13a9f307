//! Sources of applications that a phone can't do without: one that was read once and is not there any more is reported as absent, never
//! left out. So whoever deletes the database of packages shows that, even where nobody has published where the system keeps it.

use std::collections::BTreeSet;

use muster_proto::facts::{AppFacts, AppSource, DeviceFacts, Fact, Platform, Reason};

use super::event::Collected;

/// The system's own packages. What a person may remove on purpose (an Android container, Flatpak, Snap) is not missed: it would be for ever.
const LASTING: [AppSource; 2] = [AppSource::Apm, AppSource::RpmDatabase];

/// The sources of this report that later ones must have. On other systems than these a person may do without RPM.
pub(super) fn lasting<'a>(device: &DeviceFacts, apps: &'a AppFacts) -> impl Iterator<Item = AppSource> + 'a {
    let phone = matches!(device.platform.known(), Some(Platform::Aurora | Platform::Sailfish));
    let read = move |source: &AppSource| phone && matches!(apps.sources.get(source), Some(Fact::Known(_)));
    LASTING.into_iter().filter(read)
}

/// Names the sources that were there and that these facts don't know, and takes back what can't be said without them.
pub(super) fn miss(known: &BTreeSet<AppSource>, collected: &mut Collected) {
    for source in known {
        if collected.apps.sources.contains_key(source) {
            continue;
        }
        collected.apps.sources.insert(*source, Fact::Unknown(Reason::Absent));
        if *source == AppSource::RpmDatabase {
            unsay_root(&mut collected.device);
        }
    }
}

/// No sign of root means that release files were compared with what their packages recorded, which nobody could do.
fn unsay_root(device: &mut DeviceFacts) {
    if device.root_signs.known().is_some_and(|signs| signs.is_empty()) {
        device.root_signs = Fact::Unknown(Reason::Absent);
        if let Some(key) = DeviceFacts::key("root_signs") {
            device.sources.remove(&key);
        }
    }
}
