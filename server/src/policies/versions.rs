//! Older versions of a policy: which there are, what differs between two, and going back to one.

use muster_policy::document::Change;
use serde::Serialize;
use serde_json::json;
use similar::TextDiff;
use std::collections::HashMap;
use std::sync::Arc;

use muster_proto::catalogue::Catalogue;
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;

use super::documents::{self, Kept, Next, PolicyDocument};
use super::plan::{PIECE, Plan, planned};
use super::reach::{self, Sight};
use super::{Applied, compile_all, settle};
use crate::app::App;
use crate::audit::{self, Act};
use crate::auth::Actor;
use crate::error::ActionError;
use crate::problems::Code;
use crate::reason::{self, Reason};
use crate::store::{Row, StoreError, Tx, values};
use crate::version::IfMatch;

/// A version in a list.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct VersionView {
    /// Its number.
    pub version: u64,
    /// When it was applied.
    pub applied: Timestamp,
    /// Who applied it.
    pub actor: String,
    /// Length of its text, in bytes.
    pub size: u64,
    /// Whether it is the one in force.
    pub in_force: bool,
    /// Rules and assignments of older versions that its text leaves out and that stayed in force.
    pub kept: Kept,
    /// The older version to which it went back, and why; none where it is of its own.
    pub back: Option<WentBack>,
}

/// A version that says again what an older one said.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct WentBack {
    /// The older one.
    pub to: u64,
    /// Why.
    pub reason: String,
}

/// What differs between two versions.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct VersionDiff {
    /// The policy.
    pub policy: String,
    /// The older version.
    pub from: u64,
    /// The newer one.
    pub to: u64,
    /// What differs in what they demand, with what each keeps of those before it.
    pub changes: Vec<Change>,
    /// Their texts as a unified diff.
    pub diff: String,
}

/// The versions of a policy, the newest first.
///
/// # Errors
/// There is no such policy, or the store's.
pub async fn versions(app: &App, actor: &Actor, id: &str) -> Result<Vec<VersionView>, ActionError> {
    let (id, actor, catalogue) = (id.to_owned(), actor.clone(), Arc::clone(&app.catalogue));
    app.store
        .read(move |tx| {
            seen(tx, &actor, &id, None, &catalogue.catalogue)?;
            let rows = tx.query(
                "SELECT version, applied, actor, OCTET_LENGTH(body), kept FROM policies WHERE id = $1 ORDER BY version DESC",
                &values![&id],
            )?;
            if rows.is_empty() {
                return Err(ActionError::missing("policy", &id));
            }
            let mut back = went_back(tx, &id)?;
            let read = |(nth, mut row): (usize, Row)| {
                let version = row.take()?;
                Ok::<_, StoreError>(VersionView {
                    version,
                    applied: row.take()?,
                    actor: row.take()?,
                    size: row.take()?,
                    in_force: nth == 0,
                    kept: row.json("kept parts")?,
                    back: back.remove(&version),
                })
            };
            Ok(rows.into_iter().enumerate().map(read).collect::<Result<_, _>>()?)
        })
        .await
}

/// Which versions went back to which, and why: the audit keeps it.
fn went_back(tx: &mut dyn Tx, id: &str) -> Result<HashMap<u64, WentBack>, StoreError> {
    let sql = "SELECT after_json, detail FROM audit WHERE action = 'policy.rollback' AND subject = $1 AND after_json IS NOT NULL";
    let mut back = HashMap::new();
    for mut row in tx.query(sql, &values![format!("policy:{id}")])? {
        let (after, detail): (serde_json::Value, String) = (row.json("an audit entry")?, row.take()?);
        let reason = detail.split_once(" changes: ").map_or("", |(_, reason)| reason).to_owned();
        if let (Some(version), Some(to)) = (after["version"].as_u64(), after["as"].as_u64()) {
            back.insert(version, WentBack { to, reason });
        }
    }
    Ok(back)
}

/// What differs between two versions: the one in force and the one before it where none are named.
///
/// # Errors
/// There is no such version; the store's.
pub async fn diff(
    app: &App,
    actor: &Actor,
    id: &str,
    from: Option<u64>,
    to: Option<u64>,
) -> Result<VersionDiff, ActionError> {
    let (id, actor, catalogue) = (id.to_owned(), actor.clone(), Arc::clone(&app.catalogue));
    app.store
        .read(move |tx| {
            let newer = seen(tx, &actor, &id, to, &catalogue.catalogue)?;
            let before = Some(from.unwrap_or(newer.version.saturating_sub(1)));
            let older = seen(tx, &actor, &id, before, &catalogue.catalogue)?;
            let read = |stored| documents::effective(tx, stored, &catalogue.catalogue);
            // what this program can't read any more has no changes to list; its text still differs
            let changes = match [&older, &newer].map(read) {
                [Ok(old), Ok(new)] => muster_policy::document::diff(Some(&old), &new),
                [Err(ActionError::Invalid { .. }), _] | [_, Err(ActionError::Invalid { .. })] => Vec::new(),
                [Err(error), _] | [_, Err(error)] => return Err(error),
            };
            let name = |version: u64| format!("{id} version {version}");
            let diff = TextDiff::from_lines(older.body.as_str(), newer.body.as_str())
                .unified_diff()
                .context_radius(3)
                .header(&name(older.version), &name(newer.version))
                .to_string();
            Ok(VersionDiff { from: older.version, to: newer.version, changes, diff, policy: id })
        })
        .await
}

/// Says what going back to a version would do.
///
/// # Errors
/// As [`roll_back`].
pub async fn plan_roll_back(app: &App, actor: &Actor, id: &str, version: u64) -> Result<Plan, ActionError> {
    let (id, actor) = (id.to_owned(), actor.clone());
    planned(app, PIECE, move |tx, catalogue| {
        seen(tx, &actor, &id, Some(version), catalogue)?;
        let next = documents::again(tx, &id, version, catalogue)?.0;
        reach::may_change(tx, &actor, &next, catalogue)?;
        Ok(next)
    })
    .await
}

/// A version, for whoever reads it.
fn seen(
    tx: &mut dyn Tx,
    actor: &Actor,
    id: &str,
    version: Option<u64>,
    catalogue: &Catalogue,
) -> Result<PolicyDocument, ActionError> {
    let stored = documents::of_version(tx, id, version)?;
    if Sight::of(tx, actor)?.has(tx, &stored, catalogue)? {
        return Ok(stored);
    }
    Err(ActionError::missing("policy", id))
}

/// Puts what an older version demanded into force again, as a new version: its text, and what it kept of those before it; if the one in
/// force is of the version `from`. All devices that it concerns are judged by it when this returns.
///
/// # Errors
/// There is no such version, or this program can't read it any more; another one is in force; no reason is given; the store's.
pub async fn roll_back(
    app: &App,
    actor: &Actor,
    id: &str,
    version: u64,
    reason: &str,
    from: IfMatch,
) -> Result<Applied, ActionError> {
    let reason = Reason::read(reason, reason::LONGEST, Code::RollbackReason)?;
    let (actor, now, catalogue) = (actor.clone(), app.now(), Arc::clone(&app.catalogue));
    let id = id.to_owned();
    let applied = app
        .store
        .write(move |tx| {
            seen(tx, &actor, &id, Some(version), &catalogue.catalogue)?;
            let (next, text) = documents::again(tx, &id, version, &catalogue.catalogue)?;
            reach::may_change(tx, &actor, &next, &catalogue.catalogue)?;
            from.check_version(Some(documents::of_version(tx, &id, None)?.etag()))?;
            if !next.changes.is_empty() {
                let detail = format!(
                    "version {}, as version {version} was, {} changes: {reason}",
                    next.version,
                    next.changes.len()
                );
                let act = Act::new("policy.rollback", format!("policy:{id}"))
                    .detail(detail)
                    .before(json!({ "version": next.version - 1 }))
                    .after(json!({ "version": next.version, "as": version, "sha256": Digest::of(text.as_bytes()) }));
                audit::append(tx, now, &actor, act)?;
                next.store(tx, &text, now, actor.name())?;
                compile_all(tx, &catalogue.catalogue, now)?;
            }
            let Next { version, changes, .. } = next;
            Ok::<_, ActionError>(Applied { policy: id, version, changes })
        })
        .await?;
    settle(app).await;
    Ok(applied)
}
