//! What people do with the register: they write phones down, change what is said of them, and strike out what was a mistake.

use muster_proto::time::Timestamp;
use serde_json::{Map, Value as Json, json};
use std::collections::HashSet;

use super::row::{Written, find, write};
use super::{Asset, AssetChange, AssetId, Flaw, NewAsset, compared, link};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::judge;
use crate::orgs;
use crate::problems::Code;
use crate::store::{Tx, values};
use crate::version::IfMatch;

/// Writes a phone down. If exactly one device fits its tag, it is linked to that; if it can have no agent, it is judged when this returns.
///
/// # Errors
/// What is said is malformed, or neither a tag nor a serial number; the organisation or the asset that takes its place is not there; another
/// asset has its tag or serial number.
pub async fn add(app: &App, actor: &Actor, new: NewAsset) -> Result<Asset, ActionError> {
    let (actor, now, id) = (actor.clone(), app.now(), AssetId(app.draw()?));
    let added = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Org(new.org.clone()))?;
            let asset = Asset::blank(id, new.org.clone(), now).first(new.into(), now)?;
            check(tx, None, &asset, &actor)?;
            let written = linked(tx, (None, asset), &actor, now)?;
            store(tx, &written, &actor, now)?;
            Ok::<_, ActionError>(written.1)
        })
        .await?;
    judge::at_once(app).await;
    Ok(added)
}

/// Changes what is said of a phone. Of one that somebody has, another carrier or organisation is a reassignment.
///
/// # Errors
/// There is none; it is of another version by now; as [`add`]; its life does not go that way; it would take its own place; it would leave the
/// line of organisations of the device that is linked to it.
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: AssetId,
    version: IfMatch,
    change: AssetChange,
) -> Result<Asset, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let edited = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Asset(id))?;
            let before = find(tx, id)?;
            version.check(&before)?;
            let after = before.with(change, now)?;
            if after == before {
                return Ok(after);
            }
            auth::check(tx, &actor, Right::Register, &Thing::Org(after.org.clone()))?;
            check(tx, Some(&before), &after, &actor)?;
            let written = linked(tx, (Some(before), after), &actor, now)?;
            store(tx, &written, &actor, now)?;
            Ok::<_, ActionError>(written.1)
        })
        .await?;
    judge::at_once(app).await;
    Ok(edited)
}

/// Strikes a phone out that never was a device: a mistake. The others are retired, and their history stays.
///
/// # Errors
/// There is none; it is of another version by now; a device is or was linked to it.
pub async fn remove(app: &App, actor: &Actor, id: AssetId, version: IfMatch) -> Result<(), ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Register, &Thing::Asset(id))?;
            let asset = find(tx, id)?;
            version.check(&asset)?;
            let had = "SELECT 1 FROM asset_events WHERE asset = $1 AND part = 'device' LIMIT 1";
            if asset.device.is_some() || tx.query_one(had, &values![id])?.is_some() {
                let detail = "a device is or was linked to it: retire it, and its history stays";
                return Err(ActionError::conflict(Code::AssetHadDevice, detail));
            }
            tx.execute(
                "UPDATE assets SET replaced_by = NULL, changed = $2 WHERE replaced_by = $1",
                &values![id, now],
            )?;
            tx.execute("DELETE FROM asset_events WHERE asset = $1", &values![id])?;
            tx.execute("DELETE FROM assets WHERE id = $1", &values![id])?;
            let act = Act::new("asset.remove", format!("asset:{id}"))
                .detail(called(&asset))
                .before(Json::Object(parts(&asset)));
            Ok(audit::append(tx, now, &actor, act)?)
        })
        .await
}

/// One phone, as whoever asks sees it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, actor: &Actor, id: AssetId) -> Result<super::AssetRow, ActionError> {
    let row = app.store.read(move |tx| super::list::row_of(tx, id)).await?;
    Ok(row.seen_by(&actor.within(Right::Read)))
}

/// What only the store knows: whether what is named is there, and whether a number is another's. Who has a branch names phones of that alone.
fn check(tx: &mut dyn Tx, before: Option<&Asset>, after: &Asset, actor: &Actor) -> Result<(), ActionError> {
    if before.is_none_or(|before| before.org != after.org) {
        orgs::find(tx, &after.org)?;
    }
    if let Some(next) =
        after.replaced_by.filter(|next| before.is_none_or(|before| before.replaced_by != Some(*next)))
    {
        auth::check(tx, actor, Right::Register, &Thing::Asset(next))?;
        find(tx, next)?;
        no_circle(tx, after, next)?;
    }
    if before.is_some_and(|before| before.org != after.org)
        && let Some(why) = link::strays(tx, after)?
    {
        return Err(ActionError::conflict(Code::AssetLink, why));
    }
    let named = |asset: &Asset| asset.tag.is_some() || asset.serial.is_some();
    if !named(after) && before.is_none_or(named) {
        let why = "a phone has a tag or a serial number, or nobody could tell which it is".to_owned();
        return Err(Flaw { part: "tag", code: Code::AssetMalformed, why }.into());
    }
    for (part, number) in [("tag", &after.tag), ("serial", &after.serial)] {
        let Some(key) = number.as_deref().and_then(compared) else { continue };
        let taken = format!("SELECT id, org FROM assets WHERE {part}_key = $1 AND id <> $2");
        if let Some(mut row) = tx.query_one(&taken, &values![key, after.id])? {
            let (other, org): (AssetId, String) = (row.take()?, row.take()?);
            let which =
                if actor.sees(&org) { format!("the asset {other}") } else { "another phone".to_owned() };
            return Err(ActionError::conflict(Code::AssetExists, format!("{part}: {which} has it")));
        }
    }
    Ok(())
}

/// A phone that is replaced may not, over however many others, take its own successor's place.
fn no_circle(tx: &mut dyn Tx, asset: &Asset, next: AssetId) -> Result<(), ActionError> {
    let (mut seen, mut next) = (HashSet::new(), Some(next));
    // whoever stands in a circle of old has a way that ends where it would begin anew
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        if id == asset.id {
            let why = "it would take its own place, over those that it is replaced by".to_owned();
            return Err(Flaw { part: "replaced_by", code: Code::AssetMalformed, why }.into());
        }
        let row = tx.query_one("SELECT replaced_by FROM assets WHERE id = $1", &values![id])?;
        next = row.map_or(Ok(None), |mut row| row.take())?;
    }
    Ok(())
}

/// Links a phone that has come to a tag, or to an organisation, to the one device that fits.
fn linked(
    tx: &mut dyn Tx,
    (before, after): Written,
    actor: &Actor,
    now: Timestamp,
) -> Result<Written, ActionError> {
    if !link::looks_for_device(before.as_ref(), &after) {
        return Ok((before, after));
    }
    let after = match link::fitting(tx, &after, &actor.within(Right::Register))? {
        Some(device) => link::attached(&after, device, now),
        None => after,
    };
    Ok((before, after))
}

/// Writes it, and the entries of the audit.
pub(super) fn store(
    tx: &mut dyn Tx,
    written: &Written,
    actor: &Actor,
    now: Timestamp,
) -> Result<(), ActionError> {
    write(tx, std::slice::from_ref(written), actor, now)?;
    for act in acts(written) {
        audit::append(tx, now, actor, act)?;
    }
    Ok(())
}

/// What the audit says. Who carries a phone, and notes, stand in the register alone: from there they can be taken away.
fn acts((before, after): &Written) -> Vec<Act> {
    let subject = format!("asset:{}", after.id);
    let device = before.as_ref().and_then(|before| before.device);
    let mut acts = Vec::new();
    match before {
        None => {
            let act = Act::new("asset.add", &subject).detail(called(after));
            acts.push(act.after(Json::Object(parts(after))));
        }
        Some(before) => acts.extend(edited(&subject, before, after)),
    }
    if device != after.device {
        let other = after.device.or(device).map(|device| device.to_string()).unwrap_or_default();
        let act = match after.device {
            Some(_) => Act::new("asset.link", &subject),
            None => Act::new("asset.unlink", &subject),
        };
        let act = act.detail(format!("{}, device {other}", called(after)));
        acts.push(act.before(json!({ "device": device })).after(json!({ "device": after.device })));
    }
    acts
}

/// The entry of an edit; none where nothing but its device, and what comes with that, is another.
fn edited(subject: &str, before: &Asset, after: &Asset) -> Option<Act> {
    let (was, is) = (parts(before), parts(after));
    let differs = |key: &str| was.get(key) != is.get(key);
    let mut names: Vec<&str> = is.keys().map(String::as_str).filter(|key| differs(key)).collect();
    if before.device != after.device {
        names.retain(|name| *name != "life");
    }
    let hidden = [
        ("carrier", before.carrier != after.carrier),
        ("carrier_id", before.carrier_id != after.carrier_id),
        ("note", before.note != after.note),
    ];
    let only = |parts: &Map<String, Json>| {
        let kept = parts.iter().filter(|(key, _)| names.contains(&key.as_str()));
        Json::Object(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
    };
    let (old, new) = (only(&was), only(&is));
    let changed: Vec<&str> =
        names.iter().copied().chain(hidden.iter().filter(|one| one.1).map(|one| one.0)).collect();
    if changed.is_empty() {
        return None;
    }
    let act = if is_reassigned(before, after) {
        Act::new("asset.reassign", subject)
    } else {
        Act::new("asset.edit", subject)
    };
    let detail = format!("{}: {}", called(after), changed.join(", "));
    Some(act.detail(detail).before(old).after(new))
}

/// Whether a phone that somebody has comes to another carrier or organisation.
pub(super) fn is_reassigned(before: &Asset, after: &Asset) -> bool {
    before.life.is_out() && (before.carrier != after.carrier || before.org != after.org)
}

/// What people know it by.
pub(super) fn called(asset: &Asset) -> String {
    let name = asset.tag.as_deref().or(asset.serial.as_deref()).or(asset.model.as_deref());
    format!("{} in {}", name.unwrap_or("a phone without a number"), asset.org)
}

/// What the audit keeps of it.
fn parts(asset: &Asset) -> Map<String, Json> {
    let all = json!({
        "org": asset.org,
        "tag": asset.tag,
        "serial": asset.serial,
        "maker": asset.maker,
        "model": asset.model,
        "platform": asset.platform,
        "life": asset.life,
        "replace_by": asset.replace_by,
        "budget": asset.budget,
        "cost": asset.cost,
        "currency": asset.currency,
        "replaced_by": asset.replaced_by,
    });
    match all {
        Json::Object(parts) => parts,
        _ => Map::new(),
    }
}
