//! The tokens that still work: what a person sees of them, and how one is taken back.

use muster_proto::id::{DeviceId, Digest};
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::Approve;
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::orgs;
use crate::store::{Row, StoreError, Tx, values};

/// A token that still works, without the token: the store has its digest alone.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct TokenView {
    /// Its id: the first digits of its digest, which say nothing of it.
    pub id: String,
    /// The organisation.
    pub org: String,
    /// For how many phones it was made.
    pub uses: u64,
    /// For how many it still works.
    pub left: u64,
    /// Whether a person approves.
    pub approve: Approve,
    /// The device whose place the new one takes.
    pub replaces: Option<DeviceId>,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it works.
    pub expires: Timestamp,
    /// Who made it.
    pub actor: String,
}

/// What people call a token of this digest.
#[must_use]
pub(super) fn short(hash: Digest) -> String {
    muster_proto::id::hex(&hash.0[..8])
}

/// The tokens that still work, the newest first, at most a thousand; with `org` those of it and of the organisations below it.
///
/// # Errors
/// There is no such organisation; the store's.
pub async fn tokens(app: &App, actor: &Actor, org: Option<&str>) -> Result<Vec<TokenView>, ActionError> {
    let (org, now, seen) = (org.map(str::to_owned), app.now(), actor.within(Right::Read));
    app.store
        .read(move |tx| {
            let within = match &org {
                Some(org) => {
                    orgs::find(tx, org)?;
                    Some(orgs::tree(tx)?.below(org))
                }
                None => None,
            };
            let all = working(tx, now)?.into_iter().map(|(_, token)| token);
            let asked = all.filter(|token| within.as_ref().is_none_or(|orgs| orgs.contains(&token.org)));
            let asked = asked.filter(|token| seen.has(&token.org));
            Ok(asked.take(MOST).collect())
        })
        .await
}

/// Takes a token back: it ends now. Phones that have used it stay what they are, and those that wait go on waiting.
///
/// # Errors
/// No token that works has this id; the store's.
pub async fn revoke(app: &App, actor: &Actor, id: &str) -> Result<TokenView, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let found = working(tx, now)?.into_iter().find(|(_, token)| token.id == id);
            let (hash, mut token) = found.ok_or_else(|| ActionError::missing("token that works", &id))?;
            actor.may(Right::Enrol, &token.org, "token that works", &id)?;
            tx.execute("UPDATE tokens SET expires = $2, revoked = $2 WHERE hash = $1", &values![hash, now])?;
            let act = Act::new("token.revoke", format!("org:{}", token.org))
                .detail(format!("{id}, {} of {} uses left", token.left, token.uses))
                .before(json!({ "token": id, "left": token.left, "expires": token.expires }))
                .after(json!({ "token": id, "left": 0, "expires": now }));
            audit::append(tx, now, &actor, act)?;
            token.expires = now;
            Ok(token)
        })
        .await
}

/// More than anybody reads.
const MOST: usize = 1000;

fn working(tx: &mut dyn Tx, now: Timestamp) -> Result<Vec<(Digest, TokenView)>, StoreError> {
    let sql = "SELECT hash, org, uses, used, approve, replaces, created, expires, actor FROM tokens \
               WHERE expires > $1 AND used < uses ORDER BY created DESC, hash";
    tx.query(sql, &values![now])?.into_iter().map(view).collect()
}

fn view(mut row: Row) -> Result<(Digest, TokenView), StoreError> {
    let (hash, org): (Digest, String) = (row.take()?, row.take()?);
    let (uses, used): (u64, u64) = (row.take()?, row.take()?);
    let token = TokenView {
        id: short(hash),
        org,
        uses,
        left: uses.saturating_sub(used),
        approve: row.parse("who approves")?,
        replaces: row.take()?,
        created: row.take()?,
        expires: row.take()?,
        actor: row.take()?,
    };
    Ok((hash, token))
}
