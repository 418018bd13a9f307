//! A scan once more, for those who did not answer.

use muster_proto::time::Span;
use serde::Deserialize;

use super::progress::{MadeScan, view};
use super::scans::{How, ScanId, ask};
use super::whom::Asked;
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::devices::Status;
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::{LONGEST_ON_PHONES, Reason};
use crate::store::values;

/// How a scan is repeated.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Again {
    /// Why; as the first time where nothing is said.
    #[schemars(length(min = 1, max = 256))]
    pub reason: Option<String>,
    /// As for a new scan.
    pub expires_in: Option<Span>,
    /// As for a new scan.
    pub spread: Option<Span>,
}

/// Asks once more those who had an order of a scan and did not answer it: a scan of its own.
///
/// # Errors
/// There is no such scan; it is not over; all have answered; else as [`super::scan`].
pub async fn repeat(app: &App, actor: &Actor, id: ScanId, again: Again) -> Result<MadeScan, ActionError> {
    let (within, reads) = (actor.within(Right::Scan), actor.within(Right::Read));
    let (before, asked) = app
        .store
        .read(move |tx| {
            let before = view(tx, id)?;
            let rows = tx.query(
                "SELECT o.device, d.status, d.org FROM orders AS o JOIN devices AS d ON d.id = o.device \
                 WHERE o.scan = $1 AND o.state <> 'reported'",
                &values![id],
            )?;
            let mut asked = Asked::default();
            for mut row in rows {
                let device = row.take()?;
                let (status, org): (Status, String) = (row.parse("a status")?, row.take()?);
                if !within.has(&org) {
                    asked.left_out.elsewhere += u64::from(status == Status::Active && reads.has(&org));
                    continue;
                }
                match status {
                    Status::Active => drop(asked.devices.insert(device)),
                    _ => asked.inactive.push(device),
                }
            }
            Ok::<_, ActionError>((before, asked))
        })
        .await?;
    if !before.done {
        return Err(ActionError::conflict(Code::ScanRunning, "some may answer still"));
    }
    let reason = again.reason.unwrap_or(before.reason);
    let reason = Reason::read(&reason, LONGEST_ON_PHONES, Code::OrderReason)?;
    let Again { expires_in, spread, .. } = again;
    ask(
        app,
        actor,
        asked,
        How { kind: before.kind, reason, query: None, again: Some(id), expires_in, spread, schedule: None },
    )
    .await
}
