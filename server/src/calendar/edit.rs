//! What people do with a calendar: they write an organisation's own, or take it away.

use muster_proto::time::Timestamp;
use serde_json::json;

use super::{Calendar, OrgCalendar, judge_again, of};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::policies;
use crate::store::{Tx, values};
use crate::version::IfMatch;

/// The calendar of an organisation.
///
/// # Errors
/// There is no such organisation, or the store's.
pub async fn show(app: &App, org: &str) -> Result<OrgCalendar, ActionError> {
    let org = org.to_owned();
    app.store.read(move |tx| of(tx, &org)).await
}

/// Gives an organisation a calendar of its own, in place of any that it had. Its devices, and those below it that have none of their own, are
/// judged by it when this returns.
///
/// # Errors
/// There is no such organisation; the calendar is malformed, or another by now; the store's.
pub async fn set(
    app: &App,
    actor: &Actor,
    org: &str,
    version: IfMatch,
    calendar: Calendar,
) -> Result<OrgCalendar, ActionError> {
    calendar.check()?;
    change(app, actor, org, version, Some(calendar)).await
}

/// Takes an organisation's own calendar away: it has that of the nearest one above, or none.
///
/// # Errors
/// There is no such organisation, or it has none of its own; it is another by now; the store's.
pub async fn clear(
    app: &App,
    actor: &Actor,
    org: &str,
    version: IfMatch,
) -> Result<OrgCalendar, ActionError> {
    change(app, actor, org, version, None).await
}

async fn change(
    app: &App,
    actor: &Actor,
    org: &str,
    version: IfMatch,
    calendar: Option<Calendar>,
) -> Result<OrgCalendar, ActionError> {
    let (actor, org, now) = (actor.clone(), org.to_owned(), app.now());
    let after = app
        .store
        .write(move |tx| {
            actor.may(Right::Orgs, &org, "organisation", &org)?;
            let before = of(tx, &org)?;
            version.check(&before)?;
            if calendar.is_none() && before.own.is_none() {
                return Err(ActionError::missing("calendar of its own", &org));
            }
            if calendar != before.own {
                write(tx, &actor, (&org, before.own.as_ref(), calendar.as_ref()), now)?;
            }
            of(tx, &org)
        })
        .await?;
    policies::settle(app).await;
    Ok(after)
}

fn write(
    tx: &mut dyn Tx,
    actor: &Actor,
    (org, before, after): (&str, Option<&Calendar>, Option<&Calendar>),
    now: Timestamp,
) -> Result<(), ActionError> {
    tx.execute("DELETE FROM calendars WHERE org = $1", &values![org])?;
    if let Some(calendar) = after {
        let body = json!(calendar).to_string();
        tx.execute("INSERT INTO calendars (org, body) VALUES ($1, $2)", &values![org, body])?;
    }
    judge_again(tx, org, now)?;
    let (name, detail) = match after {
        Some(calendar) => ("org.calendar", summary(calendar)),
        None => ("org.calendar-remove", "none of its own".to_owned()),
    };
    let act = Act::new(name, format!("org:{org}")).detail(detail);
    audit::append(tx, now, actor, act.before(json!(before)).after(json!(after)))?;
    Ok(())
}

fn summary(calendar: &Calendar) -> String {
    let week: Vec<&str> = calendar.week.iter().map(|day| day.word()).collect();
    let hours = calendar.hours.map(|hours| format!(", {}-{}", hours.from, hours.until));
    let (off, working) = (calendar.off.len(), calendar.working.len());
    format!("{}{}, {off} days off, {working} out of turn", week.join(" "), hours.unwrap_or_default())
}
