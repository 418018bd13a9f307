//! API tokens that people make for programs, pipelines and their own command line: each has a name, under which it acts, and an end.

use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::secret::Secret;
use super::{Actor, Grant, names, roles, token};
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::{Row, StoreError, Tx, values};

/// A token that is to be made.
#[derive(Debug, Clone, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewApiToken {
    /// The name under which it acts, and the audit shows it.
    pub name: String,
    /// Seconds for which it works; ninety days where nothing is said.
    #[serde(default)]
    pub expires_in: Option<Span>,
    /// What its holder may; what the caller may where nothing is said, and never more.
    #[serde(default)]
    #[schemars(length(min = 1, max = 50))]
    pub grants: Option<Vec<Grant>>,
}

/// A token that was made. It is shown once.
#[derive(Clone, Serialize, schemars::JsonSchema)]
pub struct IssuedApiToken {
    /// What a program presents.
    pub token: String,
    /// The name under which it acts.
    pub name: String,
    /// Until when it works.
    pub expires: Timestamp,
    /// What its holder may.
    pub grants: Vec<Grant>,
}

/// A token as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, schemars::JsonSchema)]
pub struct ApiTokenView {
    /// The name under which it acts; by this it is taken back.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it works; the local administrator's works for ever.
    pub expires: Option<Timestamp>,
    /// What its holder may.
    pub grants: Vec<Grant>,
}

const MOST_GRANTS: usize = 50;
const USUAL_LIFE: Span = Span::from_hours(90 * 24);
const LONGEST_LIFE: Span = Span::from_hours(5 * 366 * 24);

/// Makes a token.
///
/// # Errors
/// The name is malformed or taken, the time is out of bounds, or it is to do more than the caller may; the store's.
pub async fn make(app: &App, actor: &Actor, new: NewApiToken) -> Result<IssuedApiToken, ActionError> {
    let name = names::parse(&new.name)?;
    let life = new.expires_in.unwrap_or(USUAL_LIFE);
    if life < Span::from_secs(1) || life > LONGEST_LIFE {
        return Err(ActionError::invalid(Code::TokenExpiry, "a token works for one second to five years"));
    }
    let (actor, now, secret) = (actor.clone(), app.now(), Secret::draw(&app.random)?);
    let expires = now + life;
    let grants = wanted(&actor, new.grants)?;
    let issued = IssuedApiToken {
        token: secret.text().to_owned(),
        name: name.clone(),
        expires,
        grants: grants.clone(),
    };
    app.store
        .write(move |tx| {
            for org in grants.iter().filter_map(|grant| grant.org.as_deref()) {
                orgs::find(tx, org)?;
            }
            // what has run out keeps no name
            tx.execute("DELETE FROM api_tokens WHERE expires <= $1", &values![now])?;
            token::sweep(tx)?;
            // what either did would stand in the audit under one name
            if tx.query_one("SELECT 1 FROM users WHERE name = $1", &values![&name])?.is_some() {
                let detail = format!("there is a person {name:?}");
                return Err(ActionError::conflict(Code::NameTaken, detail));
            }
            if find(tx, &name)?.is_some() {
                return Err(ActionError::conflict(
                    Code::NameTaken,
                    format!("a token {name:?} works already"),
                ));
            }
            token::add(tx, &name, &secret, now, Some(expires), &grants)?;
            let act = Act::new("api-token.make", subject(&name))
                .detail(format!("until {expires}"))
                .after(json!({ "name": name, "expires": expires, "grants": grants }));
            Ok(audit::append(tx, now, &actor, act)?)
        })
        .await?;
    Ok(issued)
}

fn wanted(actor: &Actor, grants: Option<Vec<Grant>>) -> Result<Vec<Grant>, ActionError> {
    let mut grants = grants.unwrap_or_else(|| actor.reach().grants());
    if grants.is_empty() || grants.len() > MOST_GRANTS {
        let detail = format!("grants: a token has 1 to {MOST_GRANTS} of them");
        return Err(ActionError::invalid(Code::BadGrants, detail));
    }
    if !actor.reach().covers(&grants) {
        return Err(ActionError::more_than_own(&grants));
    }
    grants.sort_unstable();
    grants.dedup();
    Ok(grants)
}

/// Those that work and may no more than the caller, by name.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<ApiTokenView>, ActionError> {
    let (now, reach) = (app.now(), actor.reach().clone());
    app.store
        .read(move |tx| {
            let sql = format!("{SELECT} WHERE expires IS NULL OR expires > $1 ORDER BY name");
            let rows = tx.query(&sql, &values![now])?;
            let mut all = rows.into_iter().map(|row| view(tx, row)).collect::<Result<Vec<_>, _>>()?;
            all.retain(|token| reach.covers(&token.grants));
            Ok::<_, ActionError>(all)
        })
        .await
}

/// Takes a token back: it works no more.
///
/// # Errors
/// There is none of this name, or it is the local administrator's; the store's.
pub async fn take_back(app: &App, actor: &Actor, name: &str) -> Result<ApiTokenView, ActionError> {
    if name == token::LOCAL_ADMIN {
        return Err(ActionError::conflict(
            Code::LocalAdmin,
            "the local administrator's token belongs to the data folder: remove local-admin.token there and start the server again",
        ));
    }
    let (actor, now, name) = (actor.clone(), app.now(), name.to_owned());
    app.store
        .write(move |tx| {
            let known = find(tx, &name)?.filter(|token| actor.reach().covers(&token.grants));
            let known = known.ok_or_else(|| ActionError::missing("API token", &name))?;
            token::revoke(tx, &name)?;
            let act = Act::new("api-token.revoke", subject(&name))
                .before(json!({ "name": name, "created": known.created, "expires": known.expires }));
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(known)
        })
        .await
}

fn find(tx: &mut dyn Tx, name: &str) -> Result<Option<ApiTokenView>, StoreError> {
    let row = tx.query_one(&format!("{SELECT} WHERE name = $1"), &values![name])?;
    row.map(|row| view(tx, row)).transpose()
}

const SELECT: &str = "SELECT hash, name, created, expires FROM api_tokens";

fn view(tx: &mut dyn Tx, mut row: Row) -> Result<ApiTokenView, StoreError> {
    let grants = roles::of_token(tx, row.take()?)?;
    Ok(ApiTokenView { name: row.take()?, created: row.take()?, expires: row.take()?, grants })
}

fn subject(name: &str) -> String {
    format!("api-token:{name}")
}
