//! Labels: what people call devices by, `role=minister`. A label has one value on a device; which devices have it, queries ask.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing, Within};
use crate::error::ActionError;
use crate::live::Event;
use crate::orders::{self, Asked, LeftOut};
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// Labels, by name.
pub type Labels = BTreeMap<String, String>;

/// Most labels of a device.
pub const MOST: usize = 16;
/// Most devices that are labelled at once.
pub const MOST_DEVICES: usize = 10_000;
/// Longest name, and longest value.
const LONGEST: usize = 63;
/// Devices that are labelled in one transaction.
const AT_ONCE: usize = if cfg!(test) { 2 } else { 200 };
/// What names and values look like.
const WORD: &str = "^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$";

/// Whether this is a name or a value of a label: 1 to 63 of `a-z`, `0-9`, `.`, `_` and `-`, with a letter or digit at both ends.
#[must_use]
pub fn is_word(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.len() <= LONGEST
        && bytes.first().is_some_and(|byte| plain(*byte))
        && bytes.last().is_some_and(|byte| plain(*byte))
        && bytes.iter().all(|byte| plain(*byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// The labels of a device, as people edit them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DeviceLabels {
    /// The labels, by name.
    pub labels: Labels,
}

/// What is to be another about labels.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LabelChange {
    /// Labels that are given, each in place of the one of its name.
    #[schemars(schema_with = "labels_schema")]
    pub set: Labels,
    /// Names of labels that are taken away, where they are there.
    #[schemars(length(max = 16), inner(regex(pattern = r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$")))]
    pub remove: Vec<String>,
}

/// What is to be another about the labels of many devices.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LabelMany {
    /// Ids, asset tags, and serial numbers of the register.
    pub devices: Option<Vec<String>>,
    /// A query, as lists take it.
    pub query: Option<String>,
    /// Labels that are given, each in place of the one of its name.
    #[schemars(schema_with = "labels_schema")]
    pub set: Labels,
    /// Names of labels that are taken away, where they are there.
    #[schemars(length(max = 16), inner(regex(pattern = r"^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$")))]
    pub remove: Vec<String>,
}

/// What became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Labelled {
    /// How many devices have other labels now.
    pub changed: u64,
    /// How many had them already.
    pub unchanged: u64,
    /// Devices that would have more labels than a device can have; theirs are as they were.
    pub full: Vec<DeviceId>,
    /// Names that no device has, or several.
    pub unknown: Vec<String>,
    /// Devices that were named and don't count.
    pub inactive: Vec<DeviceId>,
    /// Names of devices that the caller sees, and has no right to change.
    pub elsewhere: Vec<String>,
    /// How many others were found and are as they were.
    pub left_out: LeftOut,
}

fn labels_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "maxProperties": MOST,
        "propertyNames": { "pattern": WORD },
        "additionalProperties": { "type": "string", "pattern": WORD },
        "default": {},
    })
}

/// The labels of a device.
///
/// # Errors
/// There is no such device, or the store's.
pub async fn show(app: &App, id: DeviceId) -> Result<DeviceLabels, ActionError> {
    app.store
        .read(move |tx| {
            super::org_of(tx, id)?;
            Ok(DeviceLabels { labels: of(tx, id)? })
        })
        .await
}

/// Changes the labels of a device.
///
/// # Errors
/// There is no such device; they are other ones by now; a label is malformed, or there would be too many; it was erased.
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: DeviceId,
    version: IfMatch,
    change: LabelChange,
) -> Result<DeviceLabels, ActionError> {
    change.check()?;
    let (actor, now) = (actor.clone(), app.now());
    let after = app.store.write(move |tx| {
        auth::check(tx, &actor, Right::Enrol, &Thing::Device(id))?;
        let before = DeviceLabels { labels: of(tx, id)? };
        version.check(&before)?;
        match changed(tx, &actor, id, &change, now)? {
            Change::Full => Err(too_many()),
            _ => Ok(DeviceLabels { labels: of(tx, id)? }),
        }
    });
    let after = after.await?;
    app.events.tell(Event::Device(id));
    Ok(after)
}

/// Changes the labels of many devices, some at a time. Whoever breaks off in between has changed those that came first, and may ask again.
///
/// # Errors
/// Neither devices nor a query is given, or both; the query can't be read, or finds too many; a label is malformed; the store's.
pub async fn edit_many(app: &App, actor: &Actor, many: LabelMany) -> Result<Labelled, ActionError> {
    let LabelMany { devices, query, set, remove } = many;
    let change = LabelChange { set, remove };
    change.check()?;
    let found = orders::whom(app, actor, Right::Enrol, devices, query).await?;
    edit_found(app, actor, found, change).await
}

/// Changes the labels of those whom [`orders::whom`] found for this actor's right to let phones in, and of nobody else: they were confirmed.
///
/// # Errors
/// They are too many; a label is malformed; the store's.
pub async fn edit_found(
    app: &App,
    actor: &Actor,
    asked: Asked,
    change: LabelChange,
) -> Result<Labelled, ActionError> {
    change.check()?;
    check_many(asked.devices.len())?;
    let Asked { devices, unknown, inactive, elsewhere, left_out } = asked;
    let mut done = Labelled { unknown, inactive, elsewhere, left_out, ..Labelled::default() };
    let devices: Vec<DeviceId> = devices.into_iter().collect();
    for some in devices.chunks(AT_ONCE) {
        let (some, actor, change, now) = (some.to_vec(), actor.clone(), change.clone(), app.now());
        let within = actor.within(Right::Enrol);
        let became = app.store.write(move |tx| {
            let of_one = |id| Ok((id, one_of_many(tx, &actor, id, (&change, &within), now)?));
            some.into_iter().map(of_one).collect::<Result<Vec<_>, ActionError>>()
        });
        for (id, became) in became.await? {
            match became {
                Change::Made => {
                    done.changed += 1;
                    app.events.tell(Event::Device(id));
                }
                Change::None => done.unchanged += 1,
                Change::Full => done.full.push(id),
                Change::Elsewhere => done.unknown.push(id.to_string()),
            }
        }
    }
    Ok(done)
}

/// Whether so many can be labelled at once.
///
/// # Errors
/// They are too many.
pub fn check_many(many: usize) -> Result<(), ActionError> {
    if many <= MOST_DEVICES {
        return Ok(());
    }
    let detail = format!("{many} devices are meant; at most {MOST_DEVICES} are changed at once");
    Err(ActionError::conflict(Code::TooManyDevices, detail))
}

/// The labels of a device, in this transaction.
///
/// # Errors
/// The store's.
pub fn of(tx: &mut dyn Tx, id: DeviceId) -> Result<Labels, StoreError> {
    let rows = tx.query("SELECT name, value FROM device_labels WHERE device = $1", &values![id])?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?))).collect()
}

/// A device that takes another's place has its labels, unless it was given some itself.
///
/// # Errors
/// The store's.
pub fn follow(
    tx: &mut dyn Tx,
    actor: &Actor,
    (old, new): (DeviceId, DeviceId),
    now: Timestamp,
) -> Result<(), StoreError> {
    let labels = of(tx, old)?;
    if labels.is_empty() || !of(tx, new)?.is_empty() {
        return Ok(());
    }
    labels.iter().try_for_each(|(name, value)| put(tx, new, name, value))?;
    let said: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let act = Act::new("device.label", format!("device:{new}"))
        .detail(format!("{}, of {old}, whose place it takes", said.join(" ")))
        .before(json!({ "labels": Labels::new() }))
        .after(json!({ "labels": labels }));
    audit::append(tx, now, actor, act)
}

/// Labels as a list's row has them.
pub(super) fn read(stored: &str) -> Labels {
    let pairs = stored.split(',').filter_map(|label| label.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A label as people write it: `role=minister`.
///
/// # Errors
/// It is none.
pub fn parse(text: &str) -> Result<(String, String), ActionError> {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let (name, value) = (name.trim(), value.trim());
    if !is_word(name) || !is_word(value) {
        return Err(malformed(text));
    }
    Ok((name.to_owned(), value.to_owned()))
}

/// What became of one device.
enum Change {
    Made,
    None,
    Full,
    /// It is not where the actor may, by now.
    Elsewhere,
}

fn one_of_many(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: DeviceId,
    (change, within): (&LabelChange, &Within),
    now: Timestamp,
) -> Result<Change, ActionError> {
    match super::org_of(tx, id) {
        Ok(org) if within.has(&org) => changed(tx, actor, id, change, now),
        Ok(_) | Err(ActionError::Missing { .. }) => Ok(Change::Elsewhere),
        Err(error) => Err(error),
    }
}

fn changed(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: DeviceId,
    change: &LabelChange,
    now: Timestamp,
) -> Result<Change, ActionError> {
    let row = tx.query_one("SELECT erased FROM devices WHERE id = $1", &values![id])?;
    let erased: Option<Timestamp> = row.ok_or_else(|| ActionError::missing("device", id))?.take()?;
    if let Some(at) = erased {
        return Err(ActionError::conflict(Code::DeviceErased, format!("it was erased at {at}")));
    }
    let before = of(tx, id)?;
    let mut after = before.clone();
    after.retain(|name, _| !change.remove.contains(name));
    after.extend(change.set.clone());
    if after == before {
        return Ok(Change::None);
    }
    if after.len() > MOST {
        return Ok(Change::Full);
    }
    tx.execute("DELETE FROM device_labels WHERE device = $1", &values![id])?;
    after.iter().try_for_each(|(name, value)| put(tx, id, name, value))?;
    let given = after.iter().filter(|(name, value)| before.get(*name) != Some(value));
    let taken = before.keys().filter(|name| !after.contains_key(*name));
    let said: Vec<String> = given
        .map(|(name, value)| format!("{name}={value}"))
        .chain(taken.map(|name| format!("-{name}")))
        .collect();
    let act = Act::new("device.label", format!("device:{id}")).detail(said.join(" "));
    let act = act.before(json!({ "labels": before })).after(json!({ "labels": after }));
    audit::append(tx, now, actor, act)?;
    Ok(Change::Made)
}

fn put(tx: &mut dyn Tx, id: DeviceId, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO device_labels (device, name, value) VALUES ($1, $2, $3)";
    tx.execute(sql, &values![id, name, value]).map(drop)
}

impl LabelChange {
    fn check(&self) -> Result<(), ActionError> {
        if self.set.is_empty() && self.remove.is_empty() {
            return Err(ActionError::invalid(Code::BadLabel, "no label is named"));
        }
        if self.set.len() > MOST || self.remove.len() > MOST {
            return Err(too_many());
        }
        let wrong = self.set.iter().find(|(name, value)| !is_word(name) || !is_word(value));
        if let Some((name, value)) = wrong {
            return Err(malformed(&format!("{name}={value}")));
        }
        if let Some(name) = self.remove.iter().find(|name| !is_word(name)) {
            return Err(malformed(name));
        }
        match self.remove.iter().find(|name| self.set.contains_key(*name)) {
            Some(name) => {
                Err(ActionError::invalid(Code::BadLabel, format!("{name} is given and taken away")))
            }
            None => Ok(()),
        }
    }
}

fn malformed(text: &str) -> ActionError {
    let shown: String = text.chars().take(130).collect();
    let detail = format!(
        "{shown:?} is no label: role=minister, each part 1 to {LONGEST} of a-z, 0-9, `.`, `_` and `-`, with a letter or digit at both ends"
    );
    ActionError::invalid(Code::BadLabel, detail)
}

fn too_many() -> ActionError {
    ActionError::invalid(Code::BadLabel, format!("a device has at most {MOST} labels"))
}

#[cfg(test)]
#[path = "labels_tests.rs"]
mod tests;
