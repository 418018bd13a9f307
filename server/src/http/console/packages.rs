//! `/packages`: the agent for Android, and to whom which version is offered; the agent for Aurora OS, to fetch; and who runs what.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use muster_proto::facts::Platform;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::http::admin::Id;
use crate::http::console::device::bytes;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::packages::{self, AuroraView, PackageList, PackageView, Ring, Running};

/// To whom a version is to be offered.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    ring: Ring,
}

const RINGS: [Ring; 4] = [Ring::One, Ring::Ten, Ring::All, Ring::Halt];

/// Shows the packages.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    Ok(Page(page(&person.frame, &packages::list(&app).await?)))
}

/// Offers a version to more, to fewer, or to nobody.
pub async fn ring(
    State(app): State<Arc<App>>,
    Id(version): Id<String>,
    signed: Signed<Wanted>,
) -> Result<Redirect, Fault> {
    packages::set_ring(&app, &signed.person.actor, &version, signed.form.ring).await?;
    Ok(Redirect::to("/packages"))
}

fn page(frame: &Frame, list: &PackageList) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("packages")) } }
        h2 { (lang.word("value-platform", Platform::Android.word())) }
        p.lead { (lang.say("packages-lead")) }
        @if list.packages.is_empty() {
            (empty(&lang.say("no-package"), &html! { code { "muster agent-package add FILE" } }))
        } @else {
            (table(frame, list))
            @if let Some(address) = &list.download { p.hint { (lang.say("package-address")) " " code { (address) } } }
            @if !list.plain { p.hint { (lang.say("package-needs-trust")) } }
        }
        section { (aurora(frame, &list.aurora)) }
        @if !list.running.is_empty() { section { (running(frame, &list.running)) } }
    };
    frame.page(Place::Enrolment, &lang.say("packages"), &main)
}

fn table(frame: &Frame, list: &PackageList) -> Markup {
    let lang = frame.lang;
    html! {
        table.packages {
            thead {
                tr {
                    th { (lang.say("agent-version")) }
                    th { (lang.say("ring")) }
                    th.right { (lang.say("devices")) }
                    th { (lang.say("digest")) }
                    th { (lang.say("added")) }
                }
            }
            tbody { @for one in &list.packages { (row(frame, one)) } }
        }
    }
}

fn aurora(frame: &Frame, list: &[AuroraView]) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (lang.word("value-platform", Platform::Aurora.word())) }
        p.lead { (lang.say("aurora-packages-lead")) }
        @if list.is_empty() {
            (empty(&lang.say("no-package"), &html! { code { "muster agent-package add FILE.rpm" } }))
        } @else {
            table.packages {
                thead {
                    tr {
                        th { (lang.say("package")) }
                        th { (lang.say("agent-version")) }
                        th { (lang.say("package-signature")) }
                        th { (lang.say("package-download")) }
                        th { (lang.say("digest")) }
                        th { (lang.say("added")) }
                    }
                }
                tbody { @for one in list { (aurora_row(frame, one)) } }
            }
        }
    }
}

fn aurora_row(frame: &Frame, one: &AuroraView) -> Markup {
    let (lang, package) = (frame.lang, &one.package);
    html! {
        tr {
            td { (lang.word("value-package", package.kind.word())) " " span.soft { (package.arch) } }
            td {
                (package.version) "-" (package.release) " " span.soft { "(" (bytes(lang, package.size)) ")" }
                @if !one.intact { p.soft { (lang.say("package-damaged")) } }
            }
            td {
                @match package.signed {
                    Some(true) => { (lang.say("package-signed")) }
                    Some(false) => { (lang.say("package-unsigned")) }
                    None => { span.soft { "–" } }
                }
            }
            td {
                @if one.download.is_some() { a href={ "/agent/aurora/" (package.file()) } { (package.file()) } }
                @else { span.soft { (lang.say("package-not-newest")) } }
            }
            td { code.digest { (package.sha256) } }
            td { (frame.when().ago(package.added)) " " span.soft { (package.added_by) } }
        }
    }
}

/// The versions that devices run, whether their packages are here or not.
fn running(frame: &Frame, list: &[Running]) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (lang.say("versions-that-run")) }
        table.packages {
            thead {
                tr { th { (lang.say("system")) } th { (lang.say("agent-version")) } th.right { (lang.say("devices")) } }
            }
            tbody {
                @for one in list {
                    tr {
                        td { (lang.word("value-platform", one.platform.word())) }
                        td { (one.version) }
                        td.right { (figure(one.devices)) }
                    }
                }
            }
        }
    }
}

fn row(frame: &Frame, one: &PackageView) -> Markup {
    let (lang, package) = (frame.lang, &one.package);
    html! {
        tr {
            td {
                (package.version) " " span.soft { "(" (package.version_code) ", " (bytes(lang, package.size)) ")" }
                @if !one.intact { p.soft { (lang.say("package-damaged")) } }
                @if let Some(why) = &package.halted { p.soft { (lang.say("package-halted")) " " (why) } }
            }
            td {
                form.decide method="post" action={ "/packages/" (package.version) "/ring" } {
                    (frame.csrf_field())
                    select name="ring" aria-label=(lang.say("ring")) {
                        @for ring in RINGS {
                            option value=(ring.word()) selected[ring == package.ring] { (lang.word("value-ring", ring.word())) }
                        }
                    }
                    button type="submit" { (lang.say("change")) }
                }
                p.soft { (frame.when().ago(package.ring_since)) }
            }
            td.right { (one.devices) }
            td { code.digest { (package.sha256) } }
            td { (frame.when().ago(package.added)) " " span.soft { (package.added_by) } }
        }
    }
}
