//! Mails that were given up are sent again.

use serde_json::json;

use super::edit::subject;
use super::find;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::hooks::{MOST_WAITING, Replayed};
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// Has the mails of somebody that were given up sent again, the oldest first, with the ids that they had, to the address that is written to
/// now: a mistyped one may be why they were refused.
///
/// # Errors
/// There is no such recipient, or no mail server; the store's.
pub async fn replay(app: &App, actor: &Actor, recipient: &str) -> Result<Replayed, ActionError> {
    if app.mailer.is_none() {
        return Err(ActionError::conflict(Code::NoMail, "the configuration has no smtp-url"));
    }
    let (actor, now, id) = (actor.clone(), app.now(), recipient.to_owned());
    let replayed = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Recipient(id.clone()))?;
            let recipient = find(tx, &id)?;
            let room = MOST_WAITING.saturating_sub(count(tx, &id, "dead IS NULL")?);
            let replayed = tx.execute(
                "UPDATE mails SET address = $2, attempts = 0, failing = NULL, next_try = $3, dead = NULL WHERE id IN \
                 (SELECT id FROM mails WHERE recipient = $1 AND dead IS NOT NULL ORDER BY made, id LIMIT $4)",
                &values![&id, &recipient.address, now, room],
            )?;
            let act = Act::new("mail.replay", subject(&recipient)).detail(recipient.address.clone());
            audit::append(tx, now, &actor, act.after(json!({ "replayed": replayed })))?;
            Ok::<_, ActionError>(Replayed { replayed, dead: count(tx, &id, "dead IS NOT NULL")? })
        })
        .await?;
    app.writing.ring();
    Ok(replayed)
}

fn count(tx: &mut dyn Tx, recipient: &str, which: &str) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM mails WHERE recipient = $1 AND {which}");
    tx.query_one(&sql, &values![recipient])?.map_or(Ok(0), |mut row| row.take())
}
