//! `/groups`: queries under a name, each with how many phones it finds; each is a view of the list of devices, too.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::devices::query::LONGEST;
use crate::groups::{self, Group, GroupChange, GroupView, NewGroup, Title};
use crate::http::admin::Id;
use crate::http::console::devices::Search;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::sure::CALLED;
use crate::http::console::visit::{Fields, Page, Person, Signed, version};
use crate::http::console::whose;
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::orgs::{self, OrgView};
use crate::version::version_of;

/// Shows them.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let list = groups::list(&app, &person.actor, true).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &list, &orgs)))
}

/// Makes one.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let new = NewGroup {
        id: text(form, "id"),
        title: title(form),
        query: text(form, "q"),
        sort: form.one("sort").map(str::to_owned),
        columns: columns(form),
        org: form.one("org").map(str::to_owned),
    };
    groups::add(&app, &signed.person.actor, new).await?;
    Ok(Redirect::to("/groups"))
}

/// Changes one.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    let form = &signed.form;
    let change = GroupChange {
        title: Some(title(form)),
        query: Some(text(form, "q")),
        sort: Some(text(form, "sort")),
        columns: Some(columns(form)),
    };
    groups::edit(&app, &signed.person.actor, &id, version(form), change).await?;
    Ok(Redirect::to("/groups"))
}

/// Takes one away.
pub async fn remove(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Fields>,
) -> Result<Redirect, Fault> {
    groups::remove(&app, &signed.person.actor, &id).await?;
    Ok(Redirect::to("/groups"))
}

fn text(form: &Fields, name: &str) -> String {
    form.one(name).unwrap_or_default().to_owned()
}

fn title(form: &Fields) -> Title {
    Title { en: text(form, "title_en"), ru: text(form, "title_ru") }
}

fn columns(form: &Fields) -> Vec<String> {
    form.all("columns").flat_map(|text| text.split(',')).map(|word| word.trim().to_owned()).collect()
}

/// Where a group is a list.
#[must_use]
pub fn address(group: &Group) -> String {
    let columns = Some(group.columns.join(",")).filter(|columns| !columns.is_empty());
    Search { q: Some(format!("group:{}", group.id)), sort: group.sort.clone(), columns, ..Search::default() }
        .address()
}

fn page(frame: &Frame, list: &[GroupView], orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        p.crumbs { a href="/devices" { (lang.say("devices")) } }
        div.head { h1 { (lang.say("groups")) } }
        p.lead { (lang.say("groups-lead")) }
        section {
            @if list.is_empty() {
                (empty(&lang.say("no-group"), &html! { code { "muster group add NAME --query QUERY" } }))
            } @else {
                table.packages.groups {
                    thead { tr {
                        th { (lang.say("group")) } th { (lang.say("query")) } th { (lang.say("organisation")) }
                        th.right { (lang.say("devices")) } th { (lang.say("decide")) }
                    } }
                    tbody { @for one in list { (row(frame, one, orgs)) } }
                }
            }
        }
        @if frame.may(Right::Scan) {
            section {
                h2 { (lang.say("new-group")) }
                form.ask method="post" action="/groups" {
                    label { (lang.say("group-name")) input name="id" required maxlength="48" pattern="[a-z0-9\\-]+" placeholder="vip"; }
                    (fields(frame, None))
                    (whose::field(frame, Right::Scan, orgs, None))
                    p.buttons { button.primary type="submit" { (lang.say("add")) } }
                }
            }
        }
    };
    frame.page(Place::Devices, &lang.say("groups"), &main)
}

fn row(frame: &Frame, view: &GroupView, orgs: &[OrgView]) -> Markup {
    let (lang, group) = (frame.lang, &view.group);
    let title = group.title.of(lang);
    let org = group.org.as_ref();
    let org_title =
        org.map(|id| orgs.iter().find(|org| org.id == *id).map_or(id.as_str(), |org| org.title.as_str()));
    let may = match org {
        Some(org) => frame.may_in(Right::Scan, org),
        None => frame.may_everywhere(Right::Scan),
    };
    html! {
        tr {
            td { a href=(address(group)) { (title) } div { code.soft { "group:" (group.id) } } }
            td { code { (group.query) } }
            td { (org_title.map_or_else(|| lang.say("all-organisations"), str::to_owned)) }
            td.right.found {
                a href=(address(group)) data-count=[view.devices] {
                    @match view.devices {
                        Some(count) => { (figure(count)) span.unit { " " (lang.with("devices-word", [("n", number(count))])) } }
                        None => "…"
                    }
                }
            }
            td {
                @if may {
                    details {
                        summary aria-label={ (lang.say("change")) ": " (title) } { (lang.say("change")) }
                        form.ask method="post" action={ "/groups/" (group.id) } {
                            (fields(frame, Some(group)))
                            p.buttons { button type="submit" { (lang.say("change")) } }
                        }
                        form method="post" action={ "/groups/" (group.id) "/remove" } {
                            (frame.csrf_field())
                            input type="hidden" name=(CALLED) value=(title);
                            button type="submit" aria-label={ (lang.say("take-away")) ": " (title) } { (lang.say("take-away")) }
                        }
                    }
                }
            }
        }
    }
}

fn fields(frame: &Frame, group: Option<&Group>) -> Markup {
    let lang = frame.lang;
    html! {
        (frame.csrf_field())
        @if let Some(group) = group {
            input type="hidden" name="version" value=(version_of(&serde_json::to_vec(group).unwrap_or_default()));
        }
        label { (lang.say("title-in-english")) input name="title_en" required maxlength="200" value=[group.map(|one| &one.title.en)]; }
        label { (lang.say("title-in-russian")) input name="title_ru" required maxlength="200" value=[group.map(|one| &one.title.ru)]; }
        label { (lang.say("query")) input name="q" maxlength=(LONGEST) value=[group.map(|one| &one.query)] placeholder="label:role=minister"; }
        label { (lang.say("order-of-list")) input name="sort" maxlength="100" value=[group.and_then(|one| one.sort.as_ref())] placeholder="org,-seen"; }
        label { (lang.say("columns-of-list"))
            input name="columns" maxlength="300" value=[group.map(|one| one.columns.join(","))] placeholder="asset_tag,verdict,labels";
        }
    }
}
