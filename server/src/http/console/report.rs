//! `/devices/{id}/reports/{number}`: what a report says, byte for byte the one that was signed.

use axum::extract::{Path, State};
use muster_proto::id::ChainId;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::devices;
use crate::devices::evidence::{self, Which};
use crate::devices::view::DeviceRow;
use crate::http::admin::{Query, device_id};
use crate::http::console::device::{Checked, bytes, signature, value_words};
use crate::http::console::devices::name;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::visit::{Page, Person};
use crate::http::fault::Fault;
use maud::{Markup, html};
use muster_proto::facts::{DeviceFacts, Reason};
use muster_proto::report::Report;
use serde_json::Value;

/// Which chain the number is of, where it isn't the present one.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    chain: Option<ChainId>,
}

/// Shows a report.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Path((id, number)): Path<(String, u64)>,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let id = device_id(&id)?;
    let device = devices::row(&app, id).await?;
    let stored = evidence::report(&app, id, Which { number: Some(number), chain: asked.chain }).await?;
    Ok(Page(page(&person.frame, &device, &stored.report, &Checked::of(&stored))))
}

/// The page.
#[must_use]
pub fn page(frame: &Frame, device: &DeviceRow, report: &Report, checked: &Checked) -> Markup {
    let lang = frame.lang;
    let title = format!("{} №\u{a0}{}", lang.say("report"), report.number);
    let main = html! {
        div.device-head {
            p.crumbs {
                a href="/devices" { (lang.say("devices")) } " / "
                a href={ "/devices/" (device.id) } { (name(frame, device)) }
            }
            h1 { (title) }
        }
        (signature(frame, checked))
        (envelope(frame, report, checked))
        section { h2 { (lang.say("facts")) } (facts(frame, report)) }
        section { h2 { (lang.say("sightings")) } (sightings(frame, report)) }
        section {
            details {
                summary { (lang.say("as-json")) }
                pre { (serde_json::to_string_pretty(report).unwrap_or_default()) }
            }
            p.links {
                a href={ "/api/v1/devices/" (device.id) "/report?number=" (report.number) "&chain=" (report.chain) }
                    download={ (device.id) "-" (report.number) ".cbor" } { (lang.say("signed-bytes")) }
                a href={ "/api/v1/devices/" (device.id) "/key" } download={ (device.id) ".pem" } { (lang.say("public-key")) }
            }
            p.hint { (lang.say("verify-it-yourself")) " " code { "muster verify FILE --key PEM" } }
        }
    };
    frame.page(Place::Devices, &title, &main)
}

fn envelope(frame: &Frame, report: &Report, checked: &Checked) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        dl.facts.two {
            div { dt { (lang.say("made")) } dd { (when.stamp(checked.evidence_at)) } }
            div { dt { (lang.say("phones-clock")) } dd { (when.stamp(report.iat)) } }
            div { dt { (lang.say("received")) } dd { (when.stamp(checked.received)) } }
            div { dt { (lang.say("trigger")) } dd { (lang.word("trigger", report.trigger.word())) } }
            @if let Some(order) = report.order {
                div { dt { (lang.say("order")) } dd { a href={ "/orders/" (order) } { code { (order) } } } }
            }
            div { dt { (lang.say("size")) } dd { (bytes(lang, checked.size)) } }
            div { dt { (lang.say("key")) } dd { code { (checked.kid) } ", " (lang.word("protection", report.submods.agent.protection.word())) } }
            div { dt { (lang.say("digest")) } dd { code.digest { (checked.digest) } } }
            @if let Some(previous) = report.previous {
                div { dt { (lang.say("previous")) } dd { code.digest { (previous) } } }
            }
            div { dt { (lang.say("chain")) } dd { code { (report.chain) } } }
            div { dt { (lang.say("agent-version")) } dd { (report.submods.agent.version) } }
        }
    }
}

/// Every fact in words, or the reason why there is none.
#[must_use]
pub fn facts(frame: &Frame, report: &Report) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    let said = serde_json::to_value(&report.submods.device).unwrap_or_default();
    html! {
        dl.facts.two {
            @for (_, name) in DeviceFacts::KEYS.iter().filter(|(_, name)| *name != "sources") {
                div {
                    dt { (lang.word("fact", name)) }
                    dd {
                        @match said.get(name).and_then(|fact| fact.get("value")) {
                            Some(value) => (value_words(lang, &when, name, value)),
                            None => span.none { (lang.word("reason", reason(&said, name))) },
                        }
                    }
                }
            }
        }
    }
}

fn reason<'a>(said: &'a Value, name: &str) -> &'a str {
    let reason = said.get(name).and_then(|fact| fact.get("reason")).and_then(Value::as_str);
    reason.unwrap_or(Reason::Absent.word())
}

/// The watched applications that it found.
#[must_use]
pub fn sightings(frame: &Frame, report: &Report) -> Markup {
    let lang = frame.lang;
    html! {
        @if report.submods.apps.sightings.is_empty() {
            p.none { (lang.say("no-sighting")) }
        } @else {
            ul {
                @for sighting in report.submods.apps.sightings.iter() {
                    li { (sighting.messenger) ": " code { (sighting.package) } ", " (lang.word("signature", sighting.signature.word())) }
                }
            }
        }
    }
}
