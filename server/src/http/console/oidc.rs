//! `/sign-in/oidc`: to the provider, and back. What belongs to a sign-in is in a cookie that comes along when the provider sends the browser
//! back, which the session's strict one would not.
//!
//! The ID token of a sign-in is held by the browser alone until its session ends, in a cookie that it sends to `/sign-out` and nowhere else: with it the
//! provider ends its session without asking. The server stores it nowhere and writes it into no log.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

use super::sign_in::{came_back, turned_away};
use super::visit::Visitor;
use crate::app::App;
use crate::auth::{Secret, Visit, cookie, session};
use crate::http::admin::Query;
use crate::http::fault::Fault;
use crate::outside::oidc::{self, Answer};
use crate::problems::Code;

/// The cookie of a sign-in that was begun.
const COOKIE: &str = "__Host-muster-oidc";
/// Seconds in which it is finished.
const LIFE: u32 = 600;

/// The cookie of the ID token. `__Host-` would send it everywhere.
const HINT: &str = "__Secure-muster-oidc-hint";

/// Sends the browser to the provider.
pub async fn begin(State(app): State<Arc<App>>, visit: Visit) -> Result<Response, Fault> {
    let provider = app.provider.as_ref().ok_or_else(|| Fault::of(Code::NoSuchAddress))?;
    app.sign_ins.check(visit.address, app.now()).map_err(Fault::too_many)?;
    match provider.ask(&app).await? {
        Ok(begun) => {
            let mut response = Redirect::to(&begun.to).into_response();
            keep(&mut response, begun.secret.text(), LIFE);
            Ok(response)
        }
        Err(refusal) => Ok(turned_away(refusal)),
    }
}

/// Takes what the browser brings back, and begins a session.
pub async fn back(
    State(app): State<Arc<App>>,
    visitor: Visitor,
    visit: Visit,
    headers: HeaderMap,
    Query(answer): Query<Answer>,
) -> Result<Response, Fault> {
    let provider = app.provider.as_ref().ok_or_else(|| Fault::of(Code::NoSuchAddress))?;
    app.sign_ins.check(visit.address, app.now()).map_err(Fault::too_many)?;
    let secret = cookie::value(&headers, COOKIE).and_then(Secret::presented);
    let mut response = match oidc::sign_in(&app, provider, secret.as_ref(), &answer, &visit).await? {
        Ok(came) => {
            let mut response = came_back(&visitor.frame, &came.signed_in);
            // where this one is too long to be held, none of another sign-in stays
            hold(&mut response, came.hint.as_deref());
            response
        }
        Err(refusal) => turned_away(refusal),
    };
    keep(&mut response, "", 0);
    Ok(response)
}

/// What the browser has held of its sign-in.
pub fn held(headers: &HeaderMap) -> Option<&str> {
    cookie::value(headers, HINT).filter(|held| !held.is_empty())
}

/// Has the browser hold an ID token, or none any more.
pub fn hold(response: &mut Response, token: Option<&str>) {
    let life = token.map_or(0, |_| session::LONGEST.secs());
    let token = token.unwrap_or_default();
    let cookie = format!("{HINT}={token}; Path=/sign-out; Secure; HttpOnly; SameSite=Strict; Max-Age={life}");
    if let Ok(mut value) = HeaderValue::from_str(&cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

fn keep(response: &mut Response, text: &str, life: u32) {
    let cookie = format!("{COOKIE}={text}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={life}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use muster_proto::time::Span;

    use super::*;
    use crate::auth::{self, Actor};
    use crate::http::testing::{Answer, link_for, world};

    /// Whether an answer takes this cookie away.
    fn forgets(answer: &Answer, cookie: &str) -> bool {
        let set = answer.headers.get_all(header::SET_COOKIE).iter().filter_map(|one| one.to_str().ok());
        set.into_iter().any(|one| one.starts_with(cookie) && one.ends_with("Max-Age=0"))
    }

    /// The same of the session and of the token.
    fn forgets_both(answer: &Answer) -> bool {
        forgets(answer, "__Host-muster=; Path=/; ") && forgets(answer, &format!("{HINT}=; Path=/sign-out; "))
    }

    #[tokio::test]
    async fn the_answer_with_the_longest_token_passes_a_proxy() {
        let world = world().await;
        let link = auth::make_link(&world.app, &Actor::system("test"), link_for("Anna")).await.unwrap();
        let secret = link.link.rsplit('=').next().unwrap();
        // as a session begins here: the page's headers, the session, and a token of nothing
        let mut headers =
            world.visit(Method::POST, "/sign-in?lang=en", "", &format!("link={secret}")).await.headers;
        let mut more = Redirect::to("/").into_response();
        hold(&mut more, Some(&"a".repeat(oidc::LONGEST_HINT)));
        keep(&mut more, "", 0);
        for cookie in more.headers().get_all(header::SET_COOKIE) {
            headers.append(header::SET_COOKIE, cookie.clone());
        }
        let lengths = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
        // the status, and what is said of date and length
        let whole = lengths.sum::<usize>() + 150;
        assert!(whole <= 4096, "{whole}: {headers:?}");
    }

    #[tokio::test]
    async fn no_token_outlives_its_session() {
        let world = world().await;
        let cookie = world.sign_in("Anna").await;
        let csrf = world.visit(Method::GET, "/devices", &cookie, "").await.csrf();
        let out = world.visit(Method::POST, "/sign-out", &cookie, &format!("csrf={csrf}")).await;
        assert!(forgets_both(&out), "{:?}", out.headers);
        let cookie = world.sign_in("Anna").await;
        world.clock.pass(Span::from_secs(121 * 60));
        let ended = world.visit(Method::GET, "/devices", &cookie, "").await;
        assert_eq!(ended.headers[header::LOCATION], "/sign-in?ended=1");
        assert!(forgets_both(&ended), "{:?}", ended.headers);
        let link = auth::make_link(&world.app, &Actor::system("test"), link_for("Anna")).await.unwrap();
        let secret = link.link.rsplit('=').next().unwrap();
        let other = world.visit(Method::POST, "/sign-in", "", &format!("link={secret}")).await;
        assert!(forgets(&other, HINT) && !forgets_both(&other), "{:?}", other.headers);
    }
}
