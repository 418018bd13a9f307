//! Sightings: the watched applications that were found, and what their signers say.

use crate::devices::view::{DeviceView, SightingView};
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use crate::i18n::{Lang, words};
use crate::inventory::ToldView;
use maud::{Markup, html};
use muster_proto::facts::{AppSource, MatchKind};

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    html! {
        section #sightings data-live {
            h2 { (lang.say("sightings")) }
            @if device.facts.is_none() && device.told.is_empty() {
                p.none { (lang.say("no-fact")) }
            } @else if device.sightings.is_empty() && device.told.is_empty() {
                p.none { (lang.say("no-sighting")) }
            } @else {
                table.sightings {
                    thead {
                        tr {
                            th { (lang.say("messenger")) }
                            th { (lang.say("package")) }
                            th { (lang.say("version")) }
                            th { (lang.say("signer")) }
                            th { (lang.say("found-in")) }
                            th.right { (lang.say("updated")) }
                        }
                    }
                    tbody {
                        @for sighting in &device.sightings { (row(frame, when, sighting)) }
                        @for told in &device.told { (told_row(frame, when, told)) }
                    }
                }
            }
        }
    }
}

/// Sources by name.
pub fn sources(lang: Lang, list: impl IntoIterator<Item = AppSource>) -> String {
    let names: Vec<String> = list.into_iter().map(|source| lang.word("app-source", source.word())).collect();
    names.join(", ")
}

fn row(frame: &Frame, when: &When, view: &SightingView) -> Markup {
    let (lang, sighting) = (frame.lang, &view.sighting);
    let signers: Vec<String> = sighting.signers.iter().map(ToString::to_string).collect();
    html! {
        tr {
            td {
                (sighting.messenger)
                @if sighting.matched != MatchKind::Exact { " " span.note { (lang.word("match", sighting.matched.word())) } }
            }
            td { code { (sighting.package) } }
            td { (sighting.version.as_deref().unwrap_or("–")) }
            td title=[(!signers.is_empty()).then(|| signers.join("\n"))] { (lang.word("signature", sighting.signature.word())) }
            td {
                (sources(lang, sighting.shown_by()))
                @if let Some(profile) = sighting.profile { ", " (lang.word("profile", profile.word())) }
                @if sighting.enabled == Some(false) { ", " (lang.say("disabled")) }
                @if !view.not_known_to.is_empty() {
                    p.soft { (lang.with("not-known-to", [("sources", words(&sources(lang, view.not_known_to.iter().copied())))])) }
                }
            }
            td.right {
                @match sighting.updated.or(sighting.first_installed) {
                    Some(at) => (when.ago(at)),
                    None => "–",
                }
            }
        }
    }
}

/// What the management system says: nobody has signed it, and its own date is all that is known of when.
fn told_row(frame: &Frame, when: &When, told: &ToldView) -> Markup {
    let lang = frame.lang;
    html! {
        tr {
            td {
                (told.messenger)
                @if told.matched != MatchKind::Exact { " " span.note { (lang.word("match", told.matched.word())) } }
            }
            td { code { (told.package) } }
            td { (told.version.as_deref().unwrap_or("–")) }
            td { "–" }
            td {
                (lang.say("management-system")) ", " (when.ago(told.seen_at))
                p.soft { (lang.say("imported")) " " (when.ago(told.imported_at)) ", " (told.actor) }
            }
            td.right { "–" }
        }
    }
}
