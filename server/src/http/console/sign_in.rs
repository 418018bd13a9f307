//! `/sign-in`: with a name, a password and a code, or with a link that works once. Opening a link shows a button and uses nothing up, so that
//! programs which look at links in advance don't burn them; pressing the button does.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{self, How, SignedIn, Visit, cookie, session};
use crate::error::ActionError;
use crate::http::admin::{Query, read_body};
use crate::http::console::frame::{Frame, Place};
use crate::http::console::oidc;
use crate::http::console::visit::{Page, Signed, Visitor, form, own_origin};
use crate::http::fault::Fault;
use crate::i18n::words;
use crate::outside::Refusal;
use crate::outside::ldap::{self, Came, Directory};
use crate::people;
use crate::problems::Code;
use maud::{Markup, html};

/// What stands between the person and the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hurdle {
    /// Nobody has tried yet.
    None,
    /// The link is unknown, used up or expired.
    BadLink,
    /// Name, password or code are wrong, or the account waits.
    BadPassword,
    /// Too many passwords are tried at this moment.
    Busy,
    /// Whoever came from the provider is not let in.
    Outside(Refusal),
    /// There were too many bad links from this address.
    TooMany,
    /// The session has ended.
    Ended,
}

/// What an address asks for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    link: Option<String>,
    ended: Option<String>,
    refused: Option<String>,
}

/// What the form says.
#[derive(Debug, Deserialize)]
pub struct Pressed {
    link: String,
}

/// What the form with a password says.
#[derive(Deserialize)]
pub struct Typed {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

/// A form that says no more than which button was pressed.
#[derive(Debug, Deserialize)]
pub struct Nothing {}

/// Shows the button, and uses nothing up.
pub async fn get(State(app): State<Arc<App>>, visitor: Visitor, Query(asked): Query<Asked>) -> Response {
    let refused = asked.refused.as_deref().and_then(Refusal::of_word);
    let (status, hurdle) = match refused {
        Some(Refusal::Away) => (StatusCode::SERVICE_UNAVAILABLE, Hurdle::Outside(Refusal::Away)),
        Some(refusal) => (StatusCode::FORBIDDEN, Hurdle::Outside(refusal)),
        None if asked.ended.is_some() => (StatusCode::OK, Hurdle::Ended),
        None => (StatusCode::OK, Hurdle::None),
    };
    let link = asked.link.as_deref().map(secret_of).filter(|link| !link.is_empty());
    (status, Page(page(&app, &visitor.frame, link, hurdle))).into_response()
}

/// Uses the link up and begins a session.
pub async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Fault> {
    let (visit, pressed): (Visit, Pressed) = sent(request).await?;
    let Some(signed_in) = auth::sign_in(&app, secret_of(&pressed.link), &visit).await? else {
        return Ok(refused(&app, &visitor, visit.address, Hurdle::BadLink));
    };
    Ok(begun(&signed_in))
}

/// Begins a session for whoever knows the password and has the code. An address that failed too often is not even asked.
pub async fn password(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Fault> {
    let (visit, typed): (Visit, Typed) = sent(request).await?;
    if app.sign_ins.check(visit.address, app.now()).is_err() {
        return Ok(refused(&app, &visitor, visit.address, Hurdle::BadPassword));
    }
    let typed = people::Typed { name: typed.name, password: typed.password, code: typed.code };
    // whoever has a password here is asked for that one
    if let Some(directory) = app.directory.as_ref().filter(|directory| directory.lets_in())
        && !people::has_password(&app, &typed.name).await?
    {
        return Ok(match ldap::sign_in(&app, directory, typed, &visit).await? {
            Came::In(signed_in) => begun(&signed_in),
            Came::SetUp(link) => Redirect::to(&format!("/set-up?link={}", link.text())).into_response(),
            Came::Wrong => refused(&app, &visitor, visit.address, Hurdle::BadPassword),
            Came::Refused(refusal) => turned_away(refusal),
        });
    }
    match people::sign_in(&app, typed, &visit).await {
        Ok(Some(signed_in)) => Ok(begun(&signed_in)),
        Ok(None) => Ok(refused(&app, &visitor, visit.address, Hurdle::BadPassword)),
        Err(ActionError::Conflict { code: Code::SignInBusy, .. }) => {
            let page = Page(page(&app, &visitor.frame, None, Hurdle::Busy));
            Ok((StatusCode::SERVICE_UNAVAILABLE, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// What a form of somebody who is not signed in says, and from where it comes.
pub async fn sent<T: DeserializeOwned>(request: Request) -> Result<(Visit, T), Fault> {
    own_origin(request.headers())?;
    let (parts, body) = request.into_parts();
    let visit = Visit::of(&parts);
    let body = read_body(Request::from_parts(parts.clone(), body), 8 * 1024).await?;
    Ok((visit, form(Request::from_parts(parts, body.into())).await?))
}

/// The answer to whoever is signed in from now on. An ID token that the browser holds is of a session before this one.
pub fn begun(signed_in: &SignedIn) -> Response {
    let mut response = Redirect::to("/").into_response();
    signed(&mut response, signed_in);
    oidc::hold(&mut response, None);
    response
}

/// The same to whoever comes from another site: browsers send a strict cookie with no redirect that began there, but with what our page asks for.
pub fn came_back(frame: &Frame, signed_in: &SignedIn) -> Response {
    let mut response = Page(frame.onward("/")).into_response();
    signed(&mut response, signed_in);
    response
}

fn signed(response: &mut Response, signed_in: &SignedIn) {
    let cookie = cookie::set(&signed_in.secret, session::LONGEST.secs());
    response.headers_mut().append(header::SET_COOKIE, cookie);
}

/// Has the browser forget a session that is over, and the ID token that it held of one.
pub fn forget(response: &mut Response) {
    response.headers_mut().append(header::SET_COOKIE, cookie::clear());
    oidc::hold(response, None);
}

/// The answer to whoever comes from another site and is not let in: on a page that can be asked for again, and in the other language.
pub fn turned_away(refusal: Refusal) -> Response {
    Redirect::to(&format!("/sign-in?refused={}", refusal.word())).into_response()
}

/// Ends the session; the one at the provider, too, where it began there.
pub async fn end(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    signed: Signed<Nothing>,
) -> Result<Response, Fault> {
    let person = &signed.person;
    let id = people::session_id(person.secret.digest());
    let own = people::own_sessions(&app, &person.actor).await?;
    let through = own.iter().any(|one| one.id == id && one.how == How::Oidc.word());
    auth::sign_out(&app, &person.actor, &person.secret).await?;
    let there = match app.provider.as_ref().filter(|_| through) {
        Some(provider) => provider.leave(&app, oidc::held(&headers)).await,
        None => None,
    };
    let mut response = match there {
        Some(place) => Page(person.frame.onward(&place)).into_response(),
        None => Redirect::to("/sign-in").into_response(),
    };
    forget(&mut response);
    Ok(response)
}

fn refused(app: &App, visitor: &Visitor, from: IpAddr, hurdle: Hurdle) -> Response {
    match app.sign_ins.check(from, app.now()) {
        Ok(()) => {
            let page = Page(page(app, &visitor.frame, None, hurdle));
            (StatusCode::FORBIDDEN, page).into_response()
        }
        Err(after) => {
            let page = Page(page(app, &visitor.frame, None, Hurdle::TooMany));
            let mut response = (StatusCode::TOO_MANY_REQUESTS, page).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(after.secs().max(1)));
            response
        }
    }
}

/// People paste whole links as well as what stands at their end.
fn secret_of(pasted: &str) -> &str {
    pasted.trim().rsplit("link=").next().unwrap_or_default()
}

/// The page. `link` is the secret of the link that was opened.
#[must_use]
pub fn page(app: &App, frame: &Frame, link: Option<&str>, hurdle: Hurdle) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.sign-in {
            h1 { (lang.say("sign-in")) }
            @match hurdle {
                Hurdle::None => {}
                Hurdle::BadLink => p.error role="alert" { (lang.say("bad-link")) },
                Hurdle::BadPassword => p.error role="alert" { (lang.say("bad-password")) },
                Hurdle::Outside(refusal) => p.error role="alert" { (lang.word("refused", refusal.word())) },
                Hurdle::Busy => p.error role="alert" { (lang.word("problem", "sign-in-busy")) },
                Hurdle::TooMany => p.error role="alert" { (lang.say("too-many-attempts")) },
                Hurdle::Ended => p.error role="alert" { (lang.say("session-ended")) },
            }
            @match link {
                Some(link) => {
                    p { (lang.say("link-works-once")) }
                    form method="post" action="/sign-in" {
                        input type="hidden" name="link" value=(link);
                        button.primary type="submit" autofocus { (lang.say("sign-in")) }
                    }
                }
                None => {
                    @if let Some(provider) = &app.provider {
                        p { a.button href="/sign-in/oidc" { (lang.with("sign-in-with", [("provider", words(&provider.settings().title))])) } }
                    }
                    (with_password(frame, app.directory.as_ref().is_some_and(Directory::lets_in)))
                    h2 { (lang.say("with-a-link")) }
                    p.hint { (lang.say("need-a-link")) }
                    pre { "muster --data DIR sign-in-link --name NAME" }
                    form.line method="get" action="/sign-in" {
                        input name="link" required maxlength="400" autocomplete="off" placeholder=(lang.say("paste-the-link")) aria-label=(lang.say("paste-the-link"));
                        button type="submit" { (lang.say("continue")) }
                    }
                }
            }
        }
    };
    frame.page(Place::Elsewhere, &lang.say("sign-in"), &main)
}

/// `codes_later`: whoever comes with the directory's password for the first time has no code yet.
fn with_password(frame: &Frame, codes_later: bool) -> Markup {
    let lang = frame.lang;
    html! {
        form.stack method="post" action="/sign-in/password" {
            label { (lang.say("name")) input name="name" required maxlength="100" autocomplete="username" autofocus; }
            label { (lang.say("password")) input type="password" name="password" required maxlength="1000" autocomplete="current-password"; }
            label {
                (lang.say("one-time-code"))
                input name="code" required[!codes_later] maxlength="40" autocomplete="one-time-code" spellcheck="false";
                span.hint { (lang.say("one-time-code-hint")) @if codes_later { " " (lang.say("no-code-yet")) } }
            }
            button.primary type="submit" { (lang.say("sign-in")) }
        }
    }
}
