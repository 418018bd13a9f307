//! Looking into the record: by author, action, subject and time, in pages by the number of an entry.

use muster_proto::audit::{Entry, Head, Image};
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

use crate::app::App;
use crate::auth::{self, Actor, Kind, Right, Within};
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, Value, values};

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Only those of this author.
    pub actor: Option<String>,
    /// Only this action (`token.make`), or all of one kind (`token`).
    pub action: Option<String>,
    /// Only what was done to this (`org:ID`, `device:ID`).
    pub subject: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// Only those with a higher number.
    pub after: Option<u64>,
    /// Only those with a lower number.
    pub before: Option<u64>,
    /// Which come first.
    pub order: Order,
    /// So many at most.
    pub limit: Option<u32>,
}

/// Which entries come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[schemars(rename = "AuditOrder")]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The oldest.
    #[default]
    Oldest,
    /// The newest.
    Newest,
}

/// A page.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "AuditEntries")]
pub struct Entries {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where there are more: the number for `after`, or with the newest first for `before`.
    pub next: Option<u64>,
}

/// Entries on a page where nothing else is asked.
const PAGE: u32 = 100;
/// Most entries on a page.
const MOST: u32 = 1000;

/// A page of the record.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor, asked: Asked) -> Result<Entries, ActionError> {
    let within = actor.within(Right::Audit);
    app.store
        .read(move |tx| {
            Ok(if within.is_everywhere() { page(tx, &asked)? } else { inside(tx, asked, &within)? })
        })
        .await
}

/// Entries about what lies inside. A page may have fewer than it could, or none, and go on all the same: not more than so many are looked at.
fn inside(tx: &mut dyn Tx, mut asked: Asked, within: &Within) -> Result<Entries, StoreError> {
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, MOST) as usize;
    asked.limit = Some(MOST);
    let (mut entries, mut looked_at, mut known) = (Vec::new(), 0, HashMap::new());
    loop {
        let part = page(tx, &asked)?;
        looked_at += part.entries.len();
        for entry in part.entries {
            if !is_inside(tx, &entry.subject, within, &mut known)? {
                continue;
            }
            let seq = entry.seq;
            entries.push(entry);
            if entries.len() == limit {
                return Ok(Entries { entries, next: Some(seq) });
            }
        }
        match part.next {
            Some(next) if looked_at < LOOKED_AT => match asked.order {
                Order::Oldest => asked.after = Some(next),
                Order::Newest => asked.before = Some(next),
            },
            next => return Ok(Entries { entries, next }),
        }
    }
}

/// Whether an entry's subject lies inside. Of one that can't be told only those learn who read everything.
fn is_inside(
    tx: &mut dyn Tx,
    subject: &str,
    within: &Within,
    known: &mut HashMap<String, bool>,
) -> Result<bool, StoreError> {
    if let Some(known) = known.get(subject) {
        return Ok(*known);
    }
    let (kind, name) = subject.split_once(':').unwrap_or_default();
    let kind = match kind {
        "device" => Some(Kind::Device),
        "org" => Some(Kind::Org),
        "asset" => Some(Kind::Asset),
        "scan" => Some(Kind::Scan),
        "hook" => Some(Kind::Hook),
        "mail" => Some(Kind::Recipient),
        "group" => Some(Kind::Group),
        "schedule" => Some(Kind::Schedule),
        _ => None,
    };
    let inside = match kind.and_then(|kind| kind.named(name)) {
        Some(thing) => auth::lies_within(tx, &thing, within)?,
        None => false,
    };
    known.insert(subject.to_owned(), inside);
    Ok(inside)
}

/// Entries that one request looks at for those inside.
const LOOKED_AT: usize = 20_000;

/// The newest entry's number and hash.
///
/// # Errors
/// The store's.
pub async fn head(app: &App) -> Result<Head, ActionError> {
    app.store.read(|tx| Ok(newest(tx)?)).await
}

/// The entries after `after` up to `last`, oldest first, as many as are read at a time.
///
/// # Errors
/// The store's.
pub fn following(tx: &mut dyn Tx, after: u64, last: u64) -> Result<Vec<Entry>, StoreError> {
    let sql = format!("{SELECT} WHERE seq > $1 AND seq <= $2 ORDER BY seq LIMIT $3");
    tx.query(&sql, &values![after, last, MOST])?.into_iter().map(entry).collect()
}

fn newest(tx: &mut dyn Tx) -> Result<Head, StoreError> {
    let row = tx.query_one("SELECT seq, hash, at FROM audit ORDER BY seq DESC LIMIT 1", &[])?;
    let Some(mut row) = row else { return Ok(Head::none()) };
    Ok(Head { seq: row.take()?, hash: row.take()?, at: Some(row.take()?) })
}

fn page(tx: &mut dyn Tx, asked: &Asked) -> Result<Entries, StoreError> {
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, MOST) as usize;
    let (mut conditions, mut params) =
        (vec!["seq > $1".to_owned()], vec![Value::from(asked.after.unwrap_or(0))]);
    let mut add = |condition: &str, value: Value<'static>| {
        params.push(value);
        conditions.push(condition.replace('?', &format!("${}", params.len())));
    };
    for (column, text) in [("actor", &asked.actor), ("subject", &asked.subject)] {
        if let Some(text) = text {
            add(&format!("{column} = ?"), text.clone().into());
        }
    }
    if let Some(action) = &asked.action {
        match action.contains('.') {
            true => add(r#"action COLLATE "C" = ?"#, action.clone().into()),
            // everything that begins so: `/` follows the full stop
            false => add(
                r#"action COLLATE "C" > CAST(? AS TEXT) || '.' AND action COLLATE "C" < CAST(? AS TEXT) || '/'"#,
                action.clone().into(),
            ),
        }
    }
    for (condition, value) in [
        ("at >= ?", asked.from.map(Value::from)),
        ("at < ?", asked.until.map(Value::from)),
        ("seq < ?", asked.before.map(Value::from)),
    ] {
        if let Some(value) = value {
            add(condition, value);
        }
    }
    params.push(Value::from(limit as u64 + 1));
    let way = if asked.order == Order::Newest { "DESC" } else { "ASC" };
    let sql =
        format!("{SELECT} WHERE {} ORDER BY seq {way} LIMIT ${}", conditions.join(" AND "), params.len());
    let mut entries = tx.query(&sql, &params)?.into_iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let next = entries.last().map(|last| last.seq).filter(|_| more);
    Ok(Entries { entries, next })
}

const SELECT: &str = "SELECT form, seq, at, actor, address, action, subject, detail, before_json, after_json, previous, hash FROM audit";

/// Takes an entry as it stands there: whether it is as it was written is for whoever checks it.
fn entry(mut row: Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        form: row.take()?,
        seq: row.take()?,
        at: row.take()?,
        actor: row.take()?,
        address: row.take()?,
        action: row.take()?,
        subject: row.take()?,
        detail: row.take()?,
        before: row.take::<Option<String>>()?.map(Image::stored),
        after: row.take::<Option<String>>()?.map(Image::stored),
        previous: row.take()?,
        hash: row.take()?,
    })
}
