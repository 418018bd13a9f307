//! Reading and writing rows of the register, and what is kept of their history.

use muster_proto::time::{Day, Timestamp};

use super::{Asset, AssetId, compared, planned};
use crate::auth::Actor;
use crate::away;
use crate::error::ActionError;
use crate::store::{Batch, Kind, Row, StoreError, Tx, Value, values};

/// The columns that [`asset`] reads.
pub(super) const COLUMNS: &str = "a.id, a.org, a.tag, a.serial, a.carrier, a.maker, a.model, a.platform, a.life, a.life_since, a.device, \
    a.replace_by, a.budget, a.cost, a.currency, a.replaced_by, a.note, a.created, a.changed, a.carrier_id, a.carrier_standing, a.carrier_since, a.carrier_org";

/// Reads a row.
pub(super) fn asset(row: &mut Row) -> Result<Asset, StoreError> {
    Ok(Asset {
        id: row.take()?,
        org: row.take()?,
        tag: row.take()?,
        serial: row.take()?,
        carrier: row.take()?,
        maker: row.take()?,
        model: row.take()?,
        platform: word(row, "a platform of the register")?,
        life: row.parse("a life")?,
        life_since: row.take()?,
        device: row.take()?,
        replace_by: row.take::<Option<u32>>()?.and_then(Day::from_days),
        budget: word(row, "a budget")?,
        cost: row.take()?,
        currency: row.take()?,
        replaced_by: row.take()?,
        note: row.take()?,
        created: row.take()?,
        changed: row.take()?,
        carrier_id: row.take()?,
        carrier_standing: word(row, "what the directory says of a carrier")?,
        carrier_since: row.take()?,
        carrier_org: row.take()?,
    })
}

fn word<T: std::str::FromStr>(row: &mut Row, what: &'static str) -> Result<Option<T>, StoreError> {
    let text: Option<String> = row.take()?;
    text.map(|text| text.parse().map_err(|_| StoreError::Column(what))).transpose()
}

/// One asset.
///
/// # Errors
/// There is none, or the store's.
pub(super) fn find(tx: &mut dyn Tx, id: AssetId) -> Result<Asset, ActionError> {
    let row = tx.query_one(&format!("SELECT {COLUMNS} FROM assets AS a WHERE a.id = $1"), &values![id])?;
    Ok(asset(&mut row.ok_or_else(|| ActionError::missing("asset", id))?)?)
}

/// The asset with this tag, as tags are compared.
///
/// # Errors
/// The store's.
pub(super) fn tagged(tx: &mut dyn Tx, tag: &str) -> Result<Option<Asset>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM assets AS a WHERE a.tag_key = $1");
    tx.query_one(&sql, &values![compared(tag)])?.as_mut().map(asset).transpose()
}

/// What was there and what is to be there; nothing was there of a new one.
pub(super) type Written = (Option<Asset>, Asset);

/// Writes assets, and what that changes of their history. Those that are judged by their maker are due for judgement.
///
/// # Errors
/// The store's.
pub(super) fn write(
    tx: &mut dyn Tx,
    assets: &[Written],
    actor: &Actor,
    now: Timestamp,
) -> Result<(), StoreError> {
    let new: Vec<_> =
        assets.iter().filter(|(before, _)| before.is_none()).map(|(_, after)| cells(after)).collect();
    tx.write_many(&Batch { table: "assets", keys: 0, columns: PARTS }, &new)?;
    let old: Vec<_> =
        assets.iter().filter(|(before, _)| before.is_some()).map(|(_, after)| cells(after)).collect();
    tx.write_many(&Batch { table: "assets", keys: 1, columns: PARTS }, &old)?;
    judgements(tx, assets, now)?;
    hand_on(tx, assets, actor, now)?;
    let events: Vec<_> = assets.iter().flat_map(|written| events(written, actor, now)).collect();
    tx.write_many(&EVENTS, &events)
}

/// A device that comes to somebody else, or to no phone of the register any more, is not away because its carrier was.
fn hand_on(tx: &mut dyn Tx, assets: &[Written], actor: &Actor, now: Timestamp) -> Result<(), StoreError> {
    for (before, after) in assets {
        let Some(before) = before else { continue };
        // whose name is only taken away still has it
        let other = after.carrier.is_some() && after.carrier != before.carrier;
        if let Some(device) = before.device.filter(|device| other || after.device != Some(*device)) {
            away::handed_on(tx, actor, device, now)?;
        }
    }
    Ok(())
}

/// Who can have no agent is due for judgement; who can, or who is with nobody, has no verdict. Its findings stay: a phone that was in stock for a
/// day has no new grace after it.
fn judgements(tx: &mut dyn Tx, assets: &[Written], now: Timestamp) -> Result<(), StoreError> {
    let (mut due, mut none): (Vec<Vec<Value<'_>>>, Vec<Vec<Value<'_>>>) = Default::default();
    for (before, after) in assets {
        if after.is_declared() {
            due.push(Vec::from(values![&after.id, now]));
        } else if before.as_ref().is_some_and(Asset::is_declared) {
            none.push(vec![Value::from(&after.id), Value::Null, Value::Null, Value::Null, Value::Null]);
        }
    }
    tx.write_many(&DUE, &due)?;
    tx.write_many(&NO_VERDICT, &none)?;
    planned::touch(tx, assets, now)
}

/// An entry for each part of the history that is another now.
fn events<'a>(
    (before, after): &'a Written,
    actor: &'a Actor,
    now: Timestamp,
) -> impl Iterator<Item = Vec<Value<'a>>> + use<'a> {
    type Part = (&'static str, fn(&Asset) -> Option<String>);
    const HISTORY: [Part; 4] = [
        ("life", |asset| Some(asset.life.word().to_owned())),
        ("carrier", |asset| asset.carrier.clone()),
        ("org", |asset| Some(asset.org.clone())),
        ("device", |asset| asset.device.map(|device| device.to_string())),
    ];
    HISTORY.into_iter().filter_map(move |(part, of)| {
        let (was, becomes) = (before.as_ref().and_then(of), of(after));
        let row = || Vec::from(values![&after.id, now, actor.name(), part, was.clone(), becomes.clone()]);
        (was != becomes).then(row)
    })
}

fn cells(asset: &Asset) -> Vec<Value<'_>> {
    Vec::from(values![
        &asset.id,
        &asset.org,
        asset.tag.as_deref(),
        asset.tag.as_deref().and_then(compared),
        asset.serial.as_deref(),
        asset.serial.as_deref().and_then(compared),
        asset.carrier.as_deref(),
        asset.maker.as_deref(),
        asset.model.as_deref(),
        asset.platform.map(super::AssetPlatform::word),
        asset.life.word(),
        asset.life_since,
        asset.device.as_ref(),
        asset.replace_by.map(Day::days),
        asset.budget.map(super::Budget::word),
        asset.cost,
        asset.currency.as_deref(),
        asset.replaced_by.as_ref(),
        asset.note.as_deref(),
        asset.created,
        asset.changed,
        asset.carrier_id.as_deref(),
        asset.carrier_standing.map(super::CarrierStanding::word),
        asset.carrier_since,
        asset.carrier_org.as_deref(),
    ])
}

const PARTS: &[(&str, Kind)] = &[
    ("id", Kind::Blob),
    ("org", Kind::Text),
    ("tag", Kind::Text),
    ("tag_key", Kind::Text),
    ("serial", Kind::Text),
    ("serial_key", Kind::Text),
    ("carrier", Kind::Text),
    ("maker", Kind::Text),
    ("model", Kind::Text),
    ("platform", Kind::Text),
    ("life", Kind::Text),
    ("life_since", Kind::Int),
    ("device", Kind::Blob),
    ("replace_by", Kind::Int),
    ("budget", Kind::Text),
    ("cost", Kind::Int),
    ("currency", Kind::Text),
    ("replaced_by", Kind::Blob),
    ("note", Kind::Text),
    ("created", Kind::Int),
    ("changed", Kind::Int),
    ("carrier_id", Kind::Text),
    ("carrier_standing", Kind::Text),
    ("carrier_since", Kind::Int),
    ("carrier_org", Kind::Text),
];

const DUE: Batch<'static> =
    Batch { table: "assets", keys: 1, columns: &[("id", Kind::Blob), ("next_judgement", Kind::Int)] };

const NO_VERDICT: Batch<'static> = Batch {
    table: "assets",
    keys: 1,
    columns: &[
        ("id", Kind::Blob),
        ("verdict", Kind::Text),
        ("verdict_since", Kind::Int),
        ("verdict_due", Kind::Int),
        ("next_judgement", Kind::Int),
    ],
};

const EVENTS: Batch<'static> = Batch {
    table: "asset_events",
    keys: 0,
    columns: &[
        ("asset", Kind::Blob),
        ("at", Kind::Int),
        ("actor", Kind::Text),
        ("part", Kind::Text),
        ("was", Kind::Text),
        ("becomes", Kind::Text),
    ],
};
