//! Whose a policy is: that of every organisation to which it is assigned.

use muster_policy::document::Document;
use muster_proto::catalogue::Catalogue;
use std::collections::BTreeSet;

use super::documents::{self, Next, PolicyDocument};
use crate::auth::{Actor, Right, Within};
use crate::error::ActionError;
use crate::orgs;
use crate::problems::Code;
use crate::store::{StoreError, Tx};

/// Which policies somebody reads.
pub struct Sight {
    within: Within,
    /// What is assigned above holds inside, too.
    above: BTreeSet<String>,
}

impl Sight {
    /// What the actor reads.
    pub fn of(tx: &mut dyn Tx, actor: &Actor) -> Result<Self, StoreError> {
        let within = actor.within(Right::Read);
        let mut above = BTreeSet::new();
        if let Within::Branch(branch) = &within {
            let all = orgs::all(tx)?;
            for root in &branch.roots {
                above.extend(orgs::path(&all, root).into_iter().map(|org| org.id));
            }
        }
        Ok(Self { within, above })
    }

    /// Whether a document judges devices that the actor reads of.
    pub fn is_judged_by(&self, document: &Document) -> bool {
        document.assign.iter().any(|assign| self.knows(&assign.org))
    }

    /// Whether an organisation lies inside, or above.
    pub fn knows(&self, org: &str) -> bool {
        self.within.has(org) || self.above.contains(org)
    }

    /// Whether a stored document is assigned inside and above alone. One that can't be read is for whoever reads everything.
    pub fn has(
        &self,
        tx: &mut dyn Tx,
        stored: &PolicyDocument,
        catalogue: &Catalogue,
    ) -> Result<bool, ActionError> {
        if self.within.is_everywhere() {
            return Ok(true);
        }
        match documents::effective(tx, stored, catalogue) {
            Ok(document) => Ok(self.reads(&document)),
            Err(ActionError::Invalid { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The same of a document that was read already.
    pub fn reads(&self, document: &Document) -> bool {
        self.within.is_everywhere() || is_of(document, &|org| self.knows(org))
    }
}

/// Refuses who may not say what is demanded in every organisation to which the document is, was or will be assigned.
///
/// # Errors
/// It may not; the store's.
pub fn may_change(
    tx: &mut dyn Tx,
    actor: &Actor,
    next: &Next,
    catalogue: &Catalogue,
) -> Result<(), ActionError> {
    let within = actor.within(Right::Policies);
    if within.is_everywhere() {
        return Ok(());
    }
    let inside = |document: &Document| is_of(document, &|org| within.has(org));
    let before = documents::find(tx, &next.document.policy, None)?;
    let before = before.map(|stored| documents::effective(tx, &stored, catalogue)).transpose();
    let was = match before {
        Ok(before) => before.is_none_or(|before| inside(&before)),
        Err(ActionError::Invalid { .. }) => false,
        Err(error) => return Err(error),
    };
    match (was, inside(&next.document)) {
        (true, true) => Ok(()),
        (false, _) => {
            let detail = format!(
                "the id {:?} is taken by a policy that is not of these organisations alone: take another id",
                next.document.policy
            );
            Err(ActionError::conflict(Code::Forbidden, detail))
        }
        (true, false) => Err(ActionError::forbidden_here(Right::Policies)),
    }
}

/// Refuses a document that names organisations outside, before anything is said of those.
///
/// # Errors
/// It does.
pub fn may_name(actor: &Actor, document: &Document) -> Result<(), ActionError> {
    let within = actor.within(Right::Policies);
    let inside = document.assign.iter().all(|assign| within.has(&assign.org));
    if inside { Ok(()) } else { Err(ActionError::forbidden_here(Right::Policies)) }
}

fn is_of(document: &Document, has: &dyn Fn(&str) -> bool) -> bool {
    !document.assign.is_empty() && document.assign.iter().all(|assign| has(&assign.org))
}
