//! Why an action or a query was not done: a stable code and a sentence for the caller, the cause for the log.

use muster_proto::problem::Problem;

use crate::auth::{Grant, Right, Role};
use crate::problems::Code;
use crate::store::StoreError;

/// Why an action or a query was not done.
#[derive(Debug, thiserror::Error)]
pub enum ActionError {
    /// The thing that was named isn't there.
    #[error("there is no {what} {name:?}")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// The name that was given.
        name: String,
    },
    /// A query names what isn't there, or what whoever asks does not see.
    #[error("there is no {what} {name:?}")]
    Unknown {
        /// What kind of thing: `organisation`, `rule` or `group`.
        what: &'static str,
        /// The name that was given.
        name: String,
    },
    /// What was asked does not fit what is there.
    #[error("{detail}")]
    Conflict {
        /// Stable code.
        code: Code,
        /// A sentence.
        detail: String,
    },
    /// What was asked is malformed.
    #[error("{detail}")]
    Invalid {
        /// Stable code.
        code: Code,
        /// What is wrong and where.
        detail: String,
    },
    /// The store's failure.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The order key's failure.
    #[error(transparent)]
    Sign(#[from] muster_proto::key::SignError),
}

impl ActionError {
    /// There is no such thing.
    pub fn missing(what: &'static str, name: impl std::fmt::Display) -> Self {
        Self::Missing { what, name: name.to_string() }
    }

    /// A query names no such thing.
    pub fn unknown(what: &'static str, name: impl std::fmt::Display) -> Self {
        Self::Unknown { what, name: name.to_string() }
    }

    /// It does not fit.
    pub fn conflict(code: Code, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    /// The caller has this right not there, or nowhere.
    #[must_use]
    pub fn forbidden(right: Right) -> Self {
        Self::conflict(Code::Forbidden, format!("it takes the right {}: {}", right.means(), who(right)))
    }

    /// The caller has this right in some organisations only.
    #[must_use]
    pub fn forbidden_here(right: Right) -> Self {
        let detail = format!("it takes the right {} on the whole server: {}", right.means(), who(right));
        Self::conflict(Code::Forbidden, detail)
    }

    /// Nobody gives, takes or uses what they have not themselves.
    #[must_use]
    pub fn more_than_own(grants: &[Grant]) -> Self {
        let named: Vec<String> = grants.iter().map(ToString::to_string).collect();
        Self::conflict(Code::Forbidden, format!("that is more than the caller may: {}", named.join(", ")))
    }

    /// It is malformed.
    pub fn invalid(code: Code, detail: impl Into<String>) -> Self {
        Self::Invalid { code, detail: detail.into() }
    }

    /// What the caller is told.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::Missing { .. } => Code::NotFound.problem().with_detail(self.to_string()),
            Self::Unknown { .. } => Code::BadQuery.problem().with_detail(self.to_string()),
            Self::Conflict { code, detail } | Self::Invalid { code, detail } => {
                code.problem().with_detail(detail)
            }
            Self::Store(error) => error.code().problem(),
            Self::Sign(_) => Code::KeyFailed.problem(),
        }
    }
}

fn who(right: Right) -> String {
    let roles: Vec<&str> = right.roles().map(Role::name).collect();
    format!("{} {} it", roles.join(", "), if roles.len() == 1 { "has" } else { "have" })
}
