//! A carrier says that a finding is wrong.

use muster_proto::id::DeviceId;
use muster_proto::policy::Mode;
use serde_json::json;

use super::{DisputeView, MOST_OPEN, Standing, find, text};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::devices::{self, view::FindingView};
use crate::error::ActionError;
use crate::live::Event;
use crate::problems::Code;
use crate::store::{Tx, values};

/// What a carrier says.
#[derive(Debug, Clone)]
pub struct NewDispute {
    /// The rule.
    pub rule: String,
    /// What is wrong about its finding.
    pub text: String,
}

/// Opens a dispute about a finding of the device. The audit says that it was opened; what the carrier says stands here alone, where it can
/// be erased.
///
/// # Errors
/// The text is empty or too long; the device has no such finding, or one that is only observed, of which its carrier isn't told; one about it is open already, or too many are; the store's.
pub async fn open(
    app: &App,
    actor: &Actor,
    device: DeviceId,
    new: NewDispute,
) -> Result<DisputeView, ActionError> {
    let said = text(&new.text, "text")?;
    let shown = devices::show(app, device).await?;
    let told = |finding: &FindingView| finding.rule == new.rule && finding.mode != Mode::Observe;
    let finding = shown.findings.into_iter().find(told);
    let finding = finding.ok_or_else(|| ActionError::missing("finding of the rule", &new.rule))?;
    let (actor, now) = (actor.clone(), app.now());
    let dispute = app
        .store
        .write(move |tx| {
            has_room(tx, device, &new.rule)?;
            let sql = "INSERT INTO disputes (device, rule, finding, said, opened, state) VALUES ($1, $2, $3, $4, $5, $6)";
            let open = Standing::Open.word();
            tx.execute(sql, &values![device, &new.rule, finding.state.word(), &said, now, open])?;
            let row = tx.query_one("SELECT MAX(id) FROM disputes WHERE device = $1", &values![device])?;
            let id: u64 = row.ok_or_else(|| ActionError::missing("dispute", device))?.take()?;
            let act = Act::new("dispute.open", format!("device:{device}"))
                .detail(format!("rule {}", new.rule))
                .after(json!({ "dispute": id, "rule": new.rule, "state": open }));
            audit::append(tx, now, &actor, act)?;
            find(tx, id)
        })
        .await?;
    app.events.tell(Event::Device(device));
    Ok(dispute)
}

/// Whoever else opens one for this device waits here until this transaction has ended.
fn has_room(tx: &mut dyn Tx, device: DeviceId, rule: &str) -> Result<(), ActionError> {
    tx.execute("UPDATE devices SET revision = revision + 1 WHERE id = $1", &values![device])?;
    let sql = "SELECT COUNT(*), COALESCE(SUM(CASE WHEN rule = $2 THEN 1 ELSE 0 END), 0) FROM disputes \
               WHERE device = $1 AND state = 'open'";
    let Some(mut row) = tx.query_one(sql, &values![device, rule])? else { return Ok(()) };
    let (all, same): (u64, u64) = (row.take()?, row.take()?);
    if same > 0 {
        return Err(ActionError::conflict(Code::DisputeOpen, format!("rule {rule}")));
    }
    if all >= MOST_OPEN {
        return Err(ActionError::conflict(Code::DisputeLimit, format!("{all} are open")));
    }
    Ok(())
}
