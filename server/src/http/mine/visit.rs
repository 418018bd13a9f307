//! What happens around the carrier's page: language, session, headers, and problems as pages.

use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};
use muster_proto::problem::Problem;
use std::sync::Arc;

use super::sheet::sheet;
use crate::app::App;
use crate::auth::{self, Secret, Visit};
use crate::error::ActionError;
use crate::http::console::frame::Frame;
use crate::http::console::sign_in::sent;
use crate::http::console::visit::{Fields, Page, guard, language, without_lang};
use crate::http::fault::Fault;
use crate::mine::{self, Carrier, LIFE};
use crate::problems::Code;

/// Whoever looks, with the phone where a session holds.
#[derive(Clone)]
pub struct Looking {
    /// For whom and when the page is made.
    pub frame: Frame,
    /// Whoever has a session.
    pub carrier: Option<Carrier>,
}

/// A form that was sent from a page of ours, and from where.
pub struct Said {
    /// From where.
    pub visit: Visit,
    /// What it says.
    pub fields: Fields,
}

/// Our own style and images alone, no script at all; nobody may frame us.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// The address of a link has a secret in it: it is told to nobody.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

const COOKIE: &str = "__Secure-muster-mine";

/// `Set-Cookie` for a new session.
pub fn cookie(secret: &Secret) -> HeaderValue {
    let (text, age) = (secret.text(), LIFE.secs());
    let cookie = format!("{COOKIE}={text}; Path=/mine; Secure; HttpOnly; SameSite=Strict; Max-Age={age}");
    HeaderValue::from_str(&cookie).expect("base64url and digits are visible ASCII")
}

/// `Set-Cookie` that takes it away.
pub fn no_cookie() -> HeaderValue {
    HeaderValue::from_static(
        "__Secure-muster-mine=; Path=/mine; Secure; HttpOnly; SameSite=Strict; Max-Age=0",
    )
}

/// Around every page.
pub async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let (lang, chosen) = language(&parts.uri, &parts.headers);
    // what was sent by a form can't be asked for again
    let here = if parts.method == Method::GET { without_lang(&parts.uri) } else { "/mine".to_owned() };
    let opening = parts.uri.path() == "/mine/open";
    let mut frame = Frame { lang, now: app.now(), actor: None, csrf: String::new(), here };
    let found = carrier(&app, &parts).await;
    if let Ok(Some(carrier)) = &found {
        frame.csrf = auth::csrf_of(&carrier.secret);
    }
    let mut response = match found {
        Ok(carrier) => {
            let mut request = Request::from_parts(parts, body);
            request.extensions_mut().insert(Looking { frame: frame.clone(), carrier });
            next.run(request).await
        }
        Err(error) => Fault::from(error).into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let after = response.headers().get(header::RETRY_AFTER).cloned();
        response = explained(&frame, &problem, opening);
        if let Some(after) = after {
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        // it is counted further out
        response.extensions_mut().insert(problem);
    }
    guard(response.headers_mut(), &HEADERS, chosen.then_some(lang));
    response
}

async fn carrier(app: &App, parts: &Parts) -> Result<Option<Carrier>, ActionError> {
    let presented = auth::cookie::value(&parts.headers, COOKIE).and_then(Secret::presented);
    let Some(secret) = presented else { return Ok(None) };
    let device = mine::find(app, &secret).await?;
    Ok(device.map(|device| {
        crate::http::note_device(device);
        Carrier { device, secret, from: auth::peer(parts) }
    }))
}

/// A page that says what happened, and how to go on.
fn explained(frame: &Frame, problem: &Problem, opening: bool) -> Response {
    let lang = frame.lang;
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let ended = problem.status == 401;
    let text = match problem.status {
        500.. => lang.say("server-failed"),
        429 if opening => lang.say("too-many-attempts"),
        _ if opening => match problem.code.as_str() {
            "pending" => lang.say("mine-pending"),
            "other-request" => lang.say("mine-elsewhere"),
            _ => lang.say("mine-bad-link"),
        },
        401 => lang.say("mine-ended"),
        _ => lang.word("problem", &problem.code),
    };
    let title = lang.say("not-done");
    let main: Markup = html! {
        div.trouble {
            h1 { (title) }
            p role="alert" { (text) }
            @if ended || opening { p { (lang.say("mine-again")) } } @else { p.next { a.button href="/mine" { (lang.say("mine-back")) } } }
            p.hint { code { (problem.status) " " (problem.code) } }
        }
    };
    (status, Page(sheet(frame, &title, &main))).into_response()
}

impl Looking {
    /// Whoever has a session.
    ///
    /// # Errors
    /// There is none, or it has ended.
    pub fn carrier(&self) -> Result<&Carrier, Fault> {
        self.carrier.as_ref().ok_or_else(|| Fault::of(Code::SessionEnded))
    }

    /// Whoever has sent this form from a page of his own.
    ///
    /// # Errors
    /// There is no session, or the form is not of it.
    pub fn sender(&self, said: &Said) -> Result<&Carrier, Fault> {
        let carrier = self.carrier()?;
        let token = said.fields.one("csrf").unwrap_or_default();
        if auth::secret::same(token, &self.frame.csrf) { Ok(carrier) } else { Err(Fault::of(Code::Csrf)) }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Looking {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::of(Code::NoVisitor))
    }
}

impl<S: Send + Sync> FromRequest<S> for Said {
    type Rejection = Fault;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Fault> {
        let (visit, fields) = sent(request).await?;
        Ok(Self { visit, fields })
    }
}
