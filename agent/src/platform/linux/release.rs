//! Which system it is, and which version: `aurora-release`, `sailfish-release`, `os-release`.

use std::collections::BTreeMap;

use muster_proto::facts::{Fact, Platform, Reason, Source};
use muster_proto::text::Text;

use super::bus::Said;
use super::keyfile::os_release;
use super::{LinuxRoot, Reading};

/// Where a release is described, best first.
const PLACES: [&str; 4] =
    ["etc/aurora-release", "etc/sailfish-release", "etc/os-release", "usr/lib/os-release"];

impl LinuxRoot {
    /// The operating system.
    #[must_use]
    pub fn platform(&self) -> Reading<Platform> {
        let platform = |(place, release): (&str, BTreeMap<String, String>)| {
            let id = release.get("ID").map_or("", String::as_str);
            match (id, place) {
                ("auroraos", _) | ("", "etc/aurora-release") => Platform::Aurora,
                ("sailfishos", _) | ("", "etc/sailfish-release") => Platform::Sailfish,
                _ => Platform::Linux,
            }
        };
        read(self.release().map(platform))
    }

    /// The version as the release file has it (`5.2.0.828`), else as the system says.
    #[must_use]
    pub fn os_version(&self, said: &Said) -> Reading<Text<32>> {
        self.release_value(&["VERSION_ID"]).or_else(|| said.device.os_version())
    }

    /// The release file's version and the system's own, where both are numbers with dots and contradict each other.
    pub(super) fn two_versions<'a>(&self, said: &'a Said) -> Option<(String, &'a str)> {
        let (_, release) = self.release().ok()?;
        let (file, system) = (release.get("VERSION_ID")?, said.device.os_version.as_ref().ok()?);
        let (one, other) = (numbers(file)?, numbers(system)?);
        // One of them may be shorter: 5.2 and 5.2.0.828 are no contradiction.
        one.iter().zip(&other).any(|(a, b)| a != b).then(|| (file.clone(), system.trim()))
    }

    /// The build's own number, where there is one beside the version.
    #[must_use]
    pub fn build_id(&self) -> Reading<Text<64>> {
        self.release_value(&["BUILD_ID", "SAILFISH_BUILD"])
    }

    /// Kind of the build: `release`, `devel` ….
    #[must_use]
    pub fn build_type(&self) -> Reading<Text<16>> {
        self.release_value(&["SAILFISH_FLAVOUR", "VARIANT_ID"])
    }

    fn release_value<const N: usize>(&self, keys: &[&str]) -> Reading<Text<N>> {
        read(self.release().and_then(|(_, release)| {
            let value = keys.iter().find_map(|&key| release.get(key)).filter(|value| !value.is_empty());
            value.map(|value| Text::clipped(value)).ok_or(Reason::Absent)
        }))
    }

    /// Whether this release has APM, Aurora's own package manager.
    pub(super) fn has_apm(&self) -> bool {
        let aurora = self.platform().fact == Fact::Known(Platform::Aurora);
        let version = self.release().ok().and_then(|(_, release)| numbers(release.get("VERSION_ID")?));
        aurora && version.is_none_or(|version| version[0] >= 5)
    }

    /// The first place that has something to say. One that is there and can't be read ends the search: another file might
    /// tell another story.
    fn release(&self) -> Result<(&'static str, BTreeMap<String, String>), Reason> {
        for place in PLACES {
            match self.files.text(place).map(|text| os_release(&text)) {
                Ok(release) if release.is_empty() => {}
                Ok(release) => return Ok((place, release)),
                Err(Reason::Absent) => {}
                Err(reason) => return Err(reason),
            }
        }
        Err(Reason::Absent)
    }
}

fn read<T>(value: Result<T, Reason>) -> Reading<T> {
    Reading::of(value, Source::OsRelease)
}

/// The numbers of a version of at least two.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let numbers: Vec<u64> = version.trim().split('.').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    (numbers.len() > 1).then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_can_be_compared_contradict_each_other() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::write(root.path().join("etc/os-release"), "ID=auroraos\nVERSION_ID=5.2.0.828\n").unwrap();
        let root = LinuxRoot::new(root.path());
        let contradicts = |system: &str| {
            let mut said = Said::nothing(Reason::Absent);
            said.device.os_version = Ok(system.to_owned());
            root.two_versions(&said).is_some()
        };
        assert!(contradicts("5.2.1") && contradicts(" 4.0.2.89\n"));
        for same in ["5.2.0.828", "5.2", "5", "", "Aurora 5.1", "5.1-rc"] {
            assert!(!contradicts(same), "{same}");
        }
        assert!(root.two_versions(&Said::nothing(Reason::Denied)).is_none());
    }
}
