//! All that is held on one device: what somebody has a right to be given, in one file that a program can read.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use muster_proto::id::{ChainId, DeviceId, Digest, Kid, OrderId};
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::devices;
use crate::error::ActionError;
use crate::register::{self, AssetId};
use crate::store::{Row, StoreError, Tx, values};

/// All that is held on a device, one JSON document on each line; `what` says of which kind it is. Giving it out is written down.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn export(app: &App, actor: &Actor, device: DeviceId) -> Result<Vec<u8>, ActionError> {
    let shown = devices::show(app, device).await?;
    let mut lines = Vec::new();
    line(&mut lines, "device", &shown);
    let mut parts = app.store.read(move |tx| parts(tx, device)).await?;
    if let Some(asset) = register::asset_of(app, device).await? {
        let shown = register::show(app, actor, asset).await?;
        // it may lie above the device, where the caller reads nothing
        if actor.within(Right::Read).has(&shown.asset.org) {
            line(&mut lines, "asset", &shown);
        } else {
            parts.retain(|(what, _)| *what != "asset-change");
        }
    }
    for (what, part) in &parts {
        line(&mut lines, what, part);
    }
    let (actor, now, count) = (actor.clone(), app.now(), lines.iter().filter(|byte| **byte == b'\n').count());
    app.store
        .write(move |tx| {
            let act =
                Act::new("device.export", format!("device:{device}")).after(json!({ "documents": count }));
            audit::append(tx, now, &actor, act)
        })
        .await?;
    Ok(lines)
}

fn line(lines: &mut Vec<u8>, what: &str, part: &impl Serialize) {
    let document = json!({ "what": what, "is": part });
    lines.extend(document.to_string().into_bytes());
    lines.push(b'\n');
}

type Parts = Vec<(&'static str, Json)>;

fn parts(tx: &mut dyn Tx, device: DeviceId) -> Result<Parts, StoreError> {
    let mut all = Parts::new();
    let mut add = |what: &'static str, sql: &str, read: fn(Row) -> Result<Json, StoreError>| {
        for row in tx.query(sql, &values![device])? {
            all.push((what, read(row)?));
        }
        Ok::<_, StoreError>(())
    };
    add(
        "key",
        "SELECT kid, public_key, protection, added, certificates FROM device_keys WHERE device = $1 ORDER BY added",
        key,
    )?;
    add(
        "report",
        "SELECT number, chain, digest, received, evidence_at, occasion, standing, body FROM reports WHERE device = $1 ORDER BY id",
        report,
    )?;
    add(
        "change",
        "SELECT rule, from_state, to_state, mode, at FROM edges WHERE device = $1 ORDER BY id",
        change,
    )?;
    add(
        "break",
        "SELECT kind, at, number, last_number, acknowledged, acknowledged_by, reason FROM breaks WHERE device = $1 ORDER BY id",
        chain_break,
    )?;
    add(
        "order",
        "SELECT id, kind, requested_by, reason, created, state, ended FROM orders WHERE device = $1 ORDER BY created, id",
        order,
    )?;
    add(
        "exemption",
        "SELECT id, rule, starts, ends, reason, actor FROM exemptions WHERE device = $1 ORDER BY starts, id",
        exemption,
    )?;
    add(
        "dispute",
        "SELECT id, rule, finding, said, opened, state, answer, answered, answered_by FROM disputes WHERE device = $1 ORDER BY id",
        dispute,
    )?;
    add(
        "away",
        "SELECT starts, ends, reason, actor, asset FROM away WHERE device = $1 ORDER BY starts",
        away,
    )?;
    add(
        "told",
        "SELECT messenger, package, version, seen_at, imported_at, actor FROM told WHERE device = $1 ORDER BY messenger, package",
        told,
    )?;
    let sql = "SELECT at, actor, part, was, becomes FROM asset_events \
               WHERE asset IN (SELECT id FROM assets WHERE device = $1) ORDER BY id";
    add("asset-change", sql, asset_change)?;
    let subject = format!("device:{device}");
    let sql = "SELECT at, actor, action, detail FROM audit WHERE subject = $1 ORDER BY seq";
    for mut row in tx.query(sql, &values![subject])? {
        let (at, actor, action, detail): (Timestamp, String, String, String) =
            (row.take()?, row.take()?, row.take()?, row.take()?);
        all.push(("audit", json!({ "at": at, "actor": actor, "action": action, "detail": detail })));
    }
    Ok(all)
}

fn encoded(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}

fn key(mut row: Row) -> Result<Json, StoreError> {
    let (kid, public, protection): (Kid, Vec<u8>, String) = (row.take()?, row.take()?, row.take()?);
    let (added, certificates): (Timestamp, Vec<u8>) = (row.take()?, row.take()?);
    Ok(json!({
        "kid": kid, "public_key": encoded(&public), "protection": protection, "added": added,
        "certificates": encoded(&certificates),
    }))
}

fn report(mut row: Row) -> Result<Json, StoreError> {
    let (number, chain, digest): (u64, ChainId, Digest) = (row.take()?, row.take()?, row.take()?);
    let (received, evidence_at): (Timestamp, Timestamp) = (row.take()?, row.take()?);
    let (occasion, standing, body): (String, String, Vec<u8>) = (row.take()?, row.take()?, row.take()?);
    let text = (!body.is_empty()).then(|| encoded(&body));
    Ok(json!({
        "number": number, "chain": chain, "digest": digest, "received": received, "evidence_at": evidence_at,
        "occasion": occasion, "standing": standing, "signed": text,
    }))
}

fn change(mut row: Row) -> Result<Json, StoreError> {
    let rule: String = row.take()?;
    let (from, to, mode): (Option<String>, Option<String>, Option<String>) =
        (row.take()?, row.take()?, row.take()?);
    Ok(json!({ "rule": rule, "from": from, "to": to, "mode": mode, "at": row.take::<Timestamp>()? }))
}

fn chain_break(mut row: Row) -> Result<Json, StoreError> {
    let (kind, at, number, last): (String, Timestamp, u64, u64) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    let (acknowledged, by, reason): (Option<Timestamp>, Option<String>, Option<String>) =
        (row.take()?, row.take()?, row.take()?);
    Ok(json!({
        "kind": kind, "at": at, "number": number, "last_number": last, "acknowledged": acknowledged,
        "acknowledged_by": by, "reason": reason,
    }))
}

fn order(mut row: Row) -> Result<Json, StoreError> {
    let (id, kind, by, reason): (OrderId, String, String, String) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    let (created, state, ended): (Timestamp, String, Option<Timestamp>) =
        (row.take()?, row.take()?, row.take()?);
    Ok(json!({
        "id": id, "kind": kind, "requested_by": by, "reason": reason, "created": created, "state": state, "ended": ended,
    }))
}

fn exemption(mut row: Row) -> Result<Json, StoreError> {
    let (id, rule, starts, ends): (String, String, Timestamp, Timestamp) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    let (reason, actor): (String, String) = (row.take()?, row.take()?);
    Ok(json!({ "id": id, "rule": rule, "starts": starts, "ends": ends, "reason": reason, "actor": actor }))
}

fn asset_change(mut row: Row) -> Result<Json, StoreError> {
    let (at, actor, part): (Timestamp, String, String) = (row.take()?, row.take()?, row.take()?);
    let (was, becomes): (Option<String>, Option<String>) = (row.take()?, row.take()?);
    Ok(json!({ "at": at, "actor": actor, "part": part, "was": was, "becomes": becomes }))
}

fn dispute(mut row: Row) -> Result<Json, StoreError> {
    let (id, rule, finding, said): (u64, String, String, String) =
        (row.take()?, row.take()?, row.take()?, row.take()?);
    let (opened, state, answer): (Timestamp, String, Option<String>) =
        (row.take()?, row.take()?, row.take()?);
    let (answered, by): (Option<Timestamp>, Option<String>) = (row.take()?, row.take()?);
    Ok(json!({
        "id": id, "rule": rule, "finding": finding, "text": said, "opened": opened, "state": state,
        "answer": answer, "answered": answered, "answered_by": by,
    }))
}

fn away(mut row: Row) -> Result<Json, StoreError> {
    let (from, until): (Timestamp, Timestamp) = (row.take()?, row.take()?);
    let (reason, actor, asset): (String, String, Option<AssetId>) = (row.take()?, row.take()?, row.take()?);
    Ok(json!({ "from": from, "until": until, "reason": reason, "actor": actor, "asset": asset }))
}

fn told(mut row: Row) -> Result<Json, StoreError> {
    let (messenger, package, version): (String, String, Option<String>) =
        (row.take()?, row.take()?, row.take()?);
    let (seen, imported, actor): (Timestamp, Timestamp, String) = (row.take()?, row.take()?, row.take()?);
    Ok(json!({
        "messenger": messenger, "package": package, "version": version, "seen_at": seen, "imported_at": imported, "actor": actor,
    }))
}
