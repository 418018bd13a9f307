//! From what a platform shows to what a report says: every fact a value or a reason, and of the applications the watched ones alone.

#[cfg(test)]
mod sandbox_tests;
mod sightings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use muster_proto::catalogue::{Catalogue, Inventory as Visible};
use muster_proto::facts::{AppFacts, DeviceFacts, Fact, Management, Reason, Scope, Source};

use self::sightings::Sighted;
use crate::platform::linux::bus::Said;
use crate::platform::linux::{LinuxRoot, Reading};

/// Reads all facts of a Linux device and looks for the watched applications.
///
/// `management` is the role in which the agent was started, which no file tells.
#[must_use]
pub fn collect(root: &LinuxRoot, catalogue: &Catalogue, management: Management) -> (DeviceFacts, AppFacts) {
    let said = root.ask();
    (device(root, &said, management), apps(root, &said, catalogue))
}

fn device(root: &LinuxRoot, said: &Said, management: Management) -> DeviceFacts {
    let (scope, management) = match root.is_sandboxed() {
        true => (Scope::Sandbox, Management::Application),
        false => (Scope::Device, management),
    };
    let mut places = Places::default();
    let mut facts = DeviceFacts {
        sources: BTreeMap::new(),
        platform: places.note("platform", root.platform()),
        os_version: places.note("os_version", root.os_version(said)),
        security_patch: unsupported(),
        build_id: places.note("build_id", root.build_id()),
        build_type: places.note("build_type", root.build_type()),
        manufacturer: places.note("manufacturer", root.manufacturer()),
        brand: unsupported(),
        model: places.note("model", root.model(said)),
        management: Fact::Known(management),
        encryption: places.note("encryption", root.encryption()),
        lock_set: places.note("lock_set", root.lock_set(said)),
        lock_strength: places.note("lock_strength", root.lock_strength()),
        lock_after: places.note("lock_after", root.lock_after()),
        developer_options: places.note("developer_options", root.developer_options()),
        debug_bridge: unsupported(),
        bootloader_locked: unsupported(),
        verified_boot: unsupported(),
        root_signs: places.note("root_signs", root.root_signs(said)),
        install_sources: places.note("install_sources", root.install_sources()),
        scope: Fact::Known(scope),
        background_limits: unsupported(),
        pending_update: unsupported(),
        boot_count: unsupported(),
        containers: places.note("containers", root.containers()),
        os_certified: places.note("os_certified", Reading::of(said.device.certified, Source::DBus)),
        package_certificates: places.note(
            "package_certificates",
            Reading::of(said.packages.certificates.clone(), Source::DBus)
                .or_else(|| root.package_certificates()),
        ),
        restrictions: places.note("restrictions", root.restrictions()),
    };
    facts.sources = places.0;
    facts
}

fn apps(root: &LinuxRoot, said: &Said, catalogue: &Catalogue) -> AppFacts {
    let inventory = root.inventory(said);
    let Sighted { sightings, cut } = sightings::of(&inventory.apps, catalogue);
    let mut sources = inventory.sources;
    sources.extend(cut.into_iter().map(|source| (source, Fact::Unknown(Reason::Failed))));
    AppFacts { sightings, sources, watch_list: catalogue.watch_list(Visible::Linux).reference() }
}

fn unsupported<T>() -> Fact<T> {
    Fact::Unknown(Reason::Unsupported)
}

/// Where facts were read, by the key of the fact.
#[derive(Default)]
struct Places(BTreeMap<u64, Source>);

impl Places {
    fn note<T>(&mut self, name: &str, reading: Reading<T>) -> Fact<T> {
        if let (Some(key), Some(source)) = (DeviceFacts::key(name), reading.source) {
            self.0.insert(key, source);
        }
        reading.fact
    }
}
