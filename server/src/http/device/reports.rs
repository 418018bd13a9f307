//! `POST /v1/reports`: one report or a sequence of them; 200 when everything that is called accepted is durable.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use muster_proto::answer::{Action, Outcome, REPORT_TYPE, ReportsAnswer, SEQUENCE_TYPE};
use muster_proto::cbor::{Bytes, List};
use muster_proto::cose::seal;
use muster_proto::id::{Audience, DeviceId};
use muster_proto::message::{CatalogueMessage, PolicyMessage, VerdictMessage};
use muster_proto::text::Text;
use muster_proto::time::Timestamp;
use std::net::IpAddr;
use std::sync::Arc;

use super::refused::Refused;
use super::request::{Received, answer, failed, limited, receive};
use crate::app::App;
use crate::error::ActionError;
use crate::http::note_device;
use crate::ingest::{Refusal, Standing, Taken, UNREADABLE, Verified, split, verify};
use crate::problems::PhoneCode;

/// Takes in reports.
///
/// # Errors
/// There is none in the request, the device is unknown or sends too much, the store failed.
pub async fn post(State(app): State<Arc<App>>, request: Request) -> Result<Response, Refused> {
    let received = receive(&app, request).await?;
    let now = app.now();
    let messages = messages(&app, &received)?;
    let mut sorted = sort(&app, messages, received.from, now).await?;
    let Some(device) = sorted.device else {
        count(&app, sorted.outcomes.iter().flatten());
        return Ok(answer(200, &without_device(&app, sorted.outcomes, now)?));
    };
    note_device(device);
    app.limits
        .note_verified(received.from, device, sorted.verified.len() as u64, now)
        .map_err(|after| limited(&app, "device", after))?;
    let taken = app.gate.submit(&app.store, device, std::mem::take(&mut sorted.verified)).await?;
    let told = told(&app, taken, sorted.outcomes, now)?;
    count(&app, told.outcomes.iter());
    Ok(answer(200, &told))
}

/// Counts what became of reports.
fn count<'a>(app: &App, outcomes: impl Iterator<Item = &'a Outcome>) {
    for outcome in outcomes {
        let (action, code) = (outcome.action.word(), outcome.code.as_deref().unwrap_or("ok"));
        app.metrics.reports.with_label_values(&[action, code]).inc();
        tracing::debug!(action, code, "a report");
    }
}

/// The messages in the body, one or several as its type says.
fn messages(app: &App, received: &Received) -> Result<Vec<bytes::Bytes>, Refused> {
    let messages = match kind(&received.headers) {
        REPORT_TYPE => vec![received.body.clone()],
        SEQUENCE_TYPE => {
            let messages = split(&received.body).map_err(|error| failed(app, received.from, error.into()))?;
            messages.into_iter().map(|message| received.body.slice_ref(message)).collect()
        }
        _ => {
            return Err(Refused::of(PhoneCode::MediaType));
        }
    };
    if received.body.is_empty() {
        return Err(Refused::of(PhoneCode::Empty));
    }
    Ok(messages)
}

fn kind(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim()
}

/// What can be said of each message before the writer has it: none for those that go on.
struct Sorted {
    outcomes: Vec<Option<Outcome>>,
    verified: Vec<Verified>,
    device: Option<DeviceId>,
}

/// Verifies each message. A request speaks for one device: the first whose signature holds.
async fn sort(
    app: &App,
    messages: Vec<bytes::Bytes>,
    from: IpAddr,
    now: Timestamp,
) -> Result<Sorted, Refused> {
    let mut sorted =
        Sorted { outcomes: Vec::with_capacity(messages.len()), verified: Vec::new(), device: None };
    for message in messages {
        let outcome = match verify(app, message, now).await {
            Ok(verified) if sorted.device.is_none_or(|device| device == verified.device) => {
                sorted.device = Some(verified.device);
                sorted.verified.push(verified);
                None
            }
            Ok(_) => Some(outcome(Action::Drop, Some("other-device"))),
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::For(action, code)) => {
                app.limits.note_failure(from, now);
                Some(outcome(action, Some(code)))
            }
        };
        sorted.outcomes.push(outcome);
    }
    Ok(sorted)
}

fn outcome(action: Action, code: Option<&str>) -> Outcome {
    Outcome { action, code: code.map(Text::clipped) }
}

/// Nothing in the request was signed by a device of ours.
fn without_device(
    app: &App,
    outcomes: Vec<Option<Outcome>>,
    now: Timestamp,
) -> Result<ReportsAnswer, Refused> {
    let outcomes: Vec<Outcome> = outcomes.into_iter().flatten().collect();
    if outcomes.iter().all(|outcome| outcome.code.as_deref() == Some("unknown-device")) {
        return Err(Refused::of(PhoneCode::UnknownDevice));
    }
    Ok(empty(app, List(outcomes), now))
}

fn empty(app: &App, outcomes: List<Outcome>, now: Timestamp) -> ReportsAnswer {
    ReportsAnswer {
        outcomes,
        head: None,
        nonce: app.keys.nonces.make(now),
        verdict: None,
        policy: None,
        catalogue: None,
        orders: List::default(),
    }
}

/// The whole answer, with what is signed for the device.
fn told(
    app: &App,
    taken: Taken,
    outcomes: Vec<Option<Outcome>>,
    now: Timestamp,
) -> Result<ReportsAnswer, Refused> {
    let mut standings = taken.standings.iter();
    let outcomes = outcomes.into_iter().map(|known| {
        known.unwrap_or_else(|| match standings.next() {
            Some(Ok(standing)) => outcome(Action::Accepted, Standing::code(*standing)),
            // what a person has not decided yet is sent again; what he has ended is not
            Some(Err(code @ ("pending" | UNREADABLE))) => outcome(Action::Retry, Some(*code)),
            Some(Err(code)) => outcome(Action::Stop, Some(*code)),
            None => outcome(Action::Retry, Some("no-outcome")),
        })
    });
    let mut answer = empty(app, outcomes.collect(), now);
    let (audience, signer) = (Audience(taken.device), &app.keys.orders);
    if let Some((number, verdict)) = taken.verdict {
        let message = VerdictMessage { audience, expires: None, issued: now, number, verdict };
        answer.verdict = Some(Bytes(seal(&message, signer).map_err(ActionError::from)?));
    }
    if let Some((number, compiled)) = taken.policy {
        let message =
            PolicyMessage { audience, expires: None, issued: now, number, policy: compiled.phone.clone() };
        answer.policy = Some(Bytes(seal(&message, signer).map_err(ActionError::from)?));
    }
    if let Some(number) = taken.catalogue {
        let catalogue = Bytes(app.catalogue.bytes.clone());
        let message = CatalogueMessage { audience, expires: None, issued: now, number, catalogue };
        answer.catalogue = Some(Bytes(seal(&message, signer).map_err(ActionError::from)?));
    }
    answer.head = taken.head;
    answer.orders = taken.orders.into_iter().map(Bytes).collect();
    Ok(answer)
}
