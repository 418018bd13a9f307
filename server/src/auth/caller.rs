//! From a request to the one who makes it.

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::{HeaderMap, Method, header, request::Parts};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use super::secret::Secret;
use super::{Actor, Reach, cookie, roles, session, token};
use crate::app::App;
use crate::audit::{self, Refused};
use crate::error::ActionError;
use crate::http::accept;
use crate::http::fault::Fault;
use crate::problems::Code;

/// The header in which a script of the console repeats its session's token for requests that change something.
pub const CSRF_HEADER: &str = "muster-csrf";
/// With this header a page only renews itself.
const LIVE_HEADER: &str = "muster-live";

/// Who calls, where it was asked further out already.
#[derive(Clone)]
pub struct Known(pub Actor);

/// Whoever is reached by a handler that asks for an [`Actor`]: the holder of a token, or a person with a session.
impl FromRequestParts<Arc<App>> for Actor {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Fault> {
        if let Some(Known(actor)) = parts.extensions.get() {
            return Ok(actor.clone());
        }
        if let Some(value) = parts.headers.get(header::AUTHORIZATION) {
            let token = value.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
            return bearer(app, token.unwrap_or_default().trim(), peer(parts)).await;
        }
        let (actor, secret) = visitor(app, &parts.headers, peer(parts)).await?.ok_or_else(not_signed_in)?;
        let safe = matches!(parts.method, Method::GET | Method::HEAD);
        let repeated =
            parts.headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if safe || super::secret::same(&csrf_of(&secret), repeated) {
            return Ok(actor);
        }
        Err(Fault::of(Code::Csrf))
    }
}

/// The person whose session's cookie this is.
///
/// # Errors
/// The store's.
pub async fn visitor(
    app: &App,
    headers: &HeaderMap,
    from: IpAddr,
) -> Result<Option<(Actor, Secret)>, ActionError> {
    let Some(secret) = cookie::presented(headers) else { return Ok(None) };
    let (digest, now) = (secret.digest(), app.now());
    let found = app.store.read(move |tx| {
        let Some(found) = session::find(tx, digest, now)? else { return Ok(None) };
        let grants = roles::of_session(tx, digest)?;
        Ok::<_, ActionError>(Some((found, Reach::of(tx, grants)?)))
    });
    let Some((found, reach)) = found.await? else { return Ok(None) };
    if found.note && !moves_by_itself(headers) {
        app.store.write(move |tx| Ok::<_, ActionError>(session::note(tx, digest, now)?)).await?;
    }
    Ok(Some((Actor::session(found.name).came(found.how).with(reach).at(from), secret)))
}

/// An open page asks now and then without anybody doing anything: that keeps no session alive.
fn moves_by_itself(headers: &HeaderMap) -> bool {
    let listens = accept::best(headers, [("text/html", false), ("text/event-stream", true)]);
    listens || headers.contains_key(LIVE_HEADER)
}

/// The token that forms and scripts of this session repeat.
#[must_use]
pub fn csrf_of(secret: &Secret) -> String {
    secret.derived("csrf")
}

/// Who is at the other end of the connection.
#[must_use]
pub fn peer(parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip())
}

async fn bearer(app: &App, text: &str, from: IpAddr) -> Result<Actor, Fault> {
    let now = app.now();
    let found = match Secret::presented(text) {
        Some(secret) => {
            let found = app.store.read(move |tx| {
                let Some(name) = token::find(tx, &secret, now)? else { return Ok(None) };
                let grants = roles::of_token(tx, secret.digest())?;
                Ok::<_, ActionError>(Some((name, Reach::of(tx, grants)?)))
            });
            found.await?
        }
        None => None,
    };
    match found {
        Some((name, reach)) => Ok(Actor::token(name).with(reach).at(from)),
        // whoever has a good token is not kept out by others at the same address
        None => {
            audit::refuse(app, Refused::Token, from).await;
            app.metrics.sign_in_failures.with_label_values(&["token"]).inc();
            app.sign_ins.check(from, now).map_err(|after| {
                app.metrics.limited.with_label_values(&["sign-in"]).inc();
                Fault::too_many(after)
            })?;
            app.sign_ins.failed(from, now);
            Err(Fault::of(Code::BadToken))
        }
    }
}

fn not_signed_in() -> Fault {
    Fault::of(Code::NotSignedIn)
}
