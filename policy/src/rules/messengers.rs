//! `messengers`: applications that must not be there, and applications of which one must be.

use std::borrow::Cow;

use muster_proto::catalogue::{Catalogue, Messenger};
use muster_proto::facts::{AppSource, Fact, MatchKind, Platform, Sighting, Signature};
use serde::{Deserialize, Serialize};

use super::{Demand, DemandFlaw};
use crate::case::Told;
use crate::reading::{Facts, Reading, Seen, missing};

/// Messengers that are refused or required, by their ids in the catalogue: `deny`, `require_any` or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "document", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Messengers {
    /// None of these may be installed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deny: Vec<String>,
    /// At least one of these must be installed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub require_any: Vec<String>,
    /// Clients that somebody else makes for a refused service count too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub modified: bool,
}

/// The cause of a rule whose required messengers are all missing.
const REQUIRED: &str = "required";

impl Demand for Messengers {
    const KIND: &'static str = "messengers";
    const TITLE: (&'static str, &'static str) = ("Messengers", "Мессенджеры");
    const EXAMPLE: &'static str = r#"
- id: messengers
  kind: messengers
  title: { en: No foreign messengers, ru: Без иностранных мессенджеров }
  deny: [telegram, whatsapp]
  require_any: [express, vk-teams]
  modified: true
  grace: 72h
"#;

    fn read(&self, facts: &Facts<'_>) -> Reading {
        let mut reading = Reading::default();
        let sightings = &facts.report.submods.apps.sightings;
        for sighting in sightings.iter() {
            let known = facts.catalogue.messenger(&sighting.messenger);
            let Some(cause) = self.denied(&sighting.messenger, known, facts.catalogue) else { continue };
            if sighting.matched == MatchKind::UnverifiedPattern {
                reading.notes.push(Seen::new(place(sighting), format!("possibly {}", words(sighting))));
            } else {
                reading.broken(cause.to_owned(), Seen::new(place(sighting), words(sighting)));
            }
        }
        self.told(&mut reading, facts);
        let wanted = sightings.iter().find(|sighting| self.satisfied_by(sighting));
        match wanted {
            Some(sighting) => {
                reading.shown(Seen::new(place(sighting), words(sighting)));
            }
            None => self.required_missing(&mut reading, facts),
        }
        if !self.deny.is_empty() {
            sources_unread(&mut reading, facts);
            self.unwatched(&mut reading, facts);
            reading.shown(Seen::new("apps", "none of the refused messengers was found"));
        }
        reading
    }

    fn flaws(&self, catalogue: &Catalogue) -> Vec<DemandFlaw> {
        let unknown = |key: &'static str, ids: &[String]| {
            let flaw = move |(index, id): (usize, &String)| {
                let message = format!("messenger {id:?} is not in the catalogue");
                catalogue.messenger(id).is_none().then_some(DemandFlaw { key, index: Some(index), message })
            };
            ids.iter().enumerate().filter_map(flaw).collect::<Vec<_>>()
        };
        let mut flaws = unknown("deny", &self.deny);
        flaws.extend(unknown("require_any", &self.require_any));
        if self.deny.is_empty() && self.require_any.is_empty() {
            let message = "a rule of this kind needs `deny` or `require_any`".to_owned();
            flaws.push(DemandFlaw { key: "kind", index: None, message });
        }
        flaws
    }
}

impl Messengers {
    /// What the management system says is there breaks the rule. What it doesn't name is not shown to be missing, and what it names is
    /// not shown to be what the organisation gives out.
    fn told(&self, reading: &mut Reading, facts: &Facts<'_>) {
        for told in facts.told {
            let known = facts.catalogue.messenger(&told.messenger);
            let Some(cause) = self.denied(&told.messenger, known, facts.catalogue) else { continue };
            let place = format!("apps.{}", told.messenger);
            if told.matched == MatchKind::UnverifiedPattern {
                reading.notes.push(Seen::new(place, format!("possibly {}", told_words(told))));
            } else {
                let began = told.seen_at.max(facts.enrolled).min(facts.now);
                reading.told(cause.to_owned(), Seen::new(place, told_words(told)), began);
            }
        }
    }

    /// The refused messenger that `id` is, or whose service it speaks. Of several the one furthest up, so that changing one
    /// client of a service for another is not a new cause.
    fn denied<'r>(&'r self, id: &str, known: Option<&Messenger>, catalogue: &Catalogue) -> Option<&'r str> {
        let mut found = self.names(id);
        let mut next = known.filter(|_| self.modified);
        while let Some(original) = next.and_then(|messenger| messenger.modified_of.as_deref()) {
            found = self.names(original).or(found);
            next = catalogue.messenger(original);
        }
        found
    }

    fn names(&self, id: &str) -> Option<&str> {
        self.deny.iter().find(|denied| *denied == id).map(String::as_str)
    }

    /// A build that somebody else signed is not the messenger that the organisation gives out.
    fn satisfied_by(&self, sighting: &Sighting) -> bool {
        sighting.matched != MatchKind::UnverifiedPattern
            && sighting.signature != Signature::Foreign
            && self.require_any.iter().any(|id| *id == *sighting.messenger)
    }

    fn required_missing(&self, reading: &mut Reading, facts: &Facts<'_>) {
        if self.require_any.is_empty() {
            return;
        }
        let before = reading.unread.len();
        if self.deny.is_empty() {
            sources_unread(reading, facts);
        }
        let watched = |id: &String| facts.watched.is_some_and(|watched| watched.contains(id));
        if !self.require_any.iter().all(watched) {
            reading.unread_cause(
                REQUIRED,
                Seen::new("apps.watch-list", "does not cover every required messenger"),
            );
        }
        if reading.unread.len() == before && all_read(facts) {
            reading.broken(REQUIRED, Seen::new("apps", "none of the required messengers was found"));
        }
    }

    /// Each id of the rule, and each client that counts as it, must be one that the phone could find.
    fn unwatched(&self, reading: &mut Reading, facts: &Facts<'_>) {
        let Some(watched) = facts.watched else {
            return reading
                .unread(Seen::new("apps.watch-list", "the list that the report names is not known"));
        };
        for messenger in facts.catalogue.messengers() {
            let Some(cause) = self.denied(&messenger.id, Some(messenger), facts.catalogue) else { continue };
            if !watched.contains(&messenger.id) {
                reading.unread_cause(cause.to_owned(), not_looked_for(messenger));
            }
        }
        for id in &self.deny {
            if facts.catalogue.messenger(id).is_none() {
                reading.unread_cause(id.clone(), Seen::new(format!("apps.{id}"), "not in the catalogue"));
            }
        }
    }
}

fn not_looked_for(messenger: &Messenger) -> Seen {
    Seen::new(format!("apps.{}", messenger.id), "the phone cannot look for it")
}

/// Sources without which a platform's inventory says nothing. What else a report lists must have been read too.
fn sources_that_matter(platform: Platform) -> &'static [AppSource] {
    match platform {
        Platform::Android => &[AppSource::PackageManager],
        Platform::Aurora | Platform::Sailfish => &[AppSource::DesktopFiles, AppSource::AndroidLaunchers],
        Platform::Linux => &[AppSource::DesktopFiles],
    }
}

fn all_read(facts: &Facts<'_>) -> bool {
    let mut reading = Reading::default();
    sources_unread(&mut reading, facts);
    reading.unread.is_empty()
}

/// Sources of the inventory that were not read.
pub(super) fn sources_unread(reading: &mut Reading, facts: &Facts<'_>) {
    let sources = &facts.report.submods.apps.sources;
    for (source, fact) in sources {
        if let Fact::Unknown(reason) = fact {
            reading.unread(missing(source_name(*source), *reason));
        }
    }
    match &facts.report.submods.device.platform {
        Fact::Unknown(reason) => reading.unread(missing("device.platform", *reason)),
        Fact::Known(platform) => {
            for source in sources_that_matter(*platform) {
                if !sources.contains_key(source) {
                    reading.unread(Seen::new(source_name(*source), "not reported"));
                }
            }
        }
    }
}

fn source_name(source: AppSource) -> Cow<'static, str> {
    format!("apps.sources.{source}").into()
}

fn place(sighting: &Sighting) -> String {
    format!("apps.{}", sighting.messenger)
}

fn words(sighting: &Sighting) -> String {
    let version = sighting.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version} ({}, {})", sighting.package, sighting.signature, sighting.source)
}

fn told_words(told: &Told) -> String {
    let version = told.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    format!("{}{version} (management system, as of {})", told.package, told.seen_at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::world::{CATALOGUE, Phone, T0, hours, read, reading};
    use std::collections::BTreeSet;

    fn rule(deny: &[&str], require_any: &[&str], modified: bool) -> Messengers {
        let ids = |ids: &[&str]| ids.iter().map(|&id| id.to_owned()).collect();
        Messengers { deny: ids(deny), require_any: ids(require_any), modified }
    }

    #[test]
    fn what_counts_is_what_the_catalogue_calls_a_client() {
        let rule = rule(&["telegram", "whatsapp", "signal"], &[], true);
        let denied = |m: &&Messenger| rule.denied(&m.id, Some(m), &CATALOGUE).is_some();
        let ours: BTreeSet<&str> =
            CATALOGUE.messengers().iter().filter(denied).map(|m| m.id.as_str()).collect();
        let clients = rule.deny.iter().flat_map(|id| CATALOGUE.clients_of(id)).map(|m| m.id.as_str());
        assert_eq!(ours, clients.collect());
    }

    #[test]
    fn the_cause_is_the_refused_messenger_furthest_up() {
        let of = |rule: Messengers, seen: &str| read(&rule, &Phone::android().sees(seen, MatchKind::Exact));
        assert_eq!(of(rule(&["telegram"], &[], true), "telegram-x"), "broken: telegram");
        assert_eq!(of(rule(&["telegram-x", "telegram"], &[], true), "telegram-x"), "broken: telegram");
        assert_eq!(of(rule(&["telegram-x", "telegram"], &[], false), "telegram-x"), "broken: telegram-x");
        assert_eq!(of(rule(&["telegram"], &[], false), "telegram-x"), "kept");
        assert_eq!(of(rule(&["telegram"], &[], true), "not-in-the-catalogue"), "kept");
    }

    #[test]
    fn every_source_that_matters_must_be_read() {
        let deny = rule(&["telegram"], &[], false);
        assert_eq!(read(&deny, &Phone::android()), "kept");
        assert_eq!(read(&deny, &Phone::aurora()), "kept");
        let mut half = Phone::aurora();
        half.report.submods.apps.sources.remove(&AppSource::AndroidLaunchers);
        assert_eq!(read(&deny, &half), "unread");
        let mut more = Phone::aurora();
        let failed = Fact::Unknown(muster_proto::facts::Reason::Failed);
        more.report.submods.apps.sources.insert(AppSource::Flatpak, failed);
        assert_eq!(read(&deny, &more), "unread");
    }

    #[test]
    fn a_required_one_must_not_be_signed_by_somebody_else() {
        let rule = rule(&[], &["express", "max"], false);
        let mut phone = Phone::android().sees("max", MatchKind::Exact);
        assert_eq!(read(&rule, &phone), "kept");
        phone.report.submods.apps.sightings.0[0].signature = Signature::Foreign;
        assert_eq!(read(&rule, &phone), "broken: required");
    }

    #[test]
    fn the_management_system_can_break_a_rule_and_keeps_none() {
        let told = |messenger: &str, matched| Told {
            messenger: messenger.to_owned(),
            package: "ru.x".to_owned(),
            version: Some("1.0".to_owned()),
            matched,
            seen_at: T0() + hours(5),
        };
        let mut phone = Phone::aurora();
        phone.told = vec![told("nekogram", MatchKind::Exact)];
        assert_eq!(read(&rule(&["telegram"], &[], true), &phone), "broken: telegram");
        assert_eq!(read(&rule(&["telegram"], &[], false), &phone), "kept");
        let cause = &reading(&rule(&["telegram"], &[], true), &phone).causes[0];
        assert_eq!((cause.told, cause.began), (true, Some(T0())), "nothing began in the future");
        assert_eq!(cause.seen.value, format!("ru.x 1.0 (management system, as of {})", T0() + hours(5)));
        phone.told = vec![told("telegram", MatchKind::UnverifiedPattern)];
        assert_eq!(read(&rule(&["telegram"], &[], true), &phone), "kept", "a guess decides nothing");
        phone.told = vec![told("express", MatchKind::Exact)];
        assert_eq!(read(&rule(&[], &["express"], false), &phone), "broken: required");
        phone.told = vec![told("telegram", MatchKind::Exact)];
        phone.report.submods.apps.sources.clear();
        assert_eq!(read(&rule(&["telegram"], &[], true), &phone), "broken: telegram; unread");
    }
}
