//! Mails that were written and that the mail server has not taken yet.

use muster_proto::time::{Span, Timestamp};

use super::post::{Mail, Mailer};
use crate::app::App;
use crate::error::ActionError;
use crate::hooks::{Past, pause};
use crate::store::{StoreError, Tx, values};

/// Mails that are sent in one go.
const AT_ONCE: u32 = 50;
/// The dead are kept for so long.
const KEPT: Span = Span::from_hours(30 * 24);

/// What was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Mails that the mail server took.
    pub sent: usize,
    /// Mails that it did not take.
    pub failed: usize,
    /// When something is due again.
    pub next: Option<Timestamp>,
}

struct Waiting {
    mail: Mail,
    past: Past,
}

/// Puts a mail into the outbox.
pub fn enqueue(tx: &mut dyn Tx, recipient: &str, mail: &Mail, now: Timestamp) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO mails (id, recipient, address, subject, body, html, made, attempts, next_try, error) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $7, '')",
        &values![&mail.id, recipient, &mail.to, &mail.subject, &mail.text, &mail.html, now],
    )?;
    Ok(())
}

/// Hands the mails that are due to the mail server. Where it can't be reached, the rest waits.
///
/// # Errors
/// The store's.
pub async fn send_due(app: &App, mailer: &Mailer) -> Result<Sent, ActionError> {
    let now = app.now();
    let mut sent = Sent::default();
    for id in app.store.read(move |tx| due(tx, now)).await? {
        // while those before it were sent, it may have been dropped or its recipient may have got another address
        let now = app.now();
        let waiting = app.store.read(move |tx| waiting(tx, &id, now)).await?;
        let Some(Waiting { mail, past }) = waiting else { continue };
        let answer = mailer.send(&mail).await;
        let now = app.now();
        let id = mail.id;
        let Err(refused) = answer else {
            app.store.write(move |tx| tx.execute("DELETE FROM mails WHERE id = $1", &values![&id])).await?;
            app.metrics.mails.add(1, 0, 0);
            sent.sent += 1;
            continue;
        };
        let failing = past.and_failed(now);
        let dead = failing.is_given_up(now, app.outbound.give_up());
        let next = Some(now + pause(&app.random, past.attempts)).filter(|_| !dead);
        tracing::warn!(error = refused.words, "the mail server did not take a mail");
        app.metrics.mails.add(0, 1, usize::from(dead));
        sent.failed += 1;
        app.store
            .write(move |tx| {
                tx.execute(
                    "UPDATE mails SET attempts = $2, failing = $3, next_try = $4, error = $5, dead = $6 WHERE id = $1",
                    &values![&id, failing.attempts, failing.since, next, refused.words, dead.then_some(now)],
                )
            })
            .await?;
        if !refused.of_this_mail {
            break;
        }
    }
    sent.next = app.store.read(next).await?;
    Ok(sent)
}

/// Forgets mails that have been dead for thirty days.
///
/// # Errors
/// The store's.
pub async fn forget_dead(app: &App) -> Result<(), ActionError> {
    let before = app.now() - KEPT;
    let old =
        move |tx: &mut dyn Tx| tx.query_one("SELECT 1 FROM mails WHERE dead <= $1 LIMIT 1", &values![before]);
    // most of the time there is none, and who only looks wakes nobody
    if app.store.read(old).await?.is_some() {
        app.store.write(move |tx| tx.execute("DELETE FROM mails WHERE dead <= $1", &values![before])).await?;
    }
    Ok(())
}

/// The ids of those that are due first.
fn due(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM mails WHERE next_try <= $1 ORDER BY next_try, made, id LIMIT $2";
    tx.query(sql, &values![now, AT_ONCE])?.into_iter().map(|mut row| row.take()).collect()
}

/// One that is due, if it is still.
fn waiting(tx: &mut dyn Tx, id: &str, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
    let sql = "SELECT address, subject, body, html, made, attempts, failing, next_try FROM mails \
               WHERE id = $1 AND next_try <= $2";
    let Some(mut row) = tx.query_one(sql, &values![id, now])? else { return Ok(None) };
    let mail = Mail {
        id: id.to_owned(),
        to: row.take()?,
        subject: row.take()?,
        text: row.take()?,
        html: row.take()?,
        made: row.take()?,
    };
    Ok(Some(Waiting { mail, past: Past::of(row.take()?, row.take()?, row.take()?, now) }))
}

fn next(tx: &mut dyn Tx) -> Result<Option<Timestamp>, StoreError> {
    tx.query_one("SELECT MIN(next_try) FROM mails", &[])?.map_or(Ok(None), |mut row| row.take())
}
