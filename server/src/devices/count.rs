//! How many devices a query finds. What asks for organisations, one rule or one application is answered from the tallies, which cost the same
//! however many devices there are; everything else is counted.

use std::collections::BTreeSet;

use muster_proto::time::Timestamp;
use muster_proto::verdict::State;

use super::list::Search;
use super::query::{Conditions, Key, Op, Query, Term, Value as Asked, What};
use super::rank;
use super::view::Counts;
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::orgs::Tree;
use crate::store::{StoreError, Tx, Value};

/// How many devices a search finds under every verdict, whichever is asked for beside the query. What the query itself says holds.
pub(super) fn under_every_verdict(
    tx: &mut dyn Tx,
    search: &Search,
    orgs: &Tree,
    now: Timestamp,
) -> Result<Counts, StoreError> {
    let query = search.query.clone();
    let query = match search.beside {
        Some(verdict) => query.without_verdict(verdict),
        None => query,
    };
    let ranks = query.ranks();
    let (sql, params) = match Tallied::of(&query, orgs) {
        Some(tallied) => tallied.sql(),
        None => {
            let what = Conditions::of(&query, None, now, orgs);
            let found = format!("FROM {} WHERE {}", what.from(), what.text);
            (format!("SELECT d.verdict_rank, COUNT(*) {found} GROUP BY d.verdict_rank"), what.params)
        }
    };
    let mut counts = Counts::default();
    for mut row in tx.query(&sql, &params)? {
        let found: i64 = row.take()?;
        if !ranks.contains(&found) {
            continue;
        }
        let state = State::ALL.iter().find(|state| rank(**state) == found);
        *counts.slot(*state.ok_or(StoreError::Column("a verdict"))?) = row.take()?;
    }
    Ok(counts)
}

/// How many devices began to fail after a time, among those that the actor may read.
///
/// # Errors
/// The store's.
pub async fn failing_since(app: &App, actor: &Actor, since: Timestamp) -> Result<u64, ActionError> {
    let mut params: Vec<Value<'static>> = vec![rank(State::Failing).into(), since.into()];
    let within = actor.within(Right::Read).condition("org", &mut params);
    let sql = format!(
        "SELECT COUNT(*) FROM devices WHERE status = 'active' AND verdict_rank = $1 AND verdict_since > $2{within}"
    );
    app.store
        .read(move |tx| {
            let row = tx.query_one(&sql, &params)?;
            Ok(row.ok_or(StoreError::Column("a count"))?.take()?)
        })
        .await
}

/// A query that the tallies answer.
struct Tallied<'a> {
    kind: &'static str,
    name: &'a str,
    orgs: Option<BTreeSet<String>>,
}

impl<'a> Tallied<'a> {
    fn of(query: &'a Query, tree: &Tree) -> Option<Self> {
        let mut tallied = Self { kind: "device", name: "", orgs: None };
        for term in &query.terms {
            let Term { not: false, what: What::Key(key, op, values) } = term else { return None };
            match (key, values.as_slice()) {
                // of what was counted by verdict the others are left out
                (Key::Verdict, _) => {}
                (Key::Org, values) => tallied.narrow(tree, *op, values)?,
                (Key::Rule, [Asked::Rule(rule, None)]) if tallied.name.is_empty() => {
                    (tallied.kind, tallied.name) = ("rule", rule);
                }
                (Key::App, [Asked::Text(app)]) if tallied.name.is_empty() => {
                    (tallied.kind, tallied.name) = ("app", app);
                }
                _ => return None,
            }
        }
        Some(tallied)
    }

    /// To the organisations that one more term names.
    fn narrow(&mut self, tree: &Tree, op: Op, values: &[Asked]) -> Option<()> {
        let mut named = BTreeSet::new();
        for value in values {
            let Asked::Text(org) = value else { return None };
            if op == Op::Is {
                named.insert(org.clone());
            } else {
                named.extend(tree.below(org));
            }
        }
        if let Some(before) = &self.orgs {
            named.retain(|org| before.contains(org));
        }
        self.orgs = Some(named);
        Some(())
    }

    fn sql(self) -> (String, Vec<Value<'static>>) {
        let mut params: Vec<Value<'static>> = vec![self.kind.into(), self.name.to_owned().into()];
        let mut within = String::new();
        if let Some(orgs) = self.orgs {
            let first = params.len() + 1;
            params.extend(orgs.into_iter().map(Value::from));
            let places: Vec<String> = (first..=params.len()).map(|nth| format!("${nth}")).collect();
            // of none there is nothing
            let places = if places.is_empty() { "''".to_owned() } else { places.join(", ") };
            within = format!(" AND org IN ({places})");
        }
        let sql = format!(
            "SELECT verdict_rank, CAST(SUM(devices) AS BIGINT) FROM tallies WHERE kind = $1 AND name = $2{within} \
             GROUP BY verdict_rank"
        );
        (sql, params)
    }
}
