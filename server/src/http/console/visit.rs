//! What happens around every page: language, session, headers, and problems as pages.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, request::Parts};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use maud::Markup;
use muster_proto::problem::Problem;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::net::IpAddr;
use std::sync::Arc;

use super::frame::Frame;
use super::sign_in;
use super::trouble;
use crate::app::App;
use crate::auth::{self, Actor, Secret, cookie};
use crate::http::admin::{no_nul, read_body};
use crate::http::allowed::{self, Needs};
use crate::http::fault::Fault;
use crate::i18n::Lang;
use crate::problems::Code;
use crate::version::IfMatch;

/// Whoever looks at a page, signed in or not.
#[derive(Clone)]
pub struct Visitor {
    /// For whom and when the page is made.
    pub frame: Frame,
    /// The session's secret, where there is one.
    pub secret: Option<Secret>,
}

/// A person who is signed in. A handler that asks for one is not reached by others.
pub struct Person {
    /// Who it is.
    pub actor: Actor,
    /// For whom and when the page is made.
    pub frame: Frame,
    /// The session's secret.
    pub secret: Secret,
}

/// A form that a person has sent from a page of ours.
pub struct Signed<T> {
    /// Who sent it.
    pub person: Person,
    /// What it says.
    pub form: T,
}

/// A form whose text shall not be lost where the session has ended meanwhile, or was another.
pub enum Sent<T> {
    /// It came from a page of this session.
    Signed(Signed<T>),
    /// It came from a page of ours, of no session that holds: for whom the page is made, and what the form says.
    Stray(Frame, T),
}

/// Only our own style, script, images and requests; nobody may frame us.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // `no-referrer` would make browsers hide from us that a form is our own
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

const LANGUAGE_COOKIE: &str = "__Host-muster-lang";

/// Around every page.
pub async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let from = auth::peer(&parts);
    let mut request = Request::from_parts(parts, body);
    let (lang, chosen) = language(request.uri(), request.headers());
    let here = without_lang(request.uri());
    let from_elsewhere =
        request.method() == Method::GET && fetched_from(request.headers()) == Some("cross-site");
    let mut frame = Frame { lang, now: app.now(), actor: None, csrf: String::new(), here };
    let back = back_of(request.method(), request.headers());
    if request.method() != Method::GET && request.method() != Method::HEAD {
        // an answer to a form has no address of its own: the other language leads to the page with the form
        frame.here = back.clone().unwrap_or_else(|| "/".to_owned());
    }
    let mut response = match visitor(&app, &mut frame, request.headers(), from).await {
        Ok(secret) => {
            request.extensions_mut().insert(Visitor { frame: frame.clone(), secret });
            next.run(request).await
        }
        Err(fault) => fault.into_response(),
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        response = explained(&frame, &problem, &response, from_elsewhere, back.as_deref());
        // it is counted further out
        response.extensions_mut().insert(problem);
    }
    guard(response.headers_mut(), &HEADERS, chosen.then_some(lang));
    response
}

/// What every page carries: these headers, that nobody keeps it, and the language where one was chosen.
pub fn guard(headers: &mut HeaderMap, always: &[(HeaderName, &'static str)], chosen: Option<Lang>) {
    for (name, value) in always {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Some(lang) = chosen {
        remember(lang, headers);
    }
}

/// Has the browser come with this language from now on.
fn remember(lang: Lang, headers: &mut HeaderMap) {
    let code = lang.code();
    let cookie =
        format!("{LANGUAGE_COOKIE}={code}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=31536000");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        headers.append(header::SET_COOKIE, value);
    }
}

async fn visitor(
    app: &App,
    frame: &mut Frame,
    headers: &HeaderMap,
    from: IpAddr,
) -> Result<Option<Secret>, Fault> {
    let Some((actor, secret)) = auth::visitor(app, headers, from).await? else { return Ok(None) };
    frame.csrf = auth::csrf_of(&secret);
    frame.actor = Some(actor);
    Ok(Some(secret))
}

/// Around a page: may whoever is signed in see it? Who is not signed in is sent to where one signs in, by the page itself.
pub async fn allowed(
    State((app, needs)): State<(Arc<App>, Needs)>,
    request: Request,
    next: Next,
) -> Response {
    let actor = request.extensions().get::<Visitor>().and_then(|visitor| visitor.frame.actor.clone());
    let Some(actor) = actor else { return next.run(request).await };
    let (mut parts, body) = request.into_parts();
    match allowed::may(&app, &actor, needs, &mut parts).await {
        Ok(()) => {
            let device = allowed::looked_at(&app, needs, &mut parts).await;
            let response = next.run(Request::from_parts(parts, body)).await;
            allowed::note(&app, &actor, device, response.status()).await;
            response
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

/// A page that says what happened. Who is not signed in is sent to where one signs in.
fn explained(
    frame: &Frame,
    problem: &Problem,
    response: &Response,
    from_elsewhere: bool,
    back: Option<&str>,
) -> Response {
    if problem.status == 401 {
        return to_sign_in(frame, problem, from_elsewhere);
    }
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut page = (status, Page(trouble::page(frame, problem, back))).into_response();
    if let Some(after) = response.headers().get(header::RETRY_AFTER) {
        page.headers_mut().insert(header::RETRY_AFTER, after.clone());
    }
    page
}

/// A strict cookie does not come along when somebody follows a link from a letter: the page then asks once more, from here. A cookie
/// that came and does not hold is taken away.
fn to_sign_in(frame: &Frame, problem: &Problem, from_elsewhere: bool) -> Response {
    if problem.code == "session-ended" {
        let mut to = Redirect::to("/sign-in?ended=1").into_response();
        sign_in::forget(&mut to);
        return to;
    }
    if from_elsewhere {
        return Page(frame.again()).into_response();
    }
    Redirect::to("/sign-in").into_response()
}

/// The page from which a form came.
#[must_use]
pub fn back(parts: &Parts) -> Option<String> {
    back_of(&parts.method, &parts.headers)
}

/// Browsers say from which page a form comes. Of that no more than a path of ours is taken.
fn back_of(method: &Method, headers: &HeaderMap) -> Option<String> {
    if method != Method::POST {
        return None;
    }
    let from: Uri = headers.get(header::REFERER)?.to_str().ok()?.parse().ok()?;
    // what asks once more before something is done is no page: one begins anew
    let begins = STEPS.iter().find(|(step, _)| *step == from.path()).map(|(_, page)| (*page).to_owned());
    let back = begins.unwrap_or_else(|| without_lang(&from));
    (back.starts_with('/') && back.len() <= 2000).then_some(back)
}

/// Steps between a form and what it does, which answer forms alone, and where each begins.
const STEPS: [(&str, &str); 4] = [
    ("/devices/act", "/devices"),
    ("/devices/label", "/devices"),
    ("/scans/new", "/scans"),
    ("/sign-in/password", "/sign-in"),
];

fn fetched_from(headers: &HeaderMap) -> Option<&str> {
    headers.get("sec-fetch-site").and_then(|value| value.to_str().ok())
}

/// `?lang=` decides, and is remembered; then the cookie; then what the browser asks for.
#[must_use]
pub fn language(uri: &Uri, headers: &HeaderMap) -> (Lang, bool) {
    let query = uri.query().unwrap_or_default();
    let asked = form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "lang")
        .and_then(|(_, code)| Lang::of_code(&code));
    if let Some(lang) = asked {
        return (lang, true);
    }
    let kept = cookie::value(headers, LANGUAGE_COOKIE).and_then(Lang::of_code);
    let accepted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    (kept.unwrap_or_else(|| Lang::accepted(accepted)), false)
}

/// Path and query, without the language.
#[must_use]
pub fn without_lang(uri: &Uri) -> String {
    let mut kept = form_urlencoded::Serializer::new(String::new());
    for (name, value) in
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).filter(|(name, _)| name != "lang")
    {
        kept.append_pair(&name, &value);
    }
    let kept = kept.finish();
    // browsers read `//host` and `/\host` as another host: such a path is no place of ours to link to
    let path = if uri.path().get(1..2).is_some_and(|second| second == "/" || second == "\\") {
        "/"
    } else {
        uri.path()
    };
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{kept}") }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Fault> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Fault::of(Code::NoVisitor))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Person {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fault> {
        let Visitor { frame, secret } = Visitor::from_request_parts(parts, state).await?;
        match (frame.actor.clone(), secret) {
            (Some(actor), Some(secret)) => Ok(Self { actor, frame, secret }),
            _ if cookie::presented(&parts.headers).is_some() => Err(Fault::of(Code::SessionEnded)),
            _ => Err(Fault::of(Code::NotSignedIn)),
        }
    }
}

/// Longest form of whoever is not signed in.
pub const MAX_FORM: usize = 16 * 1024;
/// Longest form of a person who is: a whole policy, each letter of it as a browser writes it.
const MAX_SIGNED_FORM: usize = 3 * muster_policy::document::MAX_DOCUMENT + MAX_FORM;

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Signed<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        let person = Person::from_request_parts(&mut parts, state).await?;
        own_origin(&parts.headers)?;
        let bytes = read_body(Request::from_parts(parts.clone(), body), MAX_SIGNED_FORM).await?;
        let read = || Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let token = form_within::<Token>(read(), MAX_SIGNED_FORM).await?;
        if !auth::secret::same(&token.csrf, &person.frame.csrf) {
            return Err(Fault::of(Code::Csrf));
        }
        Ok(Self { form: form_within(read(), MAX_SIGNED_FORM).await?, person })
    }
}

/// Longest text that is given back to whoever is not signed in any more.
const MAX_STRAY_FORM: usize = 256 * 1024;

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = Fault;

    async fn from_request(request: Request, state: &S) -> Result<Self, Fault> {
        let (mut parts, body) = request.into_parts();
        // nobody else's page has its text shown here: a browser that doesn't say where a form comes from is not believed
        let ours = fetched_from(&parts.headers) == Some("same-origin");
        let frame = Visitor::from_request_parts(&mut parts, state).await?.frame;
        let person = Person::from_request_parts(&mut parts, state).await;
        let most = if person.is_ok() { MAX_SIGNED_FORM } else { MAX_STRAY_FORM };
        let person = match person {
            Err(fault) if !ours => return Err(fault),
            person => person.ok(),
        };
        own_origin(&parts.headers)?;
        let bytes = read_body(Request::from_parts(parts.clone(), body), most).await?;
        let read = || Request::from_parts(parts.clone(), Body::from(bytes.clone()));
        let token = form_within::<Token>(read(), most).await?;
        let form = form_within(read(), most).await?;
        match person {
            Some(person) if auth::secret::same(&token.csrf, &person.frame.csrf) => {
                Ok(Self::Signed(Signed { person, form }))
            }
            _ if ours => Ok(Self::Stray(frame, form)),
            _ => Err(Fault::of(Code::Csrf)),
        }
    }
}

/// Reads a form.
pub async fn form<T: DeserializeOwned>(request: Request) -> Result<T, Fault> {
    form_within(request, MAX_FORM).await
}

async fn form_within<T: DeserializeOwned>(request: Request, most: usize) -> Result<T, Fault> {
    let (parts, body) = request.into_parts();
    let bytes = read_body(Request::from_parts(parts.clone(), body), most).await?;
    no_nul(&bytes)?;
    let form =
        axum::Form::<T>::from_request(Request::from_parts(parts.clone(), Body::from(bytes)), &()).await;
    form.map(|axum::Form(form)| form).map_err(|error| Fault::malformed(error.body_text()))
}

/// What a form says, each field as often as it was sent.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The first that is not empty, without the space around it.
    #[must_use]
    pub fn one<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    /// Every one that is not empty.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.0.iter().filter(move |(known, _)| known == name);
        named.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }
}

/// The version of what a form changes; any where it says none.
#[must_use]
pub fn version(form: &Fields) -> IfMatch {
    IfMatch::of(form.one("version").map(|version| vec![version.to_owned()]))
}

/// Browsers say from which site a form comes; another one's is refused before it is read. Old ones say its origin alone; what is no browser
/// says nothing.
pub fn own_origin(headers: &HeaderMap) -> Result<(), Fault> {
    let own = match fetched_from(headers) {
        Some(site) => matches!(site, "same-origin" | "none"),
        None => {
            let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
            // `null` is a page that has none: of a file, of a frame that was shut in
            let host = |origin: &str| origin.split_once("://").map(|(_, host)| host.to_ascii_lowercase());
            let ours = text(header::HOST).map(str::to_ascii_lowercase);
            !headers.contains_key(header::ORIGIN)
                || text(header::ORIGIN).is_some_and(|origin| host(origin).is_some() && host(origin) == ours)
        }
    };
    if own { Ok(()) } else { Err(Fault::of(Code::Csrf)) }
}

/// A page as an answer.
pub struct Page(pub Markup);

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        Html(self.0.into_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_back_leads_to_a_page_and_never_to_a_step() {
        let back = |referer: &'static str, method: Method| {
            back_of(&method, &HeaderMap::from_iter([(header::REFERER, HeaderValue::from_static(referer))]))
        };
        let page = |path: &str| Some(path.to_owned());
        assert_eq!(back("https://a.example/devices?q=x&lang=ru", Method::POST), page("/devices?q=x"));
        assert_eq!(back("https://a.example/devices/act", Method::POST), page("/devices"));
        assert_eq!(back("https://a.example/scans/new?lang=en", Method::POST), page("/scans"));
        assert_eq!(back("https://a.example/devices", Method::GET), None);
    }

    #[test]
    fn a_form_of_another_site_is_refused_whatever_the_browser_says() {
        let own = |headers: &[(&'static str, &'static str)]| {
            let pairs = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            own_origin(&pairs.collect()).is_ok()
        };
        assert!(own(&[]) && own(&[("sec-fetch-site", "same-origin")]) && own(&[("sec-fetch-site", "none")]));
        assert!(!own(&[("sec-fetch-site", "cross-site")]) && !own(&[("sec-fetch-site", "same-site")]));
        assert!(own(&[("host", "a.example:8443"), ("origin", "https://A.example:8443")]));
        for origin in ["https://a.example", "https://b.example:8443", "null", ""] {
            assert!(!own(&[("host", "a.example:8443"), ("origin", origin)]), "{origin}");
        }
        assert!(!own(&[("origin", "https://a.example")]), "nobody knows who is asked");
    }
}
