//! Which device a phone of the register is. By themselves they find each other by the tag, where exactly one device fits; a person links
//! and parts whatever else.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use std::collections::HashMap;

use super::edit::store;
use super::row::{find, tagged};
use super::{Asset, AssetId, Life, compared};
use crate::app::App;
use crate::auth::{self, Actor, Right, Thing, Within};
use crate::devices::{Device, Status, org_of};
use crate::error::ActionError;
use crate::judge;
use crate::problems::Code;
use crate::store::{StoreError, Tx, Value, values};

/// Says that a phone is this device. What was handed out is in use from then on.
///
/// # Errors
/// There is no such asset or device; one of them is linked already; the device does not count; no agent is possible on the phone, or it is
/// retired; their organisations do not lie in one line.
pub async fn link(app: &App, actor: &Actor, id: AssetId, device: DeviceId) -> Result<Asset, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let linked = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Asset(id))?;
            let before = find(tx, id)?;
            if before.device == Some(device) {
                return Ok(before);
            }
            auth::check(tx, &actor, Right::Register, &Thing::Device(device))?;
            may_link(tx, &before, device)?;
            let after = attached(&before, device, now);
            store(tx, &(Some(before), after.clone()), &actor, now)?;
            Ok::<_, ActionError>(after)
        })
        .await?;
    judge::at_once(app).await;
    Ok(linked)
}

/// Says that a phone is no device any more. Where it is in its life stays.
///
/// # Errors
/// There is none, or no device is linked to it.
pub async fn unlink(app: &App, actor: &Actor, id: AssetId) -> Result<Asset, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let parted = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Asset(id))?;
            let before = find(tx, id)?;
            if before.device.is_none() {
                return refuse("no device is linked to it");
            }
            let after = Asset { device: None, changed: now, ..before.clone() };
            store(tx, &(Some(before), after.clone()), &actor, now)?;
            Ok::<_, ActionError>(after)
        })
        .await?;
    judge::at_once(app).await;
    Ok(parted)
}

/// The phone of the register that a device is, if it is one.
///
/// # Errors
/// The store's.
pub async fn asset_of(app: &App, device: DeviceId) -> Result<Option<AssetId>, ActionError> {
    let found = app.store.read(move |tx| of_device(tx, device)).await?;
    Ok(found)
}

fn of_device(tx: &mut dyn Tx, device: DeviceId) -> Result<Option<AssetId>, StoreError> {
    let found = tx.query_one("SELECT id FROM assets WHERE device = $1", &values![device])?;
    found.map(|mut row| row.take()).transpose()
}

/// A device counts from now on, and its row says so: if a phone of the register has its tag and no device, and no other device has that tag,
/// it is this one.
///
/// # Errors
/// The store's.
pub fn enrolled(tx: &mut dyn Tx, device: &Device, actor: &Actor, now: Timestamp) -> Result<(), ActionError> {
    let Some(tag) = device.shown.asset_tag.as_deref() else { return Ok(()) };
    let Some(asset) = tagged(tx, tag)? else { return Ok(()) };
    // it was admitted by whoever may, and the register was written before
    if fitting(tx, &asset, &Within::Everywhere)? != Some(device.id) {
        return Ok(());
    }
    let after = attached(&asset, device.id, now);
    store(tx, &(Some(asset), after), actor, now)
}

/// The device that a phone without one is, if exactly one fits its tag.
pub(super) fn fitting(
    tx: &mut dyn Tx,
    asset: &Asset,
    within: &Within,
) -> Result<Option<DeviceId>, StoreError> {
    let Some(tag) = asset.tag.as_deref().and_then(compared).filter(|_| is_open(asset)) else {
        return Ok(None);
    };
    let free = Free { parents: Parents::read(tx)?, by_tag: free(tx, Some(&tag))? };
    Ok(free.fitting(asset, within))
}

/// Active devices that no asset is linked to, by their tags.
pub(super) struct Free {
    parents: Parents,
    by_tag: HashMap<String, Vec<(DeviceId, String)>>,
}

impl Free {
    /// All of them.
    pub fn all(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        Ok(Self { parents: Parents::read(tx)?, by_tag: free(tx, None)? })
    }

    /// The device that a phone without one is, if exactly one fits its tag and lies where the caller keeps the register.
    pub fn fitting(&self, asset: &Asset, within: &Within) -> Option<DeviceId> {
        let tag = asset.tag.as_deref().and_then(compared).filter(|_| is_open(asset))?;
        let tagged = self.by_tag.get(&tag).into_iter().flatten();
        let mut fits = tagged.filter(|(_, org)| self.parents.in_line(org, &asset.org));
        match (fits.next(), fits.next()) {
            // where it may not be linked by hand it is not by itself either
            (Some((device, org)), None) if within.has(org) => Some(*device),
            _ => None,
        }
    }
}

/// Whether what was written is a reason to look for its device. Whoever parts the two and then changes something else is not undone.
pub(super) fn looks_for_device(before: Option<&Asset>, after: &Asset) -> bool {
    before.is_none_or(|before| before.tag != after.tag || before.org != after.org)
}

/// The same phone as this device.
pub(super) fn attached(asset: &Asset, device: DeviceId, now: Timestamp) -> Asset {
    let mut after = Asset { device: Some(device), changed: now, ..asset.clone() };
    if after.life == Life::HandedOut {
        (after.life, after.life_since) = (Life::InUse, now);
    }
    after
}

/// Whether it may become a device by itself.
fn is_open(asset: &Asset) -> bool {
    asset.device.is_none() && asset.life != Life::Retired && asset.can_have_agent()
}

/// The organisation that each belongs to.
pub(super) struct Parents(HashMap<String, String>);

impl Parents {
    pub fn read(tx: &mut dyn Tx) -> Result<Self, StoreError> {
        let rows = tx.query("SELECT id, parent FROM orgs WHERE parent IS NOT NULL", &[])?;
        let pairs = rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?)));
        Ok(Self(pairs.collect::<Result<_, StoreError>>()?))
    }

    #[cfg(test)]
    pub fn of(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(org, of)| ((*org).to_owned(), (*of).to_owned())).collect())
    }

    /// Whether one of two organisations is the other, or lies below it.
    pub fn in_line(&self, one: &str, other: &str) -> bool {
        self.leads(one, other) || self.leads(other, one)
    }

    /// Whether the way up from `org` comes to `top`. Even in a circle it is no longer than there are organisations.
    fn leads(&self, org: &str, top: &str) -> bool {
        let way = std::iter::successors(Some(org), |org| self.0.get(*org).map(String::as_str));
        way.take(self.0.len() + 1).any(|org| org == top)
    }
}

fn free(tx: &mut dyn Tx, tag: Option<&str>) -> Result<HashMap<String, Vec<(DeviceId, String)>>, StoreError> {
    let which = if tag.is_some() { "d.tag_key = $1" } else { "d.tag_key IS NOT NULL" };
    let sql = format!(
        "SELECT d.id, d.org, d.tag_key FROM devices AS d WHERE {which} AND d.status = 'active' \
         AND NOT EXISTS (SELECT 1 FROM assets AS a WHERE a.device = d.id) ORDER BY d.id"
    );
    let params: Vec<Value<'_>> = tag.map(Value::from).into_iter().collect();
    let mut found: HashMap<String, Vec<(DeviceId, String)>> = HashMap::new();
    for mut row in tx.query(&sql, &params)? {
        let (device, org): (DeviceId, String) = (row.take()?, row.take()?);
        found.entry(row.take()?).or_default().push((device, org));
    }
    Ok(found)
}

fn may_link(tx: &mut dyn Tx, asset: &Asset, device: DeviceId) -> Result<(), ActionError> {
    if let Some(other) = asset.device {
        return refuse(format!("the device {other} is linked to it; unlink it first"));
    }
    if asset.life == Life::Retired {
        return refuse("it is retired");
    }
    if !asset.can_have_agent() {
        return refuse("the register says that no agent is possible on it; change its platform first");
    }
    let org = org_of(tx, device)?;
    let status = tx.query_one("SELECT status FROM devices WHERE id = $1", &values![device])?;
    let status: Option<Status> = status.map(|mut row| row.parse("a status")).transpose()?;
    if status != Some(Status::Active) {
        return refuse(format!("the device is {}", status.map_or("gone", Status::word)));
    }
    if let Some(other) = of_device(tx, device)? {
        return refuse(format!("the asset {other} is this device"));
    }
    if !Parents::read(tx)?.in_line(&org, &asset.org) {
        return refuse(format!("the device is in {org}, which lies neither above nor below {}", asset.org));
    }
    Ok(())
}

/// Why a phone may not be where it is now: the device that is linked to it lies in another line of organisations.
pub(super) fn strays(tx: &mut dyn Tx, asset: &Asset) -> Result<Option<String>, ActionError> {
    let Some(device) = asset.device else { return Ok(None) };
    let org = org_of(tx, device)?;
    if Parents::read(tx)?.in_line(&org, &asset.org) {
        return Ok(None);
    }
    Ok(Some(format!(
        "its device is in {org}, which lies neither above nor below {}; unlink it first",
        asset.org
    )))
}

fn refuse<T>(why: impl Into<String>) -> Result<T, ActionError> {
    Err(ActionError::conflict(Code::AssetLink, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parents(pairs: &[(&str, &str)]) -> Parents {
        Parents::of(pairs)
    }

    #[test]
    fn a_line_goes_up_and_down_but_not_aside() {
        let orgs = parents(&[("minfin", "state"), ("tax", "minfin"), ("army", "state")]);
        for (one, other, same) in [
            ("tax", "tax", true),
            ("tax", "state", true),
            ("state", "tax", true),
            ("tax", "army", false),
            ("minfin", "army", false),
            ("tax", "nobody", false),
        ] {
            assert_eq!(orgs.in_line(one, other), same, "{one}, {other}");
        }
    }

    #[test]
    fn a_circle_has_an_end() {
        let orgs = parents(&[("a", "b"), ("b", "a"), ("c", "b")]);
        assert!(orgs.in_line("a", "b") && orgs.in_line("c", "a") && !orgs.in_line("a", "d"));
    }
}
