//! Reports that somebody carried here: the same way as those that a phone sends, for any number of devices.

use bytes::Bytes;
use muster_proto::answer::Action;
use muster_proto::cbor::strict_sequence;
use muster_proto::id::DeviceId;
use serde::Serialize;
use serde_json::json;

use super::{Refusal, verify};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;

/// What became of one report.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ReportImported")]
pub struct Imported {
    /// The device, where a key of ours has signed the report.
    pub device: Option<DeviceId>,
    /// Its number, likewise.
    pub number: Option<u64>,
    /// `accepted`, or what a phone would do with it.
    pub action: &'static str,
    /// Stable code, where it is not simply the next.
    pub code: Option<&'static str>,
}

/// Takes in a sequence of reports (RFC 8742).
///
/// # Errors
/// The bytes are not a sequence; the store's. What was taken in before an error stays.
pub async fn import(app: &App, actor: &Actor, bytes: &[u8]) -> Result<Vec<Imported>, ActionError> {
    let messages = split(bytes)?;
    if messages.is_empty() {
        return Err(ActionError::invalid(Code::NotASequence, "there is no report in it"));
    }
    let received = app.now();
    let mut outcomes = Vec::with_capacity(messages.len());
    for message in messages {
        outcomes.push(match verify(app, Bytes::copy_from_slice(message), received).await {
            Err(Refusal::Store(error)) => return Err(error.into()),
            Err(Refusal::For(action, code)) => {
                Imported { device: None, number: None, action: action.word(), code: Some(code) }
            }
            Ok(verified) => {
                let (device, number) = (verified.device, verified.report.number);
                let taken = app.gate.submit(&app.store, device, vec![verified]).await?;
                let (action, code) = match taken.standings.first() {
                    Some(Ok(standing)) => (Action::Accepted, standing.code()),
                    Some(Err(code)) => (Action::Drop, Some(*code)),
                    None => (Action::Retry, None),
                };
                Imported { device: Some(device), number: Some(number), action: action.word(), code }
            }
        });
    }
    let accepted = outcomes.iter().filter(|outcome| outcome.action == Action::Accepted.word()).count();
    let actor = actor.clone();
    let act = Act::new("reports.import", "reports")
        .detail(format!("{accepted} of {} accepted", outcomes.len()))
        .after(json!({ "reports": outcomes.len(), "accepted": accepted }));
    app.store.write(move |tx| Ok::<_, ActionError>(audit::append(tx, received, &actor, act)?)).await?;
    Ok(outcomes)
}

/// The tag of each message (RFC 9052 §2).
const COSE_SIGN1: u64 = 18;

/// The messages of a sequence.
///
/// # Errors
/// It is not one.
pub fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, ActionError> {
    strict_sequence(bytes, COSE_SIGN1).map_err(|error| {
        ActionError::invalid(Code::NotASequence, format!("read the sequence of reports: {error}"))
    })
}
