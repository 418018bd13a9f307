//! What every request of a phone goes through: limits, a body that is bounded in size and time, an envelope, a key.

use axum::body::{Body, HttpBody as _};
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use muster_proto::answer::{ANSWER_TYPE, MAX_BODY};
use muster_proto::cbor::{Wire, encode};
use muster_proto::cose::{Envelope, Message};
use muster_proto::id::DeviceId;
use std::future::poll_fn;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::pin;
use std::time::Duration;

use super::refused::Refused;
use crate::app::App;
use crate::devices::Status;
use crate::ingest;
use crate::problems::PhoneCode;
use crate::store::{StoreError, values};

/// Time to send a body.
const PATIENCE: Duration = Duration::from_secs(10);

/// Who sent a request, and what.
pub struct Received {
    /// The address at the other end of the connection.
    pub from: IpAddr,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// Who is at the other end.
pub fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(address)| address.ip().to_canonical())
}

/// Reads a request whose sender has not used up his failures.
///
/// # Errors
/// He has (429); the body is longer than 64 KiB (413) or takes longer than 10 s (408).
pub async fn receive(app: &App, request: Request) -> Result<Received, Refused> {
    let from = peer(&request);
    app.limits.check_address(from, app.now()).map_err(|after| limited(app, "address", after))?;
    let (parts, body) = request.into_parts();
    let length =
        parts.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MAX_BODY as u64) {
        return Err(too_long());
    }
    let body = tokio::time::timeout(PATIENCE, collect(body, length.unwrap_or(0)));
    let body = body.await.map_err(|_| Refused::of(PhoneCode::TooSlow))??;
    Ok(Received { from, headers: parts.headers, body })
}

async fn collect(body: Body, length: u64) -> Result<Bytes, Refused> {
    let mut body = pin!(body);
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        let frame = frame.map_err(|error| Refused::of(PhoneCode::Malformed).because(error))?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > MAX_BODY {
                return Err(too_long());
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes.into())
}

fn too_long() -> Refused {
    Refused::of(PhoneCode::TooLong)
}

impl Received {
    /// The envelope in the body. One that is none counts as a failure of its sender.
    ///
    /// # Errors
    /// It is none.
    pub fn envelope(&self, app: &App) -> Result<Envelope, Refused> {
        Envelope::parse(&self.body).map_err(|error| failed(app, self.from, error.into()))
    }
}

/// Notes that a sender has not shown a key of ours.
pub fn failed(app: &App, from: IpAddr, refused: Refused) -> Refused {
    app.limits.note_failure(from, app.now());
    refused
}

/// Refuses what is too much, by whose limit it was.
pub fn limited(app: &App, limit: &str, after: muster_proto::time::Span) -> Refused {
    app.metrics.limited.with_label_values(&[limit]).inc();
    Refused::too_many(after)
}

/// Opens a message that the device's newest key has signed, and whose device counts.
///
/// # Errors
/// The device is unknown or doesn't count, the signature doesn't hold, the device sends too much.
pub async fn open<M: Message>(
    app: &App,
    from: IpAddr,
    envelope: &Envelope,
    device: impl Fn(&M) -> DeviceId,
) -> Result<M, Refused> {
    let keys = ingest::keys(app, envelope).await?;
    if keys.is_empty() {
        return Err(failed(app, from, Refused::of(PhoneCode::UnknownDevice)));
    }
    let mut error = Refused::of(PhoneCode::BadSignature);
    for key in keys.iter().filter(|key| key.until.is_none()) {
        match envelope.open::<M>(&key.key) {
            Ok(message) if device(&message) == key.device => {
                crate::http::note_device(key.device);
                app.limits
                    .note_verified(from, key.device, 1, app.now())
                    .map_err(|after| limited(app, "device", after))?;
                counts(app, key.device).await?;
                return Ok(message);
            }
            Ok(_) => error = Refused::of(PhoneCode::OtherDevice),
            Err(why) => error = why.into(),
        }
    }
    Err(failed(app, from, error))
}

/// Whether the device counts.
async fn counts(app: &App, device: DeviceId) -> Result<(), Refused> {
    let status = app
        .store
        .read(move |tx| {
            let row = tx.query_one("SELECT status FROM devices WHERE id = $1", &values![device])?;
            row.map(|mut row| row.parse::<Status>("a status")).transpose()
        })
        .await;
    match status.map_err(|error: StoreError| Refused::from(error))? {
        Some(Status::Active) => Ok(()),
        Some(Status::Pending) => Err(Refused::of(PhoneCode::Pending)),
        Some(Status::Refused) => Err(Refused::of(PhoneCode::Refused)),
        Some(Status::Replaced) => Err(Refused::of(PhoneCode::Replaced)),
        Some(Status::Retired) => Err(Refused::of(PhoneCode::Retired)),
        None => Err(Refused::of(PhoneCode::UnknownDevice)),
    }
}

/// An answer in CBOR.
pub fn answer<T: Wire>(status: u16, value: &T) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, ANSWER_TYPE), (header::CACHE_CONTROL, "no-store")], encode(value))
        .into_response()
}
