//! `/people/{name}`: one person: grants, links, sessions, and whether the account is open.

use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use super::{address, choices, grants, in_words, session_rows, ways};
use muster_proto::time::Timestamp;

use crate::app::App;
use crate::auth::{self, Actor, Grant, LinkView, NewLink, Role};
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::sign_in::Nothing;
use crate::http::console::visit::{self, Page, Signed};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::orgs::{self, OrgView};
use crate::people::{self, Person, PersonChange, SessionView};
use crate::version::{IfMatch, version_of};

/// What the form for title and address says.
#[derive(Debug, Deserialize)]
pub struct Edited {
    version: String,
    title: String,
    address: String,
}

/// What the forms about one grant say.
#[derive(Debug, Deserialize)]
pub struct One {
    version: String,
    role: Role,
    org: String,
}

impl One {
    fn grant(&self) -> Grant {
        Grant { role: self.role, org: Some(self.org.clone()).filter(|org| !org.is_empty()) }
    }
}

struct Shown {
    person: Person,
    sessions: Vec<SessionView>,
    orgs: Vec<OrgView>,
    /// Until when the account waits.
    waits: Option<Timestamp>,
}

/// Shows one.
pub async fn show(
    State(app): State<Arc<App>>,
    person: visit::Person,
    Id(name): Id<String>,
) -> Result<Page, Fault> {
    Ok(Page(page(&person.frame, &shown(&app, &person.actor, &name).await?, None)))
}

async fn shown(app: &App, actor: &Actor, name: &str) -> Result<Shown, Fault> {
    Ok(Shown {
        person: people::show(app, name).await?,
        sessions: people::sessions_of(app, name).await?,
        orgs: orgs::list(app, actor).await?,
        waits: people::waits_until(app, name).await?,
    })
}

/// Changes title and address.
pub async fn edit(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Edited>,
) -> Result<Redirect, Fault> {
    let Edited { version, title, address } = signed.form;
    let change = PersonChange {
        title: Some(title),
        address: Some(Some(address).filter(|address| !address.trim().is_empty())),
        grants: None,
    };
    changed(&app, &signed.person, &name, version, change).await
}

/// Gives a role.
pub async fn grant(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<One>,
) -> Result<Redirect, Fault> {
    let mut grants = people::show(&app, &name).await?.grants;
    grants.push(signed.form.grant());
    let change = PersonChange { grants: Some(grants), ..PersonChange::default() };
    changed(&app, &signed.person, &name, signed.form.version, change).await
}

/// Takes a role away.
pub async fn take(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<One>,
) -> Result<Redirect, Fault> {
    let (mut grants, gone) = (people::show(&app, &name).await?.grants, signed.form.grant());
    grants.retain(|grant| *grant != gone);
    let change = PersonChange { grants: Some(grants), ..PersonChange::default() };
    changed(&app, &signed.person, &name, signed.form.version, change).await
}

/// Nobody changes unseen what another has changed since the page was opened.
async fn changed(
    app: &App,
    by: &visit::Person,
    name: &str,
    version: String,
    change: PersonChange,
) -> Result<Redirect, Fault> {
    people::edit(app, &by.actor, name, IfMatch::of(Some(vec![version])), change).await?;
    Ok(Redirect::to(&address(name)))
}

/// Shuts one out.
pub async fn disable(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Redirect, Fault> {
    people::disable(&app, &signed.person.actor, &name).await?;
    Ok(Redirect::to(&address(&name)))
}

/// Lets one in again.
pub async fn enable(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Redirect, Fault> {
    people::enable(&app, &signed.person.actor, &name).await?;
    Ok(Redirect::to(&address(&name)))
}

/// Takes one away.
pub async fn remove(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Redirect, Fault> {
    people::remove(&app, &signed.person.actor, &name).await?;
    Ok(Redirect::to("/people"))
}

/// Makes a link for signing in once and shows it. The answer is no redirect: an address would keep the secret.
pub async fn sign_in_link(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Page, Fault> {
    let link = auth::make_link(&app, &signed.person.actor, NewLink::of(&name)).await?;
    Ok(Page(page(&signed.person.frame, &shown(&app, &signed.person.actor, &name).await?, Some(&link))))
}

/// Makes a link for choosing a password and shows it.
pub async fn set_up_link(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Page, Fault> {
    let link = people::make_set_up_link(&app, &signed.person.actor, &name).await?;
    Ok(Page(page(&signed.person.frame, &shown(&app, &signed.person.actor, &name).await?, Some(&link))))
}

/// Ends a session.
pub async fn end(
    State(app): State<Arc<App>>,
    Id(name): Id<String>,
    Id(session): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Redirect, Fault> {
    people::end_session(&app, &signed.person.actor, &name, &session).await?;
    Ok(Redirect::to(&address(&name)))
}

fn page(frame: &Frame, shown: &Shown, made: Option<&LinkView>) -> Markup {
    let (lang, person) = (frame.lang, &shown.person);
    let here = address(&person.name);
    let main = html! {
        p.crumbs { a href="/people" { (lang.say("people")) } " / " }
        div.head { h1 { (person.name) } }
        @if let Some(made) = made { (link(frame, person, made)) }
        section {
            dl.facts {
                div { dt { (lang.say("may")) } dd { (grants(frame, person)) } }
                div { dt { (lang.say("signs-in-by")) } dd { (ways(frame, person)) } }
                div { dt { (lang.say("person-added")) } dd { (frame.when().ago(person.created)) } }
                @if let Some(since) = person.disabled {
                    div { dt { (lang.say("state-shut")) } dd { (frame.when().ago(since)) } }
                } @else if let Some(until) = shown.waits {
                    div { dt { (lang.say("state-waiting")) } dd { (frame.when().deadline(until)) } }
                }
            }
        }
        section { (editing(frame, shown, &here)) }
        section {
            div.decide {
                @if person.disabled.is_none() && shown.waits.is_some() { (button(frame, &here, "enable", &lang.say("let-in-now"))) }
                @if person.disabled.is_none() {
                    (button(frame, &here, "set-up-link", &lang.say("password-link")))
                    (button(frame, &here, "sign-in-link", &lang.say("sign-in-link")))
                    (button(frame, &here, "disable", &lang.say("shut-out")))
                } @else {
                    (button(frame, &here, "enable", &lang.say("let-in")))
                }
                (button(frame, &here, "remove", &lang.say("remove-person")))
            }
        }
        section {
            h2 { (lang.say("sessions")) }
            (session_rows(frame, &shown.sessions, &format!("{here}/sessions"), None))
        }
    };
    frame.page(Place::People, &person.name, &main)
}

fn button(frame: &Frame, here: &str, what: &str, text: &str) -> Markup {
    html! {
        form method="post" action={ (here) "/" (what) } {
            (frame.csrf_field())
            button type="submit" { (text) }
        }
    }
}

fn link(frame: &Frame, person: &Person, made: &LinkView) -> Markup {
    let lang = frame.lang;
    html! {
        section.made {
            h2 { (lang.with("link-for", [("name", words(&person.name))])) }
            pre.secret { (made.link) }
            p.hint { (lang.say("shown-once")) " " (lang.say("works-once-until")) " " (frame.when().deadline(made.expires)) }
            @if let Some(certificate) = &made.certificate_sha256 {
                p.hint { (lang.say("browser-will-warn")) }
                pre { (certificate) }
            }
        }
    }
}

fn editing(frame: &Frame, shown: &Shown, here: &str) -> Markup {
    let (lang, person) = (frame.lang, &shown.person);
    let version = version_of(&serde_json::to_vec(person).unwrap_or_default());
    html! {
        form.stack method="post" action=(here) {
            (frame.csrf_field())
            input type="hidden" name="version" value=(version);
            label { (lang.say("persons-title")) input name="title" maxlength="200" value=(person.title) autocomplete="off"; }
            label { (lang.say("mail-address")) input name="address" maxlength="254" value=(person.address.as_deref().unwrap_or_default()) autocomplete="off"; }
            button type="submit" { (lang.say("save")) }
        }
        h2 { (lang.say("may")) }
        @for one in &person.grants {
            form.line method="post" action={ (here) "/take" } {
                (frame.csrf_field())
                input type="hidden" name="version" value=(version);
                input type="hidden" name="role" value=(one.role.name());
                input type="hidden" name="org" value=(one.org.as_deref().unwrap_or_default());
                span { (in_words(frame, one)) }
                button.quiet type="submit" { (lang.say("take-away-grant")) }
            }
        }
        form.stack method="post" action={ (here) "/grant" } {
            (frame.csrf_field())
            input type="hidden" name="version" value=(version);
            (choices(frame, &shown.orgs))
            button type="submit" { (lang.say("give")) }
        }
    }
}
