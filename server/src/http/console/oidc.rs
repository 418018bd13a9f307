//! `/sign-in/oidc`: to the provider, and back. What belongs to a sign-in is in a cookie that comes along when the provider sends the browser
//! back, which the session's strict one would not.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

use super::sign_in::{came_back, turned_away};
use super::visit::Visitor;
use crate::app::App;
use crate::auth::{Secret, Visit, cookie};
use crate::http::admin::Query;
use crate::http::fault::Fault;
use crate::outside::oidc::{self, Answer};
use crate::problems::Code;

/// The cookie of a sign-in that was begun.
const COOKIE: &str = "__Host-muster-oidc";
/// Seconds in which it is finished.
const LIFE: u32 = 600;

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
        Ok(signed_in) => came_back(&visitor.frame, &signed_in),
        Err(refusal) => turned_away(refusal),
    };
    keep(&mut response, "", 0);
    Ok(response)
}

fn keep(response: &mut Response, text: &str, life: u32) {
    let cookie = format!("{COOKIE}={text}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={life}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}
