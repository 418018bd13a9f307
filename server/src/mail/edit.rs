//! Who is written to is added, changed, taken away.

use lettre::Address;
use muster_proto::id::hex;
use muster_proto::time::Timestamp;
use serde_json::{Value as Json, json};

use super::{NewRecipient, Recipient, RecipientChange, find};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::hooks::{states, written_states};
use crate::orgs::{self, Tree};
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// Recipients at once.
const MOST: u64 = 500;

/// Adds somebody, who is written to of what happens from now on.
///
/// # Errors
/// The server has no mail server; the address or the hour is malformed; the organisation is unknown; there are too many.
pub async fn add(app: &App, actor: &Actor, new: NewRecipient) -> Result<Recipient, ActionError> {
    if app.mailer.is_none() {
        return Err(ActionError::conflict(Code::NoMail, "the configuration has no smtp-url"));
    }
    let (actor, now) = (actor.clone(), app.now());
    let recipient = Recipient {
        id: hex(&app.draw()?[..8]),
        address: address(&new.address)?,
        language: new.language,
        org: new.org,
        digest_hour: hour(new.digest_hour)?,
        at_once: states(new.at_once),
        created: now,
        actor: actor.name().to_owned(),
    };
    of_something(&recipient)?;
    let written = recipient.clone();
    app.store.write(move |tx| insert(tx, &actor, &written, now)).await?;
    app.writing.ring();
    Ok(recipient)
}

/// Changes somebody.
///
/// # Errors
/// There is none; it is of another version by now; as [`add`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: RecipientChange,
) -> Result<Recipient, ActionError> {
    let new_address = change.address.as_deref().map(address).transpose()?;
    let new_hour = change.digest_hour.map(hour).transpose()?;
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let recipient = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Recipient(id.clone()))?;
            let before = find(tx, &id)?;
            version.check(&before)?;
            let after = Recipient {
                address: new_address.unwrap_or_else(|| before.address.clone()),
                language: change.language.unwrap_or(before.language),
                org: change.org.unwrap_or_else(|| before.org.clone()),
                digest_hour: new_hour.unwrap_or(before.digest_hour),
                at_once: change.at_once.map_or_else(|| before.at_once.clone(), states),
                ..before.clone()
            };
            if after != before {
                of_something(&after)?;
                actor.may_for(Right::Orgs, after.org.as_deref())?;
                after.org.as_deref().map_or(Ok(()), |org| orgs::find(tx, org).map(drop))?;
                write(tx, &before, &after)?;
                let mut told = image(&after);
                told["dropped"] = drop_outside(tx, &before, &after)?.into();
                let act = Act::new("mail.edit", subject(&after)).detail(after.address.clone());
                audit::append(tx, now, &actor, act.before(image(&before)).after(told))?;
            }
            Ok::<_, ActionError>(after)
        })
        .await?;
    app.writing.ring();
    Ok(recipient)
}

/// What waits for somebody, or was given up, and was written of organisations that they are told of no more: it is never sent. Says how many
/// mails those were.
fn drop_outside(tx: &mut dyn Tx, before: &Recipient, after: &Recipient) -> Result<u64, StoreError> {
    let Some(now) = after.org.as_deref() else { return Ok(0) };
    if let Some(was) = &before.org
        && orgs::tree(tx)?.below(now).contains(was)
    {
        return Ok(0);
    }
    tx.execute("DELETE FROM mails WHERE recipient = $1", &values![&after.id])
}

/// An organisation was moved in the tree. What waits for whoever was told of it in its old place and is no more, or was given up, may name its
/// phones: it is never sent. Says how many mails those were.
pub fn drop_moved(tx: &mut dyn Tx, org: &str, (before, after): (&Tree, &Tree)) -> Result<u64, StoreError> {
    let mut dropped = 0;
    for mut row in tx.query("SELECT DISTINCT org FROM mail_recipients WHERE org IS NOT NULL", &[])? {
        let above: String = row.take()?;
        let has = |tree: &Tree| tree.below(&above).iter().any(|one| one == org);
        if has(before) && !has(after) {
            let sql = "DELETE FROM mails WHERE recipient IN (SELECT id FROM mail_recipients WHERE org = $1)";
            dropped += tx.execute(sql, &values![&above])?;
        }
    }
    Ok(dropped)
}

/// Takes somebody away, with all mails that were not sent yet.
///
/// # Errors
/// There is none, or the store's.
pub async fn remove(app: &App, actor: &Actor, id: &str) -> Result<Recipient, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Recipient(id.clone()))?;
            let recipient = find(tx, &id)?;
            tx.execute("DELETE FROM mails WHERE recipient = $1", &values![&id])?;
            tx.execute("DELETE FROM mail_recipients WHERE id = $1", &values![&id])?;
            let act = Act::new("mail.remove", subject(&recipient)).detail(recipient.address.clone());
            audit::append(tx, now, &actor, act.before(image(&recipient)))?;
            Ok(recipient)
        })
        .await
}

fn insert(tx: &mut dyn Tx, actor: &Actor, new: &Recipient, now: Timestamp) -> Result<(), ActionError> {
    actor.may_for(Right::Orgs, new.org.as_deref())?;
    let count = tx.query_one("SELECT COUNT(*) FROM mail_recipients", &[])?.map(|mut row| row.take::<u64>());
    if count.transpose()?.is_some_and(|count| count >= MOST) {
        return Err(ActionError::conflict(Code::MailLimit, format!("there are {MOST} recipients already")));
    }
    if let Some(org) = &new.org {
        orgs::find(tx, org)?;
    }
    tx.execute(
        "INSERT INTO mail_recipients (id, address, language, org, digest_hour, at_once, created, actor, taken, digested, covered) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, (SELECT COALESCE(MAX(id), 0) FROM edges), $7, \
         (SELECT COALESCE(MAX(id), 0) FROM edges))",
        &values![
            &new.id,
            &new.address,
            new.language.lang().code(),
            new.org.as_deref(),
            new.digest_hour,
            written_states(&new.at_once),
            now,
            &new.actor
        ],
    )?;
    let act = Act::new("mail.add", subject(new)).detail(new.address.clone());
    Ok(audit::append(tx, now, actor, act.after(image(new)))?)
}

fn write(tx: &mut dyn Tx, before: &Recipient, after: &Recipient) -> Result<(), ActionError> {
    tx.execute(
        "UPDATE mail_recipients SET address = $2, language = $3, org = $4, digest_hour = $5, at_once = $6 WHERE id = $1",
        &values![
            &after.id,
            &after.address,
            after.language.lang().code(),
            after.org.as_deref(),
            after.digest_hour,
            written_states(&after.at_once)
        ],
    )?;
    if before.address != after.address {
        // where they were before nothing more is sent
        tx.execute(
            "UPDATE mails SET address = $2 WHERE recipient = $1",
            &values![&after.id, &after.address],
        )?;
    }
    // who asks for mails at once is written to of what happens from now on, and not of all the time before
    if before.at_once.is_empty() && !after.at_once.is_empty() {
        let sql = "UPDATE mail_recipients SET taken = (SELECT COALESCE(MAX(id), 0) FROM edges) WHERE id = $1";
        tx.execute(sql, &values![&after.id])?;
    }
    Ok(())
}

fn address(text: &str) -> Result<String, ActionError> {
    let wrong = || ActionError::invalid(Code::BadMail, "address: not NAME@HOST");
    let read: Address = text.trim().parse().map_err(|_| wrong())?;
    if text.len() > 254 || text.chars().any(crate::reason::misleads) {
        Err(wrong())
    } else {
        Ok(read.to_string())
    }
}

/// Whoever is written to is told of something.
fn of_something(recipient: &Recipient) -> Result<(), ActionError> {
    if recipient.digest_hour.is_none() && recipient.at_once.is_empty() {
        let detail = "digest_hour, at_once: neither an hour for a digest nor a state to be told of at once";
        return Err(ActionError::invalid(Code::BadMail, detail));
    }
    Ok(())
}

fn hour(hour: Option<u32>) -> Result<Option<u32>, ActionError> {
    match hour {
        Some(24..) => Err(ActionError::invalid(Code::BadMail, "digest_hour: from 0 to 23")),
        hour => Ok(hour),
    }
}

pub(super) fn subject(recipient: &Recipient) -> String {
    format!("mail:{}", recipient.id)
}

fn image(recipient: &Recipient) -> Json {
    json!({
        "address": recipient.address,
        "language": recipient.language,
        "org": recipient.org,
        "digest_hour": recipient.digest_hour,
        "at_once": recipient.at_once,
    })
}
