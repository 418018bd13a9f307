//! One-time links with which people sign in, and the sessions that begin with them.

use muster_proto::id::{Digest, hex};
use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;

use super::secret::Secret;
use super::{Actor, Grant, Reach, names, roles, session};
use crate::app::App;
use crate::audit::{self, Act, Refused};
use crate::certificates::fingerprint;
use crate::error::ActionError;
use crate::store::{StoreError, Tx, values};

/// For how long a link works.
const LINK_LIFE: Span = Span::from_hours(24);
/// The name of the first administrator, until people have accounts of their own.
const FIRST: &str = "admin";

/// A link that is to be made.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The name under which the person acts; the caller's own where none is given.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
}

/// A link. It is given out once and stored nowhere.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct LinkView {
    /// The address.
    pub link: String,
    /// Until when it works.
    pub expires: Timestamp,
    /// SHA-256 of the certificate that browsers will warn of on the first visit, if they will: pairs of digits as browsers show it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate_sha256: Option<String>,
}

/// A session that has just begun.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The secret for the browser's cookie.
    pub secret: Secret,
    /// Who signed in.
    pub actor: Actor,
}

/// Makes a link.
///
/// # Errors
/// The name is malformed; the person may more than the caller; the store's.
pub async fn make_link(app: &App, actor: &Actor, new: NewLink) -> Result<LinkView, ActionError> {
    let name = names::parse(new.name.as_deref().unwrap_or_else(|| actor.name()))?;
    let (actor, now, secret) = (actor.clone(), app.now(), draw(app)?);
    let user_id = hex(&app.draw()?[..8]);
    let certificate_sha256 = app.reached.shown.unknown_to_browsers().map(fingerprint);
    let view = LinkView { link: address(app, &secret), expires: now + LINK_LIFE, certificate_sha256 };
    app.store.write(move |tx| add(tx, &actor, (&name, &user_id), &secret, now)).await?;
    Ok(view)
}

/// The link of the first administrator, where nobody has ever had one.
///
/// # Errors
/// The store's.
pub async fn first_sign_in(app: &App) -> Result<Option<String>, ActionError> {
    let (now, secret, user_id) = (app.now(), draw(app)?, hex(&app.draw()?[..8]));
    let link = address(app, &secret);
    let made = app
        .store
        .write(move |tx| {
            let known =
                tx.query_one("SELECT 1 FROM users UNION ALL SELECT 1 FROM sign_in_links LIMIT 1", &[])?;
            if known.is_none() {
                add(tx, &Actor::system("start"), (FIRST, &user_id), &secret, now)?;
            }
            Ok::<_, ActionError>(known.is_none())
        })
        .await?;
    Ok(made.then_some(link))
}

/// Uses a link up, and begins a session. `None` if the link does not hold.
///
/// # Errors
/// The store's.
pub async fn sign_in(app: &App, presented: &str, from: IpAddr) -> Result<Option<SignedIn>, ActionError> {
    let signed_in = try_link(app, presented, from).await?;
    if signed_in.is_none() {
        failed(app, from, app.now());
        audit::refuse(app, Refused::Link, from).await;
    }
    Ok(signed_in)
}

async fn try_link(app: &App, presented: &str, from: IpAddr) -> Result<Option<SignedIn>, ActionError> {
    let now = app.now();
    let Some(link) = Secret::presented(presented) else { return Ok(None) };
    let digest = link.digest();
    // guesses are only looked up: whoever floods us with them keeps the writer from nothing
    if !app.store.read(move |tx| Ok::<_, ActionError>(holds(tx, digest, now)?)).await? {
        return Ok(None);
    }
    let (secret, user_id) = (draw(app)?, hex(&app.draw()?[..8]));
    let kept = secret.clone();
    let actor = app.store.write(move |tx| use_up(tx, &link, &secret, &user_id, from, now)).await?;
    Ok(actor.map(|actor| SignedIn { secret: kept, actor }))
}

fn failed(app: &App, from: IpAddr, now: Timestamp) {
    app.metrics.sign_in_failures.with_label_values(&["link"]).inc();
    app.sign_ins.failed(from, now);
}

/// Ends a session.
///
/// # Errors
/// The store's.
pub async fn sign_out(app: &App, actor: &Actor, secret: &Secret) -> Result<(), ActionError> {
    let (actor, digest, now) = (actor.clone(), secret.digest(), app.now());
    app.store
        .write(move |tx| {
            session::end(tx, digest)?;
            audit::append(tx, now, &actor, Act::new("session.end", person(actor.name())))
        })
        .await?;
    Ok(())
}

fn holds(tx: &mut dyn Tx, link: Digest, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM sign_in_links WHERE hash = $1 AND used IS NULL AND expires > $2";
    Ok(tx.query_one(sql, &values![link, now])?.is_some())
}

fn use_up(
    tx: &mut dyn Tx,
    link: &Secret,
    secret: &Secret,
    user_id: &str,
    from: IpAddr,
    now: Timestamp,
) -> Result<Option<Actor>, StoreError> {
    let digest = link.digest();
    let held = tx.execute(
        "UPDATE sign_in_links SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2",
        &values![digest, now],
    )?;
    if held == 0 {
        return Ok(None);
    }
    let row = tx.query_one("SELECT user_name FROM sign_in_links WHERE hash = $1", &values![digest])?;
    let name: String = row.ok_or(StoreError::Column("a sign-in link"))?.take()?;
    session::begin(tx, &name, user_id, secret, now)?;
    let grants = roles::of_session(tx, secret.digest())?;
    let actor = Actor::session(&name).with(Reach::of(tx, grants)?).at(from);
    let act = Act::new("session.begin", person(&name)).after(json!({ "expires": now + session::LONGEST }));
    audit::append(tx, now, &actor, act)?;
    Ok(Some(actor))
}

fn add(
    tx: &mut dyn Tx,
    actor: &Actor,
    (name, user_id): (&str, &str),
    secret: &Secret,
    now: Timestamp,
) -> Result<(), ActionError> {
    let expires = now + LINK_LIFE;
    let known = known(tx, actor, name, user_id, now)?;
    // whoever makes a link could use it: it lets nobody do more than they may already
    if !actor.reach().covers(&known) {
        return Err(ActionError::more_than_own(&known));
    }
    tx.execute(
        "INSERT INTO sign_in_links (hash, user_name, expires, used) VALUES ($1, $2, $3, NULL)",
        &values![secret.digest(), name, expires],
    )?;
    // what was used or has run out long ago tells nobody anything
    tx.execute("DELETE FROM sign_in_links WHERE expires <= $1", &values![now - LINK_LIFE])?;
    let act = Act::new("sign-in-link.make", person(name))
        .detail(format!("until {expires}"))
        .after(json!({ "name": name, "expires": expires }));
    Ok(audit::append(tx, now, actor, act)?)
}

/// What the person may. Who is new may what the one may who made the first link.
fn known(
    tx: &mut dyn Tx,
    actor: &Actor,
    name: &str,
    user_id: &str,
    now: Timestamp,
) -> Result<Vec<Grant>, StoreError> {
    let known = tx.query_one("SELECT id FROM users WHERE name = $1", &values![name])?;
    if let Some(mut row) = known {
        return roles::of_user(tx, &row.take::<String>()?);
    }
    tx.execute("INSERT INTO users (id, name, created) VALUES ($1, $2, $3)", &values![user_id, name, now])?;
    let grants = actor.reach().grants();
    roles::give_user(tx, user_id, "person", &grants)?;
    Ok(grants)
}

fn address(app: &App, secret: &Secret) -> String {
    format!("{}/sign-in?link={}", app.people_url(), secret.text())
}

fn person(name: &str) -> String {
    format!("person:{name}")
}

fn draw(app: &App) -> Result<Secret, ActionError> {
    Ok(Secret::draw(&app.random)?)
}
