//! A hook's turn: edges that are new and edges that are due again are read, sent a few at a time, and what became of them is written down in
//! one transaction.

use muster_proto::time::{Span, Timestamp};
use std::sync::Arc;
use tokio::task::JoinSet;

use super::edge::{self, Scope, ToldEdge};
use super::outbound::Message;
use super::patience::{Past, pause};
use super::secret::{HookSecret, signing};
use crate::app::App;
use crate::error::ActionError;
use crate::keys::Keys;
use crate::store::{StoreError, Tx, values};

/// Requests to one receiver at the same time.
pub const AT_ONCE: usize = 4;

/// New edges that are sent in one turn. With those that are tried again, so many may come twice after a turn that did not end.
const SENT: usize = 32;
/// Edges that are tried again in one turn.
const AGAIN: u32 = 16;
/// With so many failing, new ones stay where they are: they are in the row of edges, and nobody hammers a receiver that is down.
const MOST_FAILING: u64 = 1000;
/// The dead are kept for so long.
const KEPT: Span = Span::from_hours(30 * 24);

/// How a turn went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Edges that were sent, taken or not.
    pub sent: usize,
    /// Whether there is more to do at once.
    pub more: bool,
    /// When something is due again.
    pub next: Option<Timestamp>,
}

/// What a turn does.
struct Plan {
    hook: Arc<Signing>,
    /// As far as new edges were looked at.
    taken: u64,
    /// Whether that is further than before.
    moved: bool,
    edges: Vec<(ToldEdge, Past)>,
    /// What waited and is of what the hook is told no more: its device, or an organisation, has moved meanwhile.
    gone: Vec<u64>,
    more: bool,
}

/// To whom, and with which secrets.
struct Signing {
    id: String,
    url: String,
    secrets: Vec<HookSecret>,
}

/// What became of an edge.
struct Done {
    edge: ToldEdge,
    past: Past,
    failure: Option<Failure>,
}

struct Failure {
    status: Option<u16>,
    error: String,
    pause: Span,
}

/// Has a hook's turn; `None` where it is gone or paused.
///
/// # Errors
/// The store's; or the hook's secret is not this server's.
pub async fn turn(app: &Arc<App>, id: &str) -> Result<Option<Turn>, ActionError> {
    let (id, now, keys) = (id.to_owned(), app.now(), Arc::clone(&app.keys));
    let plan = {
        let id = id.clone();
        app.store.read(move |tx| plan(tx, &id, &keys, now)).await?
    };
    let Some(Plan { hook, taken, moved, edges, gone, more }) = plan else { return Ok(None) };
    let sent = edges.len();
    let done = send(app, &hook, edges).await;
    if sent > 0 || moved || !gone.is_empty() {
        let (id, now, give_up) = (id.clone(), app.now(), app.outbound.give_up());
        let failed = done.iter().filter(|one| one.failure.is_some()).count();
        let settled = app.store.write(move |tx| {
            gone.iter().try_for_each(|edge| forget(tx, &id, *edge))?;
            settle(tx, &id, taken, &done, now, give_up)
        });
        let dead = settled.await?;
        app.metrics.hooks.add(sent - failed, failed, dead);
    }
    let next = app.store.read(move |tx| next(tx, &id)).await?;
    Ok(Some(Turn { sent, more, next }))
}

fn plan(tx: &mut dyn Tx, id: &str, keys: &Keys, now: Timestamp) -> Result<Option<Plan>, ActionError> {
    let sql = "SELECT url, taken FROM hooks WHERE id = $1 AND paused = 0";
    let Some(mut row) = tx.query_one(sql, &values![id])? else { return Ok(None) };
    let (url, mut taken): (String, u64) = (row.take()?, row.take()?);
    let secrets = signing(tx, id, keys, now)?;
    let Some(scope) = Scope::of_hook(tx, id)? else { return Ok(None) };
    let waited = due(tx, id, now)?;
    let (before, mut more) = (taken, waited.len() == AGAIN as usize);
    let (mut edges, outside): (Vec<_>, Vec<_>) = waited.into_iter().partition(|(edge, _)| scope.has(edge));
    let gone = outside.into_iter().map(|(edge, _)| edge.id).collect();
    let again = edges.len();
    if failing(tx, id)? < MOST_FAILING {
        taken = taken.min(newest(tx)?);
        let fresh = edge::edges_after(tx, taken)?;
        more |= fresh.len() == edge::LOOKED_AT as usize;
        for edge in fresh {
            if edges.len() - again == SENT {
                more = true;
                break;
            }
            taken = edge.id;
            if scope.has(&edge) {
                edges.push((edge, Past::default()));
            }
        }
    }
    let hook = Arc::new(Signing { id: id.to_owned(), url, secrets });
    Ok(Some(Plan { hook, taken, moved: taken != before, edges, gone, more }))
}

/// The newest edge's number. Where the row has begun anew, as it does when all of it was cleared away, so does the hook.
fn newest(tx: &mut dyn Tx) -> Result<u64, StoreError> {
    let row = tx.query_one("SELECT COALESCE(MAX(id), 0) FROM edges", &[])?;
    row.map_or(Ok(0), |mut row| row.take())
}

fn failing(tx: &mut dyn Tx, id: &str) -> Result<u64, StoreError> {
    let sql = "SELECT COUNT(*) FROM deliveries WHERE hook = $1 AND next_try IS NOT NULL";
    tx.query_one(sql, &values![id])?.map_or(Ok(0), |mut row| row.take())
}

fn due(tx: &mut dyn Tx, id: &str, now: Timestamp) -> Result<Vec<(ToldEdge, Past)>, StoreError> {
    let sql = format!(
        "{}, deliveries.attempts, deliveries.failing, deliveries.next_try FROM {} JOIN deliveries ON deliveries.edge = edges.id \
         WHERE deliveries.hook = $1 AND deliveries.next_try <= $2 ORDER BY deliveries.next_try, edges.id LIMIT $3",
        edge::SELECT,
        edge::JOINED
    );
    let rows = tx.query(&sql, &values![id, now, AGAIN])?;
    rows.into_iter()
        .map(|mut row| {
            let edge = ToldEdge::of(&mut row)?;
            Ok((edge, Past::of(row.take()?, Some(row.take()?), row.take()?, now)))
        })
        .collect()
}

/// When the next one is due. What was cleared away is due no more.
fn next(tx: &mut dyn Tx, id: &str) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT MIN(next_try) FROM deliveries WHERE hook = $1 AND EXISTS (SELECT 1 FROM edges WHERE edges.id = deliveries.edge)";
    tx.query_one(sql, &values![id])?.map_or(Ok(None), |mut row| row.take())
}

async fn send(app: &Arc<App>, hook: &Arc<Signing>, edges: Vec<(ToldEdge, Past)>) -> Vec<Done> {
    let (mut waiting, mut running, mut done) = (edges.into_iter(), JoinSet::new(), Vec::new());
    loop {
        while running.len() < AT_ONCE
            && let Some((edge, past)) = waiting.next()
        {
            let (app, hook) = (Arc::clone(app), Arc::clone(hook));
            running.spawn(async move {
                let failure = deliver(&app, &hook, &edge, past.attempts).await.err();
                Done { edge, past, failure }
            });
        }
        match running.join_next().await {
            Some(Ok(one)) => done.push(one),
            // it panicked: the whole turn is had again, and nothing of it is lost
            Some(Err(error)) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // the runtime ends, and this with it
                Err(_) => std::future::pending().await,
            },
            None => return done,
        }
    }
}

async fn deliver(app: &App, hook: &Signing, edge: &ToldEdge, attempts: u32) -> Result<(), Failure> {
    let message = edge.message(&hook.id, &app.people_url());
    let now = app.now();
    let signatures = signatures(&hook.secrets, &message, now);
    let pause = pause(&app.random, attempts);
    match app.outbound.post(&hook.url, &message, now, &signatures).await {
        Ok(answered) if (200..300).contains(&answered.status) => Ok(()),
        Ok(answered) => Err(Failure {
            status: Some(answered.status),
            error: format!("the receiver answered {}", answered.status),
            pause: answered.retry_after.map_or(pause, |asked| asked.max(pause)),
        }),
        Err(error) => Err(Failure { status: None, error: error.to_string(), pause }),
    }
}

/// The header `webhook-signature`.
pub fn signatures(secrets: &[HookSecret], message: &Message, now: Timestamp) -> String {
    let signed = secrets.iter().map(|secret| secret.sign(&message.id, now.secs(), &message.body));
    signed.collect::<Vec<_>>().join(" ")
}

/// What waited for a hook's receiver waits no more.
fn forget(tx: &mut dyn Tx, id: &str, edge: u64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM deliveries WHERE hook = $1 AND edge = $2", &values![id, edge]).map(drop)
}

/// Writes down what became of them; says how many died. Where the hook is gone, nothing is.
fn settle(
    tx: &mut dyn Tx,
    id: &str,
    taken: u64,
    done: &[Done],
    now: Timestamp,
    give_up: Span,
) -> Result<usize, StoreError> {
    if tx.execute("UPDATE hooks SET taken = $2 WHERE id = $1", &values![id, taken])? == 0 {
        return Ok(0);
    }
    // it may have become another while they were sent: what it is told no more does not wait for it
    let scope = Scope::of_hook(tx, id)?.unwrap_or_default();
    let mut dead = 0;
    for Done { edge, past, failure } in done {
        if past.failing.is_some() || failure.is_some() {
            forget(tx, id, edge.id)?;
        }
        let Some(failure) = failure.as_ref().filter(|_| scope.has(edge)) else { continue };
        let failing = past.and_failed(now);
        let died = failing.is_given_up(now, give_up);
        dead += usize::from(died);
        let next = Some(now + failure.pause).filter(|_| !died);
        tx.execute(
            "INSERT INTO deliveries (hook, edge, attempts, failing, next_try, status, error, dead) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &values![
                id,
                edge.id,
                failing.attempts,
                failing.since,
                next,
                failure.status.map(u32::from),
                &failure.error,
                died.then_some(now)
            ],
        )?;
    }
    Ok(dead)
}

/// Forgets what has been dead for thirty days, and what tells of edges that were cleared away.
///
/// # Errors
/// The store's.
pub async fn forget_dead(app: &App) -> Result<(), ActionError> {
    const OLD: &str = "dead <= $1 OR NOT EXISTS (SELECT 1 FROM edges WHERE edges.id = deliveries.edge)";
    let before = app.now() - KEPT;
    let look = move |tx: &mut dyn Tx| {
        tx.query_one(&format!("SELECT 1 FROM deliveries WHERE {OLD} LIMIT 1"), &values![before])
    };
    // most of the time there is none, and who only looks wakes nobody
    if app.store.read(look).await?.is_some() {
        let forget = move |tx: &mut dyn Tx| {
            tx.execute(&format!("DELETE FROM deliveries WHERE {OLD}"), &values![before])
        };
        app.store.write(forget).await?;
    }
    Ok(())
}
