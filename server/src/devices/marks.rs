//! Marks: for each device the rules that it does not keep and the watched applications that were found, so that a list of those who
//! break a rule is read from an index. They say nothing that findings and reports don't, and are written with them.

use muster_proto::id::DeviceId;
use muster_proto::verdict::State;
use std::collections::HashMap;

use super::device::{Device, rank};
use crate::store::{Batch, Kind, Lock, StoreError, Tx, Value, values};

/// Brings the marks of devices to what their rows say. Findings are judged anew more often than they change: what is there is read, and
/// written only where it is another.
pub(super) fn write(tx: &mut dyn Tx, devices: &[&Device]) -> Result<(), StoreError> {
    if devices.is_empty() {
        return Ok(());
    }
    let ids: Vec<&[u8]> = devices.iter().map(|device| &device.id.0[..]).collect();
    let (mut stored, mut told) = (stored(tx, &ids)?, told(tx, devices)?);
    let mut new = Vec::new();
    for device in devices {
        let wanted = marks(device, &told.remove(&device.id).unwrap_or_default());
        let there = stored.remove(&device.id).unwrap_or_default();
        if wanted != there {
            if !there.is_empty() {
                tx.execute("DELETE FROM device_marks WHERE device = $1", &values![device.id])?;
            }
            new.extend(wanted.into_iter().map(|mark| (device.id, mark)));
        }
    }
    let rows: Vec<Vec<Value<'_>>> = new
        .iter()
        .map(|(device, mark)| {
            Vec::from(values![device, mark.kind, &mark.name, mark.state, mark.broken, &mark.org, mark.rank])
        })
        .collect();
    tx.write_many(&MARKS, &rows)
}

const MARKS: Batch = Batch {
    table: "device_marks",
    keys: 0,
    columns: &[
        ("device", Kind::Blob),
        ("kind", Kind::Text),
        ("name", Kind::Text),
        ("state", Kind::Text),
        ("broken", Kind::Int),
        ("org", Kind::Text),
        ("verdict_rank", Kind::Int),
    ],
};

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    kind: &'static str,
    name: String,
    state: &'static str,
    broken: bool,
    org: String,
    rank: i64,
}

/// What a device should have, in the order in which it is compared.
fn marks(device: &Device, told: &[String]) -> Vec<Mark> {
    let mark = |kind, name: &str, state, broken| Mark {
        kind,
        name: name.to_owned(),
        state,
        broken,
        org: device.org.clone(),
        rank: rank(device.verdict.state),
    };
    let kept = |state| matches!(state, State::Compliant | State::NotApplicable);
    let broken = |state| matches!(state, State::Failing | State::Grace);
    let rules = device.findings.iter().filter(|finding| !kept(finding.state));
    let rules = rules.map(|finding| mark("rule", &finding.rule, finding.state.word(), broken(finding.state)));
    let apps = device.shown.apps.iter().chain(told).map(|app| mark("app", app, "", true));
    let mut marks: Vec<Mark> = rules.chain(apps).collect();
    marks.sort();
    marks.dedup_by(|one, other| one.kind == other.kind && one.name == other.name);
    marks
}

fn stored(tx: &mut dyn Tx, ids: &[&[u8]]) -> Result<HashMap<DeviceId, Vec<Mark>>, StoreError> {
    let sql =
        "SELECT device, kind, name, state, broken, org, verdict_rank FROM device_marks WHERE device = $1";
    let mut stored: HashMap<DeviceId, Vec<Mark>> = HashMap::new();
    for mut row in tx.query_each(sql, ids, Lock::No)? {
        let device = row.take()?;
        let kind = if row.take::<String>()? == "rule" { "rule" } else { "app" };
        let (name, state) = (row.take()?, row.take::<String>()?.parse().map_or("", State::word));
        let (broken, org, rank) = (row.take()?, row.take()?, row.take()?);
        stored.entry(device).or_default().push(Mark { kind, name, state, broken, org, rank });
    }
    stored.values_mut().for_each(|marks| marks.sort());
    Ok(stored)
}

/// What management systems know of, which counts as found.
fn told(tx: &mut dyn Tx, devices: &[&Device]) -> Result<HashMap<DeviceId, Vec<String>>, StoreError> {
    let ids: Vec<&[u8]> =
        devices.iter().filter(|device| device.told > 0).map(|device| &device.id.0[..]).collect();
    let mut told: HashMap<DeviceId, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(told);
    }
    for mut row in tx.query_each("SELECT device, messenger FROM told WHERE device = $1", &ids, Lock::No)? {
        told.entry(row.take()?).or_default().push(row.take()?);
    }
    Ok(told)
}
