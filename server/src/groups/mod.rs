//! Groups: queries under a name, of an organisation or of the whole server. `group:vip` stands for the query in other queries, and so in lists,
//! scans and schedules; with an order and columns a group is a view of the list of devices, too.

mod edit;

pub use edit::{add, edit, remove};

use muster_proto::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::{Actor, Right, Within};
use crate::devices::query::{Key, Op, Term, Value as Asked, What};
use crate::devices::{Query, check_size, list as devices};
use crate::error::ActionError;
use crate::i18n::Lang;
use crate::store::{Row, StoreError, Tx, values};

/// What a group is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "GroupTitle")]
pub struct Title {
    /// In English.
    #[schemars(length(min = 1, max = 200))]
    pub en: String,
    /// In Russian.
    #[schemars(length(min = 1, max = 200))]
    pub ru: String,
}

impl Title {
    /// In this language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Ru => &self.ru,
        }
    }
}

/// A group, as people edit it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Group {
    /// Its name: `vip` of `group:vip`.
    pub id: String,
    /// What it is called.
    pub title: Title,
    /// The query.
    pub query: String,
    /// The order of the list; the usual one where there is none.
    pub sort: Option<String>,
    /// The columns of the list; the usual ones where there are none.
    pub columns: Vec<String>,
    /// Of phones of this organisation and those below it; of all where there is none.
    pub org: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// By whom.
    pub actor: String,
}

/// A group, and how many are in it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupView {
    /// The group.
    #[serde(flatten)]
    pub group: Group,
    /// How many devices it finds that the caller may read, where that was asked: of the first 200 groups.
    pub devices: Option<u64>,
}

/// A group that is to be made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// Its name: 1 to 48 of `a-z`, `0-9`, `-`.
    #[schemars(regex(pattern = r"^[a-z0-9-]{1,48}$"))]
    pub id: String,
    /// What it is called.
    pub title: Title,
    /// The query, as lists take it. It names no group.
    #[schemars(length(max = 500))]
    pub query: String,
    /// The order of the list: `org,-last_contact`.
    #[serde(default)]
    pub sort: Option<String>,
    /// The columns of the list.
    #[serde(default)]
    #[schemars(length(max = 20))]
    pub columns: Vec<String>,
    /// Of phones of this organisation and those below it; of all where there is none.
    #[serde(default)]
    pub org: Option<String>,
}

/// What is to be another about a group; what is left out stays.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct GroupChange {
    /// What it is called.
    pub title: Option<Title>,
    /// The query. It names no group.
    #[schemars(length(max = 500))]
    pub query: Option<String>,
    /// The order of the list; the usual one with an empty text.
    pub sort: Option<String>,
    /// The columns of the list; the usual ones where the list is empty.
    #[schemars(length(max = 20))]
    pub columns: Option<Vec<String>>,
}

/// Groups whose devices are counted for one list.
const COUNTED: usize = 200;

/// The groups that the actor may read, by name; with `counts`, how many devices each of the first finds.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor, counts: bool) -> Result<Vec<GroupView>, ActionError> {
    let (within, now) = (actor.within(Right::Read), app.now());
    let seen = within.clone();
    let read = app.store.read(move |tx| {
        let rows = tx.query(&format!("SELECT {COLUMNS} FROM device_groups ORDER BY id"), &[])?;
        let mut all = rows.into_iter().map(read).collect::<Result<Vec<_>, StoreError>>()?;
        all.retain(|group| is_seen(group, &seen));
        Ok::<_, ActionError>(all)
    });
    let mut views = Vec::new();
    for (nth, group) in read.await?.into_iter().enumerate() {
        // each in a read of its own: a count can take long, and no read is held open for all of them
        let devices = if counts && nth < COUNTED {
            let (group, within) = (group.clone(), within.clone());
            Some(app.store.read(move |tx| count(tx, &group, &within, now)).await?)
        } else {
            None
        };
        views.push(GroupView { group, devices });
    }
    Ok(views)
}

/// One group, as people edit it.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(app: &App, id: &str) -> Result<Group, ActionError> {
    let id = id.to_owned();
    app.store.read(move |tx| find(tx, &id)).await
}

/// The query with the groups that it names written out: as if their queries stood there, each once.
///
/// # Errors
/// There is no such group inside; with them it compares with too much; the store's.
pub fn resolved(tx: &mut dyn Tx, query: Query, within: &Within) -> Result<Query, ActionError> {
    if !query.asks(Key::Group) {
        // an organisation stands for all below it
        if query.asks(Key::Org) {
            check_size(tx, &query)?;
        }
        return Ok(query);
    }
    let mut terms = Vec::with_capacity(query.terms.len());
    for term in query.once().terms {
        let What::Key(Key::Group, _, names) = &term.what else {
            terms.push(term);
            continue;
        };
        let mut queries = names.iter().map(|name| named(tx, name, within)).collect::<Result<Vec<_>, _>>()?;
        match queries.len() {
            1 if !term.not => terms.extend(queries.remove(0).terms),
            _ => terms.push(Term { not: term.not, what: What::Any(queries) }),
        }
    }
    let whole = Query { terms }.once();
    check_size(tx, &whole)?;
    Ok(whole)
}

fn named(tx: &mut dyn Tx, name: &Asked, within: &Within) -> Result<Query, ActionError> {
    let Asked::Text(name) = name else { return Err(StoreError::Column("a group's name").into()) };
    match find(tx, name) {
        Ok(group) if is_seen(&group, within) => meant(&group),
        Ok(_) | Err(ActionError::Missing { .. }) => Err(ActionError::unknown("group", name)),
        Err(error) => Err(error),
    }
}

/// Whether somebody who reads there can name such a group.
///
/// # Errors
/// The store's.
pub(crate) fn is_there(tx: &mut dyn Tx, id: &str, within: &Within) -> Result<bool, ActionError> {
    match find(tx, id) {
        Ok(group) => Ok(is_seen(&group, within)),
        Err(ActionError::Missing { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// What a group finds: of its organisation alone.
fn meant(group: &Group) -> Result<Query, ActionError> {
    let query = stored(group)?;
    let Some(org) = &group.org else { return Ok(query) };
    let within = What::Key(Key::Org, Op::Has, vec![Asked::Text(org.clone())]);
    let mut terms = query.terms;
    terms.push(Term { not: false, what: within });
    Ok(Query { terms })
}

/// What it asks, as it is written.
fn stored(group: &Group) -> Result<Query, ActionError> {
    Ok(group.query.parse().map_err(|_| StoreError::Column("a group's query"))?)
}

/// One of the whole server is for whoever reads that.
fn is_seen(group: &Group, within: &Within) -> bool {
    group.org.as_deref().map_or_else(|| within.is_everywhere(), |org| within.has(org))
}

fn count(tx: &mut dyn Tx, group: &Group, within: &Within, now: Timestamp) -> Result<u64, ActionError> {
    let query = devices::within(meant(group)?, within);
    Ok(devices::total(tx, &query, now)?)
}

fn find(tx: &mut dyn Tx, id: &str) -> Result<Group, ActionError> {
    let row = tx.query_one(&format!("SELECT {COLUMNS} FROM device_groups WHERE id = $1"), &values![id])?;
    Ok(read(row.ok_or_else(|| ActionError::missing("group", id))?)?)
}

const COLUMNS: &str = "id, title_en, title_ru, query, sort, shown, org, created, actor";

fn read(mut row: Row) -> Result<Group, StoreError> {
    let (id, en, ru, query) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let (sort, shown): (String, String) = (row.take()?, row.take()?);
    let columns = shown.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect();
    Ok(Group {
        id,
        title: Title { en, ru },
        query,
        sort: Some(sort).filter(|sort| !sort.is_empty()),
        columns,
        org: row.take()?,
        created: row.take()?,
        actor: row.take()?,
    })
}

#[cfg(test)]
mod bound_tests;
#[cfg(test)]
mod tests;
