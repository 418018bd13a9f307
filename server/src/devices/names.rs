//! What a query names has to be there for whoever writes it: an organisation, a rule or a group that nobody has would look like one that no
//! device is of. Queries are held against this when somebody writes them and never when a kept one is read, so that what has gone since
//! finds nobody and breaks nothing.

use std::collections::HashSet;
use std::sync::Arc;

use super::query::{Key, Query, Value, What};
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::catalogue::Watched;
use crate::error::ActionError;
use crate::groups;
use crate::policies::{self, Snapshot};
use crate::store::{Tx, values};
use muster_proto::time::Timestamp;

/// What names are held against: what is there at this moment, and what of it somebody sees.
#[derive(Clone)]
pub(crate) struct Names {
    pub actor: Actor,
    pub rules: Arc<Snapshot>,
    pub catalogue: Arc<Watched>,
    pub now: Timestamp,
}

impl Names {
    /// What is there for them.
    pub fn seen_by(app: &App, actor: &Actor) -> Self {
        Self {
            actor: actor.clone(),
            rules: app.rules.now(),
            catalogue: Arc::clone(&app.catalogue),
            now: app.now(),
        }
    }

    /// Refuses a query that names what is not there. What they may not see is not there either. Each name is looked for once; it can take long
    /// all the same, and is nothing for the writer.
    ///
    /// # Errors
    /// It does; the store's.
    pub fn check(&self, tx: &mut dyn Tx, query: &Query) -> Result<(), ActionError> {
        let (mut looked, mut policies) = (HashSet::new(), None);
        for term in &query.terms {
            let What::Key(key, _, values) = &term.what else { continue };
            for value in values {
                let (Value::Text(name) | Value::Rule(name, _)) = value else { continue };
                if !looked.insert((key.word(), name)) {
                    continue;
                }
                let (what, is_there) = match key {
                    Key::Org => ("organisation", self.has_org(tx, name)?),
                    Key::Rule => ("rule", policies::is_known(tx, name, self, &mut policies)?),
                    Key::Group => ("group", groups::is_there(tx, name, &self.actor.within(Right::Read))?),
                    _ => continue,
                };
                if !is_there {
                    return Err(ActionError::unknown(what, name));
                }
            }
        }
        Ok(())
    }

    fn has_org(&self, tx: &mut dyn Tx, id: &str) -> Result<bool, ActionError> {
        Ok(self.actor.sees(id) && tx.query_one("SELECT 1 FROM orgs WHERE id = $1", &values![id])?.is_some())
    }
}

/// Refuses a query that names an organisation, a rule or a group that is not there, or that the actor does not see.
///
/// # Errors
/// It does; the store's.
pub async fn check_names(app: &App, actor: &Actor, query: &Query) -> Result<(), ActionError> {
    if ![Key::Org, Key::Rule, Key::Group].into_iter().any(|key| query.asks(key)) {
        return Ok(());
    }
    let (names, query) = (Names::seen_by(app, actor), query.clone());
    app.store.read(move |tx| names.check(tx, &query)).await
}

#[cfg(test)]
mod tests;
