//! A link to a phone's page, as a browser brings it: signed by the phone, for this server, around a nonce that is not old.

use axum::http::{HeaderMap, Uri};
use muster_proto::id::{DeviceId, Digest};
use muster_proto::message::PageLink;
use std::net::IpAddr;

use super::channel::{is_host, plain};
use super::refused::Refused;
use super::request::{failed, limited, open};
use crate::app::App;
use crate::mine::LINK_LIFE;
use crate::problems::PhoneCode;

/// Whose page a link opens, and the digest by which it is known when it comes again. Nothing is used up.
///
/// # Errors
/// It is none, or does not hold: its device, its signature, its server or its nonce.
pub(in crate::http) async fn opened(
    app: &App,
    from: IpAddr,
    (headers, uri): (&HeaderMap, &Uri),
    text: &str,
) -> Result<(DeviceId, Digest), Refused> {
    app.limits.check_address(from, app.now()).map_err(|after| limited(app, "address", after))?;
    let envelope = PageLink::taken(text).map_err(|_| failed(app, from, Refused::of(PhoneCode::Malformed)))?;
    let link: PageLink = open(app, from, &envelope, |link: &PageLink| link.device).await?;
    if !app.keys.nonces.is_fresh(&link.nonce, LINK_LIFE, app.now()) {
        return Err(Refused::of(PhoneCode::OldNonce));
    }
    let ours = is_host(headers, uri, &link.host) || plain(&app.reached.phones) == plain(&link.host);
    if !ours {
        return Err(Refused::of(PhoneCode::OtherRequest));
    }
    Ok((link.device, envelope.digest()))
}
