//! `/register/carriers`: the register held against the directory: what became of the last time, what it would change now, and a button that does
//! it.

use axum::extract::State;
use maud::{Markup, html};
use std::sync::Arc;

use crate::app::App;
use crate::auth::Right;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::marks::figure;
use crate::http::console::visit::{Fields, Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, OrgView};
use crate::register::carriers::{self, Asked, Change, Imported, View};

/// Shows how it stands.
pub async fn get(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    let (view, orgs) = (carriers::view(&app, &person.actor).await?, orgs::list(&app, &person.actor).await?);
    Ok(Page(page(&person.frame, &view, None, &orgs)))
}

/// Says what it would change, or does it.
pub async fn post(State(app): State<Arc<App>>, signed: Signed<Fields>) -> Result<Page, Fault> {
    let (person, form) = (&signed.person, &signed.form);
    let dry_run = form.one("do") != Some("import");
    let asked = Asked { dry_run, accept_many: form.one("accept_many").is_some() };
    let imported = carriers::import(&app, &person.actor, asked).await?;
    let (view, orgs) = (carriers::view(&app, &person.actor).await?, orgs::list(&app, &person.actor).await?);
    Ok(Page(page(&person.frame, &view, Some(&imported), &orgs)))
}

fn page(frame: &Frame, view: &View, imported: Option<&Imported>, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let title = lang.say("carriers");
    let main = html! {
        p.crumbs { a href="/register" { (lang.say("register")) } }
        div.head { h1 { (title) } }
        p.lead { (lang.say("carriers-lead")) }
        @if view.compared {
            section { (last(frame, view)) }
            @if let Some(imported) = imported { (came(frame, imported, orgs)) }
            @if frame.may(Right::Register) { section { (form(frame, imported.is_some_and(|one| one.dry_run && one.too_many))) } }
        } @else {
            (empty(&lang.say("carriers-not-compared"), &html! { code { "ldap-carrier-base" } }))
        }
    };
    frame.page(Place::Register, &title, &main)
}

fn last(frame: &Frame, view: &View) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    html! {
        dl.facts {
            div { dt { (lang.say("carriers-every")) } dd {
                @match view.every_hours {
                    Some(hours) => (lang.with("carriers-every-hours", [("n", crate::i18n::number(hours))])),
                    None => (lang.say("carriers-when-asked")),
                }
            } }
            @if let Some(run) = &view.last {
                div { dt { (lang.say("carriers-last")) } dd { (when.ago(run.at)) ", " (run.by) } }
                div { dt { (lang.say("carriers-outcome")) } dd {
                    (lang.word("carriers-outcome", run.outcome.word()))
                    @if let Some(detail) = &run.detail { " " span.soft { (detail) } }
                } }
                @if let Some(done) = run.done.filter(|done| *done != run.at) {
                    div { dt { (lang.say("carriers-done")) } dd { (when.ago(done)) } }
                }
            }
        }
    }
}

fn form(frame: &Frame, too_many: bool) -> Markup {
    let lang = frame.lang;
    html! {
        form.stack method="post" action="/register/carriers" {
            (frame.csrf_field())
            @if too_many {
                label { input type="checkbox" name="accept_many" value="1"; " " (lang.say("carriers-accept")) }
            }
            p.buttons {
                button type="submit" name="do" value="plan" { (lang.say("carriers-plan")) }
                button.primary type="submit" name="do" value="import" { (lang.say("carriers-import")) }
            }
        }
    }
}

fn came(frame: &Frame, imported: &Imported, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let figures = [
        ("people", imported.people),
        ("skipped", imported.skipped),
        ("phones", imported.phones),
        ("changed", imported.changed),
        ("linked", imported.linked),
        ("renamed", imported.renamed),
        ("gone", imported.gone),
    ];
    html! {
        section role="status" {
            h2 { @if imported.dry_run { (lang.say("carriers-would")) } @else { (lang.say("carriers-did")) } }
            @if imported.dry_run && imported.too_many { div.flaw role="alert" { p { (lang.say("carriers-too-many")) } } }
            dl.facts {
                @for (word, n) in figures { div { dt { (lang.word("carriers-figure", word)) } dd data-count=(n) { (figure(n)) } } }
            }
            @if imported.changes.is_empty() { p.none { (lang.say("carriers-nothing")) } } @else {
                table.list {
                    thead { tr {
                        th { (lang.say("phone")) } th { (lang.say("organisation")) } th { (lang.say("carrier")) } th { (lang.say("what")) }
                    } }
                    tbody { @for change in &imported.changes { (row(frame, change, orgs)) } }
                }
            }
        }
    }
}

fn row(frame: &Frame, change: &Change, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let id = change.asset.to_string();
    let short = || id.chars().take(8).collect::<String>();
    let org = orgs.iter().find(|org| org.id == change.org);
    html! {
        tr {
            td.name { a href={ "/register/" (id) } { (change.tag.clone().unwrap_or_else(short)) } }
            td.org { (org.map_or(change.org.as_str(), |org| org.title.as_str())) }
            td { (change.carrier.as_deref().unwrap_or_default()) }
            td {
                (lang.word("carrier-standing", change.standing.word()))
                @if let Some(name) = &change.becomes { ", " (lang.with("carrier-becomes", [("name", words(name))])) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Actor;
    use crate::http::testing::world;
    use crate::register::{AssetId, CarrierStanding};
    use axum::http::{Method, StatusCode};
    use muster_proto::time::Timestamp;

    #[tokio::test]
    async fn the_page_says_that_nothing_is_compared_and_what_to_write() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        for (lang, said) in [("en", "compared with no directory"), ("ru", "не сверяется")] {
            let page =
                world.visit(Method::GET, &format!("/register/carriers?lang={lang}"), &cookie, "").await;
            assert_eq!(page.status, StatusCode::OK, "{}", page.text);
            assert!(page.text.contains(said) && page.text.contains("ldap-carrier-base"), "{}", page.text);
        }
        let csrf = world.visit(Method::GET, "/register/new", &cookie, "").await.csrf();
        let form = format!("csrf={csrf}&do=import");
        let refused = world.visit(Method::POST, "/register/carriers", &cookie, &form).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text);
    }

    #[test]
    fn a_plan_that_would_lose_many_asks_to_be_accepted() {
        let change = Change {
            asset: AssetId([7; 16]),
            tag: Some("MF-1".to_owned()),
            org: "minfin".to_owned(),
            carrier: Some("<b>Anna".to_owned()),
            becomes: Some("Anna Ivanova".to_owned()),
            was: Some(CarrierStanding::Known),
            standing: CarrierStanding::Left,
        };
        let imported = Imported {
            people: 1205,
            skipped: 0,
            phones: 8,
            changed: 5,
            linked: 0,
            renamed: 0,
            gone: 5,
            known: 3,
            moved: 0,
            disabled: 0,
            left: 5,
            several: 0,
            unknown: 0,
            too_many: true,
            changes: vec![change],
            dry_run: true,
        };
        let view = View { compared: true, every_hours: Some(24), last: None };
        for lang in crate::i18n::Lang::ALL {
            let frame = Frame {
                lang,
                now: Timestamp::from_secs(1),
                actor: Some(Actor::system("test")),
                csrf: String::new(),
                here: "/register/carriers".to_owned(),
            };
            let shown = page(&frame, &view, Some(&imported), &[]).into_string();
            assert!(shown.contains("&lt;b&gt;Anna") && shown.contains("1\u{202f}205"), "{shown}");
            assert!(
                shown.contains("name=\"accept_many\"")
                    && shown.contains("Anna Ivanova")
                    && shown.contains("role=\"alert\""),
                "{shown}"
            );
            assert!(
                !shown.contains("carriers-") && !shown.contains("carrier-standing-"),
                "in words: {shown}"
            );
        }
    }
}
