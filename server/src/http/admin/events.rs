//! `GET /events`: tells an open page that something changed (server-sent events). An event is a hint: the page reads anew.

use super::Query;
use crate::app::App;
use crate::auth::Actor;
use crate::http::device::UNBUFFERED;
use crate::http::fault::Fault;
use crate::http::stream;
use crate::live::Event;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use muster_proto::id::DeviceId;
use serde::Deserialize;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};

/// What may be asked.
#[derive(Debug, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Only what concerns this device.
    device: Option<DeviceId>,
}

/// A comment at least this often, so that nobody between takes the connection for dead.
const HEARTBEAT: Duration = Duration::from_secs(25);
/// After this the page connects anew, and shows again who it is.
const LONGEST: Duration = Duration::from_secs(30 * 60);

/// The stream.
pub async fn get(
    State(app): State<Arc<App>>,
    _actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let (lines, waiting) = mpsc::channel(16);
    tokio::spawn(tokio::time::timeout(LONGEST, pass_on(app.events.listen(), asked.device, lines)));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (UNBUFFERED, "no"),
    ];
    Ok((headers, stream::body(waiting)).into_response())
}

/// Passes events on until the page has gone or the server stops.
async fn pass_on(
    mut events: broadcast::Receiver<Event>,
    device: Option<DeviceId>,
    lines: mpsc::Sender<Result<Bytes, Infallible>>,
) {
    let wanted = |of: DeviceId| device.is_none_or(|device| device == of);
    let mut line = Some("retry: 2000\n: here\n\n".to_owned());
    loop {
        if let Some(line) = line.take()
            && lines.send(Ok(line.into())).await.is_err()
        {
            return;
        }
        line = tokio::select! {
            () = lines.closed() => return,
            () = tokio::time::sleep(HEARTBEAT) => Some(": still here\n\n".to_owned()),
            event = events.recv() => match event {
                Ok(Event::Order(order, of)) if wanted(of) => Some(format!("event: order\ndata: {{\"order\":\"{order}\",\"device\":\"{of}\"}}\n\n")),
                Ok(Event::Device(of)) if wanted(of) => Some(format!("event: device\ndata: {{\"device\":\"{of}\"}}\n\n")),
                Ok(Event::Stopping) => return,
                Ok(_) => None,
                // a page that fell behind reads everything anew
                Err(broadcast::error::RecvError::Lagged(_)) => Some("event: device\ndata: {}\n\n".to_owned()),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
    }
}
