//! `GET /events`: tells an open page that something changed (server-sent events). An event is a hint: the page reads anew.

use super::Query;
use crate::app::App;
use crate::auth::{self, Actor, Right, Thing, Within};
use crate::devices;
use crate::error::ActionError;
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
use std::collections::HashMap;
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

/// Devices of which a listener remembers whether he sees them.
const REMEMBERED: usize = 10_000;

/// Of what somebody is told.
struct Sight {
    device: Option<DeviceId>,
    within: Within,
    /// Devices that were looked up.
    known: HashMap<DeviceId, bool>,
}

impl Sight {
    /// One device that was named, or all that lists show.
    async fn of(app: &App, actor: &Actor, device: Option<DeviceId>) -> Result<Self, Fault> {
        let right = if device.is_some() { Right::OneDevice } else { Right::Read };
        let within = actor.within(right);
        if !within.is_somewhere() {
            return Err(ActionError::forbidden(right).into());
        }
        if let Some(device) = device.filter(|_| !within.is_everywhere()) {
            let actor = actor.clone();
            app.store.read(move |tx| auth::check(tx, &actor, right, &Thing::Device(device))).await?;
        }
        Ok(Self { device, within, known: HashMap::new() })
    }

    async fn has(&mut self, app: &App, of: DeviceId) -> bool {
        if self.device.is_some() || self.within.is_everywhere() {
            return self.device.is_none_or(|device| device == of);
        }
        if let Some(known) = self.known.get(&of) {
            return *known;
        }
        let org = app.store.read(move |tx| devices::org_of(tx, of)).await;
        let seen = org.is_ok_and(|org| self.within.has(&org));
        if self.known.len() >= REMEMBERED {
            self.known.clear();
        }
        self.known.insert(of, seen);
        seen
    }
}

/// The stream.
pub async fn get(
    State(app): State<Arc<App>>,
    actor: Actor,
    Query(asked): Query<Asked>,
) -> Result<Response, Fault> {
    let sight = Sight::of(&app, &actor, asked.device).await?;
    let (lines, waiting) = mpsc::channel(16);
    let events = app.events.listen();
    tokio::spawn(tokio::time::timeout(LONGEST, pass_on(app, events, sight, lines)));
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        (UNBUFFERED, "no"),
    ];
    Ok((headers, stream::body(waiting)).into_response())
}

/// Passes events on until the page has gone or the server stops.
async fn pass_on(
    app: Arc<App>,
    mut events: broadcast::Receiver<Event>,
    mut sight: Sight,
    lines: mpsc::Sender<Result<Bytes, Infallible>>,
) {
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
                Ok(Event::Order(order, of)) if sight.has(&app, of).await => Some(format!("event: order\ndata: {{\"order\":\"{order}\",\"device\":\"{of}\"}}\n\n")),
                Ok(Event::Device(of)) if sight.has(&app, of).await => Some(format!("event: device\ndata: {{\"device\":\"{of}\"}}\n\n")),
                Ok(Event::Stopping) => return,
                Ok(_) => None,
                // a page that fell behind reads everything anew
                Err(broadcast::error::RecvError::Lagged(_)) => Some("event: device\ndata: {}\n\n".to_owned()),
                Err(broadcast::error::RecvError::Closed) => return,
            },
        };
    }
}
