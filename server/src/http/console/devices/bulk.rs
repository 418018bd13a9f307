//! What is done with many devices of a list: with those that are ticked, or with all that the query finds. Nothing is done before a page has
//! said with how many and with whom.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use maud::{Markup, html};
use muster_proto::id::DeviceId;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Search, name, table};
use crate::app::App;
use crate::auth::Right;
use crate::devices;
use crate::devices::labels::{self, Labelled};
use crate::devices::view::{Counts, DeviceRow};
use crate::error::ActionError;
use crate::http::console::device;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::scans::{self, Confirmed, Whom};
use crate::http::console::visit::{Fields, Page, Signed};
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::orders::{self, Asked};

/// Devices that are named on a page that asks once more.
const NAMED: usize = 50;

/// The table in a form that takes what is ticked.
pub fn around(frame: &Frame, search: &Search, counts: Counts, table: &Markup) -> Markup {
    let lang = frame.lang;
    let Some(query) = search.whole().filter(|_| table::ticks(frame)) else { return table.clone() };
    let many = search.verdict.map_or_else(|| counts.total(), |state| counts.of(state));
    html! {
        form.bulk method="post" action="/devices/act" {
            (frame.csrf_field())
            input type="hidden" name="q" value=(query);
            (table)
            p.buttons {
                label.tick { input type="checkbox" name="all" value="1"; " " (lang.with("all-of-the-list", [("n", number(many))])) }
                @if frame.may(Right::Scan) { button type="submit" name="do" value="scan" { (lang.say("scan-ticked")) } }
                @if frame.may(Right::Enrol) { button type="submit" name="do" value="label" { (lang.say("label-ticked")) } }
            }
        }
    }
}

/// Says with whom something would be done, before it is.
pub async fn act(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Page, Fault> {
    let (form, frame) = (&signed.form, &signed.person.frame);
    let whom = Whom::ticked(form)?;
    let right = match form.one("do") {
        Some("scan") => Right::Scan,
        Some("label") => Right::Enrol,
        _ => return Err(Fault::malformed("do: scan or label")),
    };
    if !frame.may(right) {
        return Err(ActionError::forbidden(right).into());
    }
    let asked = orders::whom(&app, &signed.person.actor, right, whom.devices(), whom.query.clone()).await?;
    if right == Right::Enrol {
        labels::check_many(asked.devices.len())?;
    }
    scans::remember(&app, &signed.person, &asked);
    let named = named(&app, &asked.devices).await?;
    Ok(Page(match right {
        Right::Scan => {
            let names = names(frame, &named, asked.devices.len());
            scans::confirmation(frame, &whom, (&asked, Confirmed::Nobody), &names, None)
        }
        _ => confirmation(frame, &whom, (&asked, Confirmed::Nobody), &named, form),
    }))
}

/// Labels those who were confirmed, as far as they are found still. Where nobody knows any more who that was, it asks once more.
pub async fn label(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Response, Fault> {
    let Signed { person, form } = &signed;
    let whom = Whom::read(form)?;
    let change = device::label_change(form)?;
    let mut found =
        orders::whom(&app, &person.actor, Right::Enrol, whom.devices(), whom.query.clone()).await?;
    let confirmed = Confirmed::of(&app, &signed, &mut found);
    let Confirmed::These { gone } = confirmed else {
        labels::check_many(found.devices.len())?;
        scans::remember(&app, person, &found);
        let named = named(&app, &found.devices).await?;
        let page = confirmation(&person.frame, &whom, (&found, confirmed), &named, form);
        return Ok((StatusCode::CONFLICT, Page(page)).into_response());
    };
    let done = labels::edit_found(&app, &person.actor, found, change).await?;
    Ok(Page(result(&person.frame, &done, gone)).into_response())
}

/// The first of them, to be named.
pub async fn named(app: &App, devices: &BTreeSet<DeviceId>) -> Result<Vec<DeviceRow>, ActionError> {
    let mut named = Vec::new();
    for id in devices.iter().take(NAMED) {
        named.push(devices::row(app, *id).await?);
    }
    Ok(named)
}

/// Who they are, as far as a page has room.
pub fn names(frame: &Frame, named: &[DeviceRow], many: usize) -> Markup {
    html! {
        p.named {
            @for device in named {
                a href={ "/devices/" (device.id) } { (device.asset_tag.clone().unwrap_or_else(|| name(frame, device))) } " "
            }
            @if many > named.len() { "…" }
        }
    }
}

/// Says with whom, and takes the labels: those that were typed already stand there.
fn confirmation(
    frame: &Frame,
    whom: &Whom,
    (asked, confirmed): (&Asked, Confirmed),
    named: &[DeviceRow],
    typed: &Fields,
) -> Markup {
    let (lang, many) = (frame.lang, asked.devices.len() as u64);
    let title = lang.with("labels-of", [("n", number(many))]);
    let main = html! {
        p.crumbs { a href="/devices" { (lang.say("devices")) } }
        h1 data-count=(many) { (title) }
        section.confirm {
            (scans::others(frame, confirmed))
            @if let Some(query) = whom.query.as_ref().filter(|query| !query.is_empty()) { p { code { (query) } } }
            (names(frame, named, asked.devices.len()))
            (scans::left_out(frame, (&asked.unknown, &asked.inactive, &asked.elsewhere), asked.left_out))
            @if many == 0 {
                p { (lang.say("no-device-found")) }
                p { a.button href="/devices" { (lang.say("back")) } }
            } @else {
                form.ask method="post" action="/devices/label" {
                    (frame.csrf_field())
                    (whom.fields())
                    (scans::found_field(asked))
                    label { (lang.say("labels-to-give")) input name="set" maxlength="500" value=[typed.one("set")] placeholder="role=minister site=msk"; }
                    label { (lang.say("labels-to-take")) input name="remove" maxlength="500" value=[typed.one("remove")] placeholder="old"; }
                    p.buttons {
                        button.primary type="submit" { (lang.with("label-devices", [("n", number(many))])) }
                        a.button href="/devices" { (lang.say("back")) }
                    }
                }
            }
        }
    };
    frame.page(Place::Devices, &title, &main)
}

fn result(frame: &Frame, done: &Labelled, gone: u64) -> Markup {
    let lang = frame.lang;
    let title = lang.with("labels-changed", [("n", number(done.changed))]);
    let main = html! {
        p.crumbs { a href="/devices" { (lang.say("devices")) } }
        h1 role="status" data-count=(done.changed) { (title) }
        section.confirm {
            (scans::gone_since(frame, gone))
            @if done.unchanged > 0 { p { (lang.with("labels-unchanged", [("n", number(done.unchanged))])) } }
            @if !done.full.is_empty() {
                p { (lang.with("labels-full", [("n", number(done.full.len() as u64))])) }
                p.named { @for id in done.full.iter().take(NAMED) { a href={ "/devices/" (id) } { code { (id) } } " " } }
            }
            (scans::left_out(frame, (&done.unknown, &done.inactive, &done.elsewhere), done.left_out))
            p { a.button href="/devices" { (lang.say("devices")) } }
        }
    };
    frame.page(Place::Devices, &title, &main)
}
