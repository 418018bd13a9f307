//! Sightings: the watched applications that were found, and what their signers say.

use crate::devices::view::DeviceView;
use crate::http::console::frame::Frame;
use crate::http::console::when::When;
use maud::{Markup, html};
use muster_proto::facts::{MatchKind, Sighting};

/// The section.
#[must_use]
pub fn section(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    html! {
        section #sightings data-live {
            h2 { (lang.say("sightings")) }
            @if device.facts.is_none() {
                p.none { (lang.say("no-fact")) }
            } @else if device.sightings.is_empty() {
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
                    }
                }
            }
        }
    }
}

fn row(frame: &Frame, when: &When, sighting: &Sighting) -> Markup {
    let lang = frame.lang;
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
                (lang.word("app-source", sighting.source.word()))
                @if let Some(profile) = sighting.profile { ", " (lang.word("profile", profile.word())) }
                @if sighting.enabled == Some(false) { ", " (lang.say("disabled")) }
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
