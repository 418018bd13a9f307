//! `/set-up`: a link with which a person chooses a password and sets up what makes one-time codes. The link stays good until both are done.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::{Secret, cookie, session};
use crate::error::ActionError;
use crate::http::admin::Query;
use crate::http::console::frame::{Frame, Place};
use crate::http::console::oidc;
use crate::http::console::qr;
use crate::http::console::sign_in::sent;
use crate::http::console::visit::{Page, Visitor};
use crate::http::fault::Fault;
use crate::people::{self, SetUp};

/// What the address says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    link: String,
}

/// What the form says.
#[derive(Deserialize)]
pub struct Chosen {
    link: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
    code: String,
}

/// Shows the form, and uses nothing up.
pub async fn get(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let found = match Secret::presented(&asked.link) {
        Some(link) => people::look(&app, &link).await?.map(|set_up| (link, set_up)),
        None => None,
    };
    Ok(match found {
        Some((link, set_up)) => Page(page(&visitor.frame, &link, &set_up, None)).into_response(),
        None => bad_link(&visitor.frame),
    })
}

/// Takes what was chosen, and shows the recovery codes to whoever is signed in from now on.
pub async fn post(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    request: Request,
) -> Result<Response, Fault> {
    let (visit, chosen): (_, Chosen) = sent(request).await?;
    let frame = &visitor.frame;
    let Some(link) = Secret::presented(&chosen.link) else { return Ok(bad_link(frame)) };
    let Some(set_up) = people::look(&app, &link).await? else { return Ok(bad_link(frame)) };
    if chosen.password != chosen.again {
        let said = frame.lang.say("passwords-differ");
        return Ok(again(frame, &link, &set_up, StatusCode::UNPROCESSABLE_ENTITY, &said));
    }
    let choice = (chosen.password.as_str(), chosen.code.as_str());
    match people::finish(&app, &link, set_up.clone(), choice, &visit).await {
        Ok(done) => {
            let mut response = Page(codes_page(frame, &done.codes)).into_response();
            let cookie = cookie::set(&done.signed_in.secret, session::LONGEST.secs());
            response.headers_mut().append(header::SET_COOKIE, cookie);
            // one of a session before this one
            oidc::hold(&mut response, None);
            Ok(response)
        }
        Err(ActionError::Invalid { code, .. }) => {
            let said = frame.lang.word("problem", code.word());
            Ok(again(frame, &link, &set_up, StatusCode::UNPROCESSABLE_ENTITY, &said))
        }
        Err(error) => Err(error.into()),
    }
}

fn again(frame: &Frame, link: &Secret, set_up: &SetUp, status: StatusCode, said: &str) -> Response {
    (status, Page(page(frame, link, set_up, Some(said)))).into_response()
}

fn bad_link(frame: &Frame) -> Response {
    let lang = frame.lang;
    let main = html! {
        div.sign-in {
            h1 { (lang.say("set-up")) }
            p.error role="alert" { (lang.say("bad-set-up-link")) }
        }
    };
    let page = frame.page(Place::Elsewhere, &lang.say("set-up"), &main);
    (StatusCode::FORBIDDEN, Page(page)).into_response()
}

fn page(frame: &Frame, link: &Secret, set_up: &SetUp, error: Option<&str>) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.sign-in {
            h1 { (lang.say("set-up")) }
            p { b { (set_up.name) } }
            @if set_up.codes_alone { p { (lang.say("set-up-codes-lead")) } } @else { p { (lang.say("set-up-lead")) } }
            @if let Some(error) = error { p.error role="alert" { (error) } }
            form.stack method="post" action="/set-up" {
                input type="hidden" name="link" value=(link.text());
                input type="hidden" name="username" value=(set_up.name) autocomplete="username";
                @if !set_up.codes_alone { (new_password(frame)) }
                (new_generator(frame, &set_up.address, &set_up.secret))
                button.primary type="submit" { (lang.say("save")) }
            }
        }
    };
    frame.page(Place::Elsewhere, &lang.say("set-up"), &main)
}

/// Two fields for a new password.
pub fn new_password(frame: &Frame) -> Markup {
    let lang = frame.lang;
    html! {
        label {
            (lang.say("new-password"))
            input type="password" name="password" required minlength="12" maxlength="1000" autocomplete="new-password";
            span.hint { (lang.say("password-hint")) }
        }
        label {
            (lang.say("password-again"))
            input type="password" name="again" required minlength="12" maxlength="1000" autocomplete="new-password";
        }
    }
}

/// What an application reads, and a field for the code that it shows then.
pub fn new_generator(frame: &Frame, address: &str, secret: &str) -> Markup {
    let lang = frame.lang;
    html! {
        p { (lang.say("scan-the-code")) }
        @if let Some(code) = qr::code(address) { (code) }
        pre.secret { (secret) }
        label {
            (lang.say("code-of-application"))
            input name="code" required maxlength="10" inputmode="numeric" autocomplete="one-time-code";
        }
    }
}

/// Recovery codes that were just made.
pub fn codes(frame: &Frame, codes: &[String]) -> Markup {
    let lang = frame.lang;
    html! {
        h2 { (lang.say("recovery-codes")) }
        p { (lang.say("recovery-codes-lead")) }
        pre.secret { (codes.join("\n")) }
        p.hint { (lang.say("shown-once")) }
    }
}

fn codes_page(frame: &Frame, made: &[String]) -> Markup {
    let lang = frame.lang;
    let main = html! {
        div.sign-in {
            h1 { (lang.say("set-up")) }
            (codes(frame, made))
            p { a.button href="/" { (lang.say("continue")) } }
        }
    };
    frame.page(Place::Elsewhere, &lang.say("set-up"), &main)
}
