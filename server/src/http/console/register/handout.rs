//! `/register/{id}/handout`: a sheet to print and to hand out with a phone. It says who gets which phone, how it enrols, what is read on it
//! and what never is. A link on it is for one phone of the organisation; which of the register that is, its tag says.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

use super::table::{called, phone};
use crate::app::App;
use crate::enrolment::{self, NewToken};
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::qr;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::Lang;
use crate::orgs::{self, Org};
use crate::register::{self, Asset, AssetId, Life};

/// A form that says no more than that its button was pressed.
#[derive(Debug, Deserialize)]
pub struct Pressed {}

/// A link that was just made: it is shown once and stored nowhere.
struct Made {
    link: String,
    expires: Timestamp,
}

/// A link works so long.
const LIFE: Span = Span::from_hours(14 * 24);

/// Shows the sheet, without a link.
pub async fn get(State(app): State<Arc<App>>, person: Person, Id(id): Id<AssetId>) -> Result<Page, Fault> {
    let asset = register::show(&app, &person.actor, id).await?.asset;
    let org = orgs::show(&app, &asset.org).await?;
    Ok(Page(page(&person.frame, &asset, &org, None)))
}

/// Makes a link and shows the sheet with it; says why where none is made. The answer is no redirect: an address would keep the secret.
pub async fn post(
    State(app): State<Arc<App>>,
    Id(id): Id<AssetId>,
    signed: Signed<Pressed>,
) -> Result<Response, Fault> {
    let asset = register::show(&app, &signed.person.actor, id).await?.asset;
    let org = orgs::show(&app, &asset.org).await?;
    if no_link(signed.person.frame.lang, &asset).is_some() {
        let sheet = page(&signed.person.frame, &asset, &org, None);
        return Ok((StatusCode::CONFLICT, Page(sheet)).into_response());
    }
    let new = NewToken {
        org: asset.org.clone(),
        uses: Some(1),
        expires_in: Some(LIFE),
        approve: None,
        replaces: None,
    };
    let issued = enrolment::make_token(&app, &signed.person.actor, new).await?;
    let made = Made { link: issued.link, expires: issued.expires };
    Ok(Page(page(&signed.person.frame, &asset, &org, Some(&made))).into_response())
}

/// Why no link is made for a phone.
fn no_link(lang: Lang, asset: &Asset) -> Option<String> {
    if !asset.can_have_agent() {
        Some(lang.say("handout-no-agent"))
    } else if asset.life == Life::Retired {
        Some(lang.say("handout-retired"))
    } else if asset.device.is_some() {
        Some(lang.say("handout-linked"))
    } else {
        None
    }
}

fn page(frame: &Frame, asset: &Asset, org: &Org, made: Option<&Made>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        article.sheet {
            p.crumbs {
                a href="/register" { (lang.say("register")) } " / "
                a href={ "/register/" (asset.id) } { (called(asset)) }
            }
            h1 { (lang.say("handout-title")) }
            dl.facts {
                div { dt { (lang.say("organisation")) } dd { (org.title) } }
                div { dt { (lang.say("carrier")) } dd { (asset.carrier.as_deref().unwrap_or("–")) } }
                div { dt { (lang.say("phone")) } dd { (phone(frame, asset)) } }
                div { dt { (lang.say("asset-tag")) } dd { (asset.tag.as_deref().unwrap_or("–")) } }
                div { dt { (lang.say("serial-number")) } dd { (asset.serial.as_deref().unwrap_or("–")) } }
            }
            (enrolling(frame, asset, org, made))
            (notice(frame, asset))
            p.signatures { (lang.say("handout-received")) " ______________________ " (lang.say("handout-date")) " ______________" }
        }
    };
    frame.page(Place::Register, &lang.say("handout"), &main)
}

/// The link in a QR code, or the button that makes one, or why there is neither.
fn enrolling(frame: &Frame, asset: &Asset, org: &Org, made: Option<&Made>) -> Markup {
    let lang = frame.lang;
    if let Some(why) = no_link(lang, asset) {
        return html! { section { p { (why) } } };
    }
    let when = frame.when().in_zone(&org.time_zone);
    html! {
        section {
            h2 { (lang.say("handout-enrol")) }
            @match made {
                Some(made) => {
                    p { (lang.say("handout-how")) }
                    @match qr::code(&made.link) { Some(code) => (code), None => {} }
                    pre.secret { (made.link) }
                    p.hint { (lang.say("shown-once")) " " (lang.say("works-until")) " " (when.deadline(made.expires)) "." }
                    @if let Some(tag) = &asset.tag {
                        p.hint { (lang.say("handout-tag")) " " b { (tag) } }
                    }
                }
                None => {
                    p.hint { (lang.say("handout-link-hint")) }
                    form method="post" action={ "/register/" (asset.id) "/handout" } {
                        (frame.csrf_field())
                        button.primary type="submit" { (lang.say("make-enrolment-link")) }
                    }
                }
            }
        }
    }
}

fn notice(frame: &Frame, asset: &Asset) -> Markup {
    let lang = frame.lang;
    if !asset.can_have_agent() {
        return html! {};
    }
    html! {
        section.notice {
            h2 { (lang.say("handout-read")) }
            p { (lang.say("handout-read-what")) }
            h2 { (lang.say("handout-never")) }
            p { (lang.say("handout-never-what")) }
            h2 { (lang.say("handout-who")) }
            p { (lang.say("handout-who-what")) }
        }
    }
}
