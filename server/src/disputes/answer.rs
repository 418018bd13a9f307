//! Whoever helps answers a carrier.

use serde::Deserialize;
use serde_json::json;

use super::{DisputeView, Standing, find, text};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::live::Event;
use crate::problems::Code;
use crate::store::values;
use crate::version::IfMatch;

/// What is answered.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswer {
    /// For the person who carries the phone.
    #[schemars(length(min = 1, max = 1000))]
    pub answer: String,
    /// Whether that settles it: nothing more can be answered then.
    #[serde(default)]
    pub close: bool,
}

/// Most characters of all answers to one dispute.
const MOST: usize = 10_000;

/// Answers a dispute. An answer before stays, with who gave it and when, above the new one.
///
/// # Errors
/// There is none; it is of another version by now; it is closed; the answer is empty or too long, or all are together; the store's.
pub async fn answer(
    app: &App,
    actor: &Actor,
    id: u64,
    version: IfMatch,
    new: NewAnswer,
) -> Result<DisputeView, ActionError> {
    let said = text(&new.answer, "answer")?;
    let state = if new.close { Standing::Closed } else { Standing::Answered };
    let (actor, now) = (actor.clone(), app.now());
    let dispute = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Answer, &Thing::Dispute(id))?;
            let before = find(tx, id)?;
            version.check(&before)?;
            if before.state == Standing::Closed {
                let detail = before.answered_by.map(|by| format!("by {by}")).unwrap_or_default();
                return Err(ActionError::conflict(Code::DisputeClosed, detail));
            }
            let said = below(&before, &said)?;
            let sql =
                "UPDATE disputes SET state = $2, answer = $3, answered = $4, answered_by = $5 WHERE id = $1";
            tx.execute(sql, &values![id, state.word(), &said, now, actor.name()])?;
            let part = |state: Standing| json!({ "dispute": id, "rule": before.rule, "state": state.word() });
            let act = Act::new("dispute.answer", format!("device:{}", before.device))
                .detail(format!("rule {}: {}", before.rule, state.word()))
                .before(part(before.state))
                .after(part(state));
            audit::append(tx, now, &actor, act)?;
            find(tx, id)
        })
        .await?;
    app.events.tell(Event::Device(dispute.device));
    Ok(dispute)
}

/// The answer under those before it: what was said to a carrier is not unsaid.
fn below(before: &DisputeView, said: &str) -> Result<String, ActionError> {
    let (Some(first), Some(by), Some(at)) = (&before.answer, &before.answered_by, before.answered) else {
        return Ok(said.to_owned());
    };
    let all = format!("{first}\n— {by}, {at}\n\n{said}");
    if all.chars().count() > MOST {
        let detail = format!("answer: with those before it more than {MOST} characters; close the dispute");
        return Err(ActionError::invalid(Code::DisputeMalformed, detail));
    }
    Ok(all)
}
