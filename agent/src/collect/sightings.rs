//! Which of the installed applications are watched ones. The rest is forgotten here.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use muster_proto::catalogue::{Catalogue, Messenger, judge_signers};
use muster_proto::cbor::{List, encode};
use muster_proto::facts::{AppSource, MatchKind, Profile, Sighting};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;

use crate::platform::linux::App;

/// A messenger is named at most this often in one report: somebody may lay out thousands of files that fit a pattern.
const MAX_OF_MESSENGER: usize = 4;
/// Bytes of all sightings of a report, so that it keeps within its 16 KiB.
const MAX_BYTES: usize = 8 * 1024;

/// What was found.
#[derive(Debug)]
pub(super) struct Sighted {
    /// What fits in a report.
    pub sightings: List<Sighting>,
    /// Sources that showed a messenger which did not fit: somebody has laid out so many that one would stay unseen.
    pub cut: BTreeSet<AppSource>,
}

/// One watched application, before it is put in words for the report.
struct Found<'a> {
    messenger: &'a Messenger,
    name: &'a str,
    matched: MatchKind,
    source: AppSource,
    also: BTreeSet<AppSource>,
    profile: Profile,
    version: Option<&'a str>,
    updated: Option<Timestamp>,
}

impl<'a> Found<'a> {
    /// Another source shows it too; the one with the lowest number stands first.
    fn seen_again(&mut self, other: &Found<'a>) {
        self.also.insert(self.source.max(other.source));
        self.source = self.source.min(other.source);
        self.version = self.version.or(other.version);
        self.updated = self.updated.or(other.updated);
    }
}

/// The sightings among `apps`: each messenger and name once, surest first, in an order that doesn't depend on that of `apps`.
pub(super) fn of(apps: &[App], catalogue: &Catalogue) -> Sighted {
    let mut by_messenger: BTreeMap<&str, BTreeMap<(MatchKind, &str), Found<'_>>> = BTreeMap::new();
    for found in apps.iter().filter_map(|app| look(app, catalogue)) {
        let names = by_messenger.entry(&found.messenger.id).or_default();
        match names.entry((found.matched, found.name)) {
            Entry::Vacant(place) => drop(place.insert(found)),
            Entry::Occupied(mut known) => known.get_mut().seen_again(&found),
        }
    }
    let mut ranked: Vec<(usize, Found<'_>)> = by_messenger
        .into_values()
        .flat_map(|names| names.into_values().take(MAX_OF_MESSENGER).enumerate())
        .collect();
    // Every messenger before any messenger's second name.
    ranked.sort_by_key(|(rank, _)| *rank);
    fitting(ranked.iter().map(|(rank, found)| (*rank, sighting(found))), MAX_BYTES)
}

/// Those that fit in so many bytes; of each messenger the surest has the rank 0.
fn fitting(ranked: impl Iterator<Item = (usize, Sighting)>, bytes: usize) -> Sighted {
    let (mut kept, mut cut, mut left) = (Vec::new(), BTreeSet::new(), bytes);
    for (rank, sighting) in ranked {
        match left.checked_sub(encode(&sighting).len()) {
            Some(rest) => {
                left = rest;
                kept.push(sighting);
            }
            None if rank == 0 => cut.extend(sighting.shown_by()),
            None => {}
        }
    }
    kept.sort_by(|a, b| (&a.messenger, a.matched, &a.package).cmp(&(&b.messenger, b.matched, &b.package)));
    Sighted { sightings: List(kept), cut }
}

/// The surest match: the package of an Android application, an exact id, the exact name of a program, a pattern.
fn look<'a>(app: &'a App, catalogue: &'a Catalogue) -> Option<Found<'a>> {
    let found = |messenger, name, matched, profile| Found {
        messenger,
        name,
        matched,
        source: app.source,
        also: BTreeSet::new(),
        profile,
        version: app.version.as_deref(),
        updated: app.updated,
    };
    if let Some(package) = &app.android
        && let Some(messenger) = catalogue.match_android_package(package)
    {
        return Some(found(messenger, package, MatchKind::Exact, Profile::Container));
    }
    let exact =
        app.ids.iter().chain(&app.programs).filter_map(|name| Some((name, catalogue.match_linux(name)?)));
    let by_id = app.ids.iter().filter_map(|name| Some((name, catalogue.match_linux(name)?)));
    exact
        .filter(|(_, (_, kind))| *kind == MatchKind::Exact)
        .chain(by_id)
        .min_by_key(|(_, (_, kind))| *kind)
        .map(|(name, (messenger, kind))| found(messenger, name, kind, Profile::Main))
}

fn sighting(found: &Found<'_>) -> Sighting {
    Sighting {
        messenger: Text::clipped(&found.messenger.id),
        package: Text::clipped(found.name),
        version: found.version.map(Text::clipped),
        signers: List::default(),
        installer: None,
        first_installed: None,
        updated: found.updated,
        enabled: None,
        profile: Some(found.profile),
        signature: judge_signers(found.messenger, &[]),
        source: found.source,
        matched: found.matched,
        also: found.also.iter().copied().filter(|source| *source != found.source).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_said_by_its_sources() {
        let sighting = |messenger: &str, source| Sighting::bare(messenger, "a.b", source);
        let all = || {
            let first = [sighting("a", AppSource::Apm), sighting("z", AppSource::Snap)];
            let second = [sighting("a", AppSource::Flatpak)];
            first.into_iter().map(|one| (0, one)).chain(second.map(|one| (1, one)))
        };
        let one = encode(&sighting("a", AppSource::Apm)).len();
        let cut = |bytes| fitting(all(), bytes).cut.into_iter().collect::<Vec<_>>();
        assert_eq!(cut(one), [AppSource::Snap]);
        assert_eq!(cut(2 * one), []);
        assert_eq!(fitting(all(), 2 * one).sightings.len(), 2);
        assert_eq!(fitting(all(), 3 * one).sightings.len(), 3);
    }
}
