//! Organisations: a tree.

mod edit;
mod tree;

pub use edit::edit;
pub use tree::Tree;

use muster_policy::document;
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::policies;
use crate::problems::Code;
use crate::reason::misleads;
use crate::store::{Row, StoreError, Tx, values};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct OrgView {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The organisation that it belongs to.
    pub parent: Option<String>,
    /// Its time zone: days end there.
    pub time_zone: String,
    /// Devices of this organisation itself.
    pub devices: u64,
}

/// An organisation that is to be added.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOrg {
    /// Its id: 1 to 48 of `a-z`, `0-9`, `-`.
    #[schemars(regex(pattern = r"^[a-z0-9-]{1,48}$"))]
    pub id: String,
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: String,
    /// The organisation that it belongs to.
    #[serde(default)]
    pub parent: Option<String>,
    /// A name of the tz database; the parent's where none is given, else UTC.
    #[serde(default)]
    pub time_zone: Option<String>,
}

/// An organisation, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct Org {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// The organisation that it belongs to.
    pub parent: Option<String>,
    /// Its time zone: days end there.
    pub time_zone: String,
}

/// What is to be another about an organisation; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OrgChange {
    /// What it is called.
    #[schemars(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// The organisation that it belongs to; none with `null`.
    #[serde(deserialize_with = "said")]
    #[schemars(with = "Option<String>")]
    pub parent: Option<Option<String>>,
    /// A name of the tz database.
    pub time_zone: Option<String>,
}

/// Adds an organisation.
///
/// # Errors
/// The id is malformed or taken, the parent is unknown, the time zone is none.
pub async fn add(app: &App, actor: &Actor, new: NewOrg) -> Result<OrgView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    check(&new)?;
    let catalogue = Arc::clone(&app.catalogue);
    let org = app
        .store
        .write(move |tx| {
            let org = insert(tx, &actor, &new, now)?;
            // policies and exemptions of those above are its own from its first moment on
            policies::compile_all(tx, &catalogue.catalogue, now)?;
            policies::new_edition(tx)?;
            Ok::<_, ActionError>(org)
        })
        .await?;
    policies::settle(app).await;
    Ok(org)
}

/// One organisation, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<Org, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| Ok(find(tx, &id)?.into())).await
}

/// Every organisation, by id.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<OrgView>, ActionError> {
    let seen = [Right::Read, Right::OneDevice].map(|right| actor.within(right));
    app.store
        .read(move |tx| {
            let mut all = all(tx)?;
            all.retain(|org| seen.iter().any(|within| within.has(&org.id)));
            Ok(all)
        })
        .await
}

/// One organisation.
///
/// # Errors
/// There is none, or the store's.
pub fn find(tx: &mut dyn Tx, id: &str) -> Result<OrgView, ActionError> {
    let row = tx.query_one(&format!("{SELECT} WHERE orgs.id = $1"), &values![id])?;
    row.map(view).transpose()?.ok_or_else(|| ActionError::missing("organisation", id))
}

/// Every organisation, by id, in this transaction.
///
/// # Errors
/// The store's.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<OrgView>, StoreError> {
    tx.query(&format!("{SELECT} ORDER BY orgs.id"), &[])?.into_iter().map(view).collect()
}

/// Who belongs to whom, in this transaction.
///
/// # Errors
/// The store's.
pub fn tree(tx: &mut dyn Tx) -> Result<Tree, StoreError> {
    let rows = tx.query("SELECT id, parent FROM orgs ORDER BY id", &[])?;
    let pairs = rows.into_iter().map(|mut row| Ok((row.take()?, row.take()?)));
    Ok(Tree::new(pairs.collect::<Result<Vec<_>, StoreError>>()?))
}

/// The way from the root to `id`, as policies are compiled along it.
#[must_use]
pub fn path(orgs: &[OrgView], id: &str) -> Vec<document::Org> {
    let by_id: HashMap<&str, &OrgView> = orgs.iter().map(|org| (org.id.as_str(), org)).collect();
    let (mut way, mut seen) = (Vec::new(), HashSet::new());
    let mut next = by_id.get(id);
    // whoever stands in a circle has a way that ends where it would begin anew
    while let Some(org) = next.filter(|org| seen.insert(org.id.as_str())) {
        way.push(document::Org {
            id: org.id.clone(),
            title: org.title.clone(),
            time_zone: org.time_zone.clone(),
        });
        next = org.parent.as_deref().and_then(|parent| by_id.get(parent));
    }
    way.reverse();
    way
}

impl From<OrgView> for Org {
    fn from(view: OrgView) -> Self {
        let OrgView { id, title, parent, time_zone, devices: _ } = view;
        Self { id, title, parent, time_zone }
    }
}

/// `null` says something, too.
fn said<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(d).map(Some)
}

const SELECT: &str = "SELECT orgs.id, orgs.title, orgs.parent, orgs.time_zone, \
    (SELECT CAST(COALESCE(SUM(devices), 0) AS BIGINT) FROM tallies WHERE tallies.org = orgs.id AND tallies.kind = 'device') FROM orgs";

fn view(mut row: Row) -> Result<OrgView, StoreError> {
    Ok(OrgView {
        id: row.take()?,
        title: row.take()?,
        parent: row.take()?,
        time_zone: row.take()?,
        devices: row.take()?,
    })
}

fn check(new: &NewOrg) -> Result<(), ActionError> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=48).contains(&new.id.len()) || !new.id.bytes().all(letter) {
        return Err(ActionError::invalid(
            Code::BadId,
            "the id of an organisation is 1 to 48 of a-z, 0-9 and -",
        ));
    }
    check_title(&new.title)?;
    new.time_zone.as_deref().map_or(Ok(()), check_zone)
}

fn check_title(title: &str) -> Result<(), ActionError> {
    if title.trim().is_empty() || title.len() > 200 || title.chars().any(misleads) {
        return Err(ActionError::invalid(
            Code::BadTitle,
            "the title of an organisation is 1 to 200 bytes on one line, and turns no text around",
        ));
    }
    Ok(())
}

fn check_zone(zone: &str) -> Result<(), ActionError> {
    jiff::tz::TimeZone::get(zone).map(drop).map_err(|_| {
        ActionError::invalid(Code::BadTimeZone, format!("{zone:?} is not a name of the time zone database"))
    })
}

fn insert(tx: &mut dyn Tx, actor: &Actor, new: &NewOrg, now: Timestamp) -> Result<OrgView, ActionError> {
    actor.may_for(Right::Orgs, new.parent.as_deref())?;
    if tx.query_one("SELECT 1 FROM orgs WHERE id = $1", &values![&new.id])?.is_some() {
        return Err(ActionError::conflict(
            Code::OrgExists,
            format!("there is an organisation {:?} already", new.id),
        ));
    }
    let parent = new.parent.as_deref().map(|parent| find(tx, parent)).transpose()?;
    let inherited = parent.as_ref().map_or("UTC", |parent| &parent.time_zone);
    let zone = new.time_zone.as_deref().unwrap_or(inherited);
    tx.execute(
        "INSERT INTO orgs (id, title, parent, time_zone, created) VALUES ($1, $2, $3, $4, $5)",
        &values![&new.id, new.title.trim(), new.parent.as_deref(), zone, now],
    )?;
    let below = new.parent.as_deref().map(|parent| format!(", below {parent}")).unwrap_or_default();
    let act = Act::new("org.add", format!("org:{}", new.id))
        .detail(format!("{}{below}", new.title.trim()))
        .after(json!({ "title": new.title.trim(), "parent": new.parent, "time_zone": zone }));
    audit::append(tx, now, actor, act)?;
    find(tx, &new.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_from_the_root_ends_in_a_circle_too() {
        let org = |id: &str, parent: Option<&str>| OrgView {
            id: id.to_owned(),
            title: id.to_owned(),
            parent: parent.map(str::to_owned),
            time_zone: "UTC".to_owned(),
            devices: 0,
        };
        let ids = |orgs: &[OrgView], id| path(orgs, id).into_iter().map(|org| org.id).collect::<Vec<_>>();
        assert_eq!(ids(&[org("a", None), org("b", Some("a"))], "b"), ["a", "b"]);
        assert_eq!(
            ids(&[org("a", Some("b")), org("b", Some("a")), org("c", Some("b"))], "c"),
            ["a", "b", "c"]
        );
    }
}
