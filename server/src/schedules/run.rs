//! Runs: what is due is asked. That a run was made is noted in the transaction that writes its scan down, so that none is made twice; the next one
//! lies behind the present moment, so that what was missed is made up for once. One that was due before the end of its schedule is made up for even where the end has come meanwhile.

use muster_proto::time::{Span, Timestamp};

use super::author::{self, Author};
use super::edit::{over, subject};
use super::{COLUMNS, ScheduleView, Why, view};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::devices::Query;
use crate::devices::query::{Key, Value as Asked};
use crate::error::ActionError;
use crate::orders::{self, Bounds, Run};
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, values};

/// When the next run is due.
pub(crate) const NEXT: &str = "SELECT MIN(next_run) FROM scan_schedules";

/// Schedules that are looked at in one read.
const LOOKED: u32 = 20;

/// A schedule that can't be run is tried again after this.
const AGAIN: Span = Span::from_hours(1);

/// A schedule whose time has come, and how far its author reaches by now.
struct Due {
    view: ScheduleView,
    due: Timestamp,
    within: Bounds,
}

/// One whose time has come, by its id: what can't be read is named all the same.
type Looked = (String, Result<Due, StoreError>);

/// Asks for everything that is due. Where one can't be asked for, it is put off, and the others are asked for all the same.
///
/// # Errors
/// Nothing can be written down either; the others are run at the next look.
pub async fn run_due(app: &App) -> Result<(), ActionError> {
    loop {
        let now = app.now();
        let due = app.store.read(move |tx| due(tx, now)).await?;
        if due.is_empty() {
            return Ok(());
        }
        for (id, one) in due {
            let made = match one {
                Ok(one) => run(app, one, now).await,
                Err(error) => Err(error.into()),
            };
            if let Err(error) = made {
                let code = error.problem().code;
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    schedule = id,
                    "a repeated scan is put off"
                );
                app.store.write(move |tx| put_off(tx, &id, &code, now)).await?;
            }
        }
    }
}

/// What is due.
fn due(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<Looked>, StoreError> {
    let sql = format!(
        "SELECT s.id, s.account, s.token, s.how, {COLUMNS} FROM scan_schedules AS s WHERE s.next_run <= $1 ORDER BY s.next_run, s.id LIMIT $2"
    );
    let mut all = Vec::new();
    for mut row in tx.query(&sql, &values![now, LOOKED])? {
        all.push((row.take()?, one(tx, row, now)));
    }
    Ok(all)
}

fn one(tx: &mut dyn Tx, mut row: Row, now: Timestamp) -> Result<Due, StoreError> {
    let author = Author { account: row.take()?, token: row.take()?, how: row.take()? };
    let view = view(row)?;
    let due = view.next_run.ok_or(StoreError::Column("a next run"))?;
    let within = Bounds::of(&author::reach(tx, &author, now)?, Right::Scan);
    Ok(Due { view, due, within })
}

/// Tries later what can't be asked for now, or nothing behind it would ever be.
fn put_off(tx: &mut dyn Tx, id: &str, trouble: &str, now: Timestamp) -> Result<(), ActionError> {
    let sql = "UPDATE scan_schedules SET next_run = $3, trouble = $4 WHERE id = $1 AND next_run <= $2";
    tx.execute(sql, &values![id, now, now + AGAIN, trouble])?;
    Ok(())
}

async fn run(app: &App, one: Due, now: Timestamp) -> Result<(), ActionError> {
    let Due { view, due, within } = one;
    let (schedule, next) = (&view.schedule, view.next_after(now)?);
    let id = schedule.id.clone();
    let may =
        schedule.org.as_deref().map_or_else(|| within.within.is_everywhere(), |org| within.within.has(org));
    if !may {
        return app.store.write(move |tx| stop(tx, &view, now)).await;
    }
    let asked = match query(&view) {
        Ok(query) => {
            let run = Run {
                schedule: id.clone(),
                author: schedule.actor.clone(),
                query,
                reason: schedule.reason.clone(),
                within,
                due,
                next,
            };
            orders::scan_on_schedule(app, run).await.map(drop)
        }
        Err(error) => Err(error),
    };
    let code = match asked {
        Ok(()) => return Ok(()),
        Err(error @ (ActionError::Store(_) | ActionError::Sign(_))) => return Err(error),
        Err(error) => error.problem().code,
    };
    tracing::warn!(schedule = id, code, "a repeated scan has asked nobody");
    app.store.write(move |tx| Ok(advance(tx, &id, (due, next), &code, now).map(drop)?)).await
}

/// Whom it asks: of its organisation alone.
fn query(view: &ScheduleView) -> Result<Query, ActionError> {
    let query: Query = view.schedule.query.parse().map_err(|_| {
        ActionError::invalid(Code::BadQuery, "the query of a schedule can't be read by this program")
    })?;
    Ok(match &view.schedule.org {
        Some(org) => query.and(Key::Org, Asked::Text(org.clone())),
        None => query,
    })
}

/// Notes that the run that was due is made, and when the next one is; false where somebody has noted it already, or it is no more to be made.
///
/// # Errors
/// The store's.
pub(crate) fn advance(
    tx: &mut dyn Tx,
    id: &str,
    (due, next): (Timestamp, Option<Timestamp>),
    trouble: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE scan_schedules SET next_run = $3, last_run = $4, trouble = $5 \
               WHERE id = $1 AND next_run = $2 AND paused = 0 AND ended IS NULL";
    if tx.execute(sql, &values![id, due, next, now, trouble])? == 0 {
        return Ok(false);
    }
    if next.is_none() {
        let sql = "UPDATE scan_schedules SET ended = $2, ended_why = $3 WHERE id = $1";
        tx.execute(sql, &values![id, now, Why::Until.word()])?;
    }
    Ok(true)
}

/// Its author may no more.
fn stop(tx: &mut dyn Tx, view: &ScheduleView, now: Timestamp) -> Result<(), ActionError> {
    let schedule = &view.schedule;
    over(tx, &schedule.id, Why::Author, now)?;
    let detail = format!("{} may not ask for it any more", schedule.actor);
    let act = Act::new("schedule.stop", subject(&schedule.id)).detail(detail);
    Ok(audit::append(tx, now, &Actor::system("schedule"), act)?)
}
