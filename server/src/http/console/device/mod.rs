//! `/devices/{id}`: why this verdict, since when, and what shows it?

use axum::extract::{Path, State};
use axum::response::Redirect;
use muster_proto::message::OrderKind;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices;
use crate::devices::evidence as stored;
use crate::disputes::{self, DisputeView};
use crate::http::admin::device_id;
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::fault::Fault;
use crate::orders::{self, NewOrder};
use crate::orgs;
use crate::register::{self, AssetId};
use crate::version::IfMatch;
mod away;
mod ended;
mod evidence;
mod facts;
mod findings;
mod history;
mod labels;
mod scan;
mod shown;
mod sightings;

pub use evidence::{Checked, bytes, signature};
pub use facts::value_words;
pub use labels::change as label_change;
pub use scan::{life, seconds, step_time};
pub use shown::shown_words;

use crate::devices::view::DeviceView;
use crate::http::console::devices::{name, system};
use crate::http::console::disputes::{OF_DEVICE, of_device};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::marks;
use crate::http::console::when::When;
use crate::i18n::words;
use crate::orgs::OrgView;
use maud::{Markup, html};
use muster_proto::facts::Scope;

/// Shows a device.
pub async fn get(State(app): State<Arc<App>>, person: Person, Path(id): Path<String>) -> Result<Page, Fault> {
    let id = device_id(&id)?;
    let device = devices::show(&app, id).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    let org = orgs.iter().find(|org| org.id == device.row.org);
    let checked = stored::newest_report(&app, id).await?.map(|stored| Checked::of(&stored));
    let asset = register::asset_of(&app, id).await?;
    let disputes = disputes::of_device(&app, id, OF_DEVICE).await?;
    Ok(Page(page(&person.frame, &device, org, (asset, &disputes), checked.as_ref())))
}

/// Why something is asked for or settled.
#[derive(Debug, Deserialize)]
pub struct Reason {
    reason: String,
}

/// Asks the device for a report.
pub async fn scan(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Reason>,
) -> Result<Redirect, Fault> {
    let new = NewOrder { kind: OrderKind::Scan, reason: signed.form.reason, expires_in: None };
    orders::request(&app, &signed.person.actor, device_id(&id)?, new).await?;
    Ok(Redirect::to(&format!("/devices/{id}")))
}

/// Gives the device labels, or takes some away.
pub async fn labels(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let change = labels::change(&signed.form)?;
    devices::labels::edit(&app, &signed.person.actor, device_id(&id)?, IfMatch::default(), change).await?;
    Ok(Redirect::to(&format!("/devices/{id}#labels")))
}

/// Writes that whoever has the device is away, until the end of a day in its organisation's time zone.
pub async fn away(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let (device, actor) = (device_id(&id)?, &signed.person.actor);
    crate::away::set(&app, actor, device, away::note(&signed.form)?).await?;
    Ok(Redirect::to(&format!("/devices/{id}#away")))
}

/// Whoever has the device is back.
pub async fn back(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    crate::away::back(&app, &signed.person.actor, device_id(&id)?).await?;
    Ok(Redirect::to(&format!("/devices/{id}#away")))
}

/// Settles the breaks of the device's chain.
pub async fn acknowledge(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    signed: Signed<Reason>,
) -> Result<Redirect, Fault> {
    devices::acknowledge(&app, &signed.person.actor, device_id(&id)?, &signed.form.reason).await?;
    Ok(Redirect::to(&format!("/devices/{id}")))
}

/// The page. `asset` is the phone of the register that it is; `checked` is the newest report, verified for this very page; none where the device has not reported yet.
#[must_use]
pub fn page(
    frame: &Frame,
    device: &DeviceView,
    org: Option<&OrgView>,
    (asset, disputes): (Option<AssetId>, &[DisputeView]),
    checked: Option<&Checked>,
) -> Markup {
    let when = org.map_or_else(|| frame.when(), |org| frame.when().in_zone(&org.time_zone));
    let main = html! {
        (head(frame, &when, device, org, asset))
        div.halves {
            div.wide {
                @if !device.is_erased() {
                    (findings::section(frame, &when, device))
                    (of_device(frame, disputes))
                    (sightings::section(frame, &when, device))
                }
                (history::section(frame, &when, device))
            }
            div.narrow {
                @if !device.is_erased() {
                    (scan::section(frame, &when, device))
                    (away::section(frame, &when, device))
                    (labels::section(frame, device))
                    (evidence::section(frame, &when, device, checked))
                    (facts::section(frame, &when, device))
                }
            }
        }
    };
    frame.page(Place::Devices, &name(frame, &device.row), &main)
}

/// Name, verdict with its countdown, and the three ages that say how much it is worth.
fn head(
    frame: &Frame,
    when: &When,
    device: &DeviceView,
    org: Option<&OrgView>,
    asset: Option<AssetId>,
) -> Markup {
    let lang = frame.lang;
    let row = &device.row;
    let id = row.id.to_string();
    html! {
        div.device-head data-events={ "/api/v1/events?device=" (id) } {
            p.crumbs {
                @let title = org.map_or(row.org.as_str(), |org| org.title.as_str());
                @if frame.may(Right::Read) {
                    a href="/devices" { (lang.say("devices")) } " / "
                    a href={ "/devices?org=" (row.org) } { (title) }
                } @else {
                    // whoever sees no lists goes back to where one asks for a phone
                    a href="/" { (lang.say("find-phone")) } " / " (title)
                }
            }
            h1 {
                (name(frame, row))
                @if let Some(tag) = &row.asset_tag { " " span.asset { (tag) } }
            }
            p.sub {
                span { (system(frame, row)) }
                @if let Some(agent) = &row.agent { span { (lang.say("agent")) " " (agent) } }
                span { (lang.say("enrolled")) " " (when.ago(row.enrolled)) }
                code title=(lang.say("device-id")) { (id) }
                @if let Some(asset) = asset.filter(|_| frame.may(Right::Read)) { a href={ "/register/" (asset) } { (lang.say("in-the-register")) } }
                @if let Some(new) = device.replaced_by {
                    span { (lang.say("replaced-by")) " " a href={ "/devices/" (new) } { code { (new.to_string().chars().take(8).collect::<String>()) } } }
                }
                @if let Some(old) = device.replaces {
                    span { (lang.say("takes-the-place-of")) " " a href={ "/devices/" (old) } { code { (old.to_string().chars().take(8).collect::<String>()) } } }
                }
            }
            @if let Some(ended) = &device.ended { (ended::notice(frame, when, ended)) } @else {
                div.verdict-line #verdict data-live {
                    (marks::state(lang, row.verdict.state))
                    span.for { (lang.say("since-when")) " " (when.lasting(row.verdict.since)) }
                    @if let Some(due) = row.verdict.due { span.countdown { (when.deadline(due)) } }
                }
                (limited_sight(frame, device))
            }
            @if !device.is_erased() { (ages(frame, when, device)) }
        }
    }
}

/// An agent in an application package answers for less: what it was not let see stands beside the verdict.
fn limited_sight(frame: &Frame, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    let Some(limited) = &device.limited_sight else { return html! {} };
    let facts = limited.facts.iter().map(|name| lang.word("fact", name));
    let inventory = sightings::sources(lang, limited.apps_sources.iter().copied());
    let inventory = (!inventory.is_empty()).then(|| lang.with("inventory", [("source", words(&inventory))]));
    let unseen: Vec<String> = facts.chain(inventory).collect();
    html! {
        p.sub #limited-sight data-live {
            span.note { (lang.word("value-scope", Scope::Sandbox.word())) }
            @if !unseen.is_empty() {
                span { (lang.with("could-not-be-seen", [("what", words(&unseen.join("; ")))])) }
            }
        }
    }
}

fn ages(frame: &Frame, when: &When, device: &DeviceView) -> Markup {
    let lang = frame.lang;
    let ages = [
        (lang.say("last-contact"), lang.say("last-contact-hint"), device.ages.last_contact),
        (lang.say("last-fresh"), lang.say("last-fresh-hint"), device.ages.last_fresh),
        (lang.say("last-attested"), lang.say("last-attested-hint"), device.ages.last_attested),
    ];
    html! {
        dl.ages #ages data-live {
            @for (what, hint, at) in &ages {
                div { dt title=(hint) { (what) } dd { (when.ago_or_never(*at)) } }
            }
        }
    }
}
