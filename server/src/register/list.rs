//! Lists of the register: which phones should report and don't, which have no agent, which were replaced and report all the same?
//!
//! In the order of their tags, as tags are compared; phones without one stand first. Paged by key.

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

use super::row::{COLUMNS, asset};
use super::{Asset, AssetId, Life, Standing};
use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::devices::view::{DeviceRow, VerdictView};
use crate::devices::{self, like, pattern};
use crate::error::ActionError;
use crate::orgs;
use crate::store::{Row, StoreError, Tx, Value, values};

/// A phone in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AssetRow {
    /// What is written down of it.
    #[serde(flatten)]
    pub asset: Asset,
    /// Where the directory has who carries it, if that is another organisation that the caller sees.
    pub carrier_org: Option<String>,
    /// Whether the device that it is counts.
    pub reporting: bool,
    /// When that was last heard of at all.
    pub last_contact: Option<Timestamp>,
    /// The verdict: of the device; of a phone that can have no agent by its maker alone. None where neither is there.
    pub verdict: Option<VerdictView>,
}

/// A page of the register.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct AssetList {
    /// The phones.
    pub assets: Vec<AssetRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
    /// How many stand how, if that was asked for: of the same organisation, whatever else is looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// How many phones stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "AssetCounts")]
pub struct Counts {
    /// All of the register.
    pub all: u64,
    /// Those that have to report.
    pub expected: u64,
    /// Those of them that are enrolled.
    pub reporting: u64,
    /// Those of them that are not.
    pub missing: u64,
    /// Those that can have no agent.
    pub declared: u64,
    /// Those that were replaced, and report all the same.
    pub left_over: u64,
    /// Active devices that the register doesn't know.
    pub unregistered: u64,
    /// Those that should come back, because the directory has who carries them no more, or shut out.
    pub to_return: u64,
    /// Those whose carriers the directory has in another organisation.
    pub moved: u64,
    /// Those of whose carriers the directory does not say who they are.
    pub unclear: u64,
}

/// Active devices that the register doesn't know.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "UnregisteredDevices")]
pub struct Unregistered {
    /// The devices, by id.
    pub devices: Vec<DeviceRow>,
    /// Where the next page begins; none on the last.
    pub next: Option<String>,
}

/// Which phones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Which {
    /// Of this organisation and those below it.
    pub org: Option<String>,
    /// There in their life.
    pub life: Option<Life>,
    /// Which stand so.
    pub standing: Option<Standing>,
    /// With this somewhere in what is written down of them.
    pub text: Option<String>,
}

/// Where a page begins: after this phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    key: String,
    id: AssetId,
}

/// Text that is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a place in the list")]
pub struct PlaceError;

/// Most phones on one page.
pub const MOST: u32 = 1000;

/// A page of the register; with `counts`, how many phones of the organisation stand how.
///
/// # Errors
/// The store's.
pub async fn list(
    app: &App,
    actor: &Actor,
    which: Which,
    after: Option<Place>,
    limit: u32,
    counts: bool,
) -> Result<AssetList, ActionError> {
    let (limit, within) = (limit.clamp(1, MOST), actor.within(Right::Read));
    app.store
        .read(move |tx| {
            let orgs = within.narrowed(below(tx, which.org.as_deref())?);
            let counts = counts.then(|| count(tx, orgs.as_deref())).transpose()?;
            let mut what = which.conditions(orgs.as_deref());
            what.after(after);
            let mut assets = what.rows(tx, limit + 1)?;
            let more = assets.len() > limit as usize;
            assets.truncate(limit as usize);
            let next = assets.last().filter(|_| more).map(|row| Place::of(&row.asset).to_string());
            let assets = assets.into_iter().map(|row| row.seen_by(&within)).collect();
            Ok(AssetList { assets, next, counts })
        })
        .await
}

/// Active devices that no phone of the register is, by id.
///
/// # Errors
/// The store's.
pub async fn unregistered(
    app: &App,
    actor: &Actor,
    org: Option<String>,
    after: Option<muster_proto::id::DeviceId>,
    limit: u32,
) -> Result<Unregistered, ActionError> {
    let (limit, within) = (limit.clamp(1, MOST), actor.within(Right::Read));
    app.store
        .read(move |tx| {
            let orgs = within.narrowed(below(tx, org.as_deref())?);
            let mut devices = devices::list::unregistered(tx, orgs.as_deref(), after, limit + 1)?;
            let more = devices.len() > limit as usize;
            devices.truncate(limit as usize);
            let next = devices.last().filter(|_| more).map(|device| device.id.to_string());
            Ok(Unregistered { devices, next })
        })
        .await
}

/// One phone, as lists show it.
pub(super) fn row_of(tx: &mut dyn Tx, id: AssetId) -> Result<AssetRow, ActionError> {
    let sql = format!("SELECT {COLUMNS}, {SHOWN} FROM {FROM} WHERE a.id = $1");
    let found = tx.query_one(&sql, &values![id])?.as_mut().map(row).transpose()?;
    found.ok_or_else(|| ActionError::missing("asset", id))
}

impl AssetRow {
    /// The same without an organisation that the caller does not see.
    pub(super) fn seen_by(self, within: &Within) -> Self {
        let carrier_org = self.carrier_org.filter(|org| within.has(org));
        Self { carrier_org, ..self }
    }
}

/// Whose verdict and contact are shown.
const SHOWN: &str = "d.status, d.last_contact, d.verdict, d.verdict_since, d.verdict_due, a.verdict, a.verdict_since, a.verdict_due";
pub(super) const FROM: &str = "assets AS a LEFT JOIN devices AS d ON d.id = a.device";
/// What the list is sorted by, word for word as its index is made.
const KEY: &str = r#"COALESCE(a.tag_key, '') COLLATE "C""#;
const SEARCHED: [&str; 7] =
    ["a.tag", "a.serial", "a.carrier", "a.carrier_id", "a.maker", "a.model", "a.note"];

const OUT: &str = "a.life IN ('handed-out', 'in-use')";
/// Somebody has it, or has given it away to be repaired.
pub(crate) const HELD: &str = "a.life IN ('handed-out', 'in-use', 'in-repair')";
const AGENT: &str = "(a.platform IS NULL OR a.platform IN ('android', 'aurora'))";
const ACTIVE: &str = "COALESCE(d.status, '') = 'active'";
const SUCCEEDED: &str = "EXISTS (SELECT 1 FROM assets AS r WHERE r.id = a.replaced_by AND r.life = 'in-use')";

pub(super) fn standing(standing: Standing) -> String {
    match standing {
        Standing::All => "1 = 1".to_owned(),
        Standing::Expected => format!("{OUT} AND {AGENT}"),
        Standing::Reporting => format!("{OUT} AND {AGENT} AND {ACTIVE}"),
        Standing::Missing => format!("{OUT} AND {AGENT} AND NOT {ACTIVE}"),
        Standing::Linked => ACTIVE.to_owned(),
        Standing::Declared => format!("{OUT} AND NOT {AGENT}"),
        Standing::LeftOver => format!("{ACTIVE} AND {SUCCEEDED}"),
        Standing::ToReturn => format!("{HELD} AND a.carrier_standing IN ('left', 'disabled')"),
        Standing::Moved => format!("{HELD} AND a.carrier_standing = 'moved'"),
        Standing::Unclear => format!("{HELD} AND a.carrier_standing IN ('several', 'unknown')"),
    }
}

fn row(row: &mut Row) -> Result<AssetRow, StoreError> {
    let asset = asset(row)?;
    let reporting = row.take::<Option<String>>()?.as_deref() == Some("active");
    let last_contact = row.take()?;
    let (device, own) = (verdict(row)?, verdict(row)?);
    let (carrier_org, verdict) = (asset.carrier_org.clone(), device.filter(|_| reporting).or(own));
    Ok(AssetRow { asset, carrier_org, reporting, last_contact, verdict })
}

fn verdict(row: &mut Row) -> Result<Option<VerdictView>, StoreError> {
    let (state, since): (Option<String>, Option<Timestamp>) = (row.take()?, row.take()?);
    let due = row.take()?;
    let (Some(state), Some(since)) = (state, since) else { return Ok(None) };
    let state = state.parse().map_err(|_| StoreError::Column("a verdict"))?;
    Ok(Some(VerdictView { state, since, due }))
}

/// An organisation and those below it.
fn below(tx: &mut dyn Tx, org: Option<&str>) -> Result<Option<Vec<String>>, StoreError> {
    org.map(|org| Ok(orgs::tree(tx)?.below(org))).transpose()
}

fn count(tx: &mut dyn Tx, orgs: Option<&[String]>) -> Result<Counts, StoreError> {
    let asked = [
        Standing::All,
        Standing::Expected,
        Standing::Reporting,
        Standing::Missing,
        Standing::Declared,
        Standing::LeftOver,
        Standing::ToReturn,
        Standing::Moved,
        Standing::Unclear,
    ];
    let figure = |one| format!("COALESCE(SUM(CASE WHEN {} THEN 1 ELSE 0 END), 0)", standing(one));
    let figures = asked.map(figure).join(", ");
    let what = Which::default().conditions(orgs);
    let sql = format!("SELECT {figures} FROM {FROM} WHERE {}", what.text);
    let mut row = tx.query_one(&sql, &what.params)?.ok_or(StoreError::Column("figures of the register"))?;
    Ok(Counts {
        all: row.take()?,
        expected: row.take()?,
        reporting: row.take()?,
        missing: row.take()?,
        declared: row.take()?,
        left_over: row.take()?,
        to_return: row.take()?,
        moved: row.take()?,
        unclear: row.take()?,
        unregistered: devices::list::count_unregistered(tx, orgs)?,
    })
}

/// Conditions that all hold, and their parameters.
struct Conditions {
    text: String,
    params: Vec<Value<'static>>,
}

impl Which {
    fn conditions(self, orgs: Option<&[String]>) -> Conditions {
        let mut what = Conditions { text: "1 = 1".to_owned(), params: Vec::new() };
        if let Some(orgs) = orgs {
            let places = vec!["?"; orgs.len()].join(", ");
            let places = if orgs.is_empty() { "''".to_owned() } else { places };
            what.add(&format!("a.org IN ({places})"), orgs.iter().map(|org| org.clone().into()));
        }
        if let Some(life) = self.life {
            what.add("a.life = ?", [life.word().into()]);
        }
        if let Some(one) = self.standing {
            what.add(&standing(one), []);
        }
        if let Some(text) = self.text {
            let any: Vec<String> = SEARCHED.iter().map(|column| like(column)).collect();
            what.add(&format!("({})", any.join(" OR ")), SEARCHED.iter().map(|_| pattern(&text)));
        }
        what
    }
}

impl Conditions {
    /// Adds a condition; each `?` becomes the next parameter.
    fn add(&mut self, condition: &str, params: impl IntoIterator<Item = Value<'static>>) {
        let mut parts = condition.split('?');
        self.text += &format!(" AND {}", parts.next().unwrap_or_default());
        for (part, param) in parts.zip(params) {
            self.params.push(param);
            self.text += &format!("${}{part}", self.params.len());
        }
    }

    fn after(&mut self, place: Option<Place>) {
        if let Some(Place { key, id }) = place {
            // the first half alone is what an index is entered by
            let after = format!("{KEY} >= ? AND ({KEY} > ? OR a.id > ?)");
            self.add(&after, [key.clone().into(), key.into(), id.into()]);
        }
    }

    fn rows(mut self, tx: &mut dyn Tx, limit: u32) -> Result<Vec<AssetRow>, StoreError> {
        self.params.push(limit.into());
        let sql = format!(
            "SELECT {COLUMNS}, {SHOWN} FROM {FROM} WHERE {} ORDER BY {KEY}, a.id LIMIT ${}",
            self.text,
            self.params.len()
        );
        tx.query(&sql, &self.params)?.iter_mut().map(row).collect()
    }
}

impl Place {
    fn of(asset: &Asset) -> Self {
        let key = asset.tag.as_deref().and_then(super::compared).unwrap_or_default();
        Self { key, id: asset.id }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.id, BASE64_URL_SAFE_NO_PAD.encode(&self.key))
    }
}

impl FromStr for Place {
    type Err = PlaceError;
    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let (id, key) = text.split_once('.').ok_or(PlaceError)?;
        let key = BASE64_URL_SAFE_NO_PAD.decode(key).map_err(|_| PlaceError)?;
        let key = String::from_utf8(key).map_err(|_| PlaceError)?;
        if key.contains(char::is_control) {
            return Err(PlaceError);
        }
        Ok(Self { key, id: id.parse().map_err(|_| PlaceError)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_goes_there_and_back() {
        for key in ["", "мф-17", "a.b"] {
            let place = Place { key: key.to_owned(), id: AssetId([9; 16]) };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for wrong in [
            "",
            "x",
            "0909.",
            "!.!",
            &format!("{}.{}", AssetId([9; 16]), BASE64_URL_SAFE_NO_PAD.encode("\0")),
        ] {
            assert_eq!(wrong.parse::<Place>(), Err(PlaceError), "{wrong}");
        }
    }
}
