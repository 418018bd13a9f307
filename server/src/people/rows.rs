//! People as they are stored.

use muster_proto::time::Timestamp;

use super::{BY_PEOPLE, People, Person, PersonView};
use crate::app::App;
use crate::auth::{Grant, roles, session};
use crate::error::ActionError;
use crate::store::{Row, StoreError, Tx, values};

/// A person with the id of the account.
pub(crate) struct Known {
    /// The id of the account.
    pub id: String,
    /// Who it is.
    pub person: Person,
}

const SELECT: &str = "SELECT id, name, title, address, disabled, password, created, locked, \
    (SELECT COUNT(*) FROM sessions WHERE sessions.user_id = users.id AND sessions.expires > $1 \
    AND sessions.last_used > $2) FROM users";

/// Most on a page.
pub const MOST: u32 = 1000;

/// A page of people, by name, after that of `after`.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, after: Option<String>, limit: u32) -> Result<People, ActionError> {
    let (now, limit) = (app.now(), limit.clamp(1, MOST));
    app.store
        .read(move |tx| {
            let sql = format!("{SELECT} WHERE name > $3 ORDER BY name LIMIT $4");
            let after = after.unwrap_or_default();
            let rows = tx.query(&sql, &values![now, now - session::IDLE, &after, limit + 1])?;
            let more = rows.len() > limit as usize;
            let mut people = Vec::new();
            for row in rows.into_iter().take(limit as usize) {
                people.push(view(tx, row, now)?.1);
            }
            let last = people.last().filter(|_| more).map(|last| last.person.name.clone());
            Ok::<_, ActionError>(People { people, next: last })
        })
        .await
}

/// One person, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, name: &str) -> Result<Person, ActionError> {
    let name = name.to_owned();
    app.store.read(move |tx| Ok(find(tx, &name)?.person)).await
}

/// The person of this name, who has to be there.
pub(crate) fn find(tx: &mut dyn Tx, name: &str) -> Result<Known, ActionError> {
    by_name(tx, name)?.ok_or_else(|| ActionError::missing("person", name))
}

/// Whether somebody has this name, or one that reads the same: small and capital letters are one.
///
/// # Errors
/// The store's.
pub(crate) fn is_like(tx: &mut dyn Tx, name: &str) -> Result<bool, StoreError> {
    let small = name.to_lowercase();
    for mut row in tx.query("SELECT name FROM users", &[])? {
        if row.take::<String>()?.to_lowercase() == small {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The person of this name.
pub(crate) fn by_name(tx: &mut dyn Tx, name: &str) -> Result<Option<Known>, StoreError> {
    let sql = format!("{SELECT} WHERE name = $3");
    let row = tx.query_one(&sql, &values![Timestamp::default(), Timestamp::default(), name])?;
    let Some(row) = row else { return Ok(None) };
    let (id, view) = view(tx, row, Timestamp::default())?;
    Ok(Some(Known { id, person: view.person }))
}

/// Writes a new person down with what people gave.
pub(crate) fn insert(tx: &mut dyn Tx, id: &str, person: &Person) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO users (id, name, title, address, created) VALUES ($1, $2, $3, $4, $5)",
        &values![id, &person.name, &person.title, person.address.as_deref(), person.created],
    )?;
    roles::give_user(tx, id, BY_PEOPLE, &person.grants)
}

/// The one order in which grants stand: their versions are compared.
pub(super) fn in_order(grants: &mut [Grant]) {
    grants.sort_by(|a, b| (a.role.name(), &a.org).cmp(&(b.role.name(), &b.org)));
}

fn view(tx: &mut dyn Tx, mut row: Row, now: Timestamp) -> Result<(String, PersonView), StoreError> {
    let id: String = row.take()?;
    let (name, title, address) = (row.take()?, row.take()?, row.take()?);
    let (disabled, password): (Option<Timestamp>, Option<String>) = (row.take()?, row.take()?);
    let (created, locked): (Timestamp, Option<Timestamp>) = (row.take()?, row.take()?);
    let sessions = row.take()?;
    let grants = grants(tx, &id, "source = 'person'")?;
    let from_groups = grants_of_groups(tx, &id)?;
    let sql = "SELECT DISTINCT provider FROM identities WHERE user_id = $1 ORDER BY provider";
    let providers = tx.query(sql, &values![&id])?.into_iter().map(|mut row| row.take());
    let providers = providers.collect::<Result<_, _>>()?;
    let password = password.is_some();
    let person = Person { name, title, address, grants, from_groups, disabled, password, providers, created };
    Ok((id, PersonView { person, locked: locked.filter(|until| *until > now), sessions }))
}

fn grants_of_groups(tx: &mut dyn Tx, id: &str) -> Result<Vec<Grant>, StoreError> {
    grants(tx, id, "source <> 'person'")
}

fn grants(tx: &mut dyn Tx, id: &str, which: &str) -> Result<Vec<Grant>, StoreError> {
    let sql = format!("SELECT DISTINCT role, org FROM grants WHERE user_id = $1 AND {which}");
    let rows = tx.query(&sql, &values![id])?;
    let mut grants = rows.into_iter().map(roles::read).collect::<Result<Vec<_>, _>>()?;
    // engines sort text each in their own way
    in_order(&mut grants);
    Ok(grants)
}
