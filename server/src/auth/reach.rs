//! How far somebody reaches: for each right either everywhere, or some organisations with all below them.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::roles::{Grant, Right};
use crate::orgs;
use crate::store::{StoreError, Tx, Value};

/// What somebody holds, with the organisations as they stand at this moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach(Arc<[Held]>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    grant: Grant,
    /// The organisation of the grant and all below it; none where it holds on the whole server.
    orgs: Vec<String>,
}

/// Where a right holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// On the whole server.
    Everywhere,
    /// In these organisations; in none, where there is none.
    Branch(Branch),
}

/// Some organisations and all that lie below them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branch {
    /// Those that the grants name.
    pub roots: BTreeSet<String>,
    /// Those and all below them.
    pub orgs: BTreeSet<String>,
}

impl Reach {
    /// Everything, everywhere.
    #[must_use]
    pub fn everything() -> Self {
        Self(Arc::from([Held { grant: Grant::EVERYTHING, orgs: Vec::new() }]))
    }

    /// What these grants come to. Only those of organisations make it read the tree.
    ///
    /// # Errors
    /// The store's.
    pub fn of(tx: &mut dyn Tx, grants: Vec<Grant>) -> Result<Self, StoreError> {
        let scoped = grants.iter().any(|grant| grant.org.is_some());
        let tree = if scoped { orgs::tree(tx)? } else { orgs::Tree::default() };
        let held = |grant: Grant| {
            let orgs = grant.org.as_deref().map(|org| tree.below(org)).unwrap_or_default();
            Held { grant, orgs }
        };
        Ok(Self(grants.into_iter().map(held).collect()))
    }

    /// Where a right holds.
    #[must_use]
    pub fn within(&self, right: Right) -> Within {
        let mut branch = Branch::default();
        for Held { grant, orgs } in self.0.iter().filter(|held| held.grant.role.may(right)) {
            let Some(root) = &grant.org else { return Within::Everywhere };
            branch.roots.insert(root.clone());
            branch.orgs.extend(orgs.iter().cloned());
        }
        Within::Branch(branch)
    }

    /// The grants.
    #[must_use]
    pub fn grants(&self) -> Vec<Grant> {
        self.0.iter().map(|held| held.grant.clone()).collect()
    }

    /// Whether nothing of these is more than it has itself.
    #[must_use]
    pub fn covers(&self, grants: &[Grant]) -> bool {
        grants.iter().all(|grant| {
            let rights = Right::ALL.into_iter().filter(|right| grant.role.may(*right));
            rights.map(|right| self.within(right)).all(|within| match &grant.org {
                Some(org) => within.has(org),
                None => within == Within::Everywhere,
            })
        })
    }
}

impl Within {
    /// Whether it holds in this organisation.
    #[must_use]
    pub fn has(&self, org: &str) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Branch(branch) => branch.orgs.contains(org),
        }
    }

    /// Whether it holds on the whole server.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        *self == Self::Everywhere
    }

    /// Whether it holds anywhere.
    #[must_use]
    pub fn is_somewhere(&self) -> bool {
        match self {
            Self::Everywhere => true,
            Self::Branch(branch) => !branch.roots.is_empty(),
        }
    }

    /// Those of the organisations that are asked for in which it holds; all of them stand for no condition.
    #[must_use]
    pub fn narrowed(&self, asked: Option<Vec<String>>) -> Option<Vec<String>> {
        match (self, asked) {
            (Self::Everywhere, asked) => asked,
            (Self::Branch(branch), None) => Some(branch.orgs.iter().cloned().collect()),
            (Self::Branch(branch), Some(asked)) => {
                Some(asked.into_iter().filter(|org| branch.orgs.contains(org)).collect())
            }
        }
    }

    /// A condition that a statement goes on with: `column` is one of the organisations. Nothing where it holds everywhere.
    #[must_use]
    pub fn condition(&self, column: &str, params: &mut Vec<Value<'static>>) -> String {
        let Self::Branch(branch) = self else { return String::new() };
        if branch.orgs.is_empty() {
            return " AND 1 = 0".to_owned();
        }
        let first = params.len() + 1;
        params.extend(branch.orgs.iter().map(|org| Value::from(org.clone())));
        let places: Vec<String> = (first..=params.len()).map(|nth| format!("${nth}")).collect();
        format!(" AND {column} IN ({})", places.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Role;

    fn reach(held: &[(Role, &[&str])]) -> Reach {
        let held = held.iter().map(|(role, orgs)| Held {
            grant: Grant { role: *role, org: orgs.first().map(|org| (*org).to_owned()) },
            orgs: orgs.iter().map(|org| (*org).to_owned()).collect(),
        });
        Reach(held.collect())
    }

    #[test]
    fn a_right_holds_where_a_role_that_has_it_does() {
        let reach = reach(&[(Role::Auditor, &["a", "a1"]), (Role::Operator, &["b"]), (Role::Helpdesk, &[])]);
        assert!(reach.within(Right::Read).has("a1") && reach.within(Right::Read).has("b"));
        assert!(!reach.within(Right::Read).has("c") && !reach.within(Right::Audit).has("b"));
        assert!(reach.within(Right::ScanOne).is_everywhere());
        assert!(!reach.within(Right::Policies).is_somewhere());
        assert_eq!(reach.within(Right::Audit).narrowed(None), Some(vec!["a".to_owned(), "a1".to_owned()]));
        let mut params = Vec::from([Value::from(1_i64)]);
        assert_eq!(reach.within(Right::Audit).condition("org", &mut params), " AND org IN ($2, $3)");
        assert_eq!(reach.within(Right::People).condition("org", &mut params), " AND 1 = 0");
        assert_eq!(params.len(), 3);
    }

    #[test]
    fn nobody_gives_what_they_have_not() {
        let grant = |role, org: Option<&str>| [Grant { role, org: org.map(str::to_owned) }];
        let branch = reach(&[(Role::Owner, &["a", "a1"])]);
        assert!(
            branch.covers(&grant(Role::Owner, Some("a1")))
                && branch.covers(&grant(Role::Helpdesk, Some("a")))
        );
        assert!(
            !branch.covers(&grant(Role::Helpdesk, None)) && !branch.covers(&grant(Role::Auditor, Some("b")))
        );
        assert!(!reach(&[(Role::Operator, &[])]).covers(&grant(Role::Author, Some("a"))));
        assert!(reach(&[(Role::Operator, &[])]).covers(&grant(Role::Helpdesk, None)));
        assert!(Reach::everything().covers(&grant(Role::Owner, None)) && branch.covers(&[]));
    }
}
