//! Sessions of signed-in people. The store has the digest of a session's secret; the secret is in the browser's cookie alone.

use axum::extract::FromRequestParts;
use axum::http::{header, request::Parts};
use serde_json::json;
use std::net::IpAddr;

use super::secret::Secret;
use super::{Actor, Reach, roles};
use crate::audit::{self, Act};
use crate::reason::misleads;
use crate::store::{StoreError, Tx, values};
use muster_proto::id::Digest;
use muster_proto::time::{Span, Timestamp};

/// Longest life of a session.
pub const LONGEST: Span = Span::from_hours(12);
/// A session that is not used for so long has ended.
pub const IDLE: Span = Span::from_hours(2);
/// Use is noted at most this often.
const NOTED_EVERY: Span = Span::from_secs(60);

/// A session that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Name of the person.
    pub name: String,
    /// How it began.
    pub how: How,
    /// Whether its use is due to be noted.
    pub note: bool,
}

/// From where somebody comes.
#[derive(Debug, Clone)]
pub struct Visit {
    /// The address.
    pub address: IpAddr,
    /// What the browser says that it is.
    pub browser: String,
}

/// Longest word of a browser that is kept, in characters.
const BROWSER: usize = 200;

impl Visit {
    /// From where a request comes.
    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        let said = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let shown = said.unwrap_or_default().chars().filter(|&c| !misleads(c));
        Self { address: super::peer(parts), browser: shown.take(BROWSER).collect() }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

/// How a session began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// With a link that works once.
    Link,
    /// With a password and a code.
    Password,
    /// Through a provider of OpenID Connect.
    Oidc,
    /// With the directory's password and a code.
    Ldap,
}

impl How {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Password => "password",
            Self::Oidc => "oidc",
            Self::Ldap => "ldap",
        }
    }
}

impl std::str::FromStr for How {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        [Self::Link, Self::Password, Self::Oidc, Self::Ldap]
            .into_iter()
            .find(|how| how.word() == word)
            .ok_or(())
    }
}

/// Begins a session, and writes it into the audit.
///
/// # Errors
/// The store's.
pub fn begin(
    tx: &mut dyn Tx,
    (user_id, name): (&str, &str),
    secret: &Secret,
    (how, visit): (How, &Visit),
    now: Timestamp,
) -> Result<Actor, StoreError> {
    let address = Some(visit.address.to_canonical()).filter(|address| !address.is_unspecified());
    tx.execute(
        "INSERT INTO sessions (hash, user_id, created, expires, last_used, address, agent, how) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &values![
            secret.digest(),
            user_id,
            now,
            now + LONGEST,
            now,
            address.map(|address| address.to_string()),
            &visit.browser,
            how.word()
        ],
    )?;
    tx.execute("DELETE FROM sessions WHERE expires <= $1", &values![now])?;
    let grants = roles::of_session(tx, secret.digest())?;
    let actor = Actor::session(name).came(how).with(Reach::of(tx, grants)?).at(visit.address);
    let act = Act::new("session.begin", format!("person:{name}"))
        .detail(how.word())
        .after(json!({ "expires": now + LONGEST }));
    audit::append(tx, now, &actor, act)?;
    Ok(actor)
}

/// The session of this secret, where it has neither expired nor been idle for too long.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut dyn Tx, digest: Digest, now: Timestamp) -> Result<Option<Session>, StoreError> {
    let row = tx.query_one(
        "SELECT users.name, sessions.last_used, sessions.how FROM sessions JOIN users ON users.id = sessions.user_id \
         WHERE sessions.hash = $1 AND sessions.expires > $2 AND sessions.last_used > $3 AND users.disabled IS NULL",
        &values![digest, now, now - IDLE],
    )?;
    let Some(mut row) = row else { return Ok(None) };
    let (name, used): (String, Timestamp) = (row.take()?, row.take()?);
    Ok(Some(Session { name, how: row.parse("how a session began")?, note: now.since(used) >= NOTED_EVERY }))
}

/// Notes that a session was used.
///
/// # Errors
/// The store's.
pub fn note(tx: &mut dyn Tx, digest: Digest, now: Timestamp) -> Result<(), StoreError> {
    tx.execute("UPDATE sessions SET last_used = $2 WHERE hash = $1", &values![digest, now])?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// The store's.
pub fn end(tx: &mut dyn Tx, digest: Digest) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sessions WHERE hash = $1", &values![digest])?;
    Ok(())
}
