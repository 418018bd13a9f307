//! What is changed about an organisation: what it is called, where it belongs, when its days end.

use muster_proto::time::Timestamp;
use std::sync::Arc;

use super::{Org, OrgChange, check_title, check_zone, find, tree};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::mail;
use crate::policies;
use crate::problems::Code;
use crate::store::{Tx, values};
use crate::version::IfMatch;
use serde_json::json;

/// Changes an organisation. Devices whose rules or deadlines are others by that are judged anew when this returns.
///
/// # Errors
/// There is none; it is of another version by now; the title or the time zone is malformed; the parent is unknown or lies below it.
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: OrgChange,
) -> Result<Org, ActionError> {
    change.title.as_deref().map_or(Ok(()), check_title)?;
    change.time_zone.as_deref().map_or(Ok(()), check_zone)?;
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let catalogue = Arc::clone(&app.catalogue);
    let org = app
        .store
        .write(move |tx| {
            actor.may(Right::Orgs, &id, "organisation", &id)?;
            let before = Org::from(find(tx, &id)?);
            version.check(&before)?;
            let after = changed(tx, &before, change)?;
            if after.parent != before.parent {
                // it is taken from one branch and given to another
                actor.may_for(Right::Orgs, before.parent.as_deref())?;
                actor.may_for(Right::Orgs, after.parent.as_deref())?;
            }
            if after != before {
                write(tx, &actor, (&before, &after), now)?;
                policies::compile_all(tx, &catalogue.catalogue, now)?;
                policies::new_edition(tx)?;
            }
            Ok::<_, ActionError>(after)
        })
        .await?;
    policies::settle(app).await;
    Ok(org)
}

fn changed(tx: &mut dyn Tx, before: &Org, change: OrgChange) -> Result<Org, ActionError> {
    let parent = change.parent.unwrap_or_else(|| before.parent.clone());
    if let Some(parent) = parent.as_deref().filter(|_| parent != before.parent) {
        find(tx, parent)?;
        if tree(tx)?.below(&before.id).iter().any(|one| one == parent) {
            let detail = format!("{parent} is {} or lies below it", before.id);
            return Err(ActionError::conflict(Code::OrgCycle, detail));
        }
    }
    Ok(Org {
        id: before.id.clone(),
        title: change.title.map_or_else(|| before.title.clone(), |title| title.trim().to_owned()),
        parent,
        time_zone: change.time_zone.unwrap_or_else(|| before.time_zone.clone()),
    })
}

fn write(
    tx: &mut dyn Tx,
    actor: &Actor,
    (before, after): (&Org, &Org),
    now: Timestamp,
) -> Result<(), ActionError> {
    let was = tree(tx)?;
    tx.execute(
        "UPDATE orgs SET title = $2, parent = $3, time_zone = $4 WHERE id = $1",
        &values![&after.id, &after.title, after.parent.as_deref(), &after.time_zone],
    )?;
    let mut told = json!(after);
    if before.parent != after.parent {
        let is = tree(tx)?;
        // exemptions of those above come or go, too
        let mark = "UPDATE devices SET next_judgement = $2, revision = revision + 1 \
                    WHERE org = $1 AND status = 'active'";
        for org in is.below(&after.id) {
            tx.execute(mark, &values![&org, now])?;
            crate::judge::declared::mark(tx, &org, now)?;
        }
        told["mails_dropped"] = mail::drop_moved(tx, &after.id, (&was, &is))?.into();
    }
    if before.time_zone != after.time_zone {
        // its working days begin and end at other moments
        let mark = "UPDATE devices SET next_judgement = $2, revision = revision + 1 WHERE org = $1 AND status = 'active'";
        tx.execute(mark, &values![&after.id, now])?;
        crate::schedules::rezone(tx, &after.id, &before.time_zone, now)?;
    }
    let act = Act::new("org.edit", format!("org:{}", after.id)).detail(difference(before, after));
    audit::append(tx, now, actor, act.before(json!(before)).after(told))?;
    Ok(())
}

/// What is another, in words.
fn difference(before: &Org, after: &Org) -> String {
    let none = || "none".to_owned();
    let parts = [
        ("title", Some(before.title.clone()), Some(after.title.clone())),
        ("parent", before.parent.clone(), after.parent.clone()),
        ("time zone", Some(before.time_zone.clone()), Some(after.time_zone.clone())),
    ];
    let said = parts.into_iter().filter(|(_, before, after)| before != after).map(|(name, before, after)| {
        format!("{name}: {} -> {}", before.unwrap_or_else(none), after.unwrap_or_else(none))
    });
    said.collect::<Vec<_>>().join("; ")
}
