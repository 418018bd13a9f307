//! API tokens that people make for programs, pipelines and their own command line: each has a name, under which it acts, and an end.

use muster_proto::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::secret::Secret;
use super::{Actor, names, token};
use crate::app::App;
use crate::audit::{self, Act};
use crate::error::ActionError;
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
}

const USUAL_LIFE: Span = Span::from_hours(90 * 24);
const LONGEST_LIFE: Span = Span::from_hours(5 * 366 * 24);

/// Makes a token.
///
/// # Errors
/// The name is malformed or taken, or the time is out of bounds; the store's.
pub async fn make(app: &App, actor: &Actor, new: NewApiToken) -> Result<IssuedApiToken, ActionError> {
    let name = names::parse(&new.name)?;
    let life = new.expires_in.unwrap_or(USUAL_LIFE);
    if life < Span::from_secs(1) || life > LONGEST_LIFE {
        return Err(ActionError::invalid(Code::TokenExpiry, "a token works for one second to five years"));
    }
    let (actor, now, secret) = (actor.clone(), app.now(), Secret::draw(&app.random)?);
    let expires = now + life;
    let issued = IssuedApiToken { token: secret.text().to_owned(), name: name.clone(), expires };
    app.store
        .write(move |tx| {
            // what has run out keeps no name
            tx.execute("DELETE FROM api_tokens WHERE expires <= $1", &values![now])?;
            if find(tx, &name)?.is_some() {
                return Err(ActionError::conflict(
                    Code::NameTaken,
                    format!("a token {name:?} works already"),
                ));
            }
            token::add(tx, &name, &secret, now, Some(expires))?;
            let act = Act::new("api-token.make", subject(&name))
                .detail(format!("until {expires}"))
                .after(json!({ "name": name, "expires": expires }));
            Ok(audit::append(tx, now, &actor, act)?)
        })
        .await?;
    Ok(issued)
}

/// Those that work, by name.
///
/// # Errors
/// The store's.
pub async fn list(app: &App) -> Result<Vec<ApiTokenView>, ActionError> {
    let now = app.now();
    app.store
        .read(move |tx| {
            let rows = tx.query(
                "SELECT name, created, expires FROM api_tokens WHERE expires IS NULL OR expires > $1 ORDER BY name",
                &values![now],
            )?;
            Ok::<_, ActionError>(rows.into_iter().map(view).collect::<Result<_, _>>()?)
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
            let known = find(tx, &name)?.ok_or_else(|| ActionError::missing("API token", &name))?;
            token::revoke(tx, &name)?;
            let act = Act::new("api-token.revoke", subject(&name))
                .before(json!({ "name": name, "created": known.created, "expires": known.expires }));
            audit::append(tx, now, &actor, act)?;
            Ok::<_, ActionError>(known)
        })
        .await
}

fn find(tx: &mut dyn Tx, name: &str) -> Result<Option<ApiTokenView>, StoreError> {
    let row =
        tx.query_one("SELECT name, created, expires FROM api_tokens WHERE name = $1", &values![name])?;
    row.map(view).transpose()
}

fn view(mut row: Row) -> Result<ApiTokenView, StoreError> {
    Ok(ApiTokenView { name: row.take()?, created: row.take()?, expires: row.take()? })
}

fn subject(name: &str) -> String {
    format!("api-token:{name}")
}
