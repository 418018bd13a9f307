//! What was found of the watched applications, and where it was looked for.

use super::Fact;
use crate::cbor::{DecodeError, Encoder, List, Wire, wire_enum, wire_map, written};
use crate::id::Digest;
use crate::text::Text;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

wire_enum! {
    /// A source of the inventory of applications.
    pub enum AppSource as "application source" {
        /// Android's package manager.
        PackageManager = 1 "package-manager",
        /// Aurora's APM.
        Apm = 2 "apm",
        /// `.desktop` files.
        DesktopFiles = 3 "desktop-files",
        /// The RPM database.
        RpmDatabase = 4 "rpm-database",
        /// Launchers of Android applications on another system.
        AndroidLaunchers = 5 "android-launchers",
        /// Data folders of Android applications on another system.
        AndroidData = 6 "android-data",
        /// Flatpak.
        Flatpak = 7 "flatpak",
        /// Snap.
        Snap = 8 "snap",
    }
}

/// A source of the inventory was read. On the wire: 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename = "read")]
pub struct Read;

impl Wire for Read {
    fn put(&self, e: &mut Encoder) {
        written(e.u8(0));
    }
    fn take(d: &mut minicbor::Decoder<'_>) -> Result<Self, DecodeError> {
        match u64::take(d)? {
            0 => Ok(Self),
            value => Err(DecodeError::UnknownValue { what: "source read", value }),
        }
    }
}

wire_map! {
    /// What could really be looked for.
    pub struct WatchListRef as "watch list" {
        /// Digest of the list.
        1 => digest: Digest,
        /// How many messengers it can find.
        2 => size: u32,
    }
}

wire_enum! {
    /// What the signers of a sighted application say about it.
    pub enum Signature as "signature" {
        /// A signer of the catalogue.
        Official = 1 "official",
        /// The catalogue knows no signer, or none could be read.
        Unverified = 2 "unverified",
        /// Only signers that the catalogue doesn't know.
        Foreign = 3 "foreign",
    }
}

wire_enum! {
    /// How sure the catalogue is that this is the messenger.
    pub enum MatchKind as "match" {
        /// The exact id of the catalogue.
        Exact = 1 "exact",
        /// A pattern with a public source.
        Pattern = 2 "pattern",
        /// A pattern without one: shown, never decides.
        UnverifiedPattern = 3 "unverified-pattern",
    }
}

wire_enum! {
    /// In which profile an application lives.
    pub enum Profile as "profile" {
        /// The device's own.
        Main = 1 "main",
        /// The work profile.
        Work = 2 "work",
        /// An Android container on another system.
        Container = 3 "container",
    }
}

wire_map! {
    /// A watched application that was found. There is no place here for any other.
    pub struct Sighting as "sighting" {
        /// Id in the catalogue.
        1 => messenger: Text<32>,
        /// Package, application id or name of the launcher.
        2 => package: Text<128>,
        /// Version.
        3 => version: Option<Text<48>>,
        /// SHA-256 of the signing certificates, with their history.
        4 => signers: List<Digest> where len <= 16,
        /// Package that installed it.
        5 => installer: Option<Text<64>>,
        /// First installed.
        6 => first_installed: Option<Timestamp>,
        /// Last updated.
        7 => updated: Option<Timestamp>,
        /// Whether it is enabled.
        8 => enabled: Option<bool>,
        /// Profile it lives in.
        9 => profile: Option<Profile>,
        /// What its signers say.
        10 => signature: Signature,
        /// Source that showed it.
        11 => source: AppSource,
        /// How sure the match is.
        12 => matched: MatchKind,
        /// Other sources that show it. One that was read and is in neither place doesn't know of it.
        13 => also: List<AppSource> where len <= 8,
    }
}

impl Sighting {
    /// A sighting of which nothing more is known: an exact match whose signers nobody has read. Texts are cut to their limits.
    #[must_use]
    pub fn bare(messenger: &str, package: &str, source: AppSource) -> Self {
        Self {
            messenger: Text::clipped(messenger),
            package: Text::clipped(package),
            version: None,
            signers: List::default(),
            installer: None,
            first_installed: None,
            updated: None,
            enabled: None,
            profile: None,
            signature: Signature::Unverified,
            source,
            matched: MatchKind::Exact,
            also: List::default(),
        }
    }

    /// The sources that show it, in their order.
    #[must_use]
    pub fn shown_by(&self) -> BTreeSet<AppSource> {
        self.also.iter().copied().chain([self.source]).collect()
    }

    /// The sources that were read, could know of it, and do not.
    #[must_use]
    pub fn not_known_to(&self, read: &BTreeMap<AppSource, Fact<Read>>) -> Vec<AppSource> {
        let shown_by = self.shown_by();
        let silent = |source: &&AppSource| {
            !shown_by.contains(source) && matches!(read.get(source), Some(Fact::Known(Read)))
        };
        self.family().iter().filter(silent).copied().collect()
    }

    /// The sources that know of the same applications: those of the system itself, or those of its Android container. Android has one source.
    fn family(&self) -> &'static [AppSource] {
        use AppSource::{AndroidData, AndroidLaunchers, Apm, DesktopFiles, RpmDatabase};
        match (self.profile, self.source) {
            (Some(Profile::Container), _) | (_, AndroidLaunchers | AndroidData) => {
                &[AndroidLaunchers, AndroidData]
            }
            (_, Apm | DesktopFiles | RpmDatabase) => &[Apm, DesktopFiles, RpmDatabase],
            _ => &[],
        }
    }
}

wire_map! {
    /// What was found of the watched applications.
    pub struct AppFacts as "apps" {
        /// Each source of the inventory that matters on this platform: read, or why not.
        1 => sources: BTreeMap<AppSource, Fact<Read>>,
        /// What could be looked for.
        2 => watch_list: WatchListRef,
        /// What was found.
        3 => sightings: List<Sighting> where len <= 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Reason;

    #[test]
    fn sources_that_were_read_and_do_not_know_of_it_are_of_its_family() {
        use AppSource::*;
        let read: BTreeMap<AppSource, Fact<Read>> = [Apm, DesktopFiles, AndroidLaunchers, AndroidData]
            .into_iter()
            .map(|source| (source, Fact::Known(Read)))
            .chain([(RpmDatabase, Fact::Unknown(Reason::Denied))])
            .collect();
        for (profile, source, also, unknown_to) in [
            (Profile::Main, Apm, vec![], vec![DesktopFiles]),
            (Profile::Main, Apm, vec![DesktopFiles], vec![]),
            (Profile::Main, RpmDatabase, vec![], vec![Apm, DesktopFiles]),
            (Profile::Main, AndroidLaunchers, vec![], vec![AndroidData]),
            (Profile::Container, AndroidData, vec![], vec![AndroidLaunchers]),
            (Profile::Container, DesktopFiles, vec![], vec![AndroidLaunchers, AndroidData]),
            (Profile::Main, PackageManager, vec![], vec![]),
            (Profile::Main, Flatpak, vec![], vec![]),
        ] {
            let sighting = Sighting {
                profile: Some(profile),
                also: also.into_iter().collect(),
                ..Sighting::bare("telegram", "x", source)
            };
            assert_eq!(sighting.not_known_to(&read), unknown_to, "{sighting:?}");
            assert!(sighting.not_known_to(&BTreeMap::new()).is_empty());
        }
    }
}
