//! `/people`: who may sign in, and what was given to them.

pub mod person;

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Grant, Role};
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place, empty};
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::orgs::{self, OrgView};
use crate::people::{self, NewPerson, People, PersonView, SessionView};

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    after: Option<String>,
}

/// What the form for a new person says.
#[derive(Debug, Deserialize)]
pub struct Added {
    name: String,
    title: String,
    role: Role,
    org: String,
}

/// On a page.
const PAGE: u32 = 200;

/// Shows them.
pub async fn show(
    State(app): State<Arc<App>>,
    person: Person,
    Query(asked): Query<Asked>,
) -> Result<Page, Fault> {
    let people = people::list(&app, asked.after, PAGE).await?;
    let orgs = orgs::list(&app, &person.actor).await?;
    Ok(Page(page(&person.frame, &people, &orgs)))
}

/// Adds one.
pub async fn add(State(app): State<Arc<App>>, signed: Signed<Added>) -> Result<Redirect, Fault> {
    let Added { name, title, role, org } = signed.form;
    let grants = vec![Grant { role, org: Some(org).filter(|org| !org.is_empty()) }];
    let made =
        people::add(&app, &signed.person.actor, NewPerson { name, title, address: None, grants }).await?;
    Ok(Redirect::to(&address(&made.name)))
}

/// The address of a person's page.
fn address(name: &str) -> String {
    // a form's `+` for a space means itself in a path
    let escaped: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    format!("/people/{}", escaped.replace('+', "%20"))
}

fn page(frame: &Frame, people: &People, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("people")) } }
        p.lead { (lang.say("people-lead")) }
        section {
            @if people.people.is_empty() {
                (empty(&lang.say("may-nothing"), &html! { code { "muster person add NAME --grant ROLE" } }))
            } @else {
                (table(frame, &people.people))
            }
            @if let Some(next) = &people.next {
                @let after: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
                p.pager { a href={ "/people?after=" (after) } { (lang.say("continue")) } }
            }
        }
        section {
            h2 { (lang.say("add-person")) }
            form.stack method="post" action="/people" {
                (frame.csrf_field())
                label { (lang.say("persons-name")) input name="name" required maxlength="100" autocomplete="off"; }
                label { (lang.say("persons-title")) input name="title" maxlength="200" autocomplete="off"; }
                (choices(frame, orgs))
                button.primary type="submit" { (lang.say("add-person")) }
            }
        }
    };
    frame.page(Place::People, &lang.say("people"), &main)
}

fn table(frame: &Frame, people: &[PersonView]) -> Markup {
    let lang = frame.lang;
    html! {
        table.tokens {
            thead {
                tr {
                    th { (lang.say("name")) }
                    th { (lang.say("persons-title")) }
                    th { (lang.say("may")) }
                    th { (lang.say("signs-in-by")) }
                    th { (lang.say("account-state")) }
                    th.number { (lang.say("sessions")) }
                }
            }
            tbody {
                @for one in people {
                    tr {
                        td { a href=(address(&one.person.name)) { (one.person.name) } }
                        td { (one.person.title) }
                        td { (grants(frame, &one.person)) }
                        td { (ways(frame, &one.person)) }
                        td { (state(frame, one)) }
                        td.number { (one.sessions) }
                    }
                }
            }
        }
    }
}

fn state(frame: &Frame, one: &PersonView) -> Markup {
    let lang = frame.lang;
    html! {
        @if let Some(since) = one.person.disabled {
            (lang.say("state-shut")) ", " (frame.when().ago(since))
        } @else if let Some(until) = one.locked {
            (lang.say("state-locked")) " " (frame.when().deadline(until))
        } @else {
            (lang.say("state-open"))
        }
    }
}

/// How somebody signs in.
fn ways(frame: &Frame, person: &people::Person) -> String {
    let password = person.password.then_some("password");
    let ways = password.into_iter().chain(person.providers.iter().map(String::as_str));
    let ways: Vec<String> = ways.map(|way| frame.lang.word("how", way)).collect();
    if ways.is_empty() { frame.lang.word("how", "link") } else { ways.join(", ") }
}

/// What somebody may, in words.
pub fn grants(frame: &Frame, person: &people::Person) -> Markup {
    let lang = frame.lang;
    html! {
        @if person.grants.is_empty() && person.from_groups.is_empty() { span.soft { (lang.say("may-nothing")) } }
        @for (nth, one) in person.grants.iter().enumerate() {
            @if nth > 0 { ", " }
            (in_words(frame, one))
        }
        @if !person.from_groups.is_empty() {
            @if !person.grants.is_empty() { "; " }
            span.soft { (lang.say("by-groups")) ": " }
            @for (nth, one) in person.from_groups.iter().enumerate() {
                @if nth > 0 { ", " }
                (in_words(frame, one))
            }
        }
    }
}

fn in_words(frame: &Frame, grant: &Grant) -> String {
    let org = grant.org.clone().unwrap_or_else(|| frame.lang.say("whole-server"));
    format!("{} ({org})", frame.lang.word("role", grant.role.name()))
}

/// Fields for a role and an organisation.
fn choices(frame: &Frame, orgs: &[OrgView]) -> Markup {
    let lang = frame.lang;
    html! {
        label {
            (lang.say("role"))
            select name="role" {
                // the weakest stands first: nobody gives more by leaving it as it is
                @for role in Role::ALL.into_iter().rev() {
                    option value=(role.name()) { (lang.word("role", role.name())) }
                }
            }
        }
        label {
            (lang.say("organisation"))
            select name="org" {
                option value="" { (lang.say("whole-server")) }
                @for org in orgs { option value=(org.id) { (org.title) } }
            }
        }
    }
}

/// Sessions, each with an end to it below `path`.
pub fn session_rows(frame: &Frame, sessions: &[SessionView], path: &str, current: Option<&str>) -> Markup {
    let (lang, when) = (frame.lang, frame.when());
    if sessions.is_empty() {
        return html! { p.none { (lang.say("sessions-none")) } };
    }
    html! {
        table.tokens {
            thead {
                tr {
                    th { (lang.say("begun")) }
                    th { (lang.say("last-used")) }
                    th { (lang.say("how")) }
                    th { (lang.say("from-where")) }
                    th { (lang.say("browser")) }
                    th { span.hidden { (lang.say("decide")) } }
                }
            }
            tbody {
                @for one in sessions {
                    tr {
                        td { (when.ago(one.begun)) }
                        td { (when.ago(one.last_used)) }
                        td { (lang.word("how", &one.how)) }
                        td { code { (one.address.as_deref().unwrap_or("–")) } }
                        td.soft { (one.browser) }
                        td {
                            @if current == Some(one.id.as_str()) {
                                (lang.say("this-session"))
                            } @else {
                                form method="post" action={ (path) "/" (one.id) "/end" } {
                                    (frame.csrf_field())
                                    button type="submit" { (lang.say("end")) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
