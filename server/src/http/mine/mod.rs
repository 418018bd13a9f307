//! `/mine`: the page of one phone for the person who carries it. It is served where phones reach the server, needs no scripts, and sees
//! nothing but the phone whose link opened it.

mod asked;
mod disputes;
mod page;
mod privacy;
mod reported;
mod rules;
mod sheet;
#[cfg(test)]
mod tests;
mod visit;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::html;
use muster_proto::message::PageLink;
use serde::Deserialize;
use std::sync::Arc;

use crate::app::App;
use crate::auth::Visit;
use crate::disputes::NewDispute;
use crate::http::console::visit::Page;
use crate::http::device;
use crate::http::fault::Fault;
use crate::http::through;
use crate::problems::Code;
use crate::{mine, orders};
use sheet::sheet;
use visit::Said;

pub(super) use visit::Looking;

/// The page's routes.
pub fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/mine", get(page::get))
        .route("/mine/open", get(landing).post(open))
        .route("/mine/check", post(check))
        .route("/mine/dispute", post(dispute))
        .route("/mine/leave", post(leave))
        .route("/mine/privacy", get(privacy::get))
        .route("/mine/{file}", get(file))
        .method_not_allowed_fallback(async || Fault::of(Code::Method))
        .layer(from_fn(through::carriers_form_through))
        .layer(from_fn_with_state(Arc::clone(&app), visit::around))
        .with_state(app)
}

/// What the address of a link says.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    link: String,
}

/// Shows a button, and uses nothing up: programs look at links in advance.
async fn landing(looking: Looking, Query(asked): Query<Asked>) -> Result<Page, Fault> {
    if PageLink::taken(&asked.link).is_err() {
        return Err(Fault::of(Code::LinkUsed));
    }
    let lang = looking.frame.lang;
    let main = html! {
        div.sign-in {
            h1 { (lang.say("mine-title")) }
            p { (lang.say("mine-open-lead")) }
            form method="post" action="/mine/open" {
                input type="hidden" name="link" value=(asked.link);
                button.primary type="submit" autofocus { (lang.say("mine-open")) }
            }
            p.hint { (lang.say("mine-open-hint")) }
        }
    };
    Ok(Page(sheet(&looking.frame, &lang.say("mine-title"), &main)))
}

/// Uses the link up and begins a session.
async fn open(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap, said: Said) -> Response {
    let Said { visit: Visit { address, .. }, fields } = said;
    let text = fields.one("link").unwrap_or_default();
    let (phone, link) = match device::opened(&app, address, (&headers, &uri), text).await {
        Ok(opened) => opened,
        Err(refused) => return refused.into_response(),
    };
    match mine::open(&app, phone, link, address).await {
        Ok(secret) => {
            let mut to = Redirect::to("/mine").into_response();
            to.headers_mut().append(header::SET_COOKIE, visit::cookie(&secret));
            to
        }
        Err(error) => Fault::from(error).into_response(),
    }
}

/// Asks the phone for a report.
async fn check(State(app): State<Arc<App>>, looking: Looking, said: Said) -> Result<Redirect, Fault> {
    let carrier = looking.sender(&said)?;
    orders::check_again(&app, carrier).await?;
    Ok(Redirect::to("/mine#asked"))
}

/// Takes what the carrier says is wrong.
async fn dispute(State(app): State<Arc<App>>, looking: Looking, said: Said) -> Result<Redirect, Fault> {
    let carrier = looking.sender(&said)?;
    let one = |name: &str| said.fields.one(name).unwrap_or_default().to_owned();
    let new = NewDispute { rule: one("rule"), text: one("text") };
    crate::disputes::open(&app, &carrier.actor(), carrier.device, new).await?;
    Ok(Redirect::to("/mine#disputes"))
}

/// Ends the session.
async fn leave(State(app): State<Arc<App>>, looking: Looking, said: Said) -> Result<Response, Fault> {
    mine::leave(&app, looking.sender(&said)?).await?;
    let lang = looking.frame.lang;
    let main = html! { div.sign-in { h1 { (lang.say("mine-left")) } p { (lang.say("mine-again")) } } };
    let page = Page(sheet(&looking.frame, &lang.say("mine-left"), &main));
    Ok((StatusCode::OK, [(header::SET_COOKIE, visit::no_cookie())], page).into_response())
}

async fn file(uri: Uri) -> Response {
    sheet::serve(uri.path()).unwrap_or_else(|| Fault::of(Code::NoSuchAddress).into_response())
}
