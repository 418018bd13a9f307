//! `/account`: what a person sees and changes of the own account: password, one-time codes, sessions.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Secret, Visit};
use crate::error::ActionError;
use crate::http::admin::Id;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::people::{grants, session_rows};
use crate::http::console::set_up;
use crate::http::console::sign_in::Nothing;
use crate::http::console::visit::{Page, Person, Signed};
use crate::http::fault::Fault;
use crate::i18n::number;
use crate::people::{self, Own, SessionView};

/// The page's routes.
pub fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/account", get(show))
        .route("/account/password", post(password))
        .route("/account/generator", get(offer).post(generator))
        .route("/account/codes", post(codes))
        .route("/account/sessions/{id}/end", post(end))
}

/// What the form for another password says.
#[derive(Deserialize)]
pub struct NewPassword {
    old: String,
    password: String,
    again: String,
}

/// What the form for another generator says.
#[derive(Deserialize)]
pub struct NewGenerator {
    page: String,
    old: String,
    code: String,
}

/// A form that says the password alone.
#[derive(Deserialize)]
pub struct Proof {
    old: String,
}

/// What is said above the page.
enum Said {
    Nothing,
    Done(String),
    Wrong(String),
}

struct Shown {
    person: Option<people::Person>,
    sessions: Vec<SessionView>,
    codes: u64,
    proof: people::Proof,
}

/// Shows it.
async fn show(State(app): State<Arc<App>>, person: Person) -> Result<Page, Fault> {
    Ok(Page(page(&app, &person, &Said::Nothing).await?))
}

/// Changes the password.
async fn password(
    State(app): State<Arc<App>>,
    visit: Visit,
    signed: Signed<NewPassword>,
) -> Result<Response, Fault> {
    let Signed { person, form } = signed;
    let lang = person.frame.lang;
    if form.password != form.again {
        return wrong(&app, &person, lang.say("passwords-differ")).await;
    }
    let own = own(&person, &visit);
    match people::change_password(&app, &own, &form.old, &form.password).await {
        Ok(()) => {
            let said = Said::Done(lang.say("password-changed"));
            Ok(Page(page(&app, &person, &said).await?).into_response())
        }
        Err(error) => refused(&app, &person, error).await,
    }
}

/// Shows what an application reads.
async fn offer(State(app): State<Arc<App>>, person: Person) -> Result<Response, Fault> {
    let proof = people::proof_of(&app, person.actor.name()).await?;
    if proof == people::Proof::Nothing {
        return Ok(Redirect::to("/account").into_response());
    }
    let page = Secret::draw(&app.random).map_err(ActionError::from)?;
    let (address, secret) = people::offer_generator(&app, person.actor.name(), &page).await?;
    let (frame, lang) = (&person.frame, person.frame.lang);
    let main = html! {
        div.head { h1 { (lang.say("new-generator")) } }
        p.lead { (lang.say("new-generator-lead")) }
        form.stack method="post" action="/account/generator" {
            (frame.csrf_field())
            input type="hidden" name="page" value=(page.text());
            (set_up::new_generator(frame, &address, &secret))
            (proved(frame, proof))
            button.primary type="submit" { (lang.say("save")) }
        }
    };
    Ok(Page(frame.page(Place::Elsewhere, &lang.say("new-generator"), &main)).into_response())
}

/// Takes another generator.
async fn generator(
    State(app): State<Arc<App>>,
    visit: Visit,
    signed: Signed<NewGenerator>,
) -> Result<Response, Fault> {
    let Signed { person, form } = signed;
    let page = Secret::presented(&form.page).ok_or_else(|| Fault::malformed("page: not one of ours"))?;
    let own = own(&person, &visit);
    match people::change_generator(&app, &own, &page, (&form.old, &form.code)).await {
        Ok(made) => Ok(made_codes(&person.frame, &made)),
        Err(error) => refused(&app, &person, error).await,
    }
}

/// Makes new recovery codes.
async fn codes(State(app): State<Arc<App>>, visit: Visit, signed: Signed<Proof>) -> Result<Response, Fault> {
    let Signed { person, form } = signed;
    match people::new_codes(&app, &own(&person, &visit), &form.old).await {
        Ok(made) => Ok(made_codes(&person.frame, &made)),
        Err(error) => refused(&app, &person, error).await,
    }
}

/// Ends a session of the person's own.
async fn end(
    State(app): State<Arc<App>>,
    Id(id): Id<String>,
    signed: Signed<Nothing>,
) -> Result<Redirect, Fault> {
    let actor = &signed.person.actor;
    people::end_session(&app, actor, actor.name(), &id).await?;
    Ok(Redirect::to("/account"))
}

fn own<'a>(person: &'a Person, visit: &'a Visit) -> Own<'a> {
    Own { actor: &person.actor, visit, session: &person.secret }
}

/// What was wrong is said on the page itself; other trouble has a page of its own.
async fn refused(app: &App, person: &Person, error: ActionError) -> Result<Response, Fault> {
    match error {
        ActionError::Invalid { code, .. } => {
            wrong(app, person, person.frame.lang.word("problem", code.word())).await
        }
        error => Err(error.into()),
    }
}

async fn wrong(app: &App, person: &Person, said: String) -> Result<Response, Fault> {
    let page = Page(page(app, person, &Said::Wrong(said)).await?);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

fn made_codes(frame: &Frame, made: &[String]) -> Response {
    let lang = frame.lang;
    let main = html! {
        div.head { h1 { (lang.say("account")) } }
        (set_up::codes(frame, made))
        p { a.button href="/account" { (lang.say("continue")) } }
    };
    Page(frame.page(Place::Elsewhere, &lang.say("account"), &main)).into_response()
}

async fn page(app: &App, person: &Person, said: &Said) -> Result<Markup, Fault> {
    let name = person.actor.name();
    let shown = Shown {
        person: match people::show(app, name).await {
            Ok(person) => Some(person),
            Err(ActionError::Missing { .. }) => None,
            Err(error) => return Err(error.into()),
        },
        sessions: people::own_sessions(app, &person.actor).await?,
        codes: people::codes_left(app, name).await?,
        proof: people::proof_of(app, name).await?,
    };
    let (frame, lang) = (&person.frame, person.frame.lang);
    let current = people::session_id(person.secret.digest());
    let main = html! {
        div.head { h1 { (lang.say("account")) } }
        @match said {
            Said::Nothing => {}
            Said::Done(text) => p role="status" { (text) },
            Said::Wrong(text) => p.error role="alert" { (text) },
        }
        @if let Some(known) = &shown.person { (who(frame, known)) }
        section {
            h2 { (lang.say("password")) }
            @match shown.proof {
                people::Proof::Password => { (new_password(frame)) (second(frame, shown.codes, shown.proof)) }
                people::Proof::Code => { p { (lang.say("account-directory")) } (second(frame, shown.codes, shown.proof)) }
                people::Proof::Nothing => p { (lang.say("account-no-password")) },
            }
        }
        section {
            h2 { (lang.say("sessions")) }
            (session_rows(frame, &shown.sessions, "/account/sessions", Some(&current)))
        }
    };
    Ok(frame.page(Place::Elsewhere, &lang.say("account"), &main))
}

fn who(frame: &Frame, known: &people::Person) -> Markup {
    let lang = frame.lang;
    html! {
        section {
            dl.facts {
                div { dt { (lang.say("name")) } dd { (known.name) } }
                div { dt { (lang.say("persons-title")) } dd { @if known.title.is_empty() { "–" } @else { (known.title) } } }
                div { dt { (lang.say("mail-address")) } dd { (known.address.as_deref().unwrap_or("–")) } }
                div { dt { (lang.say("may")) } dd { (grants(frame, known)) } }
            }
        }
    }
}

fn new_password(frame: &Frame) -> Markup {
    let lang = frame.lang;
    html! {
        form.stack method="post" action="/account/password" {
            (frame.csrf_field())
            (old_password(frame))
            (set_up::new_password(frame))
            button.primary type="submit" { (lang.say("change-password")) }
        }
    }
}

/// Recovery codes, and another generator.
fn second(frame: &Frame, codes: u64, proof: people::Proof) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (lang.say("recovery-codes")) }
        p { (lang.with("recovery-codes-left", [("n", number(codes))])) }
        form.stack method="post" action="/account/codes" {
            (frame.csrf_field())
            (proved(frame, proof))
            button type="submit" { (lang.say("new-recovery-codes")) }
        }
        p { a.button href="/account/generator" { (lang.say("new-generator")) } }
    }
}

/// The password or the code that says who it is.
fn proved(frame: &Frame, proof: people::Proof) -> Markup {
    if proof != people::Proof::Code {
        return old_password(frame);
    }
    html! {
        label {
            (frame.lang.say("code-of-now"))
            input name="old" required maxlength="100" autocomplete="one-time-code";
        }
    }
}

fn old_password(frame: &Frame) -> Markup {
    html! {
        label {
            (frame.lang.say("old-password"))
            input type="password" name="old" required maxlength="1000" autocomplete="current-password";
        }
    }
}
