//! Schedules are made, changed, paused and ended.

use muster_proto::id::hex;
use muster_proto::time::Timestamp;
use serde_json::{Value as Json, json};

use super::{NewSchedule, Schedule, ScheduleChange, ScheduleView, Why, author, find, minute, zone_of};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::{Names, Query, QueryError, check_names, check_size};
use crate::error::ActionError;
use crate::groups;
use crate::problems::Code;
use crate::reason::{LONGEST_ON_PHONES, Reason};
use crate::room::Room;
use crate::store::{Tx, values};
use crate::version::IfMatch;

const ROOM: Room =
    Room { things: "schedules", rows: "scan_schedules WHERE ended IS NULL", code: Code::ScheduleLimit };

/// Has a scan repeated.
///
/// # Errors
/// The query can't be read; no reason is given; the times are malformed, or there is none before the end; the organisation is unknown; there
/// are too many.
pub async fn add(app: &App, actor: &Actor, new: NewSchedule) -> Result<ScheduleView, ActionError> {
    let (actor, now, id) = (actor.clone(), app.now(), hex(&app.draw()?[..8]));
    let until = new.until;
    let schedule = Schedule {
        id: id.clone(),
        query: asked(&new.query)?,
        reason: reason(&new.reason)?,
        org: new.org,
        every: new.every,
        at: new.at,
        day: new.day,
        until: None,
        paused: false,
        created: now,
        actor: actor.name().to_owned(),
    };
    check_times(&schedule)?;
    actor.may_for(Right::Scan, schedule.org.as_deref())?;
    // a name can take long to look for, and reports wait for the writer
    check_names(app, &actor, &parsed(&schedule.query)?).await?;
    let made = app
        .store
        .write(move |tx| {
            let zone = zone_of(tx, schedule.org.as_deref())?;
            let until = until.map(|until| until.last(&zone));
            insert(tx, &actor, (&Schedule { until, ..schedule }, &zone), now)?;
            find(tx, &id)
        })
        .await?;
    app.bell.ring();
    Ok(made)
}

/// Changes a schedule, pauses it, or has it go on.
///
/// # Errors
/// There is none, or it is over; it is of another version by now; as [`add`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: ScheduleChange,
) -> Result<ScheduleView, ActionError> {
    let query = change.query.as_deref().map(asked).transpose()?;
    let why = change.reason.as_deref().map(reason).transpose()?;
    if let Some(query) = &query {
        check_new(app, actor, id, query).await?;
    }
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let edited = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Scan, &Thing::Schedule(id.clone()))?;
            let before = going_on(tx, &id)?;
            version.check(&before.schedule)?;
            let was = &before.schedule;
            let day = change.day.or(if change.every.is_some() { None } else { was.day });
            let after = Schedule {
                query: query.unwrap_or_else(|| was.query.clone()),
                reason: why.unwrap_or_else(|| was.reason.clone()),
                every: change.every.unwrap_or(was.every),
                at: change.at.unwrap_or_else(|| was.at.clone()),
                day,
                until: match change.until {
                    Some(until) => until.map(|until| until.last(&before.time_zone)),
                    None => was.until,
                },
                paused: change.paused.unwrap_or(was.paused),
                ..was.clone()
            };
            let after = if speaks_anew(was, &after) {
                Schedule { actor: actor.name().to_owned(), ..after }
            } else {
                after
            };
            check_times(&after)?;
            if after != *was {
                write(tx, &actor, (&before, &after), now)?;
            }
            find(tx, &id)
        })
        .await?;
    app.bell.ring();
    Ok(edited)
}

/// Refuses a query that names what is not there, where it is another than before.
async fn check_new(app: &App, actor: &Actor, id: &str, query: &str) -> Result<(), ActionError> {
    let (names, id, query) = (Names::seen_by(app, actor), id.to_owned(), query.to_owned());
    app.store
        .read(move |tx| {
            auth::check(tx, &names.actor, Right::Scan, &Thing::Schedule(id.clone()))?;
            if query == find(tx, &id)?.schedule.query {
                return Ok(());
            }
            names.check(tx, &parsed(&query)?)
        })
        .await
}

/// Ends a schedule. Its runs stay, and it can't go on.
///
/// # Errors
/// There is none, or it is over already; the store's.
pub async fn end(app: &App, actor: &Actor, id: &str) -> Result<ScheduleView, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Scan, &Thing::Schedule(id.clone()))?;
            let before = going_on(tx, &id)?;
            over(tx, &id, Why::Ended, now)?;
            let act = Act::new("schedule.end", subject(&id)).detail(before.schedule.query.clone());
            audit::append(tx, now, &actor, act.before(image(&before.schedule)))?;
            find(tx, &id)
        })
        .await
}

/// Notes that it is over.
pub(super) fn over(tx: &mut dyn Tx, id: &str, why: Why, now: Timestamp) -> Result<(), ActionError> {
    let sql = "UPDATE scan_schedules SET ended = $2, ended_why = $3, next_run = NULL WHERE id = $1 AND ended IS NULL";
    tx.execute(sql, &values![id, now, why.word()])?;
    Ok(())
}

fn going_on(tx: &mut dyn Tx, id: &str) -> Result<ScheduleView, ActionError> {
    let view = find(tx, id)?;
    match view.ended {
        Some(at) => Err(ActionError::conflict(Code::ScheduleOver, format!("it was over at {at}"))),
        None => Ok(view),
    }
}

fn insert(
    tx: &mut dyn Tx,
    actor: &Actor,
    (new, zone): (&Schedule, &str),
    now: Timestamp,
) -> Result<(), ActionError> {
    check_groups(tx, actor, &new.query)?;
    ROOM.check(tx, new.org.as_deref())?;
    let next = new.next_after(zone, now)?.ok_or_else(never)?;
    let author = author::of(tx, actor, now)?;
    tx.execute(
        "INSERT INTO scan_schedules (id, query, reason, org, rhythm, at_minute, on_day, until, created, actor, account, token, how, \
         paused, next_run, trouble) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, '')",
        &values![
            &new.id,
            &new.query,
            &new.reason,
            new.org.as_deref(),
            new.every.word(),
            minute(&new.at),
            new.day,
            new.until,
            now,
            actor.name(),
            author.account,
            author.token,
            author.how,
            next
        ],
    )?;
    let act = Act::new("schedule.add", subject(&new.id)).detail(format!("{}: {}", new.query, new.reason));
    Ok(audit::append(tx, now, actor, act.after(image(new)))?)
}

fn write(
    tx: &mut dyn Tx,
    actor: &Actor,
    (view, after): (&ScheduleView, &Schedule),
    now: Timestamp,
) -> Result<(), ActionError> {
    let before = &view.schedule;
    if after.query != before.query {
        check_groups(tx, actor, &after.query)?;
    }
    let next = match (after.paused, view.owed(&view.time_zone, now)?) {
        (true, _) => None,
        (false, Some(owed)) => Some(owed),
        (false, None) => Some(after.next_after(&view.time_zone, now)?.ok_or_else(never)?),
    };
    tx.execute(
        "UPDATE scan_schedules SET query = $2, reason = $3, rhythm = $4, at_minute = $5, on_day = $6, until = $7, paused = $8, next_run = $9 \
         WHERE id = $1",
        &values![
            &after.id,
            &after.query,
            &after.reason,
            after.every.word(),
            minute(&after.at),
            after.day,
            after.until,
            i64::from(after.paused),
            next
        ],
    )?;
    if speaks_anew(before, after) {
        let author = author::of(tx, actor, now)?;
        tx.execute(
            "UPDATE scan_schedules SET actor = $2, account = $3, token = $4, how = $5 WHERE id = $1",
            &values![&after.id, actor.name(), author.account, author.token, author.how],
        )?;
    }
    let act = Act::new("schedule.edit", subject(&after.id)).detail(after.query.clone());
    Ok(audit::append(tx, now, actor, act.before(image(before)).after(image(after)))?)
}

/// Whoever changes whom it asks, or why, is its author from then on: phones show their name beside their words, and their right counts.
fn speaks_anew(before: &Schedule, after: &Schedule) -> bool {
    (&before.query, &before.reason) != (&after.query, &after.reason)
}

fn asked(text: &str) -> Result<String, ActionError> {
    parsed(text).map(|query| query.to_string())
}

fn parsed(text: &str) -> Result<Query, ActionError> {
    text.parse().map_err(|error: QueryError| ActionError::invalid(Code::BadQuery, error.to_string()))
}

/// The groups that it names have to be there when it is written, and to be few enough; whether one is later, each run says.
fn check_groups(tx: &mut dyn Tx, actor: &Actor, query: &str) -> Result<(), ActionError> {
    let query = groups::resolved(tx, parsed(query)?, &actor.within(Right::Read))?;
    check_size(tx, &query)
}

fn reason(text: &str) -> Result<String, ActionError> {
    Reason::read(text, LONGEST_ON_PHONES, Code::OrderReason).map(Reason::into_text)
}

fn check_times(schedule: &Schedule) -> Result<(), ActionError> {
    let wrong = |what: String| Err(ActionError::invalid(Code::BadSchedule, what));
    if minute(&schedule.at).is_none() {
        return wrong("at: a time of the day as 08:30".to_owned());
    }
    match (schedule.every.last_day(), schedule.day) {
        (None, None) => Ok(()),
        (None, Some(_)) => wrong(format!("day: every {} has no day of its own", schedule.every.word())),
        (Some(last), Some(day)) if (1..=last).contains(&day) => Ok(()),
        (Some(last), _) => wrong(format!("day: every {} has one, from 1 to {last}", schedule.every.word())),
    }
}

fn never() -> ActionError {
    ActionError::invalid(Code::BadSchedule, "until: there is no run before the end")
}

pub(super) fn subject(id: &str) -> String {
    format!("schedule:{id}")
}

fn image(schedule: &Schedule) -> Json {
    json!({
        "query": schedule.query,
        "reason": schedule.reason,
        "org": schedule.org,
        "every": schedule.every,
        "at": schedule.at,
        "day": schedule.day,
        "until": schedule.until,
        "paused": schedule.paused,
        "author": schedule.actor,
    })
}
