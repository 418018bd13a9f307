//! Where the things lie that an address names, and whether somebody may do something with one.

use muster_proto::id::{DeviceId, OrderId};

use super::actor::Actor;
use super::reach::Within;
use super::roles::Right;
use crate::error::ActionError;
use crate::register::AssetId;
use crate::store::{StoreError, Tx, values};

/// What an address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A device.
    Device,
    /// An order.
    Order,
    /// A scan.
    Scan,
    /// A phone of the register.
    Asset,
    /// An organisation.
    Org,
    /// An exemption.
    Exemption,
    /// A hook.
    Hook,
    /// A recipient of mails.
    Recipient,
    /// A group of devices.
    Group,
    /// A scan that is repeated.
    Schedule,
    /// A dispute.
    Dispute,
}

/// A thing that lies in an organisation, in several, or in none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// A device.
    Device(DeviceId),
    /// An order, which lies where its device does.
    Order(OrderId),
    /// A scan, which lies wherever one of its devices does.
    Scan(OrderId),
    /// A phone of the register.
    Asset(AssetId),
    /// An organisation.
    Org(String),
    /// An exemption.
    Exemption(String),
    /// A hook.
    Hook(String),
    /// A recipient of mails.
    Recipient(String),
    /// A group of devices.
    Group(String),
    /// A scan that is repeated.
    Schedule(String),
    /// A dispute, which lies where its device does.
    Dispute(u64),
}

impl Kind {
    /// The thing of this name; none where no thing is named so.
    #[must_use]
    pub fn named(self, name: &str) -> Option<Thing> {
        match self {
            Self::Device => name.parse().ok().map(Thing::Device),
            Self::Order => name.parse().ok().map(Thing::Order),
            Self::Scan => name.parse().ok().map(Thing::Scan),
            Self::Asset => name.parse().ok().map(Thing::Asset),
            Self::Org => Some(Thing::Org(name.to_owned())),
            Self::Exemption => Some(Thing::Exemption(name.to_owned())),
            Self::Hook => Some(Thing::Hook(name.to_owned())),
            Self::Recipient => Some(Thing::Recipient(name.to_owned())),
            Self::Group => Some(Thing::Group(name.to_owned())),
            Self::Schedule => Some(Thing::Schedule(name.to_owned())),
            Self::Dispute => name.parse().ok().map(Thing::Dispute),
        }
    }
}

/// Refuses who does not have the right wherever the thing lies. Who has it on the whole server is asked nothing, and costs nothing.
///
/// # Errors
/// There is no such thing, or the caller sees none; it sees it and may not; the store's.
pub fn check(tx: &mut dyn Tx, actor: &Actor, right: Right, thing: &Thing) -> Result<(), ActionError> {
    let within = actor.within(right);
    if within.is_everywhere() {
        return Ok(());
    }
    let orgs = thing.orgs(tx)?.ok_or_else(|| thing.missing())?;
    // what lies nowhere is the whole server's
    let all = |has: &dyn Fn(&str) -> bool| !orgs.is_empty() && orgs.iter().all(|org| has(org));
    if all(&|org| within.has(org)) {
        return Ok(());
    }
    Err(if all(&|org| actor.sees(org)) { ActionError::forbidden(right) } else { thing.missing() })
}

/// Whether a thing lies inside, wholly. What is not there does not, and neither does what is the whole server's.
///
/// # Errors
/// The store's.
pub fn lies_within(tx: &mut dyn Tx, thing: &Thing, within: &Within) -> Result<bool, StoreError> {
    let orgs = thing.orgs(tx)?.unwrap_or_default();
    Ok(!orgs.is_empty() && orgs.iter().all(|org| within.has(org)))
}

impl Thing {
    /// The organisations in which it lies; none of them where it is the whole server's; `None` where there is no such thing.
    fn orgs(&self, tx: &mut dyn Tx) -> Result<Option<Vec<String>>, StoreError> {
        let found = match self {
            Self::Device(id) => tx.query("SELECT org FROM devices WHERE id = $1", &values![*id])?,
            Self::Order(id) => {
                let sql = "SELECT devices.org FROM orders JOIN devices ON devices.id = orders.device WHERE orders.id = $1";
                tx.query(sql, &values![*id])?
            }
            Self::Scan(id) => {
                if tx.query_one("SELECT 1 FROM scans WHERE id = $1", &values![*id])?.is_none() {
                    return Ok(None);
                }
                return orgs_of_scan(tx, *id).map(Some);
            }
            Self::Asset(id) => tx.query("SELECT org FROM assets WHERE id = $1", &values![*id])?,
            Self::Org(id) => tx.query("SELECT id FROM orgs WHERE id = $1", &values![id])?,
            Self::Exemption(id) => {
                let sql = "SELECT COALESCE(exemptions.org, devices.org) FROM exemptions \
                           LEFT JOIN devices ON devices.id = exemptions.device WHERE exemptions.id = $1";
                tx.query(sql, &values![id])?
            }
            Self::Hook(id) => tx.query("SELECT org FROM hooks WHERE id = $1", &values![id])?,
            Self::Dispute(id) => {
                let sql = "SELECT devices.org FROM disputes JOIN devices ON devices.id = disputes.device WHERE disputes.id = $1";
                tx.query(sql, &values![*id])?
            }
            Self::Recipient(id) => tx.query("SELECT org FROM mail_recipients WHERE id = $1", &values![id])?,
            Self::Group(id) => tx.query("SELECT org FROM device_groups WHERE id = $1", &values![id])?,
            Self::Schedule(id) => tx.query("SELECT org FROM scan_schedules WHERE id = $1", &values![id])?,
        };
        if found.is_empty() {
            return Ok(None);
        }
        let orgs =
            found.into_iter().map(|mut row| row.take::<Option<String>>()).collect::<Result<Vec<_>, _>>()?;
        Ok(Some(orgs.into_iter().flatten().collect()))
    }

    fn missing(&self) -> ActionError {
        match self {
            Self::Device(id) => ActionError::missing("device", id),
            Self::Order(id) => ActionError::missing("order", id),
            Self::Scan(id) => ActionError::missing("scan", id),
            Self::Asset(id) => ActionError::missing("asset", id),
            Self::Org(id) => ActionError::missing("organisation", id),
            Self::Exemption(id) => ActionError::missing("exemption", id),
            Self::Hook(id) => ActionError::missing("hook", id),
            Self::Dispute(id) => ActionError::missing("dispute", id),
            Self::Recipient(id) => ActionError::missing("recipient", id),
            Self::Group(id) => ActionError::missing("group", id),
            Self::Schedule(id) => ActionError::missing("schedule", id),
        }
    }
}

/// The organisations of all devices that a scan asks, or has asked.
///
/// # Errors
/// The store's.
pub(crate) fn orgs_of_scan(tx: &mut dyn Tx, scan: OrderId) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT DISTINCT devices.org FROM orders JOIN devices ON devices.id = orders.device WHERE orders.scan = $1 \
               UNION SELECT devices.org FROM scan_todo JOIN devices ON devices.id = scan_todo.device WHERE scan_todo.scan = $1";
    tx.query(sql, &values![scan])?.into_iter().map(|mut row| row.take()).collect()
}
