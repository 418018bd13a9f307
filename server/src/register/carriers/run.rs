//! What became of the last comparison: when the next is due follows from it, and people see it.

use muster_proto::time::{Span, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Imported, people};
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// What became of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "CarriersOutcome")]
pub enum Outcome {
    /// The register says what the directory does.
    Done,
    /// Too many would have been gone or called otherwise: it waits for somebody to accept it.
    Stopped,
    /// The directory did not give everybody.
    Failed,
}

impl Outcome {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Done, Self::Stopped, Self::Failed];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
        }
    }
}

/// The last comparison of the whole register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CarriersRun")]
pub struct Run {
    /// When.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: String,
    /// What became of it.
    pub outcome: Outcome,
    /// In words; for those alone who keep the register of the whole server.
    pub detail: Option<String>,
    /// When the register was brought to what the directory says.
    pub done: Option<Timestamp>,
}

/// How the register stands to the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Carriers")]
pub struct View {
    /// Whether the configuration says of a directory whom it is compared with.
    pub compared: bool,
    /// Hours from one comparison to the next; none where it is only done when somebody asks.
    pub every_hours: Option<u64>,
    /// The last comparison of the whole register.
    pub last: Option<Run>,
}

/// The setting that has it.
const LAST: &str = "carriers-last";
/// What failed or stopped is tried again after this, where the period is not shorter.
const AGAIN: Span = Span::from_hours(1);

/// How the register stands to the directory.
///
/// # Errors
/// The store's.
pub async fn view(app: &App, actor: &Actor) -> Result<View, ActionError> {
    let whole = actor.within(Right::Register).is_everywhere() || actor.within(Right::Audit).is_everywhere();
    let last = app.store.read(last).await?;
    let last = last.map(|run| Run { detail: run.detail.filter(|_| whole), ..run });
    let of = people(app);
    let every_hours = of.and_then(|of| of.every).map(|every| every.millis() / Span::from_hours(1).millis());
    Ok(View { compared: of.is_some(), every_hours, last })
}

/// The last one; none where there is none, or none that this program can read.
///
/// # Errors
/// The store's.
pub(crate) fn last(tx: &mut dyn Tx) -> Result<Option<Run>, StoreError> {
    let row = tx.query_one("SELECT value FROM settings WHERE name = $1", &values![LAST])?;
    let text = row.map(|mut row| row.take::<String>()).transpose()?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn note(tx: &mut dyn Tx, run: &Run) -> Result<(), StoreError> {
    let text = serde_json::to_string(run).map_err(|_| StoreError::Column("a comparison"))?;
    tx.execute("DELETE FROM settings WHERE name = $1", &values![LAST])?;
    tx.execute("INSERT INTO settings (name, value) VALUES ($1, $2)", &values![LAST, text])?;
    Ok(())
}

/// Notes that one was done, in the transaction that did it.
pub(super) fn note_done(
    tx: &mut dyn Tx,
    actor: &Actor,
    imported: &Imported,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Imported { people, skipped, phones, changed, .. } = imported;
    let detail = format!("{people} people, {skipped} entries left out, {phones} phones, {changed} changed");
    let by = actor.name().to_owned();
    note(tx, &Run { at: now, by, outcome: Outcome::Done, detail: Some(detail), done: Some(now) })
}

/// Counts a comparison of the whole register, and notes one that came to nothing.
pub(super) async fn close(
    app: &App,
    actor: &Actor,
    answer: &Result<Imported, ActionError>,
) -> Result<(), ActionError> {
    let outcome = match answer {
        Ok(_) => Outcome::Done,
        Err(ActionError::Conflict { code: Code::CarriersGone, .. }) => Outcome::Stopped,
        Err(_) => Outcome::Failed,
    };
    app.metrics.carrier_imports.with_label_values(&[outcome.word()]).inc();
    let Err(error) = answer else { return Ok(()) };
    let (at, by, detail) = (app.now(), actor.name().to_owned(), error.to_string());
    app.store
        .write(move |tx| {
            let done = last(tx)?.and_then(|run| run.done);
            note(tx, &Run { at, by, outcome, detail: Some(detail), done })
        })
        .await?;
    Ok(())
}

/// Whether the next one is due.
pub(super) fn is_due(last: Option<&Run>, every: Span, now: Timestamp) -> bool {
    last.is_none_or(|run| {
        let wait = if run.outcome == Outcome::Done { every } else { every.min(AGAIN) };
        // a clock that was set back does not stop it for long
        run.at > now || now.since(run.at) >= wait
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_one_is_due_after_the_period_and_sooner_after_a_failure() {
        let now = Timestamp::from_secs(1_000_000);
        let day = Span::from_hours(24);
        let run = |outcome, hours| Run {
            at: now - Span::from_hours(hours),
            by: "system:directory".to_owned(),
            outcome,
            detail: None,
            done: None,
        };
        assert!(is_due(None, day, now));
        assert!(!is_due(Some(&run(Outcome::Done, 23)), day, now));
        assert!(is_due(Some(&run(Outcome::Done, 24)), day, now));
        for outcome in [Outcome::Stopped, Outcome::Failed] {
            assert!(!is_due(Some(&run(outcome, 0)), day, now));
            assert!(is_due(Some(&run(outcome, 1)), day, now));
        }
        let ahead = Run { at: now + day, ..run(Outcome::Done, 0) };
        assert!(is_due(Some(&ahead), day, now));
    }
}
