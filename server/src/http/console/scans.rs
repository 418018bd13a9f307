//! `/scans`: who asked many devices, why, and how far each scan is; and the form for another.

mod meant;
mod one;
mod table;
mod whom;

pub use meant::Meant;
pub use one::{cancel, repeat, show};
pub use table::csv;
pub use whom::{Confirmed, Whom, found_field, gone_since, remember};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use muster_proto::id::{DeviceId, OrderId};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices::query::LONGEST;
use crate::http::admin::Query;
use crate::http::console::devices::{named, names};
use crate::http::console::frame::{Frame, Place, empty, key};
use crate::http::console::marks::{figure, segments};
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::orders::{self, Asked as Found, LeftOut, Progress, ScanView, Scans};
use crate::orgs::{self, OrgView};
use serde::Deserialize;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: Option<String>,
}

/// Scans on a page.
const ON_A_PAGE: u32 = 50;
/// Names that nobody has, or devices that don't count, that are shown.
const NAMED: usize = 50;

/// Shows the list.
pub async fn get(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let after = asked.after.filter(|text| !text.is_empty()).map(|text| text.parse()).transpose();
    let after = after.map_err(|error| Fault::malformed(format!("after: {error}")))?;
    let scans = orders::list_scans(&app, &person.actor, None, after, ON_A_PAGE).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &scans, &orgs, after.is_some())))
}

/// Says whom a scan would ask, before it does.
pub async fn confirm(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Page, Fault> {
    let whom = Whom::read(&signed.form)?;
    let found =
        orders::whom(&app, &signed.person.actor, Right::Scan, whom.devices(), whom.query.clone()).await?;
    let frame = &signed.person.frame;
    remember(&app, &signed.person, &found);
    let names = names(frame, &named(&app, &found.devices).await?, found.devices.len());
    Ok(Page(confirmation(frame, &whom, (&found, Confirmed::Nobody), &names, signed.form.one("reason"))))
}

/// Asks those who were confirmed, as far as they are found still. Where nobody knows any more who that was, it asks once more.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Response, Fault> {
    let Signed { person, form } = &signed;
    let whom = Whom::read(form)?;
    let mut found =
        orders::whom(&app, &person.actor, Right::Scan, whom.devices(), whom.query.clone()).await?;
    let confirmed = Confirmed::of(&app, &signed, &mut found);
    let Confirmed::These { gone } = confirmed else {
        remember(&app, person, &found);
        let names = names(&person.frame, &named(&app, &found.devices).await?, found.devices.len());
        let page = confirmation(&person.frame, &whom, (&found, confirmed), &names, form.one("reason"));
        return Ok((StatusCode::CONFLICT, Page(page)).into_response());
    };
    let reason = form.one("reason").unwrap_or_default();
    let made = orders::scan_found(&app, &person.actor, found, (whom.query, reason)).await?;
    let said = if gone > 0 { format!("?gone={gone}") } else { String::new() };
    Ok(Redirect::to(&format!("/scans/{}{said}", made.scan.scan)).into_response())
}

fn to(scan: OrderId) -> Redirect {
    Redirect::to(&format!("/scans/{scan}"))
}

fn page(frame: &Frame, scans: &Scans, orgs: &[OrgView], later: bool) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head data-events="/api/v1/events" data-pace="2000" {
            h1 { (lang.say("scans")) }
            p.links { a href="/schedules" { (lang.say("schedules")) } }
        }
        @if frame.may(Right::Scan) { (form(frame, orgs)) }
        section {
            h2 { (lang.say("scans-so-far")) }
            @if scans.scans.is_empty() {
                (empty(&lang.say("no-scan"), &html! { code { "muster scan --query QUERY --reason TEXT" } }))
            } @else {
                (list(frame, &scans.scans))
                @if later || scans.next.is_some() {
                    nav.pager {
                        @if later { a href="/scans" { (lang.say("first-page")) } }
                        @if let Some(next) = &scans.next { a rel="next" href={ "/scans?after=" (next) } { (lang.say("next-page")) } }
                    }
                }
            }
        }
    };
    frame.page(Place::Scans, &lang.say("scans"), &main)
}

fn form(frame: &Frame, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            h2 { (lang.say("new-scan")) }
            form.ask method="post" action="/scans/new" {
                (frame.csrf_field())
                label { (lang.say("reason"))
                    input name="reason" required maxlength="256" placeholder=(lang.say("reason-hint"));
                }
                label { (lang.say("organisation"))
                    select name="org" {
                        option value="" {
                            @if frame.may_everywhere(Right::Scan) { (lang.say("all-organisations")) } @else { (lang.say("all-my-organisations")) }
                        }
                        (whose::options(frame, Right::Scan, orgs, None))
                    }
                }
                label { (lang.say("query")) input name="q" maxlength=(LONGEST) placeholder="verdict:unknown silent>2d"; }
                label.tall { (lang.say("or-these-phones")) textarea name="names" rows="4" spellcheck="false" {} }
                p.hint { (lang.say("the-person-sees-it")) " " (lang.say("scan-is-spread")) }
                button.primary type="submit" { (lang.say("whom-would-it-ask")) }
            }
        }
    }
}

/// The table of scans.
pub fn list(frame: &Frame, scans: &[ScanView]) -> Markup {
    let lang = frame.lang;
    html! {
        table.list.scans {
            thead {
                tr {
                    th { (lang.say("requested")) }
                    th { (lang.say("reason")) }
                    th { (lang.say("requested-by")) }
                    th { (lang.say("whom")) }
                    th.right { (lang.say("devices")) }
                    th { (lang.say("progress")) }
                }
            }
            tbody { @for scan in scans { (row(frame, scan)) } }
        }
    }
}

fn row(frame: &Frame, scan: &ScanView) -> Markup {
    html! {
        tr {
            td.when { (frame.when().ago(scan.created)) }
            td.name { a href={ "/scans/" (scan.scan) } { (scan.reason) } }
            td.by { (scan.requested_by) }
            td.whom { (of(frame, scan)) }
            td.right.many { (figure(scan.devices)) }
            td.far #{ "s-" (scan.scan) } data-live { (bar(&scan.progress)) (far(frame, scan)) }
        }
    }
}

/// Whom it asks: a query, or phones that were named.
fn of(frame: &Frame, scan: &ScanView) -> Markup {
    html! {
        @match &scan.query {
            Some(query) if query.is_empty() => (frame.lang.say("all-devices")),
            Some(query) => code { (query) },
            None => (frame.lang.say("named-phones")),
        }
    }
}

/// How far it is, in words.
fn far(frame: &Frame, scan: &ScanView) -> Markup {
    let (lang, progress) = (frame.lang, &scan.progress);
    html! {
        span.far {
            (lang.with("scan-reported", [("n", number(progress.reported)), ("of", number(scan.devices))]))
            @if scan.cancelled.is_some() { " · " (lang.word("order-state", "cancelled")) }
            @else if !scan.done { " · " (lang.say("scan-goes-on")) }
        }
    }
}

/// Where the orders stand, as a bar.
fn bar(progress: &Progress) -> Markup {
    let missed = progress.failed + progress.expired + progress.cancelled + progress.skipped;
    let parts = [
        ("ready", progress.reported),
        ("grace", progress.delivered + progress.running),
        ("unknown", progress.queued),
        ("failing", missed),
        ("exempt", progress.waiting),
    ];
    segments(parts.into_iter())
}

/// Asks once more: whom, and why.
pub fn confirmation(
    frame: &Frame,
    whom: &Whom,
    (found, confirmed): (&Found, Confirmed),
    names: &Markup,
    reason: Option<&str>,
) -> Markup {
    let (lang, many) = (frame.lang, found.devices.len() as u64);
    let title = lang.with("scan-of", [("n", number(many))]);
    let main = html! {
        p.crumbs { a href="/scans" { (lang.say("scans")) } }
        h1 data-count=(many) { (title) }
        section.confirm {
            (others(frame, confirmed))
            @if let Some(query) = whom.query.as_ref().filter(|query| !query.is_empty()) { p { code { (query) } } }
            (names)
            (left_out(frame, (&found.unknown, &found.inactive, &found.elsewhere), found.left_out))
            @if many == 0 {
                p { (lang.say("nobody-to-ask")) }
                p { a.button href="/scans" { (lang.say("back")) } }
            } @else {
                form.ask method="post" action="/scans" {
                    (frame.csrf_field())
                    (whom.fields())
                    (found_field(found))
                    label { (lang.say("reason"))
                        input name="reason" required maxlength="256" value=[reason] placeholder=(lang.say("reason-hint"));
                    }
                    p.hint { (lang.say("the-person-sees-it")) " " (lang.say("scan-is-spread")) }
                    p.buttons {
                        button.primary type="submit" { (lang.with("ask-devices", [("n", number(many))])) }
                        a.button href="/scans" { (lang.say("back")) }
                    }
                }
            }
        }
    };
    frame.page(Place::Scans, &title, &main)
}

/// Says that those who were confirmed are others by now.
pub fn others(frame: &Frame, confirmed: Confirmed) -> Markup {
    html! {
        @if confirmed == Confirmed::Others { div.flaw role="alert" { p { (frame.lang.say("found-others")) } } }
    }
}

/// Who is left out, and why: names of nobody, devices that don't count, and those for which the right is missing.
pub fn left_out(
    frame: &Frame,
    (unknown, inactive, elsewhere): (&[String], &[DeviceId], &[String]),
    found: LeftOut,
) -> Markup {
    html! {
        (named_out(frame, key("names-of-nobody"), unknown.iter().cloned()))
        (named_out(frame, key("devices-that-dont-count"), inactive.iter().map(ToString::to_string)))
        (named_out(frame, key("devices-without-right"), elsewhere.iter().cloned()))
        @for (said, many) in [(key("found-without-right"), found.elsewhere), (key("found-that-dont-count"), found.inactive)] {
            @if many > 0 { p data-left-out=(many) { (frame.lang.with(said, [("n", number(many))])) } }
        }
    }
}

/// Names of some who are left out, as far as they are no more than a page has room for.
fn named_out(frame: &Frame, said: &'static str, names: impl ExactSizeIterator<Item = String>) -> Markup {
    let many = names.len();
    html! {
        @if many > 0 {
            p { (frame.lang.with(said, [("n", number(many as u64))])) }
            p.named { @for name in names.take(NAMED) { code { (name) } " " } @if many > NAMED { "…" } }
        }
    }
}

#[cfg(test)]
pub mod tests;
