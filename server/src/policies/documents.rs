//! Policy documents in their versions, and what of an older version stays in force.

use muster_policy::document::{Change, Document, DocumentError, diff};
use muster_proto::catalogue::Catalogue;
use muster_proto::id::{Digest, hex};
use muster_proto::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::{StoreError, Tx, values};

/// A document in a list.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct PolicyView {
    /// Its id.
    pub policy: String,
    /// The version in force.
    pub version: u64,
    /// When it was applied.
    pub applied: Timestamp,
    /// Who applied it.
    pub actor: String,
}

/// A document as it was applied.
#[derive(Debug, Clone, Serialize, schemars::JsonSchema)]
pub struct PolicyDocument {
    /// Its id.
    pub policy: String,
    /// Its version.
    pub version: u64,
    /// When it was applied.
    pub applied: Timestamp,
    /// Who applied it.
    pub actor: String,
    /// The text, YAML or JSON.
    pub body: String,
    /// Rules and assignments of older versions that it leaves out and that stay in force.
    pub kept: Kept,
}

impl PolicyDocument {
    /// Its version for those who edit it: the same text may be in force again with other parts kept beside it.
    #[must_use]
    pub fn etag(&self) -> String {
        format!("\"{}-{}\"", self.version, hex(&Digest::of(self.body.as_bytes()).0[..16]))
    }
}

/// What stays in force although the newest version leaves it out: name to the version that has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Kept {
    /// Rules, by id.
    pub rules: BTreeMap<String, u64>,
    /// Assignments, by organisation.
    pub assign: BTreeMap<String, u64>,
}

/// The next version of a document.
pub(super) struct Next {
    /// What will be in force.
    pub document: Document,
    /// Its version: the present one where nothing changes.
    pub version: u64,
    /// What changes.
    pub changes: Vec<Change>,
    /// What stays in force although the text leaves it out.
    pub kept: Kept,
}

/// Reads a text as a document.
pub(super) fn parse(text: &str, catalogue: &Catalogue) -> Result<Document, ActionError> {
    read(Document::from_yaml(text, catalogue))
}

/// The id that a text gives itself.
///
/// # Errors
/// It is no document.
pub fn id_of(text: &str, catalogue: &Catalogue) -> Result<String, ActionError> {
    Ok(parse(text, catalogue)?.policy)
}

/// What was read, or why not.
pub(super) fn read(document: Result<Document, DocumentError>) -> Result<Document, ActionError> {
    document.map_err(|error| {
        ActionError::invalid(Code::PolicyMalformed, format!("{}: {}", error.place, error.message))
    })
}

/// What `document` would make of what is in force.
pub(super) fn next(
    tx: &mut dyn Tx,
    mut document: Document,
    prune: bool,
    catalogue: &Catalogue,
) -> Result<Next, ActionError> {
    let known = orgs::all(tx)?;
    if let Some(unknown) = document.assign.iter().find(|assign| !known.iter().any(|org| org.id == assign.org))
    {
        let detail =
            format!("the policy is assigned to {:?}, and there is no such organisation", unknown.org);
        return Err(ActionError::invalid(Code::UnknownOrg, detail));
    }
    let before = find(tx, &document.policy, None)?;
    let Some(before) = before else {
        let changes = diff(None, &document);
        return Ok(Next { document, version: 1, changes, kept: Kept::default() });
    };
    let old = match effective(tx, &before, catalogue) {
        // what can't be read can't be kept
        Err(ActionError::Invalid { .. }) if prune => None,
        Err(ActionError::Invalid { detail, .. }) => {
            let detail = format!(
                "version {} in force can't be read by this program ({detail}), so what the new one leaves out of it can't be kept: \
                 apply a whole one, with `prune`",
                before.version
            );
            return Err(ActionError::conflict(Code::PolicyUnreadable, detail));
        }
        read => Some(read?),
    };
    let kept = match &old {
        Some(old) if !prune => keep(&mut document, old, &before),
        _ => Kept::default(),
    };
    let changes = diff(old.as_ref(), &document);
    let version = if changes.is_empty() { before.version } else { before.version + 1 };
    Ok(Next { document, version, changes, kept })
}

/// Adds to `document` what it leaves out of `old`, and says from which version each part is.
fn keep(document: &mut Document, old: &Document, before: &PolicyDocument) -> Kept {
    let mut kept = Kept::default();
    for rule in &old.rules {
        if document.rule(&rule.id).is_none() {
            kept.rules
                .insert(rule.id.clone(), before.kept.rules.get(&rule.id).copied().unwrap_or(before.version));
            document.rules.push(rule.clone());
        }
    }
    for assign in &old.assign {
        if !document.assign.iter().any(|new| new.org == assign.org) {
            kept.assign.insert(
                assign.org.clone(),
                before.kept.assign.get(&assign.org).copied().unwrap_or(before.version),
            );
            document.assign.push(assign.clone());
        }
    }
    kept
}

impl Next {
    pub fn store(&self, tx: &mut dyn Tx, text: &str, now: Timestamp, actor: &str) -> Result<(), StoreError> {
        let kept = serde_json::to_string(&self.kept).map_err(|_| StoreError::Column("kept parts"))?;
        tx.execute(
            "INSERT INTO policies (id, version, body, kept, applied, actor) VALUES ($1, $2, $3, $4, $5, $6)",
            &values![&self.document.policy, self.version, text, kept, now, actor],
        )?;
        Ok(())
    }
}

/// What an older version demanded, as the next one, and its text.
pub(super) fn again(
    tx: &mut dyn Tx,
    id: &str,
    version: u64,
    catalogue: &Catalogue,
) -> Result<(Next, String), ActionError> {
    let (before, older) = (of_version(tx, id, None)?, of_version(tx, id, Some(version))?);
    let document = effective(tx, &older, catalogue)?;
    let old = match effective(tx, &before, catalogue) {
        // what can't be read is no reason to stay with it
        Err(ActionError::Invalid { .. }) => None,
        read => Some(read?),
    };
    let changes = diff(old.as_ref(), &document);
    let version = if changes.is_empty() { before.version } else { before.version + 1 };
    Ok((Next { document, version, changes, kept: older.kept }, older.body))
}

/// A version that has to be there; the newest where none is named.
pub(super) fn of_version(
    tx: &mut dyn Tx,
    id: &str,
    version: Option<u64>,
) -> Result<PolicyDocument, ActionError> {
    let named = || version.map_or_else(|| id.to_owned(), |version| format!("{id} version {version}"));
    find(tx, id, version)?.ok_or_else(|| ActionError::missing("policy", named()))
}

/// Every document in force, with what it keeps; without that of the policy `but`.
pub(super) fn in_force(
    tx: &mut dyn Tx,
    catalogue: &Catalogue,
    but: Option<&str>,
) -> Result<Vec<Document>, ActionError> {
    let mut documents = Vec::new();
    for view in list(tx)?.into_iter().filter(|view| Some(view.policy.as_str()) != but) {
        if let Some(stored) = find(tx, &view.policy, None)? {
            documents
                .push(effective(tx, &stored, catalogue).map_err(|error| of_policy(error, &view.policy))?);
        }
    }
    Ok(documents)
}

/// A flaw that is not in what somebody asks just now, but in what is stored.
fn of_policy(error: ActionError, policy: &str) -> ActionError {
    match error {
        ActionError::Invalid { code, detail } => {
            ActionError::Invalid { code, detail: format!("policy {policy}, as it is stored: {detail}") }
        }
        other => other,
    }
}

pub(super) fn effective(
    tx: &mut dyn Tx,
    stored: &PolicyDocument,
    catalogue: &Catalogue,
) -> Result<Document, ActionError> {
    let mut document = parse(&stored.body, catalogue)?;
    for (id, version) in &stored.kept.rules {
        if let Some(older) = find(tx, &stored.policy, Some(*version))? {
            document
                .rules
                .extend(parse(&older.body, catalogue)?.rules.into_iter().filter(|rule| rule.id == *id));
        }
    }
    for (org, version) in &stored.kept.assign {
        if let Some(older) = find(tx, &stored.policy, Some(*version))? {
            document.assign.extend(
                parse(&older.body, catalogue)?.assign.into_iter().filter(|assign| assign.org == *org),
            );
        }
    }
    Ok(document)
}

pub(super) fn list(tx: &mut dyn Tx) -> Result<Vec<PolicyView>, StoreError> {
    let rows = tx.query(
        "SELECT id, version, applied, actor FROM policies AS newest \
         WHERE version = (SELECT MAX(version) FROM policies WHERE id = newest.id) ORDER BY id",
        &[],
    )?;
    rows.into_iter()
        .map(|mut row| {
            Ok(PolicyView {
                policy: row.take()?,
                version: row.take()?,
                applied: row.take()?,
                actor: row.take()?,
            })
        })
        .collect()
}

pub(super) fn find(
    tx: &mut dyn Tx,
    id: &str,
    version: Option<u64>,
) -> Result<Option<PolicyDocument>, ActionError> {
    let row = tx.query_one(
        "SELECT id, version, applied, actor, body, kept FROM policies WHERE id = $1 AND version <= $2 ORDER BY version DESC LIMIT 1",
        &values![id, version.unwrap_or(u64::MAX)],
    )?;
    let read = |mut row: crate::store::Row| {
        Ok::<_, StoreError>(PolicyDocument {
            policy: row.take()?,
            version: row.take()?,
            applied: row.take()?,
            actor: row.take()?,
            body: row.take()?,
            kept: row.json("kept parts")?,
        })
    };
    let found = row.map(read).transpose()?;
    Ok(found.filter(|found| version.is_none_or(|version| version == found.version)))
}
