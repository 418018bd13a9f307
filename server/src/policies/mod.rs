//! Policies: documents in versions, compiled for each organisation. Applying one marks the devices that it concerns as due for
//! judgement in the same transaction, so that a crash between the two loses nothing.

mod documents;
mod observed;
mod plan;
mod reach;
mod rule;
mod rules;
mod summary;
mod trial;
mod versions;

use documents::Next;
pub use documents::{Kept, PolicyDocument, PolicyView, id_of};
pub use observed::ObservedRule;
pub use plan::{DeviceChange, OrgChanges, Plan, PlannedDevices, RuleChange, Turn, plan};
use reach::Sight;
pub(crate) use rule::is_known;
pub use rule::{RuleView, WrittenRule, rule};
pub use rules::{Compiled, Rules, Snapshot, edition, new_edition};
pub use summary::{PolicySummary, summaries};
pub use trial::{Tried, TriedFinding, try_on};
pub use versions::{VersionDiff, VersionView, WentBack, diff, plan_roll_back, roll_back, versions};

use muster_policy::document::{self, Change, Document};
use muster_proto::cbor;
use muster_proto::id::Digest;
use muster_proto::policy::DevicePolicy;
use muster_proto::time::Timestamp;
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;

use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::{Actor, Right};
use crate::error::ActionError;
use crate::live::Hint;
use crate::orgs::{self, OrgView};
use crate::store::{StoreError, Tx, values};
use crate::version::IfMatch;

/// What applying a document did.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct Applied {
    /// The document's id.
    pub policy: String,
    /// Its version now.
    pub version: u64,
    /// What it changed.
    pub changes: Vec<Change>,
}

/// Applies a document. What the one before had and this one leaves out stays in force, unless `prune`.
/// All devices that it concerns are judged by it when this returns.
///
/// # Errors
/// The document is malformed or names an unknown organisation; the store's.
pub async fn apply(app: &App, actor: &Actor, text: String, prune: bool) -> Result<Applied, ActionError> {
    apply_to(app, actor, text, prune, IfMatch::default()).await
}

/// Applies a document, if the one in force is of this version.
///
/// # Errors
/// As [`apply`]; another version is in force.
pub async fn apply_to(
    app: &App,
    actor: &Actor,
    text: String,
    prune: bool,
    version: IfMatch,
) -> Result<Applied, ActionError> {
    let (actor, now, catalogue) = (actor.clone(), app.now(), Arc::clone(&app.catalogue));
    let document = documents::parse(&text, &catalogue.catalogue)?;
    reach::may_name(&actor, &document)?;
    let applied = app
        .store
        .write(move |tx| {
            let before = documents::find(tx, &document.policy, None)?;
            version.check_version(before.as_ref().map(PolicyDocument::etag))?;
            let next = documents::next(tx, document, prune, &catalogue.catalogue)?;
            reach::may_change(tx, &actor, &next, &catalogue.catalogue)?;
            if !next.changes.is_empty() {
                let act = applied(tx, &next, &text, prune)?;
                audit::append(tx, now, &actor, act)?;
                next.store(tx, &text, now, actor.name())?;
                compile_all(tx, &catalogue.catalogue, now)?;
            }
            Ok::<_, ActionError>(Applied {
                policy: next.document.policy.clone(),
                version: next.version,
                changes: next.changes,
            })
        })
        .await?;
    settle(app).await;
    Ok(applied)
}

/// What the audit says of it; before it is stored.
fn applied(tx: &mut dyn Tx, next: &Next, text: &str, prune: bool) -> Result<Act, ActionError> {
    let (policy, changes) = (&next.document.policy, next.changes.len());
    let digest = |body: &str| Digest::of(body.as_bytes());
    let pruned = if prune { ", pruned" } else { "" };
    let act = Act::new("policy.apply", format!("policy:{policy}"))
        .detail(format!("version {}, {changes} changes{pruned}", next.version))
        .after(
            json!({ "version": next.version, "sha256": digest(text), "changes": changes, "pruned": prune }),
        );
    Ok(match documents::find(tx, policy, None)? {
        Some(before) => act.before(json!({ "version": before.version, "sha256": digest(&before.body) })),
        None => act,
    })
}

/// The documents in force.
///
/// # Errors
/// The store's.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<PolicyView>, ActionError> {
    let (actor, catalogue) = (actor.clone(), Arc::clone(&app.catalogue));
    app.store
        .read(move |tx| {
            let all = documents::list(tx)?;
            if actor.within(Right::Read).is_everywhere() {
                return Ok(all);
            }
            let (sight, mut seen) = (Sight::of(tx, &actor)?, Vec::new());
            for view in all {
                let stored = documents::of_version(tx, &view.policy, None)?;
                if sight.has(tx, &stored, &catalogue.catalogue)? {
                    seen.push(view);
                }
            }
            Ok(seen)
        })
        .await
}

/// A document as it was applied, with its id; the newest version where none is named.
///
/// # Errors
/// There is none, or the store's.
pub async fn show(
    app: &App,
    actor: &Actor,
    id: &str,
    version: Option<u64>,
) -> Result<PolicyDocument, ActionError> {
    let (id, actor, catalogue) = (id.to_owned(), actor.clone(), Arc::clone(&app.catalogue));
    app.store
        .read(move |tx| {
            let missing = || ActionError::missing("policy", &id);
            let found = documents::find(tx, &id, version)?.ok_or_else(missing)?;
            let seen = Sight::of(tx, &actor)?.has(tx, &found, &catalogue.catalogue)?;
            if seen { Ok(found) } else { Err(missing()) }
        })
        .await
}

/// Compiles everything again, because the tree of organisations or the day has changed.
///
/// # Errors
/// The store's.
pub async fn recompile(app: &App) -> Result<(), ActionError> {
    let (now, catalogue) = (app.now(), Arc::clone(&app.catalogue));
    let changed = app.store.write(move |tx| compile_all(tx, &catalogue.catalogue, now)).await?;
    if changed == 0 {
        return load(app).await;
    }
    settle(app).await;
    Ok(())
}

/// Reads what is in force into memory.
///
/// # Errors
/// The store's.
pub async fn load(app: &App) -> Result<(), ActionError> {
    let (now, catalogue) = (app.now(), Arc::clone(&app.catalogue));
    let snapshot = app.store.read(move |tx| rules::read(tx, &catalogue.catalogue, now)).await?;
    app.rules.replace(snapshot);
    Ok(())
}

/// Takes into use what was written, and judges whom it concerns. What was written is durable: where this fails, the clock loop does it.
pub async fn settle(app: &App) {
    if let Err(error) = load(app).await {
        tracing::error!(error = &error as &dyn std::error::Error, "new rules could not be read yet");
    }
    crate::judge::at_once(app).await;
    app.hub.hint_all(Hint::Policy);
}

/// Compiles for every organisation; says for how many it changed something, and marks their devices as due.
///
/// # Errors
/// A document in force can't be read any more; the store's.
pub(crate) fn compile_all(
    tx: &mut dyn Tx,
    catalogue: &muster_proto::catalogue::Catalogue,
    now: Timestamp,
) -> Result<usize, ActionError> {
    let documents = documents::in_force(tx, catalogue, None)?;
    let orgs = orgs::all(tx)?;
    let mut changed = 0;
    for org in &orgs {
        let before = compiled(tx, &org.id)?;
        let after = compile(&documents, &orgs, &org.id, before.as_ref(), now);
        if before != after {
            store(tx, org, after.as_ref(), now)?;
            changed += 1;
        }
    }
    if changed > 0 {
        new_edition(tx)?;
    }
    Ok(changed)
}

fn compile(
    documents: &[Document],
    orgs: &[OrgView],
    org: &str,
    before: Option<&DevicePolicy>,
    now: Timestamp,
) -> Option<DevicePolicy> {
    let documents: Vec<&Document> = documents.iter().collect();
    document::compile(&documents, &orgs::path(orgs, org), before, now)
}

fn store(
    tx: &mut dyn Tx,
    org: &OrgView,
    policy: Option<&DevicePolicy>,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.execute("DELETE FROM compiled WHERE org = $1", &values![&org.id])?;
    if let Some(policy) = policy {
        let digest = document::for_phone(policy).digest();
        tx.execute(
            "INSERT INTO compiled (org, digest, version, body, made) VALUES ($1, $2, $3, $4, $5)",
            &values![&org.id, digest, policy.version, cbor::encode(policy), now],
        )?;
    }
    tx.execute(
        "UPDATE devices SET next_judgement = $2, revision = revision + 1, untold = 1 WHERE org = $1 AND status = 'active'",
        &values![&org.id, now],
    )?;
    crate::judge::declared::mark(tx, &org.id, now)
}

/// Longest compiled policy, in bytes.
const MAX_COMPILED: usize = 1024 * 1024;

fn compiled(tx: &mut dyn Tx, org: &str) -> Result<Option<DevicePolicy>, StoreError> {
    let row = tx.query_one("SELECT body FROM compiled WHERE org = $1", &values![org])?;
    row.map(|mut row| read_compiled(&row.take::<Vec<u8>>()?)).transpose()
}

fn read_compiled(body: &[u8]) -> Result<DevicePolicy, StoreError> {
    cbor::decode_within(body, MAX_COMPILED).map_err(|_| StoreError::Column("a compiled policy"))
}
