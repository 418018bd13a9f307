//! `/orgs`: the organisations as a tree; one is added, or gets another title, place or time zone.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::collections::HashSet;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::settings;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::orgs::{self, NewOrg, Org, OrgChange, OrgView};
use crate::version::version_of;

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    Ok(Page(page(&person.frame, &orgs::list(&app, &person.actor).await?)))
}

/// Adds one.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let text = |name| signed.form.one(name).map(str::to_owned);
    let new = NewOrg {
        id: text("id").unwrap_or_default(),
        title: text("title").unwrap_or_default(),
        parent: text("parent"),
        time_zone: text("time_zone"),
    };
    orgs::add(&app, &signed.person.actor, new).await?;
    Ok(Redirect::to("/orgs"))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let text = |name| signed.form.one(name).map(str::to_owned);
    let change = OrgChange {
        title: Some(text("title").unwrap_or_default()),
        parent: Some(text("parent")),
        time_zone: text("time_zone"),
    };
    orgs::edit(&app, &signed.person.actor, &id, version(&signed.form), change).await?;
    Ok(Redirect::to("/orgs"))
}

fn page(frame: &Frame, list: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        (settings::pages(frame, "/orgs"))
        div.head { h1 { (lang.say("organisations")) } }
        p.lead { (lang.say("organisations-lead")) }
        section {
            @if list.is_empty() {
                (empty(&lang.say("no-org"), &html! { code { "muster org add ID --title TEXT" } }))
            } @else {
                table.packages.orgs {
                    thead { tr {
                        th { (lang.say("organisation")) } th { (lang.say("org-id")) } th { (lang.say("time-zone")) }
                        th.right { (lang.say("devices")) } @if frame.may(Right::Orgs) { th { (lang.say("change")) } }
                    } }
                    tbody { @for (depth, org) in in_tree(list) { (row(frame, list, org, depth)) } }
                }
            }
        }
        @if frame.may(Right::Orgs) { section {
            h2 { (lang.say("new-organisation")) }
            form.ask method="post" action="/orgs" {
                (frame.csrf_field())
                label { (lang.say("org-id")) input name="id" required maxlength="48" pattern="[a-z0-9\\-]+"; }
                (fields(frame, list, None))
                p.buttons { button.primary type="submit" { (lang.say("add")) } }
            }
        } }
    };
    frame.page(Place::Settings, &lang.say("organisations"), &main)
}

/// Each below the one that it belongs to, with how far below. Whoever stands in a circle comes at the end, so that nobody is missing.
fn in_tree(list: &[OrgView]) -> Vec<(usize, &OrgView)> {
    let known: HashSet<&str> = list.iter().map(|org| org.id.as_str()).collect();
    let (mut placed, mut seen) = (Vec::with_capacity(list.len()), HashSet::new());
    let is_top = |org: &&OrgView| org.parent.as_deref().is_none_or(|parent| !known.contains(parent));
    let mut waiting: Vec<(usize, &OrgView)> = list.iter().filter(is_top).rev().map(|org| (0, org)).collect();
    while let Some((depth, org)) = waiting.pop() {
        if !seen.insert(org.id.as_str()) {
            continue;
        }
        placed.push((depth, org));
        let below = list.iter().filter(|one| one.parent.as_deref() == Some(&org.id)).rev();
        waiting.extend(below.map(|one| (depth + 1, one)));
    }
    placed.extend(list.iter().filter(|org| !seen.contains(org.id.as_str())).map(|org| (0, org)));
    placed
}

fn row(frame: &Frame, list: &[OrgView], org: &OrgView, depth: usize) -> Markup {
    let lang = frame.lang;
    let version = version_of(&serde_json::to_vec(&Org::from(org.clone())).unwrap_or_default());
    html! {
        tr {
            td class={ "depth-" (depth.min(6)) } { (org.title) }
            td { code { (org.id) } }
            td {
                (org.time_zone)
                div { a href={ "/orgs/" (org.id) "/calendar" } aria-label={ (lang.say("calendar")) ": " (org.title) } { (lang.say("calendar")) } }
            }
            td.right { a href={ "/devices?q=org%3D" (org.id) } data-count=(org.devices) { (figure(org.devices)) } }
            @if frame.may_in(Right::Orgs, &org.id) { td {
                details {
                    summary aria-label={ (lang.say("change")) ": " (org.title) } { (lang.say("change")) }
                    form.ask method="post" action={ "/orgs/" (org.id) } {
                        (frame.csrf_field())
                        input type="hidden" name="version" value=(version);
                        (fields(frame, list, Some(org)))
                        p.buttons { button type="submit" { (lang.say("change")) } }
                    }
                }
            } } @else if frame.may(Right::Orgs) { td {} }
        }
    }
}

fn fields(frame: &Frame, list: &[OrgView], org: Option<&OrgView>) -> Markup {
    let lang = frame.lang;
    let parent = org.and_then(|org| org.parent.as_deref());
    html! {
        label { (lang.say("title")) input name="title" required maxlength="200" value=[org.map(|org| &org.title)]; }
        // at the top stand those of the whole server alone
        @let at_top = frame.may_everywhere(Right::Orgs) || org.is_some_and(|org| org.parent.is_none());
        label { (lang.say("belongs-to"))
            select name="parent" required[!at_top] {
                @if at_top { option value="" { (lang.say("to-nobody")) } }
                // whoever has this branch alone does not see what it belongs to, and leaves it there
                @if let Some(above) = parent.filter(|above| !frame.may_in(Right::Orgs, above) || list.iter().all(|one| one.id != *above)) {
                    option value=(above) selected { (list.iter().find(|one| one.id == above).map_or(above, |one| one.title.as_str())) }
                }
                @let others: Vec<OrgView> = list.iter().filter(|one| org.is_none_or(|org| org.id != one.id)).cloned().collect();
                @if at_top || org.is_some() { (whose::options(frame, Right::Orgs, &others, parent)) }
                @else { (whose::one_of(frame, Right::Orgs, &others, None)) }
            }
        }
        label { (lang.say("time-zone"))
            input name="time_zone" maxlength="64" required[org.is_some()] placeholder="Europe/Moscow" value=[org.map(|org| &org.time_zone)];
        }
    }
}

#[cfg(test)]
mod tests;
