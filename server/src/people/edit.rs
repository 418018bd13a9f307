//! People are added, changed, shut out, let in again and taken away.

use lettre::Address;
use muster_proto::id::hex;
use muster_proto::time::Timestamp;
use serde_json::{Value as Json, json};

use super::rows::{Known, find, in_order};
use super::{BY_PEOPLE, NewPerson, Person, PersonChange, by_name, insert, owners, subject};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, ActorKind, Grant, LOCAL_ADMIN, names, roles};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::reason::misleads;
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// Grants of one person at once.
const MOST_GRANTS: usize = 50;

/// Adds somebody, who signs in with a link until there is a password or a provider.
///
/// # Errors
/// The name is taken; name, title, address or grants are malformed; an organisation is unknown.
pub async fn add(app: &App, actor: &Actor, new: NewPerson) -> Result<Person, ActionError> {
    let (actor, now, id) = (actor.clone(), app.now(), hex(&app.draw()?[..8]));
    let person = Person {
        title: title(&new.title)?,
        address: new.address.as_deref().map(address).transpose()?,
        ..Person::new(&names::parse(&new.name)?, sorted(new.grants)?, now)
    };
    app.store
        .write(move |tx| {
            if by_name(tx, &person.name)?.is_some() {
                let detail = format!("there is a person {:?} already", person.name);
                return Err(ActionError::conflict(Code::PersonExists, detail));
            }
            known_orgs(tx, &person.grants)?;
            write_new(tx, &actor, &id, &person, now)?;
            Ok(person)
        })
        .await
}

/// Writes a person down, and the audit entry of it.
pub(crate) fn write_new(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: &str,
    person: &Person,
    now: Timestamp,
) -> Result<(), ActionError> {
    // what either did would stand in the audit under one name; the holder of a token may sign in under its own
    let own = actor.kind() == ActorKind::Token && actor.name() == person.name;
    let token = tx.query_one("SELECT 1 FROM api_tokens WHERE name = $1", &values![&person.name])?.is_some();
    if !own && (token || person.name == LOCAL_ADMIN) {
        let detail = format!("there is a token {:?}", person.name);
        return Err(ActionError::conflict(Code::PersonExists, detail));
    }
    insert(tx, id, person)?;
    let act = Act::new("person.add", subject(&person.name)).detail(told(&person.grants)).after(image(person));
    Ok(audit::append(tx, now, actor, act)?)
}

/// Changes somebody.
///
/// # Errors
/// There is none; it is of another version by now; it would leave nobody who owns the server; as [`add`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    name: &str,
    version: IfMatch,
    change: PersonChange,
) -> Result<Person, ActionError> {
    let new_title = change.title.as_deref().map(title).transpose()?;
    let new_address = change.address.map(|new| new.as_deref().map(address).transpose()).transpose()?;
    let new_grants = change.grants.map(sorted).transpose()?;
    let (actor, name, now) = (actor.clone(), name.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let Known { id, person: before } = find(tx, &name)?;
            version.check(&before)?;
            let after = Person {
                title: new_title.unwrap_or_else(|| before.title.clone()),
                address: new_address.unwrap_or_else(|| before.address.clone()),
                grants: new_grants.unwrap_or_else(|| before.grants.clone()),
                ..before.clone()
            };
            if after != before {
                write(tx, &id, (&before, &after))?;
                let act = Act::new("person.edit", subject(&name)).detail(changed(&before, &after));
                audit::append(tx, now, &actor, act.before(image(&before)).after(image(&after)))?;
            }
            Ok(after)
        })
        .await
}

fn write(tx: &mut dyn Tx, id: &str, (before, after): (&Person, &Person)) -> Result<(), ActionError> {
    tx.execute(
        "UPDATE users SET title = $2, address = $3 WHERE id = $1",
        &values![id, &after.title, after.address.as_deref()],
    )?;
    if before.grants != after.grants {
        known_orgs(tx, &after.grants)?;
        let were = owners::any(tx)?;
        roles::give_user(tx, id, BY_PEOPLE, &after.grants)?;
        owners::remain(tx, were)?;
        // whoever made a link, or sits in a session, was checked against what the person might before
        end_all(tx, id, &after.name)?;
    }
    Ok(())
}

/// Shuts somebody out: sessions and links end at once.
///
/// # Errors
/// There is none; nobody else owns the server.
pub async fn disable(app: &App, actor: &Actor, name: &str) -> Result<Person, ActionError> {
    let (actor, name, now) = (actor.clone(), name.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let Known { id, person } = find(tx, &name)?;
            if person.disabled.is_some() {
                return Ok(person);
            }
            let were = owners::any(tx)?;
            tx.execute("UPDATE users SET disabled = $2 WHERE id = $1", &values![&id, now])?;
            owners::remain(tx, were)?;
            let ended = end_all(tx, &id, &name)?;
            let act = Act::new("person.disable", subject(&name)).detail(format!("{ended} sessions ended"));
            audit::append(tx, now, &actor, act)?;
            Ok(Person { disabled: Some(now), ..person })
        })
        .await
}

/// Lets somebody in again, whatever wrong passwords there were.
///
/// # Errors
/// There is none.
pub async fn enable(app: &App, actor: &Actor, name: &str) -> Result<Person, ActionError> {
    let (actor, name, now) = (actor.clone(), name.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let Known { id, person } = find(tx, &name)?;
            let sql = "UPDATE users SET disabled = NULL, failures = 0, locked = NULL WHERE id = $1";
            tx.execute(sql, &values![&id])?;
            audit::append(tx, now, &actor, Act::new("person.enable", subject(&name)))?;
            Ok(Person { disabled: None, ..person })
        })
        .await
}

/// Takes somebody away, with all by which the person was known. What was done stays in the audit.
///
/// # Errors
/// There is none; nobody else owns the server.
pub async fn remove(app: &App, actor: &Actor, name: &str) -> Result<Person, ActionError> {
    let (actor, name, now) = (actor.clone(), name.to_owned(), app.now());
    app.store
        .write(move |tx| {
            let Known { id, person } = find(tx, &name)?;
            let were = owners::any(tx)?;
            end_all(tx, &id, &name)?;
            tx.execute("DELETE FROM grants WHERE user_id = $1", &values![&id])?;
            tx.execute("DELETE FROM identities WHERE user_id = $1", &values![&id])?;
            tx.execute("DELETE FROM recovery_codes WHERE user_id = $1", &values![&id])?;
            tx.execute("DELETE FROM users WHERE id = $1", &values![&id])?;
            owners::remain(tx, were)?;
            let act = Act::new("person.remove", subject(&name)).before(image(&person));
            audit::append(tx, now, &actor, act)?;
            Ok(person)
        })
        .await
}

/// Ends all sessions and links of a person; how many sessions there were.
fn end_all(tx: &mut dyn Tx, id: &str, name: &str) -> Result<u64, ActionError> {
    end_links(tx, id, name)?;
    Ok(tx.execute("DELETE FROM sessions WHERE user_id = $1", &values![id])?)
}

/// Ends all links of a person.
pub(super) fn end_links(tx: &mut dyn Tx, id: &str, name: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM sign_in_links WHERE user_name = $1", &values![name])?;
    tx.execute("DELETE FROM set_up_links WHERE user_id = $1", &values![id]).map(drop)
}

/// Grants in their order, each once.
fn sorted(mut grants: Vec<Grant>) -> Result<Vec<Grant>, ActionError> {
    if grants.len() > MOST_GRANTS {
        return Err(malformed(format!("grants: at most {MOST_GRANTS}")));
    }
    if grants.iter().any(|grant| grant.org.as_deref() == Some("")) {
        return Err(malformed("grants: an empty org; leave it out for the whole server"));
    }
    in_order(&mut grants);
    grants.dedup();
    Ok(grants)
}

/// Whether the organisations are there.
pub(crate) fn known_orgs(tx: &mut dyn Tx, grants: &[Grant]) -> Result<(), ActionError> {
    grants.iter().filter_map(|grant| grant.org.as_deref()).try_for_each(|org| orgs::find(tx, org).map(drop))
}

pub(crate) fn title(text: &str) -> Result<String, ActionError> {
    let title = text.trim();
    if title.len() > 200 || title.chars().any(misleads) {
        return Err(malformed("title: at most 200 bytes on one line that turns no text around"));
    }
    Ok(title.to_owned())
}

pub(crate) fn address(text: &str) -> Result<String, ActionError> {
    let read = text.trim().parse::<Address>().ok();
    let read = read.filter(|_| text.len() <= 254 && !text.chars().any(misleads));
    read.map(|address| address.to_string()).ok_or_else(|| malformed("address: not NAME@HOST"))
}

fn malformed(detail: impl Into<String>) -> ActionError {
    ActionError::invalid(Code::PersonMalformed, detail)
}

fn changed(before: &Person, after: &Person) -> String {
    let none = || "none".to_owned();
    let parts = [
        ("title", before.title.clone(), after.title.clone()),
        ("address", before.address.clone().unwrap_or_else(none), after.address.clone().unwrap_or_else(none)),
        ("may", told(&before.grants), told(&after.grants)),
    ];
    let said = parts.into_iter().filter(|(_, before, after)| before != after);
    said.map(|(name, before, after)| format!("{name}: {before} -> {after}")).collect::<Vec<_>>().join("; ")
}

/// Grants in words: `owner, operator in minfin`.
pub(crate) fn told(grants: &[Grant]) -> String {
    if grants.is_empty() {
        return "nothing".to_owned();
    }
    let one = |grant: &Grant| match &grant.org {
        Some(org) => format!("{} in {org}", grant.role.name()),
        None => grant.role.name().to_owned(),
    };
    grants.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn image(person: &Person) -> Json {
    json!({ "title": person.title, "address": person.address, "grants": person.grants })
}
