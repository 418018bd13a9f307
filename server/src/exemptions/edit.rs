//! What is changed about an exemption: its end, or what is said about why.

use super::{ExemptionChange, ExemptionView, find, judge_again, zone_of};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::policies;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::store::values;
use crate::version::IfMatch;
use serde_json::json;

/// Changes an exemption. The devices that it covers are judged by that when this returns.
///
/// # Errors
/// There is none; it is of another version by now; it has ended; the reason is empty or too long.
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: ExemptionChange,
) -> Result<ExemptionView, ActionError> {
    let read = |text: &String| Reason::read(text, reason::LONGEST, Code::ExemptionMalformed);
    let reason = change.reason.as_ref().map(read).transpose()?.map(Reason::into_text);
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let view = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Policies, &Thing::Exemption(id.clone()))?;
            let before = find(tx, &id)?;
            version.check(&before)?;
            if before.until <= now {
                let detail = format!("it has ended at {}", before.until);
                return Err(ActionError::conflict(Code::ExemptionOver, detail));
            }
            let until = match change.until {
                Some(until) => until.end(&zone_of(tx, &before)?),
                None => before.until,
            };
            let after = ExemptionView {
                until: until.max(now),
                reason: reason.unwrap_or_else(|| before.reason.clone()),
                ..before.clone()
            };
            if after == before {
                return Ok(after);
            }
            let sql = "UPDATE exemptions SET ends = $2, reason = $3 WHERE id = $1";
            tx.execute(sql, &values![&id, after.until, &after.reason])?;
            judge_again(tx, &after, now)?;
            let subject = match (&after.device, &after.org) {
                (Some(device), _) => format!("device:{device}"),
                (None, org) => format!("org:{}", org.as_deref().unwrap_or_default()),
            };
            let detail = format!(
                "rule {}, until {} -> {}: {} -> {}",
                after.rule, before.until, after.until, before.reason, after.reason
            );
            let part = |view: &ExemptionView| json!({ "exemption": view.id, "until": view.until, "reason": view.reason });
            let act = Act::new("exemption.edit", subject).detail(detail).before(part(&before)).after(part(&after));
            audit::append(tx, now, &actor, act)?;
            Ok(after)
        })
        .await?;
    policies::settle(app).await;
    Ok(view)
}
