//! Roles: what somebody may, in an organisation with all below it or on the whole server.

use serde::{Deserialize, Serialize};
use std::str::FromStr;

use crate::store::{Row, StoreError, Tx, values};
use muster_proto::id::Digest;
use muster_proto::time::Timestamp;

/// A role. [`Role::may`] is the whole of what it means.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// May everything, and says who else may what.
    Owner,
    /// Says what is demanded: policies and exemptions.
    Author,
    /// Works with phones: scans, enrols, keeps the register.
    Operator,
    /// Reads everything, the audit too, and changes nothing.
    Auditor,
    /// Helps one person at a time: one phone that was named, no lists.
    Helpdesk,
}

/// What an operation takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// To be signed in, and to read what says nothing of anybody: who one is, the document of the API.
    Myself,
    /// To look at one phone that was named.
    OneDevice,
    /// To ask one phone that was named for a scan.
    ScanOne,
    /// To answer what the person who carries a phone says is wrong.
    Answer,
    /// To read lists and figures: phones, register, roll-out, policies, scans.
    Read,
    /// To read what people did.
    Audit,
    /// To ask phones for scans, many at a time.
    Scan,
    /// To let phones in, to edit and retire them.
    Enrol,
    /// To edit the register and to bring inventories.
    Register,
    /// To change policies and exemptions.
    Policies,
    /// To add and edit organisations, and to say who is told of what.
    Orgs,
    /// To say who may what: people, tokens, sessions.
    People,
    /// To work on the server itself: its log, the agent's packages.
    Server,
}

impl Right {
    /// Every right.
    pub const ALL: [Self; 13] = [
        Self::Myself,
        Self::OneDevice,
        Self::ScanOne,
        Self::Answer,
        Self::Read,
        Self::Audit,
        Self::Scan,
        Self::Enrol,
        Self::Register,
        Self::Policies,
        Self::Orgs,
        Self::People,
        Self::Server,
    ];

    /// What it is to have it, as a refusal says it.
    #[must_use]
    pub fn means(self) -> &'static str {
        match self {
            Self::Myself => "to be signed in",
            Self::OneDevice => "to look at one phone that was named",
            Self::ScanOne => "to ask one phone for a scan",
            Self::Answer => "to answer what a carrier disputes",
            Self::Read => "to read lists and figures",
            Self::Audit => "to read what people did",
            Self::Scan => "to ask many phones for scans",
            Self::Enrol => "to let phones in",
            Self::Register => "to edit the register",
            Self::Policies => "to change policies and exemptions",
            Self::Orgs => "to edit organisations and say who is told",
            Self::People => "to say who may what",
            Self::Server => "to work on the server itself",
        }
    }

    /// The roles that have it, the strongest first.
    pub fn roles(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| role.may(self))
    }
}

impl Role {
    /// Every role, the strongest first.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Author, Self::Operator, Self::Auditor, Self::Helpdesk];

    /// Whether the role has the right.
    #[must_use]
    pub fn may(self, right: Right) -> bool {
        use Right::{Answer, Audit, Enrol, Myself, OneDevice, Policies, Read, Register, Scan, ScanOne};
        match self {
            Self::Owner => true,
            Self::Author => matches!(right, Myself | OneDevice | Read | Policies),
            Self::Operator => {
                matches!(right, Myself | OneDevice | ScanOne | Answer | Read | Scan | Enrol | Register)
            }
            Self::Auditor => matches!(right, Myself | OneDevice | Read | Audit),
            Self::Helpdesk => matches!(right, Myself | OneDevice | ScanOne | Answer),
        }
    }

    /// The name, as the API, the configuration and the database have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Author => "author",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Helpdesk => "helpdesk",
        }
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|role| role.name() == text);
        found.ok_or_else(|| format!("{text:?} is no role: owner, author, operator, auditor or helpdesk"))
    }
}

/// A role, and where it holds.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The organisation in which it holds, with all below it; on the whole server where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org: Option<String>,
}

impl std::fmt::Display for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.org {
            Some(org) => write!(f, "{} in {org}", self.role.name()),
            None => write!(f, "{} on the whole server", self.role.name()),
        }
    }
}

impl Grant {
    /// Everything, everywhere.
    pub const EVERYTHING: Self = Self { role: Role::Owner, org: None };
}

/// What a person may, whoever gave it.
///
/// # Errors
/// The store's.
pub fn of_user(tx: &mut dyn Tx, user_id: &str) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT DISTINCT role, org FROM grants WHERE user_id = $1 ORDER BY role, org";
    tx.query(sql, &values![user_id])?.into_iter().map(read).collect()
}

/// What the holder of a token may.
///
/// # Errors
/// The store's.
pub fn of_token(tx: &mut dyn Tx, hash: Digest) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT role, org FROM token_grants WHERE hash = $1 ORDER BY role, org";
    tx.query(sql, &values![hash])?.into_iter().map(read).collect()
}

/// What a person may by one source.
///
/// # Errors
/// The store's.
pub fn of_source(tx: &mut dyn Tx, user_id: &str, source: &str) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT role, org FROM grants WHERE user_id = $1 AND source = $2 ORDER BY role, org";
    tx.query(sql, &values![user_id, source])?.into_iter().map(read).collect()
}

/// What whoever has this session may. What groups elsewhere give holds in sessions that began there: nobody asked about them for others.
///
/// # Errors
/// The store's.
pub fn of_session(tx: &mut dyn Tx, hash: Digest) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT DISTINCT grants.role, grants.org FROM grants JOIN sessions ON sessions.user_id = grants.user_id \
               WHERE sessions.hash = $1 AND grants.source IN ('person', sessions.how) ORDER BY grants.role, grants.org";
    tx.query(sql, &values![hash])?.into_iter().map(read).collect()
}

/// What a person may who has left something to be done, and is not there: what people gave, and what the groups give where the session of
/// then began, if the person came from there since.
///
/// # Errors
/// The store's.
pub fn of_absent(
    tx: &mut dyn Tx,
    user_id: &str,
    how: Option<&str>,
    since: Timestamp,
) -> Result<Vec<Grant>, StoreError> {
    let sql = "SELECT DISTINCT role, org FROM grants WHERE user_id = $1 AND (source = 'person' OR (source = $2 AND EXISTS \
               (SELECT 1 FROM identities WHERE identities.user_id = $1 AND identities.provider = $2 AND identities.seen >= $3))) \
               ORDER BY role, org";
    let how = how.unwrap_or_default();
    tx.query(sql, &values![user_id, how, since])?.into_iter().map(read).collect()
}

/// Gives a person these from one source, and takes what else they had from it. Sources are `person` and the names of providers.
///
/// # Errors
/// The store's.
pub fn give_user(tx: &mut dyn Tx, user_id: &str, source: &str, grants: &[Grant]) -> Result<(), StoreError> {
    tx.execute("DELETE FROM grants WHERE user_id = $1 AND source = $2", &values![user_id, source])?;
    for grant in grants {
        let (role, org) = (grant.role.name(), grant.org.as_deref().unwrap_or_default());
        let sql =
            "INSERT INTO grants (user_id, role, org, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        tx.execute(sql, &values![user_id, role, org, source])?;
    }
    Ok(())
}

/// Gives a token these.
///
/// # Errors
/// The store's.
pub fn give_token(tx: &mut dyn Tx, hash: Digest, grants: &[Grant]) -> Result<(), StoreError> {
    for grant in grants {
        let (role, org) = (grant.role.name(), grant.org.as_deref().unwrap_or_default());
        let sql = "INSERT INTO token_grants (hash, role, org) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        tx.execute(sql, &values![hash, role, org])?;
    }
    Ok(())
}

pub(crate) fn read(mut row: Row) -> Result<Grant, StoreError> {
    let (role, org): (String, String) = (row.take()?, row.take()?);
    let role = role.parse().map_err(|_| StoreError::Column("a role"))?;
    Ok(Grant { role, org: Some(org).filter(|org| !org.is_empty()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_auditor_changes_nothing_and_helpdesk_sees_no_list() {
        for right in [
            Right::ScanOne,
            Right::Answer,
            Right::Scan,
            Right::Enrol,
            Right::Register,
            Right::Policies,
            Right::Orgs,
            Right::People,
            Right::Server,
        ] {
            assert!(!Role::Auditor.may(right), "{right:?}");
        }
        assert!(!Role::Helpdesk.may(Right::Read));
        assert!(!Role::Author.may(Right::Scan) && !Role::Operator.may(Right::Policies));
    }

    #[test]
    fn a_role_is_read_as_it_is_written() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert!("admin".parse::<Role>().is_err());
    }
}
