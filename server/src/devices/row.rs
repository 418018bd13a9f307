//! Reading and writing the current rows of devices.

use muster_policy::{Finding, Verdict};
use muster_proto::id::{ChainId, DeviceId, Digest};
use muster_proto::time::{Day, Timestamp};

use super::device::{Chain, Device, Shown, rank};
use super::marks;
use super::query::version;
use crate::register::compared;
use crate::store::{Batch, Kind, Lock, Row, StoreError, Tx, Value, values};

/// How much of a row a judgement or a report has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// What each report changes.
    Touched,
    /// The day on which it was last heard fresh, too.
    Heard,
    /// Findings, verdict, facts of lists or the next judgement too.
    All,
}

/// Reading and writing current rows.
pub trait Devices {
    /// The rows of these devices that exist, in no promised order, kept from other writers.
    ///
    /// # Errors
    /// The store's.
    fn load(&mut self, ids: &[DeviceId]) -> Result<Vec<Device>, StoreError>;

    /// The same, for who only looks.
    ///
    /// # Errors
    /// The store's.
    fn look_at(&mut self, ids: &[DeviceId]) -> Result<Vec<Device>, StoreError>;

    /// The same, and those whose rows can't be read: one of them keeps no other from being judged.
    ///
    /// # Errors
    /// The store's.
    fn load_readable(&mut self, ids: &[DeviceId]) -> Result<(Vec<Device>, Vec<DeviceId>), StoreError>;

    /// The revisions of these devices, likewise.
    ///
    /// # Errors
    /// The store's.
    fn revisions(&mut self, ids: &[DeviceId]) -> Result<Vec<(DeviceId, u64)>, StoreError>;

    /// Writes rows back.
    ///
    /// # Errors
    /// The store's.
    fn save(&mut self, rows: &[(&Device, Extent)]) -> Result<(), StoreError>;

    /// Adds a row.
    ///
    /// # Errors
    /// The store's.
    fn add(
        &mut self,
        device: &Device,
        token: Digest,
        code: &str,
        replaces: Option<DeviceId>,
    ) -> Result<(), StoreError>;
}

impl Devices for dyn Tx + '_ {
    fn load(&mut self, ids: &[DeviceId]) -> Result<Vec<Device>, StoreError> {
        self.query_each(SELECT, &bytes(ids), Lock::Yes)?.into_iter().map(device).collect()
    }

    fn look_at(&mut self, ids: &[DeviceId]) -> Result<Vec<Device>, StoreError> {
        self.query_each(SELECT, &bytes(ids), Lock::No)?.into_iter().map(device).collect()
    }

    fn load_readable(&mut self, ids: &[DeviceId]) -> Result<(Vec<Device>, Vec<DeviceId>), StoreError> {
        match self.load(ids) {
            Ok(devices) => return Ok((devices, Vec::new())),
            Err(StoreError::Column(_)) => {}
            Err(error) => return Err(error),
        }
        let (mut devices, mut unreadable) = (Vec::with_capacity(ids.len()), Vec::new());
        for id in ids {
            match self.load(&[*id]) {
                Ok(found) => devices.extend(found),
                Err(StoreError::Column(what)) => {
                    tracing::error!(device = %id, what, "a device's row can't be read");
                    unreadable.push(*id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok((devices, unreadable))
    }

    fn revisions(&mut self, ids: &[DeviceId]) -> Result<Vec<(DeviceId, u64)>, StoreError> {
        let rows =
            self.query_each("SELECT id, revision FROM devices WHERE id = $1", &bytes(ids), Lock::Yes)?;
        rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
    }

    fn save(&mut self, rows: &[(&Device, Extent)]) -> Result<(), StoreError> {
        let of = |extent| rows.iter().filter(move |(_, of)| *of == extent).map(|(device, _)| *device);
        let touched: Vec<_> = of(Extent::Touched).chain(of(Extent::Heard)).map(touched).collect();
        self.write_many(&TOUCHED, &touched)?;
        let heard: Vec<_> =
            of(Extent::Heard).map(|device| Vec::from(values![&device.id, device.heard()])).collect();
        self.write_many(&HEARD, &heard)?;
        let all: Vec<_> = of(Extent::All).map(touched_and_more).collect();
        self.write_many(&ALL, &all)?;
        let findings =
            of(Extent::All).map(|device| Ok(Vec::from(values![&device.id, to_json(&device.findings)?])));
        self.write_many(&FINDINGS, &findings.collect::<Result<Vec<_>, StoreError>>()?)?;
        marks::write(self, &of(Extent::All).collect::<Vec<_>>())
    }

    fn add(
        &mut self,
        device: &Device,
        token: Digest,
        code: &str,
        replaces: Option<DeviceId>,
    ) -> Result<(), StoreError> {
        let verdict = &device.verdict;
        self.execute(
            "INSERT INTO findings (device, body) VALUES ($1, $2)",
            &values![device.id, to_json(&device.findings)?],
        )?;
        self.execute(
            INSERT,
            &values![
                device.id,
                &device.org,
                device.status.word(),
                token,
                code,
                device.enrolled,
                replaces,
                device.platform.word(),
                device.shown.model.as_deref(),
                device.shown.asset_tag.as_deref(),
                device.shown.agent.as_deref(),
                device.protection.word(),
                verdict.state.word(),
                rank(verdict.state),
                verdict.since,
                verdict.due,
                device.next_judgement,
                device.sent,
                device.shown.agent.as_deref().and_then(version::sortable),
                device.heard(),
                device.shown.asset_tag.as_deref().and_then(compared)
            ],
        )?;
        marks::write(self, &[device])
    }
}

const INSERT: &str = "INSERT INTO devices (id, org, status, revision, token, code, enrolled, replaces, platform, model, asset_tag, \
    agent, protection, number, breaks, orders, sent, untold, verdict, verdict_rank, verdict_since, verdict_due, \
    next_judgement, agent_order, heard, tag_key) VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, 0, 0, $18, 1, $13, $14, $15, $16, $17, $19, $20, $21)";

const SELECT: &str = "SELECT id, org, status, revision, enrolled, platform, os_version, manufacturer, model, asset_tag, agent, \
    security_patch, apps, protection, chain, number, head, chain_since, last_contact, last_fresh, evidence_at, skew, breaks, orders, told, away_until, sent, \
    untold, catalogue, (SELECT body FROM findings WHERE device = devices.id), verdict, verdict_since, verdict_due, judged, next_judgement FROM devices WHERE id = $1";

const TOUCHED_COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Blob),
    ("revision", Kind::Int),
    ("chain", Kind::Blob),
    ("number", Kind::Int),
    ("head", Kind::Blob),
    ("chain_since", Kind::Int),
    ("last_contact", Kind::Int),
    ("last_fresh", Kind::Int),
    ("evidence_at", Kind::Int),
    ("skew", Kind::Int),
    ("breaks", Kind::Int),
    ("orders", Kind::Int),
    ("sent", Kind::Int),
    ("untold", Kind::Int),
    ("catalogue", Kind::Blob),
    ("judged", Kind::Int),
];
const TOUCHED: Batch = Batch { table: "devices", keys: 1, columns: TOUCHED_COLUMNS };

const ALL_COLUMNS: &[(&str, Kind)] = &[
    ("id", Kind::Blob),
    ("revision", Kind::Int),
    ("chain", Kind::Blob),
    ("number", Kind::Int),
    ("head", Kind::Blob),
    ("chain_since", Kind::Int),
    ("last_contact", Kind::Int),
    ("last_fresh", Kind::Int),
    ("evidence_at", Kind::Int),
    ("skew", Kind::Int),
    ("breaks", Kind::Int),
    ("orders", Kind::Int),
    ("sent", Kind::Int),
    ("untold", Kind::Int),
    ("catalogue", Kind::Blob),
    ("judged", Kind::Int),
    ("status", Kind::Text),
    ("platform", Kind::Text),
    ("os_version", Kind::Text),
    ("manufacturer", Kind::Text),
    ("model", Kind::Text),
    ("agent", Kind::Text),
    ("protection", Kind::Text),
    ("verdict", Kind::Text),
    ("verdict_rank", Kind::Int),
    ("verdict_since", Kind::Int),
    ("verdict_due", Kind::Int),
    ("next_judgement", Kind::Int),
    ("os_order", Kind::Text),
    ("agent_order", Kind::Text),
    ("security_patch", Kind::Int),
    ("apps", Kind::Text),
    ("heard", Kind::Int),
];
const ALL: Batch = Batch { table: "devices", keys: 1, columns: ALL_COLUMNS };

const HEARD: Batch =
    Batch { table: "devices", keys: 1, columns: &[("id", Kind::Blob), ("heard", Kind::Int)] };

const FINDINGS: Batch =
    Batch { table: "findings", keys: 1, columns: &[("device", Kind::Blob), ("body", Kind::Text)] };

fn bytes(ids: &[DeviceId]) -> Vec<&[u8]> {
    ids.iter().map(|id| &id.0[..]).collect()
}

fn touched(device: &Device) -> Vec<Value<'_>> {
    let chain = device.chain.as_ref();
    Vec::from(values![
        &device.id,
        device.revision,
        chain.map(|chain| &chain.id),
        chain.map_or(0, |chain| chain.number),
        chain.map(|chain| &chain.head),
        chain.map(|chain| chain.since),
        device.last_contact,
        device.last_fresh,
        device.evidence_at,
        device.skew,
        device.breaks,
        device.orders,
        device.sent,
        device.untold,
        device.catalogue.as_ref(),
        device.judged,
    ])
}

fn touched_and_more(device: &Device) -> Vec<Value<'_>> {
    let (mut row, shown, verdict) = (touched(device), &device.shown, &device.verdict);
    row.extend(values![
        device.status.word(),
        device.platform.word(),
        shown.os_version.as_deref(),
        shown.manufacturer.as_deref(),
        shown.model.as_deref(),
        shown.agent.as_deref(),
        device.protection.word(),
        verdict.state.word(),
        rank(verdict.state),
        verdict.since,
        verdict.due,
        device.next_judgement,
        shown.os_version.as_deref().and_then(version::sortable),
        shown.agent.as_deref().and_then(version::sortable),
        shown.security_patch.map(Day::days),
        shown.apps.join(","),
        device.heard(),
    ]);
    row
}

/// The day of a security patch.
pub(super) fn patch(days: Option<u32>) -> Option<Day> {
    days.and_then(Day::from_days)
}

/// Ids of applications, as they are stored.
pub(super) fn apps(stored: &str) -> Vec<String> {
    stored.split(',').filter(|app| !app.is_empty()).map(str::to_owned).collect()
}

fn to_json(findings: &[Finding]) -> Result<String, StoreError> {
    serde_json::to_string(findings).map_err(|_| StoreError::Column("findings"))
}

fn device(mut row: Row) -> Result<Device, StoreError> {
    Ok(Device {
        id: row.take()?,
        org: row.take()?,
        status: row.parse("a status")?,
        revision: row.take()?,
        enrolled: row.take()?,
        platform: row.parse("a platform")?,
        shown: Shown {
            os_version: row.take()?,
            manufacturer: row.take()?,
            model: row.take()?,
            asset_tag: row.take()?,
            agent: row.take()?,
            security_patch: patch(row.take()?),
            apps: apps(&row.take::<String>()?),
        },
        protection: row.parse("a key protection")?,
        chain: chain(&mut row)?,
        last_contact: row.take()?,
        last_fresh: row.take()?,
        evidence_at: row.take()?,
        skew: row.take::<Option<i64>>()?.unwrap_or(0),
        breaks: row.take()?,
        orders: row.take()?,
        told: row.take()?,
        away_until: row.take()?,
        sent: row.take()?,
        untold: row.take()?,
        catalogue: row.take()?,
        findings: row.json("findings")?,
        verdict: Verdict { state: row.parse("a verdict")?, since: row.take()?, due: row.take()? },
        judged: row.take()?,
        next_judgement: row.take()?,
    })
}

fn chain(row: &mut Row) -> Result<Option<Chain>, StoreError> {
    let (id, number, head): (Option<ChainId>, u64, Option<Digest>) = (row.take()?, row.take()?, row.take()?);
    let since: Option<Timestamp> = row.take()?;
    Ok(match (id, head, since) {
        (Some(id), Some(head), Some(since)) => Some(Chain { id, number, head, since }),
        _ => None,
    })
}
