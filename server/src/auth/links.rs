//! One-time links with which people sign in, and the sessions that begin with them.

use muster_proto::id::{Digest, hex};
use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::net::IpAddr;

use super::secret::Secret;
use super::session::{self, How, Visit};
use super::{Actor, ActorKind, Grant, Right, Role, names, roles};
use crate::app::App;
use crate::audit::{self, Act, Refused};
use crate::certificates::fingerprint;
use crate::error::ActionError;
use crate::people::{self, Person};
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// For how long a link works.
const LINK_LIFE: Span = Span::from_hours(24);
/// The name of the first administrator.
const FIRST: &str = "admin";

/// A link that is to be made.
#[derive(Debug, Clone, Default, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    /// The name under which the person acts; the caller's own where none is given.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// What the person may: somebody who is not known yet is added with it.
    #[serde(default)]
    pub role: Option<Role>,
    /// The organisation in which that holds; the whole server without it.
    #[serde(default)]
    #[schemars(length(min = 1, max = 48))]
    pub org: Option<String>,
}

impl NewLink {
    /// For somebody who is known.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { name: Some(name.to_owned()), role: None, org: None }
    }

    fn grant(&self) -> Result<Option<Grant>, ActionError> {
        match (self.role, &self.org) {
            (None, Some(_)) => {
                Err(ActionError::invalid(Code::PersonMalformed, "org: it is not said which role holds there"))
            }
            (role, org) => Ok(role.map(|role| Grant { role, org: org.clone() })),
        }
    }
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
/// The name is malformed; nobody of this name is known, and no role is said; the person is shut out, or may other things than is said, or
/// more than the caller; the store's.
pub async fn make_link(app: &App, actor: &Actor, new: NewLink) -> Result<LinkView, ActionError> {
    let name = names::parse(new.name.as_deref().unwrap_or_else(|| actor.name()))?;
    let grant = new.grant()?;
    let (actor, now, secret) = (actor.clone(), app.now(), draw(app)?);
    let certificate_sha256 = app.reached.shown.unknown_to_browsers().map(fingerprint);
    let view = LinkView { link: address(app, &secret), expires: now + LINK_LIFE, certificate_sha256 };
    let id = hex(&app.draw()?[..8]);
    app.store
        .write(move |tx| {
            let grants = match people::by_name(tx, &name)? {
                Some(known) => {
                    let all = roles::of_user(tx, &known.id)?;
                    // who may nothing yet may be given anything while the link holds
                    let open = all.is_empty() && !actor.within(Right::People).is_everywhere();
                    if open || !actor.reach().covers(&all) {
                        return Err(ActionError::forbidden_here(Right::People));
                    }
                    fits(&known.person, grant.as_ref())?;
                    all
                }
                None => become_known(tx, &actor, (&id, &name), grant, now)?,
            };
            // whoever makes a link could use it: it lets nobody do more than they may already
            if !actor.reach().covers(&grants) {
                return Err(ActionError::more_than_own(&grants));
            }
            Ok::<_, ActionError>(add(tx, &actor, &name, &secret, now)?)
        })
        .await?;
    Ok(view)
}

fn fits(person: &Person, grant: Option<&Grant>) -> Result<(), ActionError> {
    if person.disabled.is_some() {
        return Err(ActionError::conflict(
            Code::PersonDisabled,
            format!("{:?} is shut out: muster person enable", person.name),
        ));
    }
    match grant {
        Some(grant) if !person.grants.contains(grant) => Err(ActionError::conflict(
            Code::PersonExists,
            format!("{:?} is known, and may something else: muster person edit", person.name),
        )),
        _ => Ok(()),
    }
}

/// Adds whoever a link is for, and says what they may. Who makes a link for their own name needs no role: they may what they may.
fn become_known(
    tx: &mut dyn Tx,
    actor: &Actor,
    (id, name): (&str, &str),
    grant: Option<Grant>,
    now: Timestamp,
) -> Result<Vec<Grant>, ActionError> {
    let own = name == actor.name() && actor.kind() == ActorKind::Token;
    let grants = match grant {
        Some(grant) => vec![grant],
        None if own => actor.reach().grants(),
        None => Vec::new(),
    };
    if grants.is_empty() {
        return Err(ActionError::invalid(
            Code::UnknownPerson,
            format!("nobody is known by the name {name:?}: say the role, and the person is added"),
        ));
    }
    people::known_orgs(tx, &grants)?;
    people::write_new(tx, actor, id, &Person::new(name, grants.clone(), now), now)?;
    Ok(grants)
}

/// The link of the first administrator, where nobody has ever had one.
///
/// # Errors
/// The store's.
pub async fn first_sign_in(app: &App) -> Result<Option<String>, ActionError> {
    let (now, secret, id) = (app.now(), draw(app)?, hex(&app.draw()?[..8]));
    let link = address(app, &secret);
    let made = app
        .store
        .write(move |tx| {
            let known =
                tx.query_one("SELECT 1 FROM users UNION ALL SELECT 1 FROM sign_in_links LIMIT 1", &[])?;
            if known.is_none() {
                let (actor, first) =
                    (Actor::system("start"), Person::new(FIRST, vec![Grant::EVERYTHING], now));
                people::write_new(tx, &actor, &id, &first, now)?;
                add(tx, &actor, FIRST, &secret, now)?;
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
pub async fn sign_in(app: &App, presented: &str, visit: &Visit) -> Result<Option<SignedIn>, ActionError> {
    let signed_in = try_link(app, presented, visit).await?;
    if signed_in.is_none() {
        failed(app, visit.address, app.now());
        audit::refuse(app, Refused::Link, visit.address).await;
    }
    Ok(signed_in)
}

async fn try_link(app: &App, presented: &str, visit: &Visit) -> Result<Option<SignedIn>, ActionError> {
    let now = app.now();
    let Some(link) = Secret::presented(presented) else { return Ok(None) };
    let digest = link.digest();
    // guesses are only looked up: whoever floods us with them keeps the writer from nothing
    if !app.store.read(move |tx| Ok::<_, ActionError>(holds(tx, digest, now)?)).await? {
        return Ok(None);
    }
    let (secret, visit) = (draw(app)?, visit.clone());
    let kept = secret.clone();
    let actor = app.store.write(move |tx| use_up(tx, digest, &secret, &visit, now)).await?;
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
    link: Digest,
    secret: &Secret,
    visit: &Visit,
    now: Timestamp,
) -> Result<Option<Actor>, StoreError> {
    let held = tx.execute(
        "UPDATE sign_in_links SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2",
        &values![link, now],
    )?;
    if held == 0 {
        return Ok(None);
    }
    let sql = "SELECT users.id, users.name FROM sign_in_links JOIN users ON users.name = sign_in_links.user_name \
               WHERE sign_in_links.hash = $1 AND users.disabled IS NULL";
    let Some(mut row) = tx.query_one(sql, &values![link])? else { return Ok(None) };
    let (id, name): (String, String) = (row.take()?, row.take()?);
    session::begin(tx, (&id, &name), secret, (How::Link, visit), now).map(Some)
}

fn add(
    tx: &mut dyn Tx,
    actor: &Actor,
    name: &str,
    secret: &Secret,
    now: Timestamp,
) -> Result<(), StoreError> {
    let expires = now + LINK_LIFE;
    tx.execute(
        "INSERT INTO sign_in_links (hash, user_name, expires, used) VALUES ($1, $2, $3, NULL)",
        &values![secret.digest(), name, expires],
    )?;
    // what was used or has run out long ago tells nobody anything
    tx.execute("DELETE FROM sign_in_links WHERE expires <= $1", &values![now - LINK_LIFE])?;
    let act = Act::new("sign-in-link.make", person(name))
        .detail(format!("until {expires}"))
        .after(json!({ "name": name, "expires": expires }));
    audit::append(tx, now, actor, act)
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
