//! `GET /v1/channel`: the open connection on which orders reach a device at once. Server-sent events; a comment line keeps it alive.
//!
//! What goes over it is a hint made whole: the truth is in the store, and a phone that misses something gets it with its next report.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, Uri, header};
use axum::response::IntoResponse;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use bytes::Bytes;
use muster_proto::cose::{Envelope, seal};
use muster_proto::id::{Audience, DeviceId, Digest};
use muster_proto::message::{Hello, PolicyMessage, VerdictMessage};
use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tracing::Instrument as _;

use super::refused::Refused;
use super::request::{failed, limited, open, peer};
use crate::app::App;
use crate::devices::{Device, Devices as _, Extent};
use crate::enrolment::NONCE_AGE;
use crate::error::ActionError;
use crate::http::stream;
use crate::judge;
use crate::live::Hint;
use crate::orders;
use crate::problems::PhoneCode;
use crate::store::StoreError;

/// A proxy that collects what comes before it passes it on would hold orders back; nginx heeds this.
pub const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");
/// A comment at least this often.
const HEARTBEAT: Duration = Duration::from_secs(180);

/// Opens the channel.
///
/// # Errors
/// The `hello` does not hold, is for another request or has an old nonce.
pub async fn get(State(app): State<Arc<App>>, request: Request) -> Result<impl IntoResponse, Refused> {
    let from = peer(&request);
    app.limits.check_address(from, app.now()).map_err(|after| limited(&app, "address", after))?;
    let envelope = authorization(&request).map_err(|refused| failed(&app, from, refused))?;
    let hello: Hello = open(&app, from, &envelope, |hello: &Hello| hello.device).await?;
    let now = app.now();
    if !app.keys.nonces.is_fresh(&hello.nonce, NONCE_AGE, now) {
        let refused = Refused::of(PhoneCode::OldNonce);
        return Err(refused.with_nonce(app.keys.nonces.make(now)));
    }
    if hello.method.as_str() != "GET"
        || hello.path.as_str() != request.uri().path()
        || !(is_host(request.headers(), request.uri(), &hello.host)
            || plain(&app.reached.phones) == plain(&hello.host))
    {
        return Err(Refused::of(PhoneCode::OtherRequest));
    }
    let (number, hints) = app.hub.open(hello.device);
    let (lines, waiting) = mpsc::channel(16);
    let channel = Channel { device: hello.device, lines, orders: HashSet::new(), policy: None };
    tokio::spawn(channel.run(app, number, hints).in_current_span());
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (UNBUFFERED, "no"),
    ];
    Ok((headers, stream::body(waiting)))
}

/// `Authorization: Muster <base64url of the signed hello>`.
fn authorization(request: &Request) -> Result<Envelope, Refused> {
    let value = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let missing = || Refused::of(PhoneCode::NoHello);
    let text = value.and_then(|value| value.strip_prefix("Muster ")).ok_or_else(missing)?;
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text.trim()).map_err(|_| missing())?;
    Ok(Envelope::parse(&bytes)?)
}

/// Whether the hello names the host that the request names.
pub(super) fn is_host(headers: &HeaderMap, uri: &Uri, signed: &str) -> bool {
    let header = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    let host = header.or_else(|| uri.authority().map(axum::http::uri::Authority::as_str));
    host.is_some_and(|host| plain(host) == plain(signed))
}

/// The default port may be left out.
pub(super) fn plain(text: &str) -> String {
    text.strip_suffix(":443").unwrap_or(text).to_ascii_lowercase()
}

struct Channel {
    device: DeviceId,
    lines: mpsc::Sender<Result<Bytes, Infallible>>,
    /// Orders that went over this channel: the phone says itself what becomes of them.
    orders: HashSet<Digest>,
    /// The policy that was in force when the channel was last looked after.
    policy: Option<Digest>,
}

/// The phone has gone, or the store has failed: it will connect again.
struct Ended;

impl From<StoreError> for Ended {
    fn from(error: StoreError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a channel ends");
        Self
    }
}

impl From<ActionError> for Ended {
    fn from(error: ActionError) -> Self {
        tracing::warn!(error = &error as &dyn std::error::Error, "a channel ends");
        Self
    }
}

impl Channel {
    async fn run(mut self, app: Arc<App>, number: u64, mut hints: mpsc::Receiver<Hint>) {
        let device = self.device;
        // an error ends the channel and nothing else
        self.keep(&app, &mut hints).await.ok();
        app.hub.close(device, number);
    }

    async fn keep(&mut self, app: &App, hints: &mut mpsc::Receiver<Hint>) -> Result<(), Ended> {
        self.policy = self.in_force(app).await?;
        self.line(": here\n\n".to_owned()).await?;
        self.orders(app).await?;
        loop {
            let hint = tokio::select! {
                () = self.lines.closed() => return Ok(()),
                hint = tokio::time::timeout(HEARTBEAT, hints.recv()) => hint,
            };
            match hint {
                Err(_) => self.line(": still here\n\n".to_owned()).await?,
                Ok(None) => return Ok(()),
                Ok(Some(Hint::Orders)) => self.orders(app).await?,
                Ok(Some(Hint::Policy)) => self.policy(app).await?,
                Ok(Some(Hint::Verdict)) => self.verdict(app).await?,
            }
        }
    }

    async fn line(&self, line: String) -> Result<(), Ended> {
        self.lines.send(Ok(line.into())).await.map_err(|_| Ended)
    }

    async fn message(&self, event: &str, signed: &[u8]) -> Result<(), Ended> {
        self.line(format!("event: {event}\ndata: {}\n\n", BASE64_URL_SAFE_NO_PAD.encode(signed))).await
    }

    async fn orders(&mut self, app: &App) -> Result<(), Ended> {
        let (device, now) = (self.device, app.now());
        let waiting = app.store.read(move |tx| orders::waiting(tx, device, now)).await?;
        for signed in waiting {
            if self.orders.insert(Digest::of(&signed)) {
                self.message("order", &signed).await?;
            }
        }
        Ok(())
    }

    async fn policy(&mut self, app: &App) -> Result<(), Ended> {
        let in_force = self.in_force(app).await?;
        if in_force == self.policy {
            return Ok(());
        }
        self.policy = in_force;
        let (device, snapshot) = (self.number(app).await?, app.rules.now());
        let Some(compiled) = snapshot.of(&device.org) else { return Ok(()) };
        let (audience, number) = (Audience(device.id), device.sent);
        let message = PolicyMessage {
            audience,
            expires: None,
            issued: app.now(),
            number,
            policy: compiled.phone.clone(),
        };
        let signed = seal(&message, &app.keys.orders).map_err(ActionError::from)?;
        self.message("policy", &signed).await
    }

    /// The verdict stays marked as untold: only an answer to a report says for certain that the phone was there.
    async fn verdict(&self, app: &App) -> Result<(), Ended> {
        let (device, now) = (self.number(app).await?, app.now());
        let verdict = judge::told(&device, &app.rules.now(), device.judged.unwrap_or(now));
        let (audience, number) = (Audience(device.id), device.sent);
        let message = VerdictMessage { audience, expires: None, issued: now, number, verdict };
        let signed = seal(&message, &app.keys.orders).map_err(ActionError::from)?;
        self.message("verdict", &signed).await
    }

    async fn in_force(&self, app: &App) -> Result<Option<Digest>, Ended> {
        let device = self.device;
        let org = app.store.read(move |tx| crate::devices::org_of(tx, device)).await?;
        Ok(app.rules.now().of(&org).map(|compiled| compiled.digest))
    }

    /// The device's row, with a number for the next message.
    async fn number(&self, app: &App) -> Result<Device, Ended> {
        let (id, now) = (self.device, app.now());
        let numbered = app.store.write(move |tx| {
            let mut device = tx.load(&[id])?.pop().ok_or_else(|| ActionError::missing("device", id))?;
            device.next_message(now);
            device.revision += 1;
            tx.save(&[(&device, Extent::Touched)])?;
            Ok::<_, ActionError>(device)
        });
        Ok(numbered.await?)
    }
}
