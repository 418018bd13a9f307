//! Scans: one request to many devices. Those who are asked are written down at once; each gets its order when its turn comes, so that a
//! whole fleet does not answer in one instant, and a restart in between forgets nobody.

use muster_proto::id::{DeviceId, OrderId};
use muster_proto::message::OrderKind;
use muster_proto::time::{Span, Timestamp};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::progress::{MadeScan, ScanView, show_scan, view};
use super::{Given, LIFE, State, check_life, check_reason, give, life};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::devices::{Query, Status, list};
use crate::error::ActionError;
use crate::keys::Keys;
use crate::live::{Event, Hint};
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, Value, values};

/// A scan's name: as random as an order's.
pub type ScanId = OrderId;

/// Most devices of one scan.
const MOST: u64 = 200_000;
/// So many are asked at once; more are spread.
const AT_ONCE: u64 = 200;
/// And then so many in a second, where nothing else is said.
const A_SECOND: u64 = 50;
/// Longest time over which devices are spread.
const LONGEST_SPREAD: Span = Span::from_hours(24);
/// Orders that are given in one transaction.
const CHUNK: u32 = 200;

/// A scan that is to be made: of named devices, or of those that a query finds.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewScan {
    /// Ids and asset tags.
    #[serde(default)]
    pub devices: Option<Vec<String>>,
    /// A query, as lists take it.
    #[serde(default)]
    pub query: Option<String>,
    /// What is asked: `scan`, or `refresh` of what the server has for the device.
    #[serde(default)]
    pub kind: Option<OrderKind>,
    /// Why; the person who carries the phone reads it.
    pub reason: String,
    /// Seconds until it is void; 15 minutes beyond the time over which it is spread where nothing is said.
    #[serde(default)]
    pub expires_in: Option<Span>,
    /// Seconds over which the devices are spread; 50 devices a second where there are more than 200.
    #[serde(default)]
    pub spread: Option<Span>,
}

/// Asks many devices. Who is asked is durable when this returns, and the first of them have their orders.
///
/// # Errors
/// Neither devices nor a query is given, or both; nobody is left to ask; the query can't be read; the store's.
pub async fn scan(app: &App, actor: &Actor, new: NewScan) -> Result<MadeScan, ActionError> {
    let reason = check_reason(&new.reason)?;
    let whom = match (new.devices, new.query) {
        (Some(names), None) => Whom::Named(names),
        (None, Some(text)) => Whom::Found(text.parse().map_err(|error: crate::devices::QueryError| {
            ActionError::invalid(Code::BadQuery, error.to_string())
        })?),
        _ => return Err(ActionError::invalid(Code::ScanWhom, "a scan is of `devices` or of a `query`")),
    };
    let kind = new.kind.unwrap_or(OrderKind::Scan);
    if !matches!(kind, OrderKind::Scan | OrderKind::Refresh) {
        return Err(ActionError::invalid(Code::ScanKind, "a scan asks for `scan` or `refresh`"));
    }
    let (id, now, actor) = (app.draw_order()?, app.now(), actor.clone());
    let made = app
        .store
        .write(move |tx| {
            let asked = whom.devices(tx, now)?;
            let many = asked.devices.len() as u64;
            if many == 0 {
                return Err(ActionError::conflict(Code::ScanNobody, "no device that counts is left to ask"));
            }
            let spread = spread(new.spread, many)?;
            let expires = now + check_life(new.expires_in.unwrap_or(Span::from_secs(LIFE.secs() + spread.secs())))?;
            let query = whom.query();
            tx.execute(
                "INSERT INTO scans (id, created, expires, kind, requested_by, reason, query, devices, skipped) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
                &values![id, now, expires, kind.word(), actor.name(), &reason, query.as_deref(), many],
            )?;
            write_down(tx, id, &asked.devices, now, spread)?;
            let of = query.map_or_else(String::new, |query| format!(", `{query}`"));
            let detail = format!("{} of {many} devices{of}: {reason}", kind.word());
            let act = Act::new("scan.request", format!("scan:{id}"))
                .detail(detail)
                .after(json!({ "scan": id, "kind": kind.word(), "devices": many, "expires": expires }));
            audit::append(tx, now, &actor, act)?;
            Ok((asked.unknown, asked.inactive))
        })
        .await?;
    fill(app).await?;
    app.bell.ring();
    let (unknown, inactive) = made;
    Ok(MadeScan { scan: show_scan(app, id).await?, unknown, inactive })
}

/// Calls back what has not ended.
///
/// # Errors
/// There is no such scan, or it is over.
pub async fn cancel(app: &App, actor: &Actor, id: ScanId) -> Result<ScanView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let (view, ended) = app
        .store
        .write(move |tx| {
            let before = view(tx, id)?;
            if before.done {
                return Err(ActionError::conflict(Code::ScanEnded, "the scan is over already"));
            }
            let left = tx.execute("DELETE FROM scan_todo WHERE scan = $1", &values![id])?;
            tx.execute(
                "UPDATE scans SET cancelled = $2, skipped = skipped + $3 WHERE id = $1",
                &values![id, now, left],
            )?;
            let open = "SELECT id, device FROM orders WHERE scan = $1 AND ended IS NULL";
            let mut ended: Vec<(OrderId, DeviceId)> = Vec::new();
            for mut row in tx.query(open, &values![id])? {
                let (order, device) = (row.take()?, row.take()?);
                if life::end(tx, order, device, State::Cancelled, None, None, now)? {
                    ended.push((order, device));
                }
            }
            let detail = format!("{} orders called back, {left} never given", ended.len());
            let act = Act::new("scan.cancel", format!("scan:{id}"))
                .detail(detail)
                .after(json!({ "scan": id, "cancelled": ended.len(), "never_given": left }));
            audit::append(tx, now, &actor, act)?;
            Ok((view(tx, id)?, ended))
        })
        .await?;
    for (order, device) in ended {
        app.events.tell(Event::Order(order, device));
    }
    Ok(view)
}

/// Gives those their orders whose turn has come.
///
/// # Errors
/// The store's, or the key's.
pub async fn fill(app: &App) -> Result<(), ActionError> {
    loop {
        let now = app.now();
        let none = app.store.read(move |tx| {
            let sql = "SELECT 1 FROM scan_todo WHERE starts <= $1 LIMIT 1";
            Ok::<_, ActionError>(tx.query_one(sql, &values![now])?.is_none())
        });
        if none.await? {
            return Ok(());
        }
        let ids: Vec<OrderId> = (0..CHUNK).map(|_| app.draw_order()).collect::<Result<_, _>>()?;
        let keys = Arc::clone(&app.keys);
        let given = app.store.write(move |tx| chunk(tx, &ids, &keys, now)).await?;
        for (order, device) in given {
            app.events.tell(Event::Order(order, device));
            app.hub.hint(device, Hint::Orders);
        }
    }
}

/// When the next turn comes.
pub(crate) const NEXT: &str = "SELECT MIN(starts) FROM scan_todo";

fn chunk(
    tx: &mut dyn Tx,
    ids: &[OrderId],
    keys: &Keys,
    now: Timestamp,
) -> Result<Vec<(OrderId, DeviceId)>, ActionError> {
    let rows = tx.query(
        "SELECT t.scan, t.device, s.kind, s.reason, s.requested_by, s.expires FROM scan_todo AS t \
         JOIN scans AS s ON s.id = t.scan WHERE t.starts <= $1 ORDER BY t.starts, t.device LIMIT $2",
        &values![now, CHUNK],
    )?;
    let mut given = Vec::with_capacity(rows.len());
    for (mut row, id) in rows.into_iter().zip(ids) {
        let (scan, device): (ScanId, DeviceId) = (row.take()?, row.take()?);
        let new = Given {
            id: *id,
            kind: row.parse("a kind of order")?,
            reason: row.take()?,
            requested_by: row.take()?,
            expires: row.take()?,
            scan: Some(scan),
        };
        tx.execute("DELETE FROM scan_todo WHERE scan = $1 AND device = $2", &values![scan, device])?;
        let asked =
            if new.expires > now { give(tx, keys, device, &new, now).map(|()| true) } else { Ok(false) };
        match asked {
            Ok(true) => given.push((*id, device)),
            // it no longer counts
            Ok(false) | Err(ActionError::Missing { .. } | ActionError::Conflict { .. }) => {
                tx.execute("UPDATE scans SET skipped = skipped + 1 WHERE id = $1", &values![scan])?;
            }
            Err(other) => return Err(other),
        }
    }
    Ok(given)
}

/// Who is to be asked.
enum Whom {
    Named(Vec<String>),
    Found(Query),
}

#[derive(Default)]
struct Asked {
    devices: BTreeSet<DeviceId>,
    unknown: Vec<String>,
    inactive: Vec<DeviceId>,
}

impl Whom {
    fn query(&self) -> Option<String> {
        match self {
            Self::Named(_) => None,
            Self::Found(query) => Some(query.to_string()),
        }
    }

    fn devices(&self, tx: &mut dyn Tx, now: Timestamp) -> Result<Asked, ActionError> {
        let mut asked = Asked::default();
        match self {
            Self::Found(query) => {
                let found = list::ids(tx, &query.clone().of_active(), MOST + 1, now)?;
                if found.len() as u64 > MOST {
                    return Err(ActionError::conflict(
                        Code::ScanTooMany,
                        format!("a scan is of at most {MOST} devices"),
                    ));
                }
                asked.devices = found.into_iter().collect();
            }
            Self::Named(names) => {
                for name in names {
                    match named(tx, name)? {
                        Some((device, Status::Active)) => drop(asked.devices.insert(device)),
                        Some((device, _)) => asked.inactive.push(device),
                        None => asked.unknown.push(name.clone()),
                    }
                }
            }
        }
        Ok(asked)
    }
}

/// The device with this id, or else the one that counts and has this asset tag.
fn named(tx: &mut dyn Tx, name: &str) -> Result<Option<(DeviceId, Status)>, StoreError> {
    let rows = match name.parse::<DeviceId>() {
        Ok(id) => tx.query("SELECT id, status FROM devices WHERE id = $1", &values![id])?,
        Err(_) => tx.query(
            "SELECT id, status FROM devices WHERE asset_tag = $1 AND status = 'active' LIMIT 2",
            &values![name],
        )?,
    };
    match <[Row; 1]>::try_from(rows) {
        Ok([mut row]) => Ok(Some((row.take()?, row.parse("a status")?))),
        Err(_) => Ok(None),
    }
}

fn spread(wanted: Option<Span>, many: u64) -> Result<Span, ActionError> {
    let usual = if many > AT_ONCE { Span::from_secs(many / A_SECOND) } else { Span::from_secs(0) };
    let spread = wanted.unwrap_or(usual);
    if spread > LONGEST_SPREAD {
        return Err(ActionError::invalid(Code::ScanSpread, "a scan is spread over at most 24 hours"));
    }
    Ok(spread)
}

/// Each device and when its turn comes. Ids are random: their order is nobody's.
fn write_down(
    tx: &mut dyn Tx,
    scan: ScanId,
    devices: &BTreeSet<DeviceId>,
    now: Timestamp,
    spread: Span,
) -> Result<(), StoreError> {
    use crate::store::{Batch, Kind};
    const TODO: Batch = Batch {
        table: "scan_todo",
        keys: 0,
        columns: &[("scan", Kind::Blob), ("device", Kind::Blob), ("starts", Kind::Int)],
    };
    let many = devices.len() as u64;
    let rows = devices.iter().zip(0_u64..).map(|(device, nth)| {
        let after = spread.millis().saturating_mul(nth) / many.max(1);
        Vec::from([Value::from(scan), Value::from(device), Value::from(now + Span::from_millis(after))])
    });
    tx.write_many(&TODO, &rows.collect::<Vec<_>>())
}
