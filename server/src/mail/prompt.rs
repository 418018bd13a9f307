//! Mails at once: what comes into one of the recipient's states, gathered for a minute, so that a change of many is one mail.

use jiff::tz::TimeZone;
use muster_proto::policy::Mode;
use muster_proto::time::{Span, Timestamp};

use super::digest::rule_title;
use super::gather::{MOST, Scope};
use super::letter::{Letter, Line, Section, id, minute, name, zone};
use super::outbox::enqueue;
use super::post::Mail;
use super::{COLUMNS, Recipient, is_still, recipient};
use crate::app::App;
use crate::error::ActionError;
use crate::hooks::{EdgeScope, ToldEdge, edges_after};
use crate::i18n::{number, words};
use crate::orgs;
use crate::policies::Snapshot;
use crate::store::{StoreError, Tx, values};

/// So long is gathered.
const GATHERED: Span = Span::from_secs(60);

/// What there is to tell somebody.
pub struct Batch {
    recipient: Recipient,
    scope: Scope,
    zone: TimeZone,
    /// The first of them, and how many there are.
    edges: Vec<ToldEdge>,
    total: u64,
    /// The row of edges was read from here to there.
    from: u64,
    to: u64,
    /// When the oldest of them was noted.
    oldest: Option<Timestamp>,
}

/// Writes the mails at once that are due; says how many.
///
/// # Errors
/// The store's.
pub async fn prompts(app: &App) -> Result<usize, ActionError> {
    let mut written = 0;
    for batch in app.store.read(batches).await? {
        written += usize::from(tell(app, batch).await?);
    }
    Ok(written)
}

/// Writes somebody's mail, if it is due; says whether it did.
pub async fn tell(app: &App, batch: Batch) -> Result<bool, ActionError> {
    let now = app.now();
    let mail = match batch.oldest {
        Some(oldest) if now.since(oldest) < GATHERED => return Ok(false),
        Some(_) => Some(write(&batch, &app.rules.now(), app.people_url(), now)),
        None => None,
    };
    let written = app.store.write(move |tx| {
        let id = &batch.recipient.id;
        // where there is nothing to be sent, it does not matter
        if mail.is_some() && !is_still(tx, &batch.recipient, &batch.scope)? {
            return Ok(false);
        }
        let sql = "UPDATE mail_recipients SET taken = $2 WHERE id = $1 AND taken = $3";
        let moved = tx.execute(sql, &values![id, batch.to, batch.from])? > 0;
        let mail = mail.filter(|_| moved);
        mail.as_ref().map_or(Ok(()), |mail| enqueue(tx, id, mail, now))?;
        Ok::<_, StoreError>(mail.is_some())
    });
    Ok(written.await?)
}

/// Everybody for whom the row of edges goes on.
pub fn batches(tx: &mut dyn Tx) -> Result<Vec<Batch>, ActionError> {
    let newest = tx.query_one("SELECT COALESCE(MAX(id), 0) FROM edges", &[])?;
    let newest: u64 = newest.map_or(Ok(0), |mut row| row.take())?;
    let sql = format!("SELECT {COLUMNS}, taken FROM mail_recipients WHERE at_once <> '' AND taken <> $1");
    let mut batches = Vec::new();
    for mut row in tx.query(&sql, &values![newest])? {
        let (recipient, from) = (recipient(&mut row)?, row.take::<u64>()?);
        batches.push(batch(tx, recipient, from, newest)?);
    }
    Ok(batches)
}

fn batch(tx: &mut dyn Tx, recipient: Recipient, from: u64, newest: u64) -> Result<Batch, ActionError> {
    let scope = Scope::read(tx, recipient.org.as_deref())?;
    let orgs = scope.0.clone().map(|orgs| orgs.into_iter().collect());
    let told = EdgeScope { orgs, rule: None, states: recipient.at_once.clone() };
    let org = recipient.org.as_deref().map(|org| orgs::find(tx, org)).transpose()?;
    let zone = zone(org.as_ref().map(|org| org.time_zone.as_str()));
    let (mut edges, mut total, mut oldest) = (Vec::new(), 0, None);
    // where the row has begun anew, so does the recipient
    let mut to = from.min(newest);
    loop {
        let page = edges_after(tx, to)?;
        let Some(last) = page.last() else { break };
        to = last.id;
        for edge in page {
            if told.has(&edge) {
                total += 1;
                oldest.get_or_insert(edge.written);
                if total <= MOST {
                    edges.push(edge);
                }
            }
        }
    }
    Ok(Batch { recipient, scope, zone, edges, total, from, to, oldest })
}

fn write(batch: &Batch, snapshot: &Snapshot, people: String, now: Timestamp) -> Mail {
    let lang = batch.recipient.language.lang();
    let line = |edge: &ToldEdge| {
        let state = edge.to.map(|state| lang.word("state", state.word())).unwrap_or_default();
        let phone = name(edge.asset_tag.as_deref(), edge.device);
        let mode = edge.mode.filter(|mode| *mode != Mode::Enforce);
        let state = match mode {
            Some(mode) => format!("{state} ({})", lang.word("mode", mode.word())),
            None => state,
        };
        let (rule, at) = (rule_title(snapshot, &edge.org, &edge.rule, lang), minute(edge.at, &batch.zone));
        let places = [
            ("device", words(&phone)),
            ("org", words(&edge.org)),
            ("rule", words(&rule)),
            ("state", words(&state)),
            ("at", words(&at)),
        ];
        let words = lang.with("mail-line-state", places);
        Line { words, device: Some(edge.device) }
    };
    let section = Section {
        title: lang.say("mail-changes"),
        lines: batch.edges.iter().map(line).collect(),
        more: batch.total - batch.edges.len() as u64,
    };
    let letter = Letter {
        lang,
        subject: lang.with("mail-prompt-subject", [("n", number(batch.total))]),
        lead: lang.say("mail-prompt-lead"),
        sections: vec![section],
        people,
    };
    let first = batch.edges.first().map_or(0, |edge| edge.written.millis());
    Mail {
        id: id("change", &batch.recipient.id, &format!("{}-{} {first}", batch.from, batch.to)),
        to: batch.recipient.address.clone(),
        text: letter.text(),
        html: letter.html(),
        subject: letter.subject,
        made: now,
    }
}
