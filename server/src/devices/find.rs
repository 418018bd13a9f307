//! One phone by a name that somebody reads out: no list, and no part of a name. And those whose names begin so, for who may read lists.

use muster_proto::id::DeviceId;

use super::Status;
use super::list;
use super::view::DeviceRow;
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::problems::Code;
use crate::register::{AssetId, compared};
use crate::store::{Row, StoreError, Tx, Value, values};

/// The phone of exactly this id, tag or serial number, among those that the actor may look at.
///
/// # Errors
/// There is none, or several; the store's.
pub async fn find(app: &App, actor: &Actor, name: &str) -> Result<DeviceRow, ActionError> {
    let (within, name) = (actor.within(Right::OneDevice), name.trim().to_owned());
    app.store
        .read(move |tx| {
            let mut found = Vec::new();
            for (id, _) in named(tx, &name, &within)? {
                found.extend(list::find(tx, id)?);
            }
            if found.len() > 1 {
                let detail = format!("several devices are called {name:?}; say which by its id");
                return Err(ActionError::conflict(Code::SeveralDevices, detail));
            }
            match found.pop() {
                Some(row) => Ok(row),
                None if registered(tx, &name, &within)? => {
                    let detail = format!("{name:?} stands in the register, and no device is linked to it");
                    Err(ActionError::conflict(Code::NotEnrolled, detail))
                }
                None => Err(ActionError::missing("device", &name)),
            }
        })
        .await
}

/// A phone whose name begins so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The tag or the serial number that begins so; else the id.
    pub name: String,
    /// Its organisation.
    pub org: String,
    /// Its model.
    pub model: Option<String>,
    /// The device that it is.
    pub device: Option<DeviceId>,
    /// The phone of the register that it is. One of the two is there.
    pub asset: Option<AssetId>,
}

/// Phones of the register, and active devices, whose tag, serial number or id begins so: at most `most`, each once. Read from indexes,
/// so that it costs little however many phones there are. Of an id it takes four digits.
///
/// # Errors
/// The store's.
pub async fn beginning(app: &App, actor: &Actor, text: &str, most: u32) -> Result<Vec<Named>, ActionError> {
    let (within, text) = (actor.within(Right::Read), text.trim().to_owned());
    app.store
        .read(move |tx| {
            let mut found: Vec<Named> = Vec::new();
            if let Some(key) = compared(&text) {
                let end = format!("{key}{}", char::MAX);
                for (sql, org) in
                    [(ASSETS_BY_TAG, "a.org"), (ASSETS_BY_SERIAL, "a.org"), (DEVICES_BY_TAG, "d.org")]
                {
                    let bounds = values![key.clone(), end.clone(), most].to_vec();
                    take(tx, sql, (&within, org), bounds, &mut found)?;
                }
            }
            if let Some((first, last)) = ids(&text) {
                let bounds = values![first, last, most].to_vec();
                take(tx, DEVICES_BY_ID, (&within, "d.org"), bounds, &mut found)?;
            }
            found.truncate(most as usize);
            Ok::<_, ActionError>(found)
        })
        .await
}

const ASSETS_BY_TAG: &str = r#"SELECT a.tag, a.org, a.model, a.device, a.id FROM assets AS a
    WHERE COALESCE(a.tag_key, '') COLLATE "C" >= $1 AND COALESCE(a.tag_key, '') COLLATE "C" < $2{}
    ORDER BY COALESCE(a.tag_key, '') COLLATE "C", a.id LIMIT $3"#;
const ASSETS_BY_SERIAL: &str = r#"SELECT a.serial, a.org, a.model, a.device, a.id FROM assets AS a
    WHERE a.serial_key COLLATE "C" >= $1 AND a.serial_key COLLATE "C" < $2{} ORDER BY a.serial_key COLLATE "C" LIMIT $3"#;
const DEVICES_BY_TAG: &str = r#"SELECT d.asset_tag, d.org, d.model, d.id, a.id FROM devices AS d LEFT JOIN assets AS a ON a.device = d.id
    WHERE d.tag_key COLLATE "C" >= $1 AND d.tag_key COLLATE "C" < $2 AND d.status = 'active'{}
    ORDER BY d.tag_key COLLATE "C", d.id LIMIT $3"#;
const DEVICES_BY_ID: &str =
    "SELECT NULL, d.org, d.model, d.id, a.id FROM devices AS d LEFT JOIN assets AS a ON a.device = d.id
    WHERE d.id >= $1 AND d.id <= $2 AND d.status = 'active'{} ORDER BY d.id LIMIT $3";

/// Adds what a statement finds in these organisations, but for what is there already.
fn take(
    tx: &mut dyn Tx,
    sql: &str,
    (within, org): (&Within, &str),
    mut params: Vec<Value<'static>>,
    found: &mut Vec<Named>,
) -> Result<(), StoreError> {
    let condition = within.condition(org, &mut params);
    for mut row in tx.query(&sql.replace("{}", &condition), &params)? {
        let one = phone(&mut row)?;
        let same = |other: &Named| {
            (one.device.is_some() && one.device == other.device)
                || (one.asset.is_some() && one.asset == other.asset)
        };
        if !found.iter().any(same) {
            found.push(one);
        }
    }
    Ok(())
}

fn phone(row: &mut Row) -> Result<Named, StoreError> {
    let (name, org, model) = (row.take::<Option<String>>()?, row.take()?, row.take()?);
    let (device, asset): (Option<DeviceId>, Option<AssetId>) = (row.take()?, row.take()?);
    let name = name.or_else(|| device.map(|id| id.to_string())).unwrap_or_default();
    Ok(Named { name, org, model, device, asset })
}

/// The first and the last id that begin so.
fn ids(text: &str) -> Option<(DeviceId, DeviceId)> {
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !(4..=32).contains(&text.len()) {
        return None;
    }
    let filled = |with: &str| format!("{text}{}", with.repeat(32 - text.len())).to_ascii_lowercase().parse();
    Some((filled("0").ok()?, filled("f").ok()?))
}

/// Whether the register has a phone of this name, for whoever may see one, and no device of it.
fn registered(tx: &mut dyn Tx, name: &str, within: &Within) -> Result<bool, StoreError> {
    let Some(key) = compared(name) else { return Ok(false) };
    let sql = "SELECT org FROM assets WHERE (tag_key = $1 OR serial_key = $1) AND device IS NULL LIMIT 100";
    for mut row in tx.query(sql, &values![key])? {
        if within.has(&row.take::<String>()?) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The device with this id; else those that count and say exactly this asset tag; else those that have the name as their tag, or in the
/// register as their tag or serial number, however it is written. What others have is not there, and hides nothing.
///
/// # Errors
/// The store's.
pub(crate) fn named(
    tx: &mut dyn Tx,
    name: &str,
    within: &Within,
) -> Result<Vec<(DeviceId, Status)>, StoreError> {
    if let Ok(id) = name.parse::<DeviceId>() {
        return called(
            tx,
            "SELECT d.id, d.status FROM devices AS d WHERE d.id = $1{}",
            values![id].to_vec(),
            within,
        );
    }
    let found = called(tx, TAGGED, values![name.to_owned()].to_vec(), within)?;
    match compared(name) {
        Some(key) if found.is_empty() => called(tx, LISTED, values![key].to_vec(), within),
        _ => Ok(found),
    }
}

const TAGGED: &str =
    "SELECT d.id, d.status FROM devices AS d WHERE d.asset_tag = $1 AND d.status = 'active'{} LIMIT 2";
const LISTED: &str = "SELECT d.id, d.status FROM devices AS d WHERE d.tag_key = $1 AND d.status = 'active'{}
    UNION SELECT d.id, d.status FROM assets AS a JOIN devices AS d ON d.id = a.device
    WHERE (a.tag_key = $1 OR a.serial_key = $1){} LIMIT 2";

/// What a statement finds in these organisations.
fn called(
    tx: &mut dyn Tx,
    sql: &str,
    mut params: Vec<Value<'static>>,
    within: &Within,
) -> Result<Vec<(DeviceId, Status)>, StoreError> {
    let condition = within.condition("d.org", &mut params);
    let rows = tx.query(&sql.replace("{}", &condition), &params)?;
    rows.into_iter().map(|mut row| Ok((row.take()?, row.parse("a status")?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::auth::{Grant, Reach, Role};
    use crate::http::testing::world;

    #[test]
    fn ids_that_begin_so_lie_between_two() {
        let (first, last) = ids("AbC0").unwrap();
        assert_eq!(first.to_string(), format!("abc0{}", "0".repeat(28)));
        assert_eq!(last.to_string(), format!("abc0{}", "f".repeat(28)));
        assert!(ids("abc").is_none() && ids("abcg").is_none() && ids(&"a".repeat(33)).is_none());
    }

    #[tokio::test]
    async fn phones_are_found_by_how_their_names_begin_each_once_and_within_a_branch() {
        let world = world().await;
        world.post("/orgs", &json!({ "id": "minenergo", "title": "Energy" })).await;
        for (org, tag, serial) in [
            ("minfin", "MF-1", "S-77"),
            ("minfin", "mf-2", "mf-9"),
            ("minenergo", "MF-3", "Z"),
            ("minfin", "X-1", "Y"),
        ] {
            let added = world.post("/assets", &json!({ "org": org, "tag": tag, "serial": serial })).await;
            assert_eq!(added.status, 201, "{}", added.text);
        }
        let of = async |actor: &Actor, text: &str, most| {
            let found = beginning(&world.app, actor, text, most).await.unwrap();
            found.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        let all = Actor::system("test");
        assert_eq!(
            of(&all, " Mf- ", 8).await,
            ["MF-1", "mf-2", "MF-3"],
            "a serial number of one that is there adds none"
        );
        assert_eq!(of(&all, "mf-", 2).await, ["MF-1", "mf-2"]);
        assert_eq!(of(&all, "s-7", 8).await, ["S-77"]);
        assert_eq!(of(&all, "%", 8).await, [""; 0]);
        let grants = vec![Grant { role: Role::Operator, org: Some("minenergo".to_owned()) }];
        let reach = world.app.store.read(move |tx| Reach::of(tx, grants)).await.unwrap();
        let branch = Actor::token("branch").with(reach);
        assert_eq!(of(&branch, "mf", 8).await, ["MF-3"]);
    }
}
