//! Hooks are added, changed, taken away, and given new secrets.

use muster_proto::id::{Digest, hex};
use muster_proto::time::{Span, Timestamp};
use serde_json::{Value as Json, json};
use std::sync::Arc;

use super::edge::{self, Scope, ToldEdge};
use super::outbound::Outbound;
use super::secret::HookSecret;
use super::{Hook, HookChange, IssuedHook, NewHook, find, rule, states, title, written_states};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// Hooks at once: each has a worker of its own.
const MOST: u64 = 100;
/// For so long the secret before the newest one signs, too.
const OLD_SECRET: Span = Span::from_hours(24);

/// Adds a hook, which is told of what happens from now on.
///
/// # Errors
/// The address may not be told anything; the organisation is unknown; the title or the rule is malformed; there are too many.
pub async fn add(app: &App, actor: &Actor, new: NewHook) -> Result<IssuedHook, ActionError> {
    check_url(&app.outbound, &new.url)?;
    let (actor, now, secret) = (actor.clone(), app.now(), HookSecret::draw(&app.random)?);
    let hook = Hook {
        id: hex(&app.draw()?[..8]),
        title: title(&new.title)?,
        url: new.url,
        org: new.org,
        rule: rule(new.rule)?,
        states: states(new.states),
        paused: false,
        old_secret_until: None,
        created: now,
        actor: actor.name().to_owned(),
    };
    let sealed = secret.seal(&hook.id, &app.keys.hooks, &app.random)?;
    let issued = IssuedHook { hook: hook.clone(), secret: secret.text() };
    app.store.write(move |tx| insert(tx, &actor, &hook, &sealed, now)).await?;
    app.telling.ring();
    Ok(issued)
}

/// Changes a hook.
///
/// # Errors
/// There is none; it is of another version by now; as [`add`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: HookChange,
) -> Result<Hook, ActionError> {
    change.url.as_deref().map_or(Ok(()), |url| check_url(&app.outbound, url))?;
    let new_title = change.title.as_deref().map(title).transpose()?;
    let new_rule = change.rule.map(rule).transpose()?;
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let hook = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Hook(id.clone()))?;
            let before = find(tx, &id)?;
            version.check(&before)?;
            let after = Hook {
                title: new_title.unwrap_or_else(|| before.title.clone()),
                url: change.url.unwrap_or_else(|| before.url.clone()),
                org: change.org.unwrap_or_else(|| before.org.clone()),
                rule: new_rule.unwrap_or_else(|| before.rule.clone()),
                states: change.states.map_or_else(|| before.states.clone(), states),
                paused: change.paused.unwrap_or(before.paused),
                ..before.clone()
            };
            if after != before {
                actor.may_for(Right::Orgs, after.org.as_deref())?;
                after.org.as_deref().map_or(Ok(()), |org| orgs::find(tx, org).map(drop))?;
                write(tx, &after)?;
                let mut told = image(&after);
                told["dropped"] = drop_outside(tx, &after)?.into();
                let act = Act::new("hook.edit", subject(&after)).detail(after.title.clone());
                audit::append(tx, now, &actor, act.before(image(&before)).after(told))?;
            }
            Ok::<_, ActionError>(after)
        })
        .await?;
    app.telling.ring();
    Ok(hook)
}

/// What waits for the receiver, or is dead, and is of what it is told no more: it is never sent. Says how many those were.
fn drop_outside(tx: &mut dyn Tx, hook: &Hook) -> Result<usize, StoreError> {
    let scope = Scope::of_hook(tx, &hook.id)?.unwrap_or_default();
    let sql = format!(
        "{} FROM {} JOIN deliveries ON deliveries.edge = edges.id WHERE deliveries.hook = $1",
        edge::SELECT,
        edge::JOINED
    );
    let mut dropped = 0;
    for mut row in tx.query(&sql, &values![&hook.id])? {
        let edge = ToldEdge::of(&mut row)?;
        if !scope.has(&edge) {
            tx.execute("DELETE FROM deliveries WHERE hook = $1 AND edge = $2", &values![&hook.id, edge.id])?;
            dropped += 1;
        }
    }
    Ok(dropped)
}

/// Takes a hook away, with all that waits for its receiver.
///
/// # Errors
/// There is none, or the store's.
pub async fn remove(app: &App, actor: &Actor, id: &str) -> Result<Hook, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    let hook = app
        .store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Orgs, &Thing::Hook(id.clone()))?;
            let hook = find(tx, &id)?;
            tx.execute("DELETE FROM deliveries WHERE hook = $1", &values![&id])?;
            tx.execute("DELETE FROM hooks WHERE id = $1", &values![&id])?;
            let act = Act::new("hook.remove", subject(&hook)).detail(hook.title.clone());
            audit::append(tx, now, &actor, act.before(image(&hook)))?;
            Ok::<_, ActionError>(hook)
        })
        .await?;
    app.telling.ring();
    Ok(hook)
}

/// Gives a hook a new secret. The old one signs beside it for a day, so that the receiver can be changed meanwhile.
///
/// # Errors
/// There is none, or the store's.
pub async fn rotate(app: &App, actor: &Actor, id: &str) -> Result<IssuedHook, ActionError> {
    let (actor, id, now, secret) = (actor.clone(), id.to_owned(), app.now(), HookSecret::draw(&app.random)?);
    let (sealed, keys) = (secret.seal(&id, &app.keys.hooks, &app.random)?, Arc::clone(&app.keys));
    let hook = app.store.write(move |tx| {
        auth::check(tx, &actor, Right::Orgs, &Thing::Hook(id.clone()))?;
        find(tx, &id)?;
        let row = tx.query_one("SELECT secret FROM hooks WHERE id = $1", &values![&id])?;
        let old: Option<Vec<u8>> = row.map(|mut row| row.take()).transpose()?;
        // one that is another server's signs nothing any more
        let old = old.filter(|old| HookSecret::open(old, &id, &keys.hooks).is_some());
        let until = old.is_some().then(|| now + OLD_SECRET);
        let sql = "UPDATE hooks SET old_secret = $2, old_until = $3, secret = $4 WHERE id = $1";
        tx.execute(sql, &values![&id, old, until, sealed])?;
        let hook = find(tx, &id)?;
        let act = Act::new("hook.rotate", subject(&hook)).detail(hook.title.clone());
        audit::append(tx, now, &actor, act)?;
        Ok::<_, ActionError>(hook)
    });
    Ok(IssuedHook { hook: hook.await?, secret: secret.text() })
}

fn check_url(outbound: &Outbound, url: &str) -> Result<(), ActionError> {
    outbound.target(url).map(drop).map_err(|why| ActionError::invalid(Code::HookAddress, why.to_string()))
}

fn insert(
    tx: &mut dyn Tx,
    actor: &Actor,
    hook: &Hook,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), ActionError> {
    actor.may_for(Right::Orgs, hook.org.as_deref())?;
    let count = tx.query_one("SELECT COUNT(*) FROM hooks", &[])?.map(|mut row| row.take::<u64>());
    if count.transpose()?.is_some_and(|count| count >= MOST) {
        return Err(ActionError::conflict(Code::HookLimit, format!("there are {MOST} hooks already")));
    }
    if let Some(org) = &hook.org {
        orgs::find(tx, org)?;
    }
    tx.execute(
        "INSERT INTO hooks (id, title, url, org, rule, states, paused, secret, created, actor, taken) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, (SELECT COALESCE(MAX(id), 0) FROM edges))",
        &values![
            &hook.id,
            &hook.title,
            &hook.url,
            hook.org.as_deref(),
            hook.rule.as_deref(),
            written_states(&hook.states),
            hook.paused,
            sealed,
            hook.created,
            &hook.actor
        ],
    )?;
    let act = Act::new("hook.add", subject(hook)).detail(hook.title.clone());
    Ok(audit::append(tx, now, actor, act.after(image(hook)))?)
}

fn write(tx: &mut dyn Tx, hook: &Hook) -> Result<(), ActionError> {
    tx.execute(
        "UPDATE hooks SET title = $2, url = $3, org = $4, rule = $5, states = $6, paused = $7 WHERE id = $1",
        &values![
            &hook.id,
            &hook.title,
            &hook.url,
            hook.org.as_deref(),
            hook.rule.as_deref(),
            written_states(&hook.states),
            hook.paused
        ],
    )?;
    Ok(())
}

pub(super) fn subject(hook: &Hook) -> String {
    format!("hook:{}", hook.id)
}

/// For the audit. An address may have a secret of its receiver's in it: of that its host is shown, and a digest that tells one from another.
fn image(hook: &Hook) -> Json {
    let host = reqwest::Url::parse(&hook.url).ok().map(|url| url.origin().ascii_serialization());
    json!({
        "title": hook.title,
        "host": host,
        "url_sha256": hex(&Digest::of(hook.url.as_bytes()).0),
        "org": hook.org,
        "rule": hook.rule,
        "states": hook.states,
        "paused": hook.paused,
    })
}
