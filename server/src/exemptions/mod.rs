//! Exemptions: a written exception from one rule, for a device or an organisation, with a reason and an end.

mod edit;

pub use edit::edit;

use muster_policy::Exemption;
use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashMap;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices;
use crate::error::ActionError;
use crate::orgs;
use crate::point::Point;
use crate::policies;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::store::{Row, StoreError, Tx, values};

/// An exemption.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[schemars(rename = "Exemption")]
pub struct ExemptionView {
    /// Its id.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// The device, or
    pub device: Option<DeviceId>,
    /// the organisation with all below it.
    pub org: Option<String>,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
    /// Who wrote it.
    pub actor: String,
}

impl ExemptionView {
    /// As judging wants it.
    #[must_use]
    pub fn as_judged(&self) -> Exemption {
        let (id, rule, reason) = (self.id.clone(), self.rule.clone(), self.reason.clone());
        Exemption { id, rule, from: self.from, until: self.until, reason }
    }
}

/// An exemption that is to be written.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExemption {
    /// The rule.
    #[schemars(length(min = 1, max = 48))]
    pub rule: String,
    /// The device, or
    #[serde(default)]
    pub device: Option<DeviceId>,
    /// the organisation with all below it.
    #[serde(default)]
    pub org: Option<String>,
    /// Until when. A day counts whole, in the time zone of the organisation, or of the device's.
    pub until: Point,
    /// Why.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
}

/// What is to be another about an exemption; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExemptionChange {
    /// Until when; a moment that is past ends it now. A day counts whole, in the time zone of the organisation, or of the device's.
    pub until: Option<Point>,
    /// Why.
    #[schemars(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// Writes an exemption from now on. The devices that it covers are judged with it when this returns.
///
/// # Errors
/// Neither or both of device and organisation are named, or they don't exist; no policy has the rule; the end is past; no reason is given.
pub async fn add(app: &App, actor: &Actor, new: NewExemption) -> Result<ExemptionView, ActionError> {
    let (actor, now) = (actor.clone(), app.now());
    let reason = Reason::read(&new.reason, reason::LONGEST, Code::ExemptionMalformed)?;
    if new.rule.is_empty() || new.rule.len() > 48 {
        return Err(ActionError::invalid(Code::ExemptionMalformed, "an exemption needs a rule"));
    }
    if new.device.is_some() == new.org.is_some() {
        return Err(ActionError::invalid(
            Code::ExemptionMalformed,
            "an exemption is for a device or for an organisation",
        ));
    }
    if !app.rules.now().has_rule(&new.rule) {
        return Err(ActionError::missing("rule", new.rule));
    }
    let until = new.until;
    let view = ExemptionView {
        id: muster_proto::id::hex(&app.draw()?[..8]),
        rule: new.rule,
        device: new.device,
        org: new.org,
        from: now,
        until: now,
        reason: reason.into_text(),
        actor: actor.name().to_owned(),
    };
    let written = app.store.write(move |tx| {
        let subject = covered(tx, &actor, &view)?;
        let until = until.end(&zone_of(tx, &view)?);
        if until <= now {
            return Err(ActionError::invalid(Code::ExemptionEnded, "the end of the exemption is past"));
        }
        let view = ExemptionView { until, ..view };
        insert(tx, &actor, (&view, subject), now)?;
        Ok(view)
    });
    let written = written.await?;
    policies::settle(app).await;
    Ok(written)
}

/// One exemption.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<ExemptionView, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| find(tx, &id)).await
}

/// Every exemption, the newest first.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ExemptionView>, ActionError> {
    let within = actor.within(Right::Read);
    app.store
        .read(move |tx| {
            let mut all = all(tx)?;
            if within.is_everywhere() {
                return Ok(all);
            }
            let mut seen = Vec::new();
            for one in all.drain(..) {
                let of_device = one.device.and_then(|device| devices::org_of(tx, device).ok());
                let org = of_device.or_else(|| one.org.clone());
                if org.is_some_and(|org| within.has(&org)) {
                    seen.push(one);
                }
            }
            Ok(seen)
        })
        .await
}

/// The organisations of the devices that exemptions are for.
///
/// # Errors
/// The store's.
pub async fn orgs_of_devices(app: &App) -> Result<HashMap<DeviceId, String>, ActionError> {
    let sql = "SELECT DISTINCT devices.id, devices.org FROM exemptions JOIN devices ON devices.id = exemptions.device";
    app.store
        .read(move |tx| {
            let rows = tx.query(sql, &[])?.into_iter();
            let pairs = rows.map(|mut row| Ok((row.take()?, row.take()?)));
            Ok(pairs.collect::<Result<_, StoreError>>()?)
        })
        .await
}

/// Every exemption, the newest first, in this transaction.
///
/// # Errors
/// The store's.
pub fn all(tx: &mut dyn Tx) -> Result<Vec<ExemptionView>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM exemptions ORDER BY starts DESC, id");
    tx.query(&sql, &[])?.into_iter().map(view).collect()
}

fn find(tx: &mut dyn Tx, id: &str) -> Result<ExemptionView, ActionError> {
    let found = tx.query_one(&format!("SELECT {COLUMNS} FROM exemptions WHERE id = $1"), &values![id])?;
    Ok(view(found.ok_or_else(|| ActionError::missing("exemption", id))?)?)
}

const COLUMNS: &str = "id, rule, device, org, starts, ends, reason, actor";

fn view(mut row: Row) -> Result<ExemptionView, StoreError> {
    Ok(ExemptionView {
        id: row.take()?,
        rule: row.take()?,
        device: row.take()?,
        org: row.take()?,
        from: row.take()?,
        until: row.take()?,
        reason: row.take()?,
        actor: row.take()?,
    })
}

/// The time zone in which its days count: that of its organisation, or of its device's.
fn zone_of(tx: &mut dyn Tx, view: &ExemptionView) -> Result<String, ActionError> {
    let org = match (view.device, &view.org) {
        (Some(device), _) => devices::org_of(tx, device)?,
        (None, org) => org.clone().unwrap_or_default(),
    };
    Ok(orgs::find(tx, &org)?.time_zone)
}

/// What it covers, as the audit calls it; it is there, and the actor may say what holds for it.
fn covered(tx: &mut dyn Tx, actor: &Actor, view: &ExemptionView) -> Result<String, ActionError> {
    Ok(match (view.device, &view.org) {
        (Some(device), _) => {
            auth::check(tx, actor, Right::Policies, &Thing::Device(device))?;
            devices::org_of(tx, device)?;
            format!("device:{device}")
        }
        (None, org) => {
            let org = org.as_deref().unwrap_or_default();
            auth::check(tx, actor, Right::Policies, &Thing::Org(org.to_owned()))?;
            orgs::find(tx, org)?;
            format!("org:{org}")
        }
    })
}

fn insert(
    tx: &mut dyn Tx,
    actor: &Actor,
    (view, subject): (&ExemptionView, String),
    now: Timestamp,
) -> Result<(), ActionError> {
    tx.execute(
        "INSERT INTO exemptions (id, rule, device, org, starts, ends, reason, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![&view.id, &view.rule, view.device, view.org.as_deref(), view.from, view.until, &view.reason, &view.actor],
    )?;
    judge_again(tx, view, now)?;
    let detail = format!("rule {}, until {}: {}", view.rule, view.until, view.reason);
    let act = Act::new("exemption.add", subject).detail(detail).after(json!({
        "exemption": view.id,
        "rule": view.rule,
        "from": view.from,
        "until": view.until,
        "reason": view.reason,
    }));
    Ok(audit::append(tx, now, actor, act)?)
}

/// The devices that an exemption covers are due for judgement.
fn judge_again(tx: &mut dyn Tx, view: &ExemptionView, now: Timestamp) -> Result<(), ActionError> {
    let orgs = match &view.org {
        Some(org) => orgs::tree(tx)?.below(org),
        None => Vec::new(),
    };
    // who does not count is not judged
    let mark = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE status = 'active' AND";
    for org in &orgs {
        tx.execute(&format!("{mark} org = $1"), &values![org, now])?;
        crate::judge::declared::mark(tx, org, now)?;
    }
    if let Some(device) = view.device {
        tx.execute(&format!("{mark} id = $1"), &values![device, now])?;
    }
    policies::new_edition(tx)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::testing::world;
    use crate::orgs::OrgChange;
    use crate::version::IfMatch;

    #[tokio::test]
    async fn who_does_not_count_is_not_marked_for_judgement() {
        let world = world().await;
        let app = &world.app;
        let (counts, gone) = (world.phone("R570E", "MF-1").await.id, world.phone("R570E", "MF-2").await.id);
        let retire = move |tx: &mut dyn Tx| {
            tx.execute("UPDATE devices SET next_judgement = NULL", &[])?;
            tx.execute("UPDATE devices SET status = 'retired' WHERE id = $1", &values![gone])
        };
        app.store.write(retire).await.unwrap();
        let marked = async || {
            let sql = "SELECT id FROM devices WHERE next_judgement IS NOT NULL";
            let ids = app.store.read(|tx| {
                let rows = tx.query(sql, &[])?.into_iter();
                rows.map(|mut row| row.take::<DeviceId>()).collect::<Result<Vec<_>, StoreError>>()
            });
            ids.await.unwrap()
        };
        let view = |device: Option<DeviceId>, org: Option<&str>| ExemptionView {
            id: "a".to_owned(),
            rule: "a".to_owned(),
            device,
            org: org.map(str::to_owned),
            from: app.now(),
            until: app.now(),
            reason: "why".to_owned(),
            actor: "test".to_owned(),
        };
        let now = app.now();
        for view in [view(Some(gone), None), view(None, Some("minfin"))] {
            app.store.write(move |tx| judge_again(tx, &view, now)).await.unwrap();
        }
        assert_eq!(marked().await, [counts]);

        let state =
            orgs::NewOrg { id: "state".to_owned(), title: "S".to_owned(), parent: None, time_zone: None };
        orgs::add(app, &Actor::system("test"), state).await.unwrap();
        let change = OrgChange { parent: Some(Some("state".to_owned())), ..OrgChange::default() };
        orgs::edit(app, &Actor::system("test"), "minfin", IfMatch::default(), change).await.unwrap();
        assert!(!marked().await.contains(&gone));
    }
}
