//! Lists of devices: which phones …? Any query, any order, paged by key.
//!
//! A page that begins after a device is read as one span of an index after the other: those that are the same as it in all but the last
//! thing that the list is sorted by, those that are the same in all but the last two, and so on. Each span ends the page when it is full.

use muster_proto::id::DeviceId;
use muster_proto::time::Timestamp;
use muster_proto::verdict::State;
use std::cmp::Reverse;
use std::collections::VecDeque;

use super::count;
use super::labels;
use super::query::{Conditions, Cursor, Key, Op, Position, Query, Sort, Term, What};
use super::query::{QueryError, Value as Asked};
use super::rank;
use super::rare::with_rare;
use super::row::{apps, patch};
use super::view::{DeviceList, DeviceRow, VerdictView};
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::groups;
use crate::orgs::{self, Tree};
use crate::store::{Row, StoreError, Tx, Value, values};

/// Which devices, and in which order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Search {
    /// Which.
    pub query: Query,
    /// In which order.
    pub sort: Sort,
    /// The verdict that was asked for beside the query, of which it is a term. Figures count the others, too.
    pub beside: Option<State>,
}

impl Search {
    /// The same, of what the actor may read in lists: as if the query named those organisations. Nothing more is asked for whoever reads
    /// everywhere. Groups are written out.
    ///
    /// # Errors
    /// The query names a group that the actor does not see; the store's.
    pub fn seen_by(mut self, tx: &mut dyn Tx, actor: &Actor) -> Result<Self, ActionError> {
        let reads = actor.within(Right::Read);
        // what a group says of verdicts stays, though the same stands beside the query
        let bare = match self.beside {
            Some(verdict) => self.query.without_verdict(verdict),
            None => self.query,
        };
        let query = within(groups::resolved(tx, bare, &reads)?, &reads);
        self.query = match self.beside {
            Some(verdict) => query.and(Key::Verdict, Asked::Word(verdict.word())),
            None => query,
        };
        Ok(self)
    }

    /// A query, with what the parameters `org` and `verdict` of the API add to it.
    ///
    /// # Errors
    /// The text is no query.
    pub fn new(
        text: Option<&str>,
        org: Option<&str>,
        verdict: Option<State>,
        sort: Sort,
    ) -> Result<Self, QueryError> {
        let mut query: Query = text.unwrap_or_default().parse()?;
        if let Some(org) = org {
            query = query.and(Key::Org, Asked::Text(org.to_owned()));
        }
        if let Some(verdict) = verdict {
            query = query.and(Key::Verdict, Asked::Word(verdict.word()));
        }
        Ok(Self { query, sort, beside: verdict })
    }
}

/// A query that finds nothing outside.
#[must_use]
pub fn within(query: Query, within: &Within) -> Query {
    let Within::Branch(branch) = within else { return query };
    let mut roots: Vec<Asked> = branch.roots.iter().map(|org| Asked::Text(org.clone())).collect();
    if roots.is_empty() {
        // no organisation is called so
        roots.push(Asked::Text(String::new()));
    }
    let mut query = query;
    query.terms.push(Term { not: false, what: What::Key(Key::Org, Op::Has, roots) });
    query
}

/// Most devices on one page.
pub const MOST: u32 = 1000;
/// Organisations whose lists are read one by one and put together; above that they are sorted.
const MOST_MERGED: usize = 64;

/// A page of the list; with `counts`, how many devices the same search finds under every verdict.
///
/// # Errors
/// The store's.
pub fn list(
    tx: &mut dyn Tx,
    search: &Search,
    after: Option<&Position>,
    limit: u32,
    counts: bool,
    now: Timestamp,
) -> Result<DeviceList, StoreError> {
    let limit = limit.clamp(1, MOST);
    let orgs = orgs(tx, &search.query)?;
    let search = &Search { query: with_rare(tx, &search.query)?, ..search.clone() };
    let counts = counts.then(|| count::under_every_verdict(tx, search, &orgs, now)).transpose()?;
    let wanted = u64::from(limit) + 1;
    let mut rows = match parts(search, &orgs) {
        Some(parts) => merged(tx, parts, &search.sort, &orgs, after, (wanted, now))?,
        None => page(tx, &search.query, &search.sort, &orgs, after, (wanted, now))?,
    };
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let last = rows.last().filter(|_| more);
    let next = last.map(|(row, values)| {
        let position = Position { values: values.clone(), id: row.id };
        Cursor::new(&search.query, &search.sort, position).to_string()
    });
    Ok(DeviceList { devices: rows.into_iter().map(|(row, _)| row).collect(), next, counts })
}

/// The ids of all devices that a query finds, by id; `most` at most.
///
/// # Errors
/// The store's.
pub fn ids(tx: &mut dyn Tx, query: &Query, most: u64, now: Timestamp) -> Result<Vec<DeviceId>, StoreError> {
    let orgs = orgs(tx, query)?;
    let mut what = Conditions::of(&with_rare(tx, query)?, None, now, &orgs);
    let place = what.bind(most.into());
    let sql = format!("SELECT d.id FROM {} WHERE {} ORDER BY d.id LIMIT {place}", what.from(), what.text);
    tx.query(&sql, &what.params)?.into_iter().map(|mut row| row.take()).collect()
}

/// How many devices a query finds.
///
/// # Errors
/// The store's.
pub fn total(tx: &mut dyn Tx, query: &Query, now: Timestamp) -> Result<u64, StoreError> {
    let orgs = orgs(tx, query)?;
    let what = Conditions::of(&with_rare(tx, query)?, None, now, &orgs);
    let sql = format!("SELECT COUNT(*) FROM {} WHERE {}", what.from(), what.text);
    tx.query_one(&sql, &what.params)?.ok_or(StoreError::Column("a count"))?.take()
}

/// One device, where it is enrolled or has been.
///
/// # Errors
/// The store's.
pub fn find(tx: &mut dyn Tx, id: DeviceId) -> Result<Option<DeviceRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM devices AS d WHERE d.status IN ('active', 'replaced', 'retired') AND d.id = $1"
    );
    tx.query_one(&sql, &values![id])?.as_mut().map(row).transpose()
}

/// Active devices that no phone of the register is, by id: of these organisations, where some are named.
///
/// # Errors
/// The store's.
pub fn unregistered(
    tx: &mut dyn Tx,
    orgs: Option<&[String]>,
    after: Option<DeviceId>,
    limit: u32,
) -> Result<Vec<DeviceRow>, StoreError> {
    let (mut text, mut params) = unknown_to_the_register(orgs);
    if let Some(after) = after {
        params.push(after.into());
        text += &format!(" AND d.id > ${}", params.len());
    }
    params.push(limit.into());
    let sql = format!("SELECT {COLUMNS} FROM {text} ORDER BY d.id LIMIT ${}", params.len());
    tx.query(&sql, &params)?.iter_mut().map(row).collect()
}

/// How many those are.
///
/// # Errors
/// The store's.
pub fn count_unregistered(tx: &mut dyn Tx, orgs: Option<&[String]>) -> Result<u64, StoreError> {
    let (text, params) = unknown_to_the_register(orgs);
    let row = tx.query_one(&format!("SELECT COUNT(*) FROM {text}"), &params)?;
    row.ok_or(StoreError::Column("a count"))?.take()
}

fn unknown_to_the_register(orgs: Option<&[String]>) -> (String, Vec<Value<'static>>) {
    let mut text = "devices AS d WHERE d.status = 'active' AND NOT EXISTS (SELECT 1 FROM assets AS a WHERE a.device = d.id)".to_owned();
    let params: Vec<Value<'static>> = orgs.into_iter().flatten().map(|org| org.clone().into()).collect();
    if orgs.is_some() {
        let places: Vec<String> = (1..=params.len()).map(|nth| format!("${nth}")).collect();
        text += &format!(
            " AND d.org IN ({})",
            if places.is_empty() { "''".to_owned() } else { places.join(", ") }
        );
    }
    (text, params)
}

const COLUMNS: &str = "d.id, d.org, d.status, d.platform, d.os_version, d.manufacturer, d.model, d.asset_tag, d.agent, \
                       d.security_patch, d.apps, d.enrolled, d.last_contact, d.last_fresh, d.verdict, d.verdict_since, d.verdict_due, \
                       COALESCE((SELECT STRING_AGG(l.name || '=' || l.value, ',') FROM device_labels AS l WHERE l.device = d.id), '')";

fn row(row: &mut Row) -> Result<DeviceRow, StoreError> {
    Ok(DeviceRow {
        id: row.take()?,
        org: row.take()?,
        status: row.parse("a status")?,
        platform: Some(row.parse("a platform")?),
        os_version: row.take()?,
        manufacturer: row.take()?,
        model: row.take()?,
        asset_tag: row.take()?,
        agent: row.take()?,
        security_patch: patch(row.take()?),
        apps: apps(&row.take::<String>()?),
        enrolled: row.take()?,
        last_contact: row.take()?,
        last_fresh: row.take()?,
        verdict: VerdictView { state: row.parse("a state")?, since: row.take()?, due: row.take()? },
        labels: labels::read(&row.take::<String>()?),
    })
}

/// A row and what it is sorted by.
type Keyed = (DeviceRow, Vec<Value<'static>>);

/// A page of one list. A verdict has six values: where the list is sorted by it first, each is a list of its own, so that an index is
/// entered at one value and never at a span of them.
fn page(
    tx: &mut dyn Tx,
    query: &Query,
    sort: &Sort,
    orgs: &Tree,
    after: Option<&Position>,
    (wanted, now): (u64, Timestamp),
) -> Result<Vec<Keyed>, StoreError> {
    let what = Conditions::of(query, Some(sort), now, orgs);
    let Some(down) = sort.by_verdict_first().filter(|_| !what.finds_few()) else {
        return walk(tx, &what, sort, 0, after, wanted);
    };
    let mut ranks = query.ranks();
    ranks.sort_unstable_by_key(|rank| if down { -rank } else { *rank });
    let begins = after.and_then(|after| after.values.first());
    let reached = |rank: &i64| begins.is_none_or(|begins| Value::from(*rank) == *begins);
    let what = Conditions::of(&query.under_any_verdict(), Some(sort), now, orgs);
    let mut rows = Vec::new();
    for rank in ranks.into_iter().skip_while(|rank| !is_reached(*rank, begins, down)) {
        let left = wanted - rows.len() as u64;
        if left == 0 {
            break;
        }
        let mut what = what.clone();
        let column = what.rank();
        what.add(&format!("{column} = ?"), [rank.into()]);
        rows.extend(walk(tx, &what, sort, 1, after.filter(|_| reached(&rank)), left)?);
    }
    Ok(rows)
}

/// Whether the list has come to this verdict at the place where the page begins.
fn is_reached(rank: i64, begins: Option<&Value<'static>>, down: bool) -> bool {
    match begins {
        Some(Value::Int(begins)) => {
            if down {
                rank <= *begins
            } else {
                rank >= *begins
            }
        }
        _ => true,
    }
}

/// Rows after a place, one span after the other. What the first `fixed` keys say is the same in all of them.
fn walk(
    tx: &mut dyn Tx,
    what: &Conditions<'_>,
    sort: &Sort,
    fixed: usize,
    after: Option<&Position>,
    wanted: u64,
) -> Result<Vec<Keyed>, StoreError> {
    let Some(after) = after else { return span(tx, what.clone(), sort, fixed, wanted) };
    let mut rows = Vec::new();
    for same in (fixed..=sort.keys().len()).rev() {
        let left = wanted - rows.len() as u64;
        if left == 0 {
            break;
        }
        let mut what = what.clone();
        for ((by, _), value) in sort.keys().iter().zip(&after.values).take(same).skip(fixed) {
            let column = what.sorted_by(*by);
            what.add(&format!("{column} = ?"), [value.clone()]);
        }
        match (sort.keys().get(same), after.values.get(same)) {
            (Some((by, down)), Some(value)) => {
                let column = what.sorted_by(*by);
                what.add(&format!("{column} {} ?", if *down { "<" } else { ">" }), [value.clone()]);
            }
            _ => what.add(&format!("{} > ?", what.id()), [after.id.into()]),
        }
        rows.extend(span(tx, what, sort, same, left)?);
    }
    Ok(rows)
}

/// Rows under one condition. What the first `same` keys say is the same in all of them.
fn span(
    tx: &mut dyn Tx,
    mut what: Conditions<'_>,
    sort: &Sort,
    same: usize,
    wanted: u64,
) -> Result<Vec<Keyed>, StoreError> {
    let shown: Vec<String> = sort.keys().iter().map(|(by, _)| what.sorted_by(*by)).collect();
    let order = sort.keys().iter().zip(&shown).skip(same);
    let order: Vec<String> =
        order.map(|((_, down), column)| format!("{column}{}", if *down { " DESC" } else { "" })).collect();
    let order = order.into_iter().chain([what.id().to_owned()]).collect::<Vec<_>>().join(", ");
    let place = what.bind(wanted.into());
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM {} WHERE {} ORDER BY {order} LIMIT {place}",
        shown.join(", "),
        what.from(),
        what.text
    );
    let read = |mut found: Row| {
        let device = row(&mut found)?;
        let values = (0..shown.len()).map(|_| found.take()).collect::<Result<_, _>>()?;
        Ok((device, values))
    };
    tx.query(&sql, &what.params)?.into_iter().map(read).collect()
}

/// Each organisation has its devices in the order of the default list. A few of them are read one by one and put together, so that a page
/// costs the same however many devices they have.
fn parts(search: &Search, orgs: &Tree) -> Option<Vec<Query>> {
    let nth = search.query.terms.iter().position(|term| {
        matches!(term, Term { not: false, what: What::Key(Key::Org, Op::Has, values) } if values.len() == 1)
    })?;
    let What::Key(_, _, values) = &search.query.terms[nth].what else { return None };
    let [Asked::Text(org)] = values.as_slice() else { return None };
    let below = orgs.below(org);
    if !search.sort.is_worst_first() || !(2..=MOST_MERGED).contains(&below.len()) {
        return None;
    }
    let of = |org: String| {
        let mut query = search.query.clone();
        query.terms[nth].what = What::Key(Key::Org, Op::Is, vec![Asked::Text(org)]);
        query
    };
    Some(below.into_iter().map(of).collect())
}

/// One of the lists that are put together: what was read ahead of it, and whether there is more.
struct Part {
    query: Query,
    ahead: VecDeque<Keyed>,
    after: Option<Position>,
    ended: bool,
}

/// A page of several lists as one. Of each only so much is read as the page is likely to take, and more of those that have been used up.
fn merged(
    tx: &mut dyn Tx,
    parts: Vec<Query>,
    sort: &Sort,
    orgs: &Tree,
    after: Option<&Position>,
    (wanted, now): (u64, Timestamp),
) -> Result<Vec<Keyed>, StoreError> {
    let share = wanted.div_ceil(parts.len() as u64) * 2;
    let part = |query| Part { query, ahead: VecDeque::new(), after: after.cloned(), ended: false };
    let mut parts: Vec<Part> = parts.into_iter().map(part).collect();
    let mut rows = Vec::new();
    while (rows.len() as u64) < wanted {
        for part in parts.iter_mut().filter(|part| part.ahead.is_empty() && !part.ended) {
            let read = page(tx, &part.query, sort, orgs, part.after.as_ref(), (share, now))?;
            part.ended = (read.len() as u64) < share;
            part.after = read.last().map(|(row, values)| Position { values: values.clone(), id: row.id });
            part.ahead = read.into();
        }
        let place =
            |part: &&mut Part| part.ahead.front().map(|(row, _)| (Reverse(rank(row.verdict.state)), row.id));
        let first = parts.iter_mut().filter(|part| !part.ahead.is_empty()).min_by_key(place);
        let Some(row) = first.and_then(|part| part.ahead.pop_front()) else { break };
        rows.push(row);
    }
    Ok(rows)
}

/// Every organisation, where the query names one.
pub(super) fn orgs(tx: &mut dyn Tx, query: &Query) -> Result<Tree, StoreError> {
    if query.asks(Key::Org) { orgs::tree(tx) } else { Ok(Tree::default()) }
}
