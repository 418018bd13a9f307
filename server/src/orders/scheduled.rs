//! A scan that a schedule asks for: the schedule's author asks, and the server does it.

use muster_proto::message::OrderKind;
use muster_proto::time::Timestamp;

use super::progress::MadeScan;
use super::scans::{How, ask};
use super::whom::{Bounds, Whom};
use crate::app::App;
use crate::auth::Actor;
use crate::devices::Query;
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::{LONGEST_ON_PHONES, Reason};

/// A run of a schedule.
pub(crate) struct Run {
    /// Which.
    pub schedule: String,
    /// Who has made it: phones show the name.
    pub author: String,
    /// Whom it asks.
    pub query: Query,
    /// Why.
    pub reason: String,
    /// Whom the author may ask.
    pub within: Bounds,
    /// When it was due.
    pub due: Timestamp,
    /// When the next run is.
    pub next: Option<Timestamp>,
}

/// The run that a scan is, noted where the scan is written down.
#[derive(Debug, Clone)]
pub(super) struct OfSchedule {
    pub id: String,
    pub author: String,
    pub due: Timestamp,
    pub next: Option<Timestamp>,
}

/// Asks.
///
/// # Errors
/// As [`super::scan`]; or the run was made already.
pub(crate) async fn scan_on_schedule(app: &App, run: Run) -> Result<MadeScan, ActionError> {
    let reason = Reason::read(&run.reason, LONGEST_ON_PHONES, Code::OrderReason)?;
    let (now, within, text) = (app.now(), run.within, run.query.to_string());
    let whom = Whom::Found(run.query);
    let asked = app.store.read(move |tx| whom.devices(tx, &within, now)).await?;
    let of = OfSchedule { id: run.schedule, author: run.author, due: run.due, next: run.next };
    let how = How {
        kind: OrderKind::Scan,
        reason,
        query: Some(text),
        again: None,
        expires_in: None,
        spread: None,
        schedule: Some(of),
    };
    ask(app, &Actor::system("schedule"), asked, how).await
}
