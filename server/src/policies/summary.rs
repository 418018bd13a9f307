//! The policies in force at a glance.

use muster_policy::document::Document;
use muster_proto::policy::Local;
use std::sync::Arc;

use super::reach::Sight;
use super::{PolicyView, documents};
use crate::app::App;
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::orgs;
use crate::store::values;

/// A policy, to whom it is assigned, and how much of it there is.
#[derive(Debug, Clone)]
pub struct PolicySummary {
    /// The version in force.
    pub view: PolicyView,
    /// Whether whoever asks may read its text; else it judges devices of theirs, and other organisations have it too.
    pub readable: bool,
    /// What it is called; none where this program can't read it.
    pub title: Option<Local>,
    /// The organisations to which it is assigned, as they are called.
    pub assigned: Vec<String>,
    /// Its rules.
    pub rules: usize,
    /// Devices that count in those organisations and below them.
    pub devices: u64,
}

/// Every policy in force that whoever asks may read, or that judges devices of theirs.
///
/// # Errors
/// The store's.
pub async fn summaries(app: &App, actor: &Actor) -> Result<Vec<PolicySummary>, ActionError> {
    let (actor, catalogue) = (actor.clone(), Arc::clone(&app.catalogue));
    app.store
        .read(move |tx| {
            let (known, tree) = (orgs::all(tx)?, orgs::tree(tx)?);
            let (sight, within) = (Sight::of(tx, &actor)?, actor.within(Right::Read));
            let mut counts = std::collections::HashMap::<String, u64>::new();
            let sql = "SELECT org, COUNT(*) FROM devices WHERE status = 'active' GROUP BY org";
            for mut row in tx.query(sql, &values![])? {
                let org: String = row.take()?;
                if within.has(&org) {
                    counts.insert(org, row.take()?);
                }
            }
            let mut summaries = Vec::new();
            for view in documents::list(tx)? {
                let stored = documents::of_version(tx, &view.policy, None)?;
                let readable = sight.has(tx, &stored, &catalogue.catalogue)?;
                let document: Option<Document> = match documents::effective(tx, &stored, &catalogue.catalogue)
                {
                    Ok(document) => Some(document),
                    Err(ActionError::Invalid { .. }) => None,
                    Err(error) => return Err(error),
                };
                if !readable && !document.as_ref().is_some_and(|document| sight.is_judged_by(document)) {
                    continue;
                }
                let assigned = document.iter().flat_map(|document| &document.assign);
                // what lies elsewhere is not named
                let ids: Vec<&String> =
                    assigned.map(|assign| &assign.org).filter(|org| readable || sight.knows(org)).collect();
                let below: std::collections::BTreeSet<String> =
                    ids.iter().flat_map(|id| tree.below(id)).collect();
                let title = |id: &&String| {
                    known
                        .iter()
                        .find(|org| org.id == **id)
                        .map_or_else(|| (*id).clone(), |org| org.title.clone())
                };
                summaries.push(PolicySummary {
                    assigned: ids.iter().map(title).collect(),
                    rules: document.as_ref().map_or(0, |document| document.rules.len()),
                    title: document.as_ref().map(|document| document.title.clone()),
                    readable,
                    devices: below.iter().filter_map(|org| counts.get(org)).sum(),
                    view,
                });
            }
            Ok(summaries)
        })
        .await
}
