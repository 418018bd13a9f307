//! Groups are made, changed, taken away.

use muster_proto::time::Timestamp;
use serde_json::{Value as Json, json};

use super::{Group, GroupChange, NewGroup, Title, find, meant, stored};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{self, Actor, Right, Thing};
use crate::devices::query::{Key, LONGEST};
use crate::devices::{Columns, Names, Query, Sort, check_names, check_size};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::reason::misleads;
use crate::room::Room;
use crate::schedules;
use crate::store::{Tx, values};
use crate::version::IfMatch;

const ROOM: Room = Room { things: "groups", rows: "device_groups", code: Code::GroupLimit };

/// Makes a group.
///
/// # Errors
/// The name is malformed or taken; a title, the query, the order or the columns are malformed; the query names what is not there; the
/// organisation is unknown; there are too many.
pub async fn add(app: &App, actor: &Actor, new: NewGroup) -> Result<Group, ActionError> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if !(1..=48).contains(&new.id.len()) || !new.id.bytes().all(letter) {
        return Err(ActionError::invalid(Code::BadId, "the name of a group is 1 to 48 of a-z, 0-9 and -"));
    }
    let (actor, now) = (actor.clone(), app.now());
    let group = Group {
        id: new.id,
        title: titled(&new.title)?,
        query: asked(&new.query)?,
        sort: sorted(new.sort.as_deref().unwrap_or_default())?,
        columns: shown(&new.columns)?,
        org: new.org,
        created: now,
        actor: actor.name().to_owned(),
    };
    actor.may_for(Right::Scan, group.org.as_deref())?;
    // a name can take long to look for, and reports wait for the writer
    check_names(app, &actor, &stored(&group)?).await?;
    app.store
        .write(move |tx| {
            insert(tx, &actor, &group, now)?;
            Ok(group)
        })
        .await
}

/// Changes a group. What it finds is another from the next look at it on.
///
/// # Errors
/// There is none; it is of another version by now; as [`add`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    id: &str,
    version: IfMatch,
    change: GroupChange,
) -> Result<Group, ActionError> {
    let title = change.title.as_ref().map(titled).transpose()?;
    let query = change.query.as_deref().map(asked).transpose()?;
    let sort = change.sort.as_deref().map(sorted).transpose()?;
    let columns = change.columns.as_deref().map(shown).transpose()?;
    if let Some(query) = &query {
        check_new(app, actor, id, query).await?;
    }
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Scan, &Thing::Group(id.clone()))?;
            let before = find(tx, &id)?;
            version.check(&before)?;
            let after = Group {
                title: title.unwrap_or_else(|| before.title.clone()),
                query: query.unwrap_or_else(|| before.query.clone()),
                sort: sort.unwrap_or_else(|| before.sort.clone()),
                columns: columns.unwrap_or_else(|| before.columns.clone()),
                ..before.clone()
            };
            if after != before {
                check_size(tx, &meant(&after)?)?;
                write(tx, &after)?;
                let act = Act::new("group.edit", subject(&after)).detail(after.query.clone());
                audit::append(tx, now, &actor, act.before(image(&before)).after(image(&after)))?;
            }
            Ok(after)
        })
        .await
}

/// Refuses a query that names what is not there, where it is another than before.
async fn check_new(app: &App, actor: &Actor, id: &str, query: &str) -> Result<(), ActionError> {
    let (names, id, query) = (Names::seen_by(app, actor), id.to_owned(), query.to_owned());
    app.store
        .read(move |tx| {
            auth::check(tx, &names.actor, Right::Scan, &Thing::Group(id.clone()))?;
            let before = find(tx, &id)?;
            if query == before.query {
                return Ok(());
            }
            names.check(tx, &stored(&Group { query, ..before })?)
        })
        .await
}

/// Takes a group away. Queries that name it are refused from then on.
///
/// # Errors
/// There is none; schedules that go on name it; the store's.
pub async fn remove(app: &App, actor: &Actor, id: &str) -> Result<Group, ActionError> {
    let (actor, id, now) = (actor.clone(), id.to_owned(), app.now());
    app.store
        .write(move |tx| {
            auth::check(tx, &actor, Right::Scan, &Thing::Group(id.clone()))?;
            let group = find(tx, &id)?;
            schedules::check_nobody_names(tx, &actor, &id)?;
            tx.execute("DELETE FROM device_groups WHERE id = $1", &values![&id])?;
            let act = Act::new("group.remove", subject(&group)).detail(group.query.clone());
            audit::append(tx, now, &actor, act.before(image(&group)))?;
            Ok(group)
        })
        .await
}

fn insert(tx: &mut dyn Tx, actor: &Actor, new: &Group, now: Timestamp) -> Result<(), ActionError> {
    if let Some(org) = &new.org {
        orgs::find(tx, org)?;
    }
    check_size(tx, &meant(new)?)?;
    if tx.query_one("SELECT 1 FROM device_groups WHERE id = $1", &values![&new.id])?.is_some() {
        return Err(ActionError::conflict(
            Code::GroupExists,
            format!("there is a group {:?} already", new.id),
        ));
    }
    ROOM.check(tx, new.org.as_deref())?;
    tx.execute(
        "INSERT INTO device_groups (id, title_en, title_ru, query, sort, shown, org, created, actor) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &values![
            &new.id,
            &new.title.en,
            &new.title.ru,
            &new.query,
            new.sort.as_deref().unwrap_or_default(),
            new.columns.join(","),
            new.org.as_deref(),
            now,
            &new.actor
        ],
    )?;
    let act = Act::new("group.add", subject(new)).detail(new.query.clone());
    Ok(audit::append(tx, now, actor, act.after(image(new)))?)
}

fn write(tx: &mut dyn Tx, group: &Group) -> Result<(), ActionError> {
    tx.execute(
        "UPDATE device_groups SET title_en = $2, title_ru = $3, query = $4, sort = $5, shown = $6 WHERE id = $1",
        &values![
            &group.id,
            &group.title.en,
            &group.title.ru,
            &group.query,
            group.sort.as_deref().unwrap_or_default(),
            group.columns.join(",")
        ],
    )?;
    Ok(())
}

fn titled(title: &Title) -> Result<Title, ActionError> {
    let title = Title { en: title.en.trim().to_owned(), ru: title.ru.trim().to_owned() };
    for text in [&title.en, &title.ru] {
        if text.is_empty() || text.len() > 200 || text.chars().any(misleads) {
            let detail = "the title of a group is 1 to 200 bytes on one line, in English and in Russian";
            return Err(ActionError::invalid(Code::BadTitle, detail));
        }
    }
    Ok(title)
}

fn asked(text: &str) -> Result<String, ActionError> {
    let query: Query = text.parse().map_err(|error: crate::devices::QueryError| {
        ActionError::invalid(Code::BadQuery, error.to_string())
    })?;
    if query.asks(Key::Group) {
        return Err(ActionError::invalid(Code::BadQuery, "no group is a part of a group"));
    }
    let written = query.to_string();
    if written.chars().count() > LONGEST {
        return Err(ActionError::invalid(
            Code::BadQuery,
            format!("written out, it has more than {LONGEST} characters"),
        ));
    }
    Ok(written)
}

fn sorted(text: &str) -> Result<Option<String>, ActionError> {
    if text.is_empty() {
        return Ok(None);
    }
    let sort: Sort = text.parse().map_err(|error: crate::devices::query::SortError| {
        ActionError::invalid(Code::BadSort, error.to_string())
    })?;
    Ok(Some(sort.to_string()))
}

fn shown(words: &[String]) -> Result<Vec<String>, ActionError> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let columns: Columns = words.join(",").parse().map_err(|error: crate::devices::ColumnsError| {
        ActionError::invalid(Code::BadColumns, error.to_string())
    })?;
    Ok(columns.words().map(str::to_owned).collect())
}

fn subject(group: &Group) -> String {
    format!("group:{}", group.id)
}

fn image(group: &Group) -> Json {
    json!({
        "title": group.title,
        "query": group.query,
        "sort": group.sort,
        "columns": group.columns,
        "org": group.org,
    })
}
